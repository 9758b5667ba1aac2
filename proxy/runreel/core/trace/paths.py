"""Paths of a trace table, compiled, and the values that they select in parsed JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from runreel.core.redact.texts.json_leaves import LeafPath

_STEP = re.compile(r"\.?([^.\[\]|^$@]+)|\[(\*|[0-9]*)\]")

Steps: TypeAlias = tuple[str | int, ...]
"""Names and indices, and the steps to several values: ``[*]``, ``[]`` and ``*``."""

EACH_KEYED = "[*]"
EACH = "[]"
MEMBERS = "*"
_MAX_ELEMENTS = 100_000
"""Most objects that one path selects in one event or body."""

_NOTHING: tuple[object, LeafPath] = None, ()


class Element(NamedTuple):
    """A value that a path selected."""

    value: object
    location: LeafPath
    key: tuple[str, ...]
    """For each ``[*]`` on the way: the element's ``index`` member, or its place."""
    outer: tuple[Element, ...]
    """The elements around it, the innermost first: one for each array on the way."""


@dataclass(frozen=True, slots=True)
class JsonScope:
    """One JSON value, and what a path may refer to besides its members."""

    root: Element
    event: str = ""
    number: int = 0
    """Number of the event; 0 for a body."""
    _selections: dict[Steps, list[Element]] = field(default_factory=dict)

    def select(self, steps: Steps) -> list[Element]:
        """Return the elements that a path selects, in their order."""
        elements = self._selections.get(steps)
        if elements is None:
            outer = self.select(steps[:-1]) if steps else ()
            elements = _select_next(outer, steps[-1]) if steps else [self.root]
            self._selections[steps] = elements
        return elements


class CompiledPath(NamedTuple):
    """One path, taken apart."""

    start: str
    """Empty for the element itself; ``$``; ``@event``, ``@number`` or one ``^`` for each array."""
    steps: Steps

    def find(self, element: Element, scope: JsonScope) -> tuple[object, LeafPath]:
        """Return the value and its location; None and an empty location if there is none."""
        value, location = self._find_start(element, scope)
        for step in self.steps:
            value = _take(value, step)
            if value is None:
                return _NOTHING
        return value, (*location, *self.steps)

    def _find_start(self, element: Element, scope: JsonScope) -> tuple[object, LeafPath]:
        match self.start:
            case "":
                return element.value, element.location
            case "$":
                return scope.root.value, scope.root.location
            case "@event":
                return scope.event, ()
            case "@number":
                return scope.number, ()
        height = len(self.start)
        if height > len(element.outer):
            return _NOTHING
        outer = element.outer[height - 1]
        return outer.value, outer.location


@lru_cache(4096)
def compile_paths(text: str) -> tuple[CompiledPath, ...]:
    """Return the alternatives of a path. Raise ValueError if it is not well-formed."""
    return tuple(map(_compile_path, text.split("|"))) if text else ()


@lru_cache(4096)
def compile_each(text: str) -> Steps:
    """Return the steps of a path that selects elements; raise ValueError if it is wrong."""
    steps: list[str | int] = []
    at = 0
    while at < len(text):
        match = _STEP.match(text, at)
        if match is None:
            raise ValueError(f"the path {text!r} has a mistake at character {at + 1}")
        name, index = match.groups()
        steps.append(name if index is None else int(index) if index.isdigit() else f"[{index}]")
        at = match.end()
    return tuple(steps)


def _compile_path(text: str) -> CompiledPath:
    if text in ("@event", "@number"):
        return CompiledPath(text, ())
    start = text[: len(text) - len(text.lstrip("^$"))]
    steps = compile_each(text[len(start) :])
    if (
        EACH in steps
        or EACH_KEYED in steps
        or MEMBERS in steps
        or start.strip("^") not in ("", "$")
    ):
        raise ValueError(f"the path {text!r} must lead to a single value")
    return CompiledPath(start, steps)


def find_value(
    paths: tuple[CompiledPath, ...], element: Element, scope: JsonScope
) -> tuple[object, LeafPath]:
    """Return the first value of alternative paths that is neither null nor empty, else any."""
    best = _NOTHING
    for path in paths:
        value, location = path.find(element, scope)
        if value not in (None, ""):
            return value, location
        if value is not None and best is _NOTHING:
            best = value, location
    return best


def find_text(paths: tuple[CompiledPath, ...], element: Element, scope: JsonScope) -> str:
    """Return the string or number at a path as text; empty if there is none."""
    value, _ = find_value(paths, element, scope)
    if isinstance(value, str):
        return value
    return "" if value is None or isinstance(value, bool | dict | list) else str(value)


def _select_next(elements: Iterable[Element], step: str | int) -> list[Element]:
    """Return what one more step selects in these elements."""
    inner = [each for element in elements for each in _select_step(element, step)]
    return inner[:_MAX_ELEMENTS] if len(inner) > _MAX_ELEMENTS else inner


def _select_step(element: Element, step: str | int) -> Iterable[Element]:
    value, location, key, outer = element
    if step in (EACH, EACH_KEYED):
        return _select_items(element, is_keyed=step == EACH_KEYED)
    if step == MEMBERS:
        members = value if isinstance(value, dict) else {}
        return [Element(item, (*location, name), key, outer) for name, item in members.items()]
    inner = _take(value, step)
    return () if inner is None else (Element(inner, (*location, step), key, outer),)


def _select_items(element: Element, *, is_keyed: bool) -> Iterable[Element]:
    value, location, key, outer = element
    if not isinstance(value, list):
        return ()
    outer = (element, *outer)
    return [
        Element(
            item,
            (*location, place),
            (*key, _identify(item, place)) if is_keyed else key,
            outer,
        )
        for place, item in enumerate(value)
    ]


def _take(value: object, step: str | int) -> object:
    if isinstance(step, str):
        return value.get(step) if isinstance(value, dict) else None
    return value[step] if isinstance(value, list) and step < len(value) else None


def _identify(item: object, place: int) -> str:
    index = item.get("index") if isinstance(item, dict) else None
    return str(index if isinstance(index, int | str) else place)
