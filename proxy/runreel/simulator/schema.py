"""A value that fits a JSON schema, for the arguments of a function call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runreel.simulator.objects import Json, JsonObject

DEEPEST = 8
"""How far down a schema is followed: it may contain itself."""

FORMATS: Mapping[str, str] = {
    "date": "2024-02-29",
    "date-time": "2024-02-29T12:00:00Z",
    "email": "ann@example.org",
    "time": "12:00:00",
    "uri": "https://example.org/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def example(schema: JsonObject) -> Json:
    """A value that fits a JSON schema (https://json-schema.org), the same one each time.

    A schema's own ``const``, ``enum``, ``default`` or ``examples`` come first, then its type;
    optional properties are given too. Texts name the property that they stand for.
    """
    return _example(schema, root=schema, name="value", depth=0)


def _example(schema: Json, *, root: JsonObject, name: str, depth: int) -> Json:
    if not isinstance(schema, Mapping) or depth > DEEPEST:
        return None
    if given := _given(schema):
        return given[0]
    if inner := _inner(schema, root):
        return _example(inner, root=root, name=name, depth=depth + 1)
    kind = _type(schema)
    if kind == "object":
        return _object(schema, root=root, depth=depth)
    if kind == "array":
        return [_example(schema.get("items"), root=root, name=name, depth=depth + 1)]
    return _scalar(schema, kind, name)


def _scalar(schema: JsonObject, kind: str, name: str) -> Json:
    text = FORMATS.get(str(schema.get("format")), f"some {name}")
    number = schema.get("minimum", 1)
    return {"string": text, "integer": number, "number": number, "boolean": True}.get(kind)


def _object(schema: JsonObject, *, root: JsonObject, depth: int) -> Json:
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return {}
    return {
        name: _example(inner, root=root, name=name, depth=depth + 1)
        for name, inner in properties.items()
    }


def _given(schema: JsonObject) -> Sequence[Json]:
    singles = [schema[word] for word in ("const", "default") if word in schema]
    lists = [schema[word] for word in ("enum", "examples") if word in schema]
    return singles or next((each for each in lists if isinstance(each, list) and each), [])


def _inner(schema: JsonObject, root: JsonObject) -> Json:
    if isinstance(pointer := schema.get("$ref"), str):
        return _resolved(pointer, root)
    for word in ("anyOf", "oneOf", "allOf"):
        choices = schema.get(word)
        if isinstance(choices, list) and choices:
            first: Json = choices[0]
            return first
    return None


def _resolved(pointer: str, root: JsonObject) -> Json:
    found: Json = root
    for name in pointer.removeprefix("#/").split("/"):
        if not isinstance(found, Mapping):
            return None
        inner: Json = found.get(name)
        found = inner
    return found


def _type(schema: JsonObject) -> str:
    named = schema.get("type", "object" if "properties" in schema else "null")
    kinds = named if isinstance(named, list) else [named]
    return next((str(kind) for kind in kinds if kind != "null"), "null")
