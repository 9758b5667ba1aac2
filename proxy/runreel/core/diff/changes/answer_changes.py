"""The changes between two answers: head, stream or body, end, and timing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import or_

from runreel.core.diff.changes.answer_places import AnswerPair, build_value_change, place_of
from runreel.core.diff.changes.model import Change, ChangeKind, ChangePart, DiffVerdict, StreamPlace
from runreel.core.diff.changes.request_changes import (
    IgnoredPlaces,
    diff_header,
    parse_body,
    show_words,
)
from runreel.core.diff.changes.stream_changes import diff_streams
from runreel.core.diff.changes.stream_items import SIGNS_OF_LIFE, StreamItem, list_items
from runreel.core.diff.changes.value_changes import diff_values
from runreel.core.match.json_diff import count_common_prefix
from runreel.core.trace.model import Trace, TraceEnd, TraceEvent
from runreel.model import End

ANSWER_HEADERS = (
    "content-type",
    "location",
    "retry-after",
    "x-should-retry",
    "www-authenticate",
    "allow",
    "cache-control",
    "content-range",
    "link",
    "openai-version",
    "mcp-session-id",
    "deprecation",
    "sunset",
)
"""Headers of answers that are compared, in lower case."""

SLOWER_BY = 2
"""A gap is longer if it takes so many times as long as its counterpart …"""
SLOWER_US = 50_000
"""… and so many microseconds more."""


def diff_answers(
    pair: AnswerPair, ignored: IgnoredPlaces, *, with_timing: bool
) -> Iterator[Change]:
    """Yield the changes between two answers, in the order in which a client meets them."""
    yield from _diff_heads(pair, ignored)
    left, right = _list_items(pair, ignored)
    if _are_streams(pair):
        cut = _find_cut(pair, left, right)
        if cut is None:
            changes = [*diff_streams(pair, left, right)]
            yield from sorted(changes, key=_get_order)
            yield from _diff_problems(pair) if not changes else ()
            yield from _diff_ends(pair)
        else:
            yield cut
    else:
        yield from _diff_bodies(pair, ignored)
        yield from _diff_ends(pair)
    if with_timing:
        yield from diff_timing(pair)


def _are_streams(pair: AnswerPair) -> bool:
    """Return whether both answers are streams, or one of them and the other one is empty."""
    are_empty = not pair.left.answer.body, not pair.right.answer.body
    are_streams = pair.left_trace.is_stream, pair.right_trace.is_stream
    return any(are_streams) and all(map(or_, are_streams, are_empty))


def _diff_heads(pair: AnswerPair, ignored: IgnoredPlaces) -> Iterator[Change]:
    left, right = pair.left.answer, pair.right.answer
    if left.status != right.status:
        old, new = str(left.status), str(right.status)
        kind, verdict = ChangeKind.CHANGED, DiffVerdict.BEHAVIOUR
        yield Change(ChangePart.STATUS, kind, verdict, "answer.status", old, new)
    for name in ANSWER_HEADERS:
        if f"headers.{name}" not in ignored.names:
            yield from diff_header(name, left.headers, right.headers, "answer", pair.folding)


def _list_items(
    pair: AnswerPair, ignored: IgnoredPlaces
) -> tuple[list[StreamItem], list[StreamItem]]:
    names, folding, paths = pair.text_names, pair.folding, ignored.paths
    return (
        list_items(pair.left.answer, pair.left_trace, names, folding, None, ignored=paths),
        list_items(pair.right.answer, pair.right_trace, names, folding, folding.ids, ignored=paths),
    )


def _get_order(change: Change) -> int:
    place = change.left_place or change.right_place
    return 0 if place is None else place.event


def _find_cut(
    pair: AnswerPair, left: Sequence[StreamItem], right: Sequence[StreamItem]
) -> Change | None:
    """Return the change of a stream that ends within the other one and differs in nothing else."""
    ends = pair.left_trace.end, pair.right_trace.end
    if has_same_end(*ends) and ends[0].terminal_event and ends[1].terminal_event:
        return None
    whole, part = (left, right) if len(left) >= len(right) else (right, left)
    part = part[:-1] if part and not part[-1].is_complete else part
    common = count_common_prefix([item.content for item in whole], [item.content for item in part])
    is_cut = common == len(part) < len(whole) and _is_early_end(ends)
    return _build_end_change(pair, len(whole) - common) if is_cut else None


def _is_early_end(ends: tuple[TraceEnd, TraceEnd]) -> bool:
    """Return whether one of the answers is not whole, and the other one ended otherwise."""
    return not has_same_end(*ends) or bool(ends[0].terminal_event) != bool(ends[1].terminal_event)


def has_same_end(left: TraceEnd, right: TraceEnd) -> bool:
    """Return whether two answers ended alike.

    A client that leaves after the API's own last event has read the whole answer.
    """
    return _describe_end_state(left) == _describe_end_state(right)


def _describe_end_state(end: TraceEnd) -> tuple[End, bool]:
    is_read = end.connection is End.CLIENT_LEFT and (end.is_whole or end.terminal_event > 0)
    return (End.COMPLETE, True) if is_read else (end.connection, end.is_whole)


def _build_end_change(pair: AnswerPair, missing: int = 0) -> Change:
    traces = pair.left_trace, pair.right_trace
    return Change(
        ChangePart.END,
        ChangeKind.CHANGED,
        DiffVerdict.BEHAVIOUR,
        "answer.end",
        _describe_end(traces[0]),
        _describe_end(traces[1]),
        label=f"end of the answer ({missing} events are missing)" if missing else "",
        left_place=_find_last_place(traces[0]),
        right_place=_find_last_place(traces[1]),
    )


def _describe_end(trace: Trace) -> str:
    state = trace.end.connection.value.replace("_", " ")
    lacks_end = trace.end.needs_terminal and not trace.end.terminal_event
    words = ", without the last event of its API" if lacks_end else ""
    return f"{state} after {len(trace.events)} events{words}" if trace.is_stream else state


def _find_last_place(trace: Trace) -> StreamPlace | None:
    return place_of(trace.events[-1]) if trace.events else None


def _diff_ends(pair: AnswerPair) -> Iterator[Change]:
    if not has_same_end(pair.left_trace.end, pair.right_trace.end):
        yield _build_end_change(pair)


def _diff_problems(pair: AnswerPair) -> Iterator[Change]:
    """Yield the problems that only the right stream has."""
    known = set(pair.left_trace.problems)
    for problem in pair.right_trace.problems:
        if problem not in known and problem.path.startswith("events["):
            kind, verdict = ChangeKind.ADDED, DiffVerdict.BEHAVIOUR
            path = f"answer.{problem.path}"
            yield Change(ChangePart.EVENTS, kind, verdict, path, right=problem.message)


def _diff_bodies(pair: AnswerPair, ignored: IgnoredPlaces) -> Iterator[Change]:
    left, right = pair.left.answer, pair.right.answer
    if left.body == right.body and left.omitted == right.omitted:
        return
    values = (
        parse_body(left.body, None, ignored.paths),
        parse_body(right.body, pair.folding.ids, ignored.paths),
    )
    if values[0] is not None and values[1] is not None:
        for change in diff_values(values[0], values[1], pair.folding):
            yield build_value_change(change, "answer.", ChangePart.BODY)
        return
    old = _describe_body(left.body, left.omitted)
    new = pair.folding.ids.translate(_describe_body(right.body, right.omitted))
    if not pair.folding.are_same("", old, new):
        kind, verdict = ChangeKind.CHANGED, DiffVerdict.BEHAVIOUR
        spans = show_words(old, new)
        yield Change(ChangePart.BODY, kind, verdict, "answer.body", old, new, spans=spans)


def _describe_body(body: bytes, omitted: str | None) -> str:
    return f"a body that was not kept ({omitted})" if omitted else body.decode("utf-8", "replace")


def diff_timing(pair: AnswerPair) -> Iterator[Change]:
    """Yield the gaps between events that became longer or shorter.

    Events are paired by their place from the start, as far as both streams have the same. An answer
    that is not a stream has one gap: from the request to its end.
    """
    left, right = pair.left_trace, pair.right_trace
    if not (left.is_stream and right.is_stream):
        gaps = left.timing.end_us, right.timing.end_us
        if is_longer(*gaps) or is_longer(*gaps[::-1]):
            yield _build_timing_change("answer", gaps, None, None)
        return
    before = 0, 0
    for old, new in zip(_list_timed(left), _list_timed(right), strict=False):
        if old.name != new.name:
            return
        gaps = old.at_us - before[0], new.at_us - before[1]
        before = old.at_us, new.at_us
        if is_longer(*gaps) or is_longer(*gaps[::-1]):
            yield _build_timing_change(f"answer.events[{old.number}].gap", gaps, old, new)


def _list_timed(trace: Trace) -> list[TraceEvent]:
    """Return the events without signs of life."""
    return [event for event in trace.events if event.kind not in SIGNS_OF_LIFE]


def is_longer(before_us: int, after_us: int) -> bool:
    """Return whether a gap is longer by more than usual."""
    return after_us > before_us * SLOWER_BY and after_us - before_us > SLOWER_US


def _build_timing_change(
    path: str, gaps: tuple[int, int], old: TraceEvent | None, new: TraceEvent | None
) -> Change:
    kind = ChangeKind.SLOWER if gaps[1] > gaps[0] else ChangeKind.FASTER
    left, right = (f"{gap / 1000:.1f} ms" for gap in gaps)
    return Change(
        ChangePart.TIMING,
        kind,
        DiffVerdict.EQUIVALENT,
        path,
        left,
        right,
        left_place=place_of(old),
        right_place=place_of(new),
    )
