"""What a call asks for, read with care, and how the API refuses one.

Bodies are read through ``Body``, which refuses a value of the wrong type with the API's own error
shape: ``{"error": {"message", "type", "param", "code"}}``
(https://platform.openai.com/docs/guides/error-codes).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from runreel.simulator.objects import JsonObject, Resource, as_json

T = TypeVar("T")
R = TypeVar("R", bound=Resource)
D = TypeVar("D")

EMPTY: JsonObject = {}

WHOLE = re.compile(r"[0-9]{1,9}")


class Refusal(Exception):
    """An answer of 4xx: ``status``, ``body`` and ``headers`` are what the client gets."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        self.body: JsonObject = {
            "error": {"message": message, "type": kind, "param": param, "code": code},
        }


def unknown(kind: str, name: str) -> Refusal:
    """The refusal of an id that nobody has."""
    return Refusal(404, f"No {kind} found with id '{name}'.")


def missing(name: str) -> Refusal:
    """The refusal of a request that lacks what it must have."""
    message = f"Missing required parameter: '{name}'."
    return Refusal(400, message, param=name, code="missing_required_parameter")


@dataclass(frozen=True, slots=True)
class Body:
    """A JSON object of a request; a method gives a field, or its default if absent or null."""

    fields: JsonObject = field(default_factory=dict)

    @classmethod
    def parse(cls, data: bytes) -> Body:
        """Read a request's body; an empty one is an empty object."""
        try:
            fields = json.loads(data or b"{}", parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise Refusal(400, "We could not parse the JSON body of your request.") from error
        if not isinstance(fields, dict):
            raise Refusal(400, "The JSON body of your request must be an object.")
        return cls(fields)

    def required(self, name: str) -> str:
        """A text that must be there."""
        value = self.text(name)
        if value is None:
            raise missing(name)
        return value

    def text(self, name: str, default: str | None = None) -> str | None:
        """A string."""
        return self._typed(name, str, "a string", default)

    def integer(self, name: str) -> int | None:
        """A whole number."""
        return self._typed(name, int, "an integer", None)

    def number(self, name: str, default: float) -> float:
        """A number with or without a fraction."""
        value = self.fields.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        return self._typed(name, float, "a number", default)

    def flag(self, name: str, *, default: bool) -> bool:
        """True or false."""
        return self._typed(name, bool, "a boolean", default)

    def mapping(self, name: str, default: JsonObject = EMPTY) -> JsonObject:
        """An object."""
        return self._typed(name, dict, "an object", default)

    def objects(self, name: str, default: Sequence[JsonObject] = ()) -> Sequence[JsonObject]:
        """A list of objects."""
        items = self._typed(name, list, "an array of objects", default)
        if not all(isinstance(item, dict) for item in items):
            raise self._wrong(name, "an array of objects")
        return items

    def _typed(self, name: str, kind: type[T], expected: str, default: D) -> T | D:
        value = self.fields.get(name)
        if value is None:
            return default
        is_disguised_bool = isinstance(value, bool) and kind is not bool
        if is_disguised_bool or not isinstance(value, kind):
            raise self._wrong(name, expected)
        return value

    def _wrong(self, name: str, expected: str) -> Refusal:
        message = f"Invalid type for '{name}': expected {expected}."
        return Refusal(400, message, param=name, code="invalid_type")


@dataclass(frozen=True, slots=True)
class Call:
    """One call: the ids in its path, its query and its body."""

    ids: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Body = field(default_factory=Body)


def _no_number(name: str) -> None:
    message = f"{name} is no JSON"
    raise ValueError(message)


def listing(resources: Sequence[R], query: Mapping[str, str], *, limit: int = 20) -> JsonObject:
    """One page of a list as the query wants it: ``order``, ``after``, ``before``, ``limit``.

    ``resources`` come oldest first; the newest are listed first unless the query says otherwise.
    """
    ordered = resources if _order(query) == "asc" else resources[::-1]
    window = _between(ordered, query.get("after"), query.get("before"))
    most = _limit(query, limit)
    goes_backwards = "before" in query and "after" not in query
    page = window[-most:] if goes_backwards else window[:most]
    return {
        "object": "list",
        "data": [as_json(resource) for resource in page],
        "first_id": page[0].id if page else None,
        "last_id": page[-1].id if page else None,
        "has_more": len(page) < len(window),
    }


def _order(query: Mapping[str, str]) -> str:
    order = query.get("order", "desc")
    if order not in {"asc", "desc"}:
        raise Refusal(400, "'order' must be 'asc' or 'desc'.", param="order", code="invalid_value")
    return order


def _limit(query: Mapping[str, str], default: int) -> int:
    text = query.get("limit", str(default))
    most = max(default, 100)
    if not WHOLE.fullmatch(text) or not 1 <= int(text) <= most:
        message = f"'limit' must be a whole number from 1 to {most}."
        raise Refusal(400, message, param="limit", code="invalid_value")
    return int(text)


def _between(ordered: Sequence[R], after: str | None, before: str | None) -> Sequence[R]:
    start = _place(ordered, after, "after") + 1 if after else 0
    stop = _place(ordered, before, "before") if before else len(ordered)
    return ordered[start:stop]


def _place(ordered: Sequence[R], cursor: str, param: str) -> int:
    for place, resource in enumerate(ordered):
        if resource.id == cursor:
            return place
    message = f"'{param}' names '{cursor}', which is not in this list."
    raise Refusal(400, message, param=param, code="invalid_value")
