"""The values that a request has at its bound places."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias
from urllib.parse import parse_qsl

from msgspec import Struct

from runreel.core.bound_places import (
    FILE_NAME,
    FORM,
    QUERY,
    BoundRule,
    iter_path_segments,
    list_json_slots,
)
from runreel.core.http.headers import find_header_values, get_content_type, is_form
from runreel.core.http.multipart import BodyPart, find_boundary, split_parts
from runreel.model import Request

ValueLocation: TypeAlias = tuple[str, object]
"""The place by which a value was found, and where it is in this request."""


class BoundValue(Struct, frozen=True):
    """A value at a bound place of a request."""

    literal: str
    """The value as JSON, so that a number differs from text."""
    text: bytes
    """The value as text; of a string its content."""


def find_bound_values(
    request: Request, rules: Iterable[BoundRule]
) -> dict[ValueLocation, BoundValue]:
    """Return the values at the bound places of a request, in the order of the rules."""
    rules = tuple(rules)
    values: dict[ValueLocation, BoundValue] = {}
    for location, rule, value in (*_iter_json(request, rules), *_iter_texts(request, rules)):
        if isinstance(value, bool) or not isinstance(value, str | int):
            continue
        text = str(value).encode("utf-8", "surrogatepass")
        if rule.is_bound(text):
            values[location] = BoundValue(json.dumps(value), text)
    return values


def _iter_json(
    request: Request, rules: Sequence[BoundRule]
) -> Iterator[tuple[ValueLocation, BoundRule, object]]:
    rules = [rule for rule in rules if rule.may_apply(request.body)]
    if not rules:
        return
    try:
        body: object = json.loads(request.body)
    except (ValueError, RecursionError):
        return
    for count, (rule, container, key) in enumerate(list_json_slots(body, rules)):
        yield (rule.place.place, count), rule, container[key]


def _iter_texts(
    request: Request, rules: Sequence[BoundRule]
) -> Iterator[tuple[ValueLocation, BoundRule, str]]:
    path, _, query = request.target.partition(b"?")
    for rule in rules:
        place = rule.place.place
        if rule.segments:
            texts = [segment for _, segment in iter_path_segments(path, rule)]
        elif rule.is_header:
            texts = find_header_values(request.headers, rule.name)
        elif rule.name:
            fields = parse_qsl(query) if place.startswith(QUERY) else _list_fields(request, place)
            texts = [value for name, value in fields if name == rule.name]
        else:
            continue
        for count, text in enumerate(texts):
            yield (place, count), rule, text.decode("utf-8", "surrogateescape")


def _list_fields(request: Request, place: str) -> list[tuple[bytes, bytes]]:
    """Return names and values of a form's fields, or of an upload's parts or their file names."""
    boundary = find_boundary(get_content_type(request.headers))
    if boundary is not None:
        parts = split_parts(request.body, boundary).parts
        return [
            (part.name or b"", value)
            for part in parts
            for value in (_get_part_value(part, request.body, place),)
            if value is not None
        ]
    is_field = place.startswith(FORM) and is_form(request.headers)
    return parse_qsl(request.body) if is_field else []


def _get_part_value(part: BodyPart, body: bytes, place: str) -> bytes | None:
    if place.startswith(FILE_NAME):
        return part.file_name
    return body[part.start : part.end] if part.file_name is None else None
