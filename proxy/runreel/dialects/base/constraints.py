"""Constraints of declarations (``msgspec.Meta``), and the list of problems that they report to."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from msgspec import inspect as schema

from runreel.model import Problem

MAX_PROBLEMS: Final = 100
"""Problems that are listed; the rest are only counted, since a body may have a million of them."""


_MAX_SHOWN_NAME: Final = 64
"""Characters of an undocumented field name that a path shows."""

FieldPath: TypeAlias = tuple[str | int, ...]
"""Names of fields and positions in arrays, from the outermost one on."""


class ProblemList:
    """The problems of one body, at most ``MAX_PROBLEMS`` of them."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []
        self._unlisted = 0

    def add(self, path: FieldPath, message: str) -> None:
        """Add a problem, or only count it if the list is full."""
        if len(self._problems) < MAX_PROBLEMS:
            self._problems.append(Problem(_format_path(path), message))
        else:
            self._unlisted += 1

    def finish(self) -> list[Problem]:
        """Return the problems, with one more that has the number of those not listed."""
        if self._unlisted:
            return [*self._problems, Problem("body", f"has {self._unlisted} more problems")]
        return self._problems


def _format_path(path: FieldPath) -> str:
    """Return a path as ``tools[3].function.name``."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{_shorten(step)}" for step in path)
    return "".join(steps).removeprefix(".")


def _shorten(name: str) -> str:
    return name if len(name) <= _MAX_SHOWN_NAME else f"{name[:_MAX_SHOWN_NAME]}…"


def _identity(value: object) -> object:
    return value


def _mismatches(value: str, pattern: str) -> bool:
    return re.fullmatch(pattern, value) is None


class _ConstraintKind(NamedTuple):
    """A kind of constraint: broken if ``is_broken(measure(value), limit)``."""

    attribute: str
    """Its name in ``msgspec.Meta``."""
    measure: Callable[..., object]
    is_broken: Callable[..., bool]
    message: str
    """The text of the problem, with placeholders for the limit and the unit."""


_CONSTRAINT_KINDS: Final = (
    _ConstraintKind("ge", _identity, operator.lt, "is less than {}, the documented minimum"),
    _ConstraintKind("le", _identity, operator.gt, "is more than {}, the documented maximum"),
    _ConstraintKind("min_length", len, operator.lt, "has fewer than {} {}, the documented minimum"),
    _ConstraintKind("max_length", len, operator.gt, "has more than {} {}, the documented maximum"),
    _ConstraintKind("pattern", _identity, _mismatches, "does not match the documented pattern {}"),
)

_UNITS: Final[Mapping[type, str]] = {str: "characters", list: "items", dict: "pairs"}

Constraint: TypeAlias = tuple[_ConstraintKind, object]
"""A kind of constraint with its limit in one declaration."""


def collect_constraints(declared: schema.Type) -> Sequence[Constraint]:
    """Return the constraints of a declared type."""
    limits = ((kind, getattr(declared, kind.attribute, None)) for kind in _CONSTRAINT_KINDS)
    return tuple((kind, limit) for kind, limit in limits if limit is not None)


def check_constraints(
    constraints: Iterable[Constraint],
    value: object,
    path: FieldPath,
    problems: ProblemList,
    *,
    subject: str = "",
) -> None:
    """Add a problem for each broken constraint; its message begins with ``subject``."""
    for (_, measure, is_broken, message), limit in constraints:
        if is_broken(measure(value), limit):
            problems.add(path, subject + message.format(limit, _UNITS.get(type(value), "")))
