"""Two answers, and the places in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from runreel.core.diff.changes.model import Change, ChangePart, DiffVerdict, StreamPlace
from runreel.core.diff.changes.request_changes import (
    are_prose,
    find_kind,
    format_value,
    show_words,
)
from runreel.core.diff.changes.value_changes import ValueChange
from runreel.core.diff.ids.folding import Folding
from runreel.core.diff.ids.members import USAGE
from runreel.core.trace.model import Trace, TraceEvent
from runreel.model import Exchange

_CALLS = frozenset({"arguments", "input", "tool_calls", "function_call", "partial_json"})
_CALL_HOLDERS = frozenset({"tool_use", "function_call", "custom_tool_call"})
_CITATIONS = frozenset({"annotations", "citations", "citation", "annotation"})
_TEXTS = frozenset({"content", "text", "delta", "value", "token", "output", "answer", "chunk"})


class AnswerPair(NamedTuple):
    """Two exchanges whose answers are compared."""

    left: Exchange
    right: Exchange
    left_trace: Trace
    right_trace: Trace
    folding: Folding
    text_names: frozenset[str]
    """Members of events that hold texts, which are compared by block."""


def place_of(event: TraceEvent | None) -> StreamPlace | None:
    """Return the place of an event; None for None."""
    if event is None:
        return None
    return StreamPlace(event.number, event.at_us, event.blocks[0] if event.blocks else 0)


def iter_differing_texts(pair: AnswerPair) -> Iterator[tuple[str, str]]:
    """Yield the texts of blocks with the same number that differ."""
    for old, new in zip(pair.left_trace.blocks, pair.right_trace.blocks, strict=False):
        translated = pair.folding.ids.translate(new.text)
        if old.kind is new.kind and old.text != translated:
            yield old.text, translated


def build_value_change(change: ValueChange, base: str, part: ChangePart) -> Change:
    """Build the change of one place in the JSON of an answer; ``base`` is put before its path."""
    own_part, verdict, label = judge_answer_place(change)
    return Change(
        own_part or part,
        find_kind(change),
        verdict,
        f"{base}{change.path}",
        format_value(change.left),
        format_value(change.right),
        label,
        spans=show_words(change.left, change.right),
    )


def judge_answer_place(change: ValueChange) -> tuple[ChangePart | None, DiffVerdict, str]:
    """Return the part that a place of an answer belongs to, the verdict, and a label."""
    names = {key for key in change.keys if isinstance(key, str)}
    if names & USAGE:
        return ChangePart.USAGE, DiffVerdict.WORDING, ""
    if names & _CITATIONS:
        return ChangePart.TEXT, DiffVerdict.BEHAVIOUR, "citation"
    if names & _CALLS or set(change.holders) & _CALL_HOLDERS:
        return ChangePart.TOOLS, DiffVerdict.BEHAVIOUR, f"tool call {change.within}".rstrip()
    are_texts = isinstance(change.left, str) and isinstance(change.right, str)
    if are_prose(change.left, change.right) or (are_texts and change.name in _TEXTS):
        return ChangePart.TEXT, DiffVerdict.WORDING, ""
    return None, DiffVerdict.BEHAVIOUR, ""
