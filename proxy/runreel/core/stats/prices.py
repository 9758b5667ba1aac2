"""The cost of calls, by a table of prices that the user gives."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fnmatch import translate
from math import isfinite
from typing import NamedTuple

from runreel.core.trace.model import TraceUsage
from runreel.errors import UsageError

_PER = 1_000_000
_NAMES = ("input", "cached", "output")
_CACHED_IS_NOT_INPUT = frozenset({"anthropic", "bedrock"})
"""Dialects whose APIs report cached tokens beside those of the input, not among them."""


class ModelPrice(NamedTuple):
    """The prices of models whose names match a pattern, for a million tokens each."""

    pattern: re.Pattern[str]
    input: float
    cached: float
    """Equal to ``input`` unless it is given."""
    output: float


class PriceTable:
    """Prices by patterns of model names."""

    def __init__(self, prices: Sequence[ModelPrice]) -> None:
        """Keep the prices; the first one whose pattern matches a model counts."""
        self._prices = prices

    @classmethod
    def parse(cls, document: Mapping[str, object]) -> PriceTable:
        """Parse ``{"gpt-4o*": {"input": 2.5, "cached": 1.25, "output": 10}}``; raise UsageError."""
        return cls([_parse_price(pattern, entry) for pattern, entry in document.items()])

    def compute_cost(self, model: str, dialect: str, usage: TraceUsage) -> float | None:
        """Return the cost of a call, or None if it has no price or reported no tokens."""
        if usage.input_tokens is None and usage.output_tokens is None:
            return None
        for price in self._prices:
            if price.pattern.fullmatch(model):
                return _multiply(price, usage, dialect)
        return None


def _parse_price(pattern: str, entry: object) -> ModelPrice:
    place = f"prices of {pattern!a}"
    if not isinstance(entry, Mapping):
        raise UsageError(f"{place}: must be a table with input, cached and output")
    unknown = sorted(set(entry) - set(_NAMES))
    if unknown:
        raise UsageError(f"{place}: {unknown[0]!a} is unknown; there are {', '.join(_NAMES)}")
    values = {name: _parse_number(f"{place}.{name}", value) for name, value in entry.items()}
    input_price = values.get("input", 0.0)
    return ModelPrice(
        re.compile(translate(pattern)),
        input_price,
        values.get("cached", input_price),
        values.get("output", 0.0),
    )


def _parse_number(place: str, value: object) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    number = float(str(value)) if is_number else -1.0
    if not isfinite(number) or number < 0:
        raise UsageError(f"{place}: must be a number of at least 0, for a million tokens")
    return number


def _multiply(price: ModelPrice, usage: TraceUsage, dialect: str) -> float:
    cached = usage.cached_tokens or 0
    full = usage.input_tokens or 0
    if dialect not in _CACHED_IS_NOT_INPUT:
        full = max(0, full - cached)
    output = usage.output_tokens or 0
    return (full * price.input + cached * price.cached + output * price.output) / _PER
