"""The table of terms: the value that each one takes, and what it means.

``docs/filter.md`` has the same rows; a test holds both together.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import NamedTuple, TypeAlias

from runreel.core.filter.subject import FilterSubject
from runreel.core.filter.values import (
    COUNT_UNITS,
    SIZE_UNITS,
    TIME_UNITS,
    NumberRange,
    TextPattern,
)
from runreel.core.jsonpath import JsonPath
from runreel.core.trace.model import BlockKind, Trace
from runreel.model import End


class TermKind(Enum):
    """The kind of value that a term takes."""

    NAME = "a name, in which * stands for any characters"
    TEXT = "a text that occurs somewhere"
    END = "one of the ends of an answer"
    STATUS = "a number"
    COUNT = "a number, with k or M"
    SIZE = "a number of bytes, with a unit"
    TIME = "a time, with a unit"
    ARGUMENT = "a JSON path, or a path and a value: city=Lisbon"


UNITS: Mapping[TermKind, Mapping[str, int]] = {
    TermKind.STATUS: {"": 1},
    TermKind.COUNT: COUNT_UNITS,
    TermKind.SIZE: SIZE_UNITS,
    TermKind.TIME: TIME_UNITS,
}
"""The units of the kinds that are numbers."""

ENDS: Sequence[str] = tuple(End)


class ArgumentPattern(NamedTuple):
    """A place in the arguments of a tool's call, and the value there; None for any value."""

    path: JsonPath
    value: TextPattern | None


FilterValue: TypeAlias = TextPattern | NumberRange | ArgumentPattern


class TermRule(NamedTuple):
    """A term of the language."""

    kind: TermKind
    needs_trace: bool
    """True if it is about the facts of the trace, or about its texts."""
    is_flag: bool
    """True if the word alone is a term, as ``problem`` is."""
    get_texts: Callable[[FilterSubject], Iterator[str]] | None = None
    """The texts of which one has to match."""
    get_number: Callable[[FilterSubject], float | None] | None = None
    """The number that is compared; None if the exchange has none."""
    needs_texts: bool = False
    """True if it is about the texts of the trace."""


def _iter_models(subject: FilterSubject) -> Iterator[str]:
    model = subject.head.summary.get("model")
    if isinstance(model, str):
        yield model
    usage = subject.facts.usage
    yield from filter(None, (usage.requested_model, usage.answered_model))


def _iter_event_names(subject: FilterSubject) -> Iterator[str]:
    return (event.name for event in subject.facts.events)


def iter_texts(trace: Trace) -> Iterator[str]:
    """Yield the assembled texts of a trace: the request's messages, then the answer."""
    return (block.text for block in (*trace.conversation, *trace.blocks))


def _iter_tools(subject: FilterSubject) -> Iterator[str]:
    blocks = subject.facts.blocks
    return (block.name for block in blocks if block.kind is BlockKind.TOOL_CALL)


def _iter_problems(subject: FilterSubject) -> Iterator[str]:
    for problem in subject.head.problems:
        yield f"{problem.path}: {problem.message}"
    for problem in subject.facts.problems:
        yield f"{problem.path}: {problem.message}"


def _get_largest_gap(subject: FilterSubject) -> float | None:
    return max(subject.facts.timing.gaps_us, default=None)


def _get_tokens(subject: FilterSubject) -> float | None:
    usage = subject.facts.usage
    if usage.total_tokens is not None:
        return usage.total_tokens
    parts = [count for count in (usage.input_tokens, usage.output_tokens) if count is not None]
    return sum(parts) if parts else None


def _on_head(kind: TermKind, get_texts: Callable[[FilterSubject], Iterator[str]]) -> TermRule:
    return TermRule(kind, needs_trace=False, is_flag=False, get_texts=get_texts)


def _on_trace(kind: TermKind, get_texts: Callable[[FilterSubject], Iterator[str]]) -> TermRule:
    return TermRule(kind, needs_trace=True, is_flag=False, get_texts=get_texts)


def _on_number(
    kind: TermKind, get_number: Callable[[FilterSubject], float | None], *, needs_trace: bool
) -> TermRule:
    return TermRule(kind, needs_trace, is_flag=False, get_number=get_number)


