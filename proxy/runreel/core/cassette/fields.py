"""Typed access to an unpacked map: every complaint names the field, none repeats its value."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

MAX_INT = 2**63 - 1

Choice = TypeVar("Choice", bound=StrEnum)


class FieldError(ValueError):
    """A field that breaks the format; callers say where it stands and raise a CassetteError."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field} {reason}".lstrip())


class FieldReader:
    """Gives out the fields of one map by type; ``under`` is what their names begin with."""

    __slots__ = ("_prefix", "_values")

    def __init__(self, values: Mapping[str, Any], prefix: str = "") -> None:
        self._values = values
        self._prefix = prefix

    def get_int(self, key: str, *, minimum: int = 0, maximum: int = MAX_INT) -> int:
        """An int from ``least`` to ``most``."""
        value = self._values.get(key)
        if type(value) is not int:
            raise self._build_type_error(key, "an int")
        if not minimum <= value <= maximum:
            raise FieldError(self._prefix + key, f"is not within {minimum}..{maximum}")
        return value

    def get_str(self, key: str, default: str | None = None) -> str:
        """A str; the default, if one is given, where the map has no such key."""
        value = self._values.get(key, default)
        if type(value) is not str:
            raise self._build_type_error(key, "a str")
        return value

    def get_bytes(self, key: str) -> bytes:
        """A bin."""
        value = self._values.get(key)
        if type(value) is not bytes:
            raise self._build_type_error(key, "a bin")
        return value

    def get_bool(self, key: str) -> bool:
        """A bool."""
        value = self._values.get(key)
        if type(value) is not bool:
            raise self._build_type_error(key, "a bool")
        return value

    def get_map(self, key: str, default: dict[str, Any] | None = None) -> dict[str, Any]:
        """A map; the default, if one is given, where the map has no such key."""
        value = self._values.get(key, default)
        if type(value) is not dict:
            raise self._build_type_error(key, "a map")
        return value

    def get_rows(self, key: str, types: tuple[type, ...]) -> tuple[Any, ...]:
        """An array of arrays of items of these types; empty where the map has no such key."""
        rows = self._values.get(key, ())
        if type(rows) is not tuple:
            raise self._build_type_error(key, "an array")
        for row in rows:
            if type(row) is not tuple or (*map(type, row),) != types:
                raise FieldError(self._prefix + key, "has an item of another type or length")
        return rows

    def get_choice(self, key: str, enum: type[Choice]) -> Choice:
        """A str that is one of the enumeration's values."""
        value = self.get_str(key)
        try:
            return enum(value)
        except ValueError:
            raise FieldError(self._prefix + key, "has a value that this format lacks") from None

    def get_optional_choice(self, key: str, enum: type[Choice]) -> Choice | None:
        """As ``choice``; None where the map has no such key."""
        return self.get_choice(key, enum) if key in self._values else None

    def _build_type_error(self, key: str, expected: str) -> FieldError:
        return FieldError(
            self._prefix + key, f"is not {expected}" if key in self._values else "is missing"
        )
