"""Typed access to the fields of an unpacked map. Errors name the field and never its value."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

MAX_INT = 2**63 - 1

Choice = TypeVar("Choice", bound=StrEnum)


class FieldError(ValueError):
    """A field that violates the format; callers add its location and raise a CassetteError."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field} {reason}".lstrip())


class FieldReader:
    """Typed access to the fields of one map; errors show their names after ``prefix``."""

    __slots__ = ("_prefix", "_values")

    def __init__(self, values: Mapping[str, Any], prefix: str = "") -> None:
        self._values = values
        self._prefix = prefix

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def get_int(
        self, key: str, default: int | None = None, *, minimum: int = 0, maximum: int = MAX_INT
    ) -> int:
        """Return an int from ``minimum`` to ``maximum``; ``default`` if the key is missing."""
        value = self._values.get(key, default)
        if type(value) is not int:
            raise self._build_type_error(key, "an int")
        if not minimum <= value <= maximum:
            raise FieldError(self._prefix + key, f"is not within {minimum}..{maximum}")
        return value

    def get_str(self, key: str, default: str | None = None) -> str:
        """Return a str, or ``default`` if it is given and the key is missing."""
        value = self._values.get(key, default)
        if type(value) is not str:
            raise self._build_type_error(key, "a str")
        return value

    def get_bytes(self, key: str) -> bytes:
        """Return a bytes object (a msgpack bin)."""
        value = self._values.get(key)
        if type(value) is not bytes:
            raise self._build_type_error(key, "a bin")
        return value

    def get_bool(self, key: str) -> bool:
        """Return a bool."""
        value = self._values.get(key)
        if type(value) is not bool:
            raise self._build_type_error(key, "a bool")
        return value

    def get_map(self, key: str, default: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return a map, or ``default`` if it is given and the key is missing."""
        value = self._values.get(key, default)
        if type(value) is not dict:
            raise self._build_type_error(key, "a map")
        return value

    def get_rows(self, key: str, types: tuple[type, ...]) -> tuple[Any, ...]:
        """Return an array of arrays with items of these types; empty if the key is missing."""
        rows = self.get_array(key)
        for row in rows:
            if type(row) is not tuple or (*map(type, row),) != types:
                raise FieldError(self._prefix + key, "has an item of the wrong type or length")
        return rows

    def get_array(self, key: str) -> tuple[Any, ...]:
        """Return an array; empty if the key is missing."""
        value = self._values.get(key, ())
        if type(value) is not tuple:
            raise self._build_type_error(key, "an array")
        return value

    def get_choice(self, key: str, enum: type[Choice]) -> Choice:
        """Return the member of the enumeration whose value the field holds."""
        value = self.get_str(key)
        try:
            return enum(value)
        except ValueError:
            raise FieldError(
                self._prefix + key, "has a value that this format does not define"
            ) from None

    def get_optional_choice(self, key: str, enum: type[Choice]) -> Choice | None:
        """Return the member of the enumeration, or None if the key is missing."""
        return self.get_choice(key, enum) if key in self else None

    def _build_type_error(self, key: str, expected: str) -> FieldError:
        return FieldError(self._prefix + key, f"is not {expected}" if key in self else "is missing")
