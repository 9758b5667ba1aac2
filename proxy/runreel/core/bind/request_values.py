"""The values that a request has at its bound places."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias
from urllib.parse import parse_qsl

from runreel.core.bound_places import QUERY, BoundRule, iter_path_segments, list_json_slots
from runreel.core.http.headers import find_header_values, is_form
from runreel.model import Request

ValueLocation: TypeAlias = tuple[str, object]
"""The place by which a value was found, and where it is in this request."""


class BoundValue(NamedTuple):
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
            is_query = place.startswith(QUERY)
            pairs = query if is_query else request.body if is_form(request.headers) else b""
            texts = [value for name, value in parse_qsl(pairs) if name == rule.name]
        else:
            continue
        for count, text in enumerate(texts):
            yield (place, count), rule, text.decode("utf-8", "surrogateescape")
