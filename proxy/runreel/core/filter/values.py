"""Values in a filter: patterns with wildcards, and numbers with comparisons and units."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fnmatch import translate
from typing import NamedTuple

from runreel.core.filter.lexer import WordPart

TIME_UNITS: Mapping[str, int] = {
    "us": 1,
    "µs": 1,
    "ms": 1_000,
    "s": 1_000_000,
    "m": 60_000_000,
    "min": 60_000_000,
    "h": 3_600_000_000,
}
"""Microseconds of each unit of time."""

SIZE_UNITS: Mapping[str, int] = {
    "": 1,
    "B": 1,
    "k": 1000,
    "kB": 1000,
    "KB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
}
COUNT_UNITS: Mapping[str, int] = {"": 1, "k": 1000, "K": 1000, "M": 1_000_000}

_SIGN = re.compile(r"(>=|<=|>|<|=)?(.*)", re.DOTALL)
_NUMBER = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,6})?) ?([^\W\d]*)")


class NumberRange(NamedTuple):
    """A range of numbers, with its limits in or out."""

    low: float
    high: float
    has_low: bool = True
    has_high: bool = True

    def matches(self, number: float) -> bool:
        """Return whether the number is in the range."""
        is_above = number > self.low or (self.has_low and number == self.low)
        is_below = number < self.high or (self.has_high and number == self.high)
        return is_above and is_below


class TextPattern:
    """A text in which ``*`` stands for any characters and ``?`` for one, compared without case."""

    def __init__(self, parts: Iterable[WordPart]) -> None:
        """In a quoted part, ``*`` and ``?`` stand for themselves."""
        pieces = list(parts)
        self.text = "".join(part.text for part in pieces)
        self._folded = self.text.casefold()
        pattern = "".join(map(_escape, pieces)).casefold()
        has_wildcard = any(not part.is_quoted and set("*?") & set(part.text) for part in pieces)
        self._whole = re.compile(translate(pattern)) if has_wildcard else None
        self._inside = re.compile(translate(f"*{pattern}*")) if has_wildcard else None

    def matches(self, text: str) -> bool:
        """Return whether it is the whole text."""
        folded = text.casefold()
        return folded == self._folded if self._whole is None else bool(self._whole.match(folded))

    def is_in(self, text: str) -> bool:
        """Return whether it occurs anywhere in the text."""
        folded = text.casefold()
        return self._folded in folded if self._inside is None else bool(self._inside.match(folded))

    def __repr__(self) -> str:
        return f"TextPattern({self.text!r})"


def _escape(part: WordPart) -> str:
    special = "[*?" if part.is_quoted else "["
    return "".join(f"[{each}]" if each in special else each for each in part.text)


def parse_range(text: str, units: Mapping[str, int]) -> NumberRange:
    """Parse ``>=400``, ``10s``, ``1..5``, ``7..``; raise ValueError with the reason."""
    low, dots, high = text.partition("..")
    if dots:
        return NumberRange(
            _parse_number(low, units) if low else 0.0,
            _parse_number(high, units) if high else float("inf"),
        )
    match = _SIGN.fullmatch(text)
    sign, digits = ("", text) if match is None else match.groups(default="")
    number = _parse_number(digits, units)
    match sign:
        case ">" | ">=":
            return NumberRange(number, float("inf"), has_low=sign == ">=")
        case "<" | "<=":
            return NumberRange(float("-inf"), number, has_high=sign == "<=")
    return NumberRange(number, number)


def _parse_number(text: str, units: Mapping[str, int]) -> float:
    number = _NUMBER.fullmatch(text.strip())
    if number is None:
        raise ValueError(f"write a number, a comparison or a range: {_format_examples(units)}")
    digits, unit = number.groups()
    if unit in units:
        return float(digits) * units[unit]
    names = ", ".join(dict.fromkeys(filter(None, units)))
    if not unit:
        raise ValueError(f"a number needs a unit here: {names}")
    allowed = f"the units are {names}" if names else "a plain number has no unit"
    raise ValueError(f'there is no unit "{unit}" here; {allowed}')


def _format_examples(units: Mapping[str, int]) -> str:
    unit = "" if "" in units else "s"
    return f"5{unit}, >=5{unit}, 5{unit}..10{unit}"
