"""Requests to the simulated API, parsed and type-checked; its errors; its lists.

``JsonBody`` raises ``ApiError`` for a value of the wrong type. The body of an error has the API's
format, ``{"error": {"message", "type", "param", "code"}}``
(https://platform.openai.com/docs/guides/error-codes).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from runreel.simulator.objects import ApiObject, JsonObject, to_json

T = TypeVar("T")
R = TypeVar("R", bound=ApiObject)
D = TypeVar("D")

EMPTY_OBJECT: JsonObject = {}

WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")


class ApiError(Exception):
    """An answer with a status of 4xx: its ``status``, ``body`` and ``headers``."""

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


def make_not_found_error(kind: str, name: str) -> ApiError:
    """Return the error for an id that does not exist."""
    return ApiError(404, f"No {kind} found with id '{name}'.")


def make_missing_error(name: str) -> ApiError:
    """Return the error for a request without a required parameter."""
    message = f"Missing required parameter: '{name}'."
    return ApiError(400, message, param=name, code="missing_required_parameter")


@dataclass(frozen=True, slots=True)
class JsonBody:
    """A JSON object in a request. Its methods return a field, or a default if it is absent or null.

    They raise ``ApiError`` if the field has another type.
    """

    fields: JsonObject = field(default_factory=dict)

    @classmethod
    def parse(cls, data: bytes) -> JsonBody:
        """Parse the body of a request; an empty body is an empty object. Raises ``ApiError``."""
        try:
            fields = json.loads(data or b"{}", parse_constant=_reject_constant)
        except (ValueError, RecursionError) as error:
            raise ApiError(400, "We could not parse the JSON body of your request.") from error
        if not isinstance(fields, dict):
            raise ApiError(400, "The JSON body of your request must be an object.")
        return cls(fields)

    def require_text(self, name: str) -> str:
        """Return a string; raise ``ApiError`` if it is absent."""
        value = self.get_text(name)
        if value is None:
            raise make_missing_error(name)
        return value

    def get_text(self, name: str, default: str | None = None) -> str | None:
        """Return a string."""
        return self._get_typed(name, str, "a string", default)

    def get_integer(self, name: str) -> int | None:
        """Return an integer."""
        return self._get_typed(name, int, "an integer", None)

    def get_number(self, name: str, default: float) -> float:
        """Return a number; integers are converted to float."""
        value = self.fields.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        return self._get_typed(name, float, "a number", default)

    def get_flag(self, name: str, *, default: bool) -> bool:
        """Return a boolean."""
        return self._get_typed(name, bool, "a boolean", default)

    def get_object(self, name: str, default: JsonObject = EMPTY_OBJECT) -> JsonObject:
        """Return an object."""
        return self._get_typed(name, dict, "an object", default)

    def get_objects(self, name: str, default: Sequence[JsonObject] = ()) -> Sequence[JsonObject]:
        """Return an array of objects."""
        items = self._get_typed(name, list, "an array of objects", default)
        if not all(isinstance(item, dict) for item in items):
            raise self._make_type_error(name, "an array of objects")
        return items

    def _get_typed(self, name: str, kind: type[T], expected: str, default: D) -> T | D:
        value = self.fields.get(name)
        if value is None:
            return default
        is_disguised_bool = isinstance(value, bool) and kind is not bool
        if is_disguised_bool or not isinstance(value, kind):
            raise self._make_type_error(name, expected)
        return value

    def _make_type_error(self, name: str, expected: str) -> ApiError:
        message = f"Invalid type for '{name}': expected {expected}."
        return ApiError(400, message, param=name, code="invalid_type")


@dataclass(frozen=True, slots=True)
class ApiCall:
    """A request: the ids in its path, its query and its body."""

    ids: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: JsonBody = field(default_factory=JsonBody)


def _reject_constant(name: str) -> None:
    message = f"{name} is not valid JSON"
    raise ValueError(message)


def build_page(resources: Sequence[R], query: Mapping[str, str], *, limit: int = 20) -> JsonObject:
    """Return one page of a list, chosen by ``order``, ``after``, ``before`` and ``limit``.

    ``resources`` are given oldest first. A page has the newest first unless ``order`` is ``asc``.
    ``limit`` is the length of a page without a ``limit`` in the query. Raises ``ApiError`` if a
    parameter is invalid.
    """
    ordered = resources if _parse_order(query) == "asc" else resources[::-1]
    window = _slice_between(ordered, query.get("after"), query.get("before"))
    most = _parse_limit(query, limit)
    goes_backwards = "before" in query and "after" not in query
    page = window[-most:] if goes_backwards else window[:most]
    return {
        "object": "list",
        "data": [to_json(resource) for resource in page],
        "first_id": page[0].id if page else None,
        "last_id": page[-1].id if page else None,
        "has_more": len(page) < len(window),
    }


def _parse_order(query: Mapping[str, str]) -> str:
    order = query.get("order", "desc")
    if order not in {"asc", "desc"}:
        raise ApiError(400, "'order' must be 'asc' or 'desc'.", param="order", code="invalid_value")
    return order


def _parse_limit(query: Mapping[str, str], default: int) -> int:
    text = query.get("limit", str(default))
    most = max(default, 100)
    if not WHOLE_NUMBER.fullmatch(text) or not 1 <= int(text) <= most:
        message = f"'limit' must be an integer from 1 to {most}."
        raise ApiError(400, message, param="limit", code="invalid_value")
    return int(text)


def _slice_between(ordered: Sequence[R], after: str | None, before: str | None) -> Sequence[R]:
    start = _find_cursor(ordered, after, "after") + 1 if after else 0
    stop = _find_cursor(ordered, before, "before") if before else len(ordered)
    return ordered[start:stop]


def _find_cursor(ordered: Sequence[R], cursor: str, param: str) -> int:
    for index, resource in enumerate(ordered):
        if resource.id == cursor:
            return index
    message = f"'{param}' is '{cursor}', which is not in this list."
    raise ApiError(400, message, param=param, code="invalid_value")
