"""Single facts of an exchange: usage, model, status and ids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeGuard

from runreel.core.http.headers import find_header
from runreel.core.trace.blocks import repair_surrogates
from runreel.core.trace.model import TraceUsage
from runreel.core.trace.paths import (
    Element,
    JsonScope,
    find_text,
    find_value,
    may_lead_on,
    select_values,
)
from runreel.core.trace.rules import CompiledUsage, CompiledValue
from runreel.model import Headers

_NUMBER = re.compile(rb"[0-9]{1,16}")
_MAX_COUNT = 2**53
"""Largest number of tokens that is believed: the largest exact integer in JavaScript."""
_MAX_IDS = 1000
"""Most ids of one name that are kept."""


def find_scalars(rules: Iterable[CompiledValue], scope: JsonScope) -> Sequence[tuple[str, str]]:
    """Return the names of the rules and the values that they select; without empty values."""
    values: list[tuple[str, str]] = []
    root = scope.root.value
    for name, steps, conditions in rules:
        if not may_lead_on(root, steps):
            continue
        for value in select_values(root, steps):
            if value == "" or not isinstance(value, str | int) or isinstance(value, bool):
                continue
            if not conditions or all(each.holds(scope.root, scope) for each in conditions):
                values.append((name, str(value)))
    return values


class UsageReports:
    """Reports of tokens, the later of which replace the earlier ones."""

    def __init__(self) -> None:
        self._reports: dict[tuple[str, ...], dict[str, int]] = {}

    def read(self, rules: Iterable[CompiledUsage], scope: JsonScope) -> bool:
        """Read the usage in one JSON value; return whether there is any."""
        has_any = False
        for rule in rules:
            if may_lead_on(scope.root.value, rule.steps):
                for element in scope.select(rule.steps):
                    has_any |= self._read_report(rule, element, scope)
        return has_any

    def _read_report(self, rule: CompiledUsage, element: Element, scope: JsonScope) -> bool:
        if not rule.may_apply(element):
            return False
        values = ((name, find_value(paths, element, scope)) for name, paths in rule.counts)
        counts = {name: value for name, value in values if _is_count(value)}
        if counts:
            key = (*(find_text(paths, element, scope) for paths in rule.key), *element.key)
            self._reports.setdefault(key, {}).update(counts)
        return bool(counts)

    def build(
        self, requested_model: str, answered_model: str, of_headers: Mapping[str, int]
    ) -> TraceUsage:
        """Return the tokens of all reports together; without any, those ``of_headers``."""
        totals = {} if self._reports else dict(of_headers)
        for report in self._reports.values():
            for name, count in report.items():
                totals[name] = totals.get(name, 0) + count
        return TraceUsage(
            repair_surrogates(requested_model), repair_surrogates(answered_model), **totals
        )


class IdSet:
    """Ids by name, each of which counts only if it has one value."""

    def __init__(self) -> None:
        self._values: dict[str, set[str]] = {}

    def add(self, name: str, value: str) -> None:
        """Note an id."""
        values = self._values.setdefault(name, set())
        if len(values) < _MAX_IDS:
            values.add(value)

    def build(self) -> dict[str, str]:
        """Return the ids that have one value."""
        single = ((name, next(iter(each))) for name, each in self._values.items() if len(each) == 1)
        return {name: repair_surrogates(value) for name, value in single}


def read_usage_headers(names: Iterable[tuple[str, bytes]], headers: Headers) -> Mapping[str, int]:
    """Return the tokens that headers report, by the names that ``names`` gives them."""
    values = ((member, find_header(headers, name) or b"") for member, name in names)
    counts = ((member, int(value)) for member, value in values if _NUMBER.fullmatch(value))
    return {member: count for member, count in counts if _is_count(count)}


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MAX_COUNT