TERMS: Mapping[str, TermRule] = {
    "op": _on_head(TermKind.NAME, lambda each: iter((each.head.operation,))),
    "status": _on_number(TermKind.STATUS, lambda each: each.head.status, needs_trace=False),
    "end": _on_head(TermKind.END, lambda each: iter((each.head.end,))),
    "model": _on_trace(TermKind.NAME, _iter_models),
    "ttft": _on_number(
        TermKind.TIME, lambda each: each.facts.timing.first_content_us, needs_trace=True
    ),
    "took": _on_number(TermKind.TIME, lambda each: each.head.timings.end_us, needs_trace=False),
    "gap": _on_number(TermKind.TIME, _get_largest_gap, needs_trace=True),
    "bytes": _on_number(TermKind.SIZE, lambda each: each.head.size, needs_trace=False),
    "tokens": _on_number(TermKind.COUNT, _get_tokens, needs_trace=True),
    "event": _on_trace(TermKind.NAME, _iter_event_names),
    "text": _on_trace(TermKind.TEXT, lambda each: iter_texts(each.trace))._replace(
        needs_texts=True
    ),
    "tool": _on_trace(TermKind.NAME, _iter_tools),
    "arg": TermRule(TermKind.ARGUMENT, needs_trace=True, is_flag=False, needs_texts=True),
    "session": _on_head(TermKind.NAME, lambda each: iter((each.head.session,))),
    "redacted": TermRule(
        TermKind.NAME,
        needs_trace=False,
        is_flag=True,
        get_texts=lambda each: (entry.rule for entry in each.head.ledger),
    ),
    "problem": TermRule(TermKind.TEXT, needs_trace=True, is_flag=True, get_texts=_iter_problems),
    "miss": TermRule(
        TermKind.NAME,
        needs_trace=False,
        is_flag=True,
        get_texts=lambda each: iter(("miss",) if each.is_miss else ()),
    ),
    "run": TermRule(
        TermKind.NAME,
        needs_trace=True,
        is_flag=False,
        get_texts=lambda each: iter(each.run_ids),
    ),
}


def matches_texts(rule: TermRule, pattern: TextPattern | None, subject: FilterSubject) -> bool:
    """Return whether any text of the exchange matches; without a pattern, whether it has any."""
    if rule.get_texts is None:
        return False
    texts = rule.get_texts(subject)
    if pattern is None:
        return next(texts, None) is not None
    matches = pattern.is_in if rule.kind is TermKind.TEXT else pattern.matches
    return any(map(matches, texts))


def matches_number(rule: TermRule, comparison: NumberRange, subject: FilterSubject) -> bool:
    """Return whether the number of the exchange is in the range; False if it has none."""
    number = None if rule.get_number is None else rule.get_number(subject)
    return number is not None and comparison.matches(number)


def matches_argument(pattern: ArgumentPattern, subject: FilterSubject) -> bool:
    """Return whether a tool's call in the answer has such an argument."""
    calls = (block for block in subject.trace.blocks if block.kind is BlockKind.TOOL_CALL)
    return any(_has_argument(call.text, pattern) for call in calls)


def _has_argument(text: str, pattern: ArgumentPattern) -> bool:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return any(
        pattern.path.matches(location)
        and (pattern.value is None or (leaf is not None and pattern.value.matches(leaf)))
        for location, leaf in _iter_leaves(value)
    )


def _iter_leaves(value: object) -> Iterator[tuple[tuple[str | int, ...], str | None]]:
    """Yield location and text of each value, None for a container; without recursion."""
    pending: list[tuple[tuple[str | int, ...], object]] = [((), value)]
    while pending:
        location, node = pending.pop()
        yield location, _format_leaf(node)
        pending += (((*location, key), child) for key, child in _iter_items(node))


def _iter_items(node: object) -> Iterable[tuple[str | int, object]]:
    if isinstance(node, dict):
        return node.items()
    return enumerate(node) if isinstance(node, list) else ()


def _format_leaf(node: object) -> str | None:
    if isinstance(node, dict | list):
        return None
    return node if isinstance(node, str) else json.dumps(node)
