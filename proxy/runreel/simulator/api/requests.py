"""Requests to the simulated API, parsed and type-checked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from runreel.simulator.api_error import ApiError, make_missing_error
from runreel.simulator.objects import JsonObject

T = TypeVar("T")
D = TypeVar("D")

EMPTY_OBJECT: JsonObject = {}


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
