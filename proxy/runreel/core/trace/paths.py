"""Paths of a trace table, compiled, and the values that they select in parsed JSON."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from msgspec import Struct

from runreel.core.redact.texts.leaf import LeafPath
from runreel.core.regex.lazy_pattern import compile_later

_STEP = compile_later(r"\.?([^.\[\]|^$@]+)|\[(\*|[0-9]*)\]")

Steps: TypeAlias = tuple[str | int, ...]
"""Names and indices, and the steps to several values: ``[*]``, ``[]`` and ``*``."""

EACH_KEYED = "[*]"
EACH = "[]"
MEMBERS = "*"
_MAX_ELEMENTS = 100_000
"""Most objects that one path selects in one event or body."""


class Element(NamedTuple):
    """A value that a path selected."""

    value: object
    location: LeafPath
    key: tuple[str, ...]
    """For each ``[*]`` on the way: the element's ``index`` member, or its place."""
    outer: tuple[Element, ...]
    """The items of arrays around it, the innermost first, and then the root."""

    @property
    def outer_of_members(self) -> tuple[Element, ...]:
        """``outer`` of this element's members."""
        is_member = self.location and isinstance(self.location[-1], str)
        return self.outer if is_member else (self, *self.outer)


class JsonScope(NamedTuple):
    """One JSON value, and what a path may refer to besides its members."""

    root: Element
    event: str = ""
    number: int = 0
    """Number of the event; 0 for a body."""

    def select(self, steps: Steps) -> Sequence[Element]:
        """Return the elements that a path selects, in their order."""
        elements: Sequence[Element] = (self.root,)
        for step in steps:
            elements = select_next(elements, step)
            if not elements:
                break
        return elements


class CompiledPath(Struct, frozen=True):
    """One path, taken apart."""

    start: str
    """Empty for the element itself; ``$``; ``@event``, ``@number`` or one ``^`` for each array."""
    steps: Steps

    def find(self, element: Element, scope: JsonScope) -> object:
        """Return the value; None if there is none."""
        value = self._find_start(element, scope)[0] if self.start else element.value
        for step in self.steps:
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                return None
        return value

    def find_location(self, element: Element, scope: JsonScope) -> LeafPath:
        """Return the location at which ``find`` looks."""
        start = self._find_start(element, scope)[1] if self.start else element.location
        return (*start, *self.steps)

    def _find_start(self, element: Element, scope: JsonScope) -> tuple[object, LeafPath]:
        match self.start:
            case "$":
                return scope.root.value, scope.root.location
            case "@event":
                return scope.event, ()
            case "@number":
                return scope.number, ()
        height = len(self.start)
        if height > len(element.outer):
            return None, ()
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
    if text in ("@event", "@number", "."):
        return CompiledPath(text.strip("."), ())
    start = text[: len(text) - len(text.lstrip("^$"))]
    steps = compile_each(text[len(start) :])
    selects_many = not {EACH, EACH_KEYED, MEMBERS}.isdisjoint(steps)
    if selects_many or start.strip("^") not in ("", "$") or "$^" in start or "^$" in start:
        raise ValueError(f"the path {text!r} must lead to a single value")
    return CompiledPath(start, steps)


def find_value(paths: tuple[CompiledPath, ...], element: Element, scope: JsonScope) -> object:
    """Return the first value of alternative paths that is neither null nor empty, else any."""
    best = None
    for path in paths:
        value = path.find(element, scope)
        if value:
            return value
        best = value if best is None else best
    return best


def find_path(
    paths: tuple[CompiledPath, ...], element: Element, scope: JsonScope
) -> CompiledPath | None:
    """Return the path that leads to ``find_value``; None if none leads to a value."""
    best = None
    for path in paths:
        value = path.find(element, scope)
        if value:
            return path
        if value is not None and best is None:
            best = path
    return best


def find_text(paths: tuple[CompiledPath, ...], element: Element, scope: JsonScope) -> str:
    """Return the string or number at a path as text; empty if there is none."""
    if not paths:
        return ""
    value = find_value(paths, element, scope)
    if isinstance(value, str):
        return value
    return "" if value is None or isinstance(value, bool | dict | list) else str(value)


def may_lead_on(value: object, steps: Steps) -> bool:
    """Return False if a path leads to nothing in a value, which is fast to find out."""
    if not steps or not isinstance(value, dict):
        return True
    return steps[0] in value or steps[0] == MEMBERS


def select_values(value: object, steps: Steps) -> Sequence[object]:
    """Return the values that a path selects, for callers that need nothing else about them."""
    for depth, step in enumerate(steps):
        if isinstance(value, dict) and step in value:
            value = value[step]
        else:
            items = _list_items(value, step)[:_MAX_ELEMENTS]
            rest = steps[depth + 1 :]
            return [each for item in items for each in select_values(item, rest)]
    return (value,)


def _list_items(value: object, step: str | int) -> Sequence[object]:
    if isinstance(value, list):
        is_each = step in (EACH, EACH_KEYED)
        return value if is_each else value[step : step + 1] if isinstance(step, int) else ()
    return [*value.values()] if isinstance(value, dict) and step == MEMBERS else ()


def select_next(elements: Sequence[Element], step: str | int) -> Sequence[Element]:
    """Return what one more step selects in these elements."""
    if len(elements) == 1:
        value = elements[0].value
        if isinstance(value, dict) and step not in value and step != MEMBERS:
            return ()
        return _select_step(elements[0], step)
    inner = [each for element in elements for each in _select_step(element, step)]
    return inner[:_MAX_ELEMENTS] if len(inner) > _MAX_ELEMENTS else inner


def _select_step(element: Element, step: str | int) -> Sequence[Element]:
    value, location, key, outer = element
    if isinstance(value, dict) and isinstance(step, str):
        inner = value.get(step)
        if inner is not None:
            return (Element(inner, (*location, step), key, element.outer_of_members),)
        return _select_members(element, value) if step == MEMBERS else ()
    if not isinstance(value, list):
        return ()
    if isinstance(step, int):
        return [Element(item, (*location, step), key, outer) for item in value[step : step + 1]]
    if step not in (EACH_KEYED, EACH):
        return ()
    return [
        Element(
            item,
            (*location, place),
            (*key, _identify(item, place)) if step == EACH_KEYED else key,
            outer,
        )
        for place, item in enumerate(value[:_MAX_ELEMENTS])
    ]


def _select_members(element: Element, value: dict[str, object]) -> Sequence[Element]:
    outer = element.outer_of_members
    items = value.items()
    return [Element(item, (*element.location, name), element.key, outer) for name, item in items]


def _identify(item: object, place: int) -> str:
    index = item.get("index") if isinstance(item, dict) else None
    return str(index if isinstance(index, int | str) else place)
