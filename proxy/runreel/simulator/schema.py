"""Values that fit a JSON schema, as arguments of function calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runreel.simulator.objects import JsonObject, JsonValue

MAX_DEPTH = 8
"""Levels to which a schema is followed, since it may refer to itself."""

FORMATS: Mapping[str, str] = {
    "date": "2024-02-29",
    "date-time": "2024-02-29T12:00:00Z",
    "email": "ann@example.org",
    "time": "12:00:00",
    "uri": "https://example.org/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def generate_example(schema: JsonObject) -> JsonValue:
    """Return a value that fits a JSON schema (https://json-schema.org), always the same one.

    It is taken from ``const``, ``default``, ``enum`` or ``examples`` if the schema has one of them,
    else made from its type. Optional properties are included. A string contains the name of its
    property: ``some city``.
    """
    return _generate(schema, root=schema, name="value", depth=0)


def _generate(schema: JsonValue, *, root: JsonObject, name: str, depth: int) -> JsonValue:
    if not isinstance(schema, Mapping) or depth > MAX_DEPTH:
        return None
    if values := _find_given_values(schema):
        return values[0]
    if inner := _find_inner_schema(schema, root):
        return _generate(inner, root=root, name=name, depth=depth + 1)
    kind = _get_type(schema)
    if kind == "object":
        return _generate_object(schema, root=root, depth=depth)
    if kind == "array":
        return [_generate(schema.get("items"), root=root, name=name, depth=depth + 1)]
    return _generate_scalar(schema, kind, name)


def _generate_scalar(schema: JsonObject, kind: str, name: str) -> JsonValue:
    text = FORMATS.get(str(schema.get("format")), f"some {name}")
    number = schema.get("minimum", 1)
    return {"string": text, "integer": number, "number": number, "boolean": True}.get(kind)


def _generate_object(schema: JsonObject, *, root: JsonObject, depth: int) -> JsonValue:
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return {}
    return {
        name: _generate(inner, root=root, name=name, depth=depth + 1)
        for name, inner in properties.items()
    }


def _find_given_values(schema: JsonObject) -> Sequence[JsonValue]:
    singles = [schema[word] for word in ("const", "default") if word in schema]
    lists = [schema[word] for word in ("enum", "examples") if word in schema]
    return singles or next((each for each in lists if isinstance(each, list) and each), [])


def _find_inner_schema(schema: JsonObject, root: JsonObject) -> JsonValue:
    if isinstance(pointer := schema.get("$ref"), str):
        return _resolve(pointer, root)
    for word in ("anyOf", "oneOf", "allOf"):
        choices = schema.get(word)
        if isinstance(choices, list) and choices:
            first: JsonValue = choices[0]
            return first
    return None


def _resolve(pointer: str, root: JsonObject) -> JsonValue:
    value: JsonValue = root
    for name in pointer.removeprefix("#/").split("/"):
        if not isinstance(value, Mapping):
            return None
        inner: JsonValue = value.get(name)
        value = inner
    return value


def _get_type(schema: JsonObject) -> str:
    kind = schema.get("type", "object" if "properties" in schema else "null")
    kinds = kind if isinstance(kind, list) else [kind]
    return next((str(kind) for kind in kinds if kind != "null"), "null")
