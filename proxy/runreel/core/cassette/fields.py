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


class Fields:
    """Gives out the fields of one map by type; ``under`` is what their names begin with."""

    __slots__ = ("_under", "_values")

    def __init__(self, values: Mapping[str, Any], under: str = "") -> None:
        self._values = values
        self._under = under

    def number(self, key: str, *, least: int = 0, most: int = MAX_INT) -> int:
        """An int from ``least`` to ``most``."""
        value = self._values.get(key)
        if type(value) is not int:
            raise self._mistyped(key, "an int")
        if not least <= value <= most:
            raise FieldError(self._under + key, f"is not within {least}..{most}")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """A str; the default, if one is given, where the map has no such key."""
        value = self._values.get(key, default)
        if type(value) is not str:
            raise self._mistyped(key, "a str")
        return value

    def data(self, key: str) -> bytes:
        """A bin."""
        value = self._values.get(key)
        if type(value) is not bytes:
            raise self._mistyped(key, "a bin")
        return value

    def flag(self, key: str) -> bool:
        """A bool."""
        value = self._values.get(key)
        if type(value) is not bool:
            raise self._mistyped(key, "a bool")
        return value

    def table(self, key: str, default: dict[str, Any] | None = None) -> dict[str, Any]:
        """A map; the default, if one is given, where the map has no such key."""
        value = self._values.get(key, default)
        if type(value) is not dict:
            raise self._mistyped(key, "a map")
        return value

    def rows(self, key: str, kinds: tuple[type, ...]) -> tuple[Any, ...]:
        """An array of arrays of items of these types; empty where the map has no such key."""
        rows = self._values.get(key, ())
        if type(rows) is not tuple:
            raise self._mistyped(key, "an array")
        for row in rows:
            if type(row) is not tuple or (*map(type, row),) != kinds:
                raise FieldError(self._under + key, "has an item of another type or length")
        return rows

    def choice(self, key: str, kind: type[Choice]) -> Choice:
        """A str that is one of the enumeration's values."""
        value = self.text(key)
        try:
            return kind(value)
        except ValueError:
            raise FieldError(self._under + key, "has a value that this format lacks") from None

    def optional_choice(self, key: str, kind: type[Choice]) -> Choice | None:
        """As ``choice``; None where the map has no such key."""
        return self.choice(key, kind) if key in self._values else None

    def _mistyped(self, key: str, wanted: str) -> FieldError:
        return FieldError(
            self._under + key, f"is not {wanted}" if key in self._values else "is missing"
        )
