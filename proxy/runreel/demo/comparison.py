"""The comparison of two conversations: their bytes and their timing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from runreel.demo.conversation import Turn
from runreel.model import Answer


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result of comparing two conversations."""

    answers: int
    """Answers of the first conversation."""
    size: int
    """Bytes in the bodies of these answers."""
    chunks: int
    """Chunks in which these bodies arrived."""
    differences: tuple[str, ...]
    """One line each, after the number of the turn; empty if both are the same."""
    slip_us: int
    """The largest difference in microseconds between the times at which the same chunk ended."""


def compare_conversations(first: Sequence[Turn], second: Sequence[Turn]) -> Comparison:
    """Compare two conversations turn by turn."""
    pairs = list(zip(first, second, strict=False))
    return Comparison(
        answers=len(first),
        size=sum(len(turn.answer.body) for turn in first),
        chunks=sum(len(_map_chunk_ends(turn.answer)) for turn in first),
        differences=tuple(_iter_differences(first, second)),
        slip_us=max((_measure_slip(one.answer, other.answer) for one, other in pairs), default=0),
    )


def _iter_differences(first: Sequence[Turn], second: Sequence[Turn]) -> Iterator[str]:
    for number, (one, other) in enumerate(zip_longest(first, second), 1):
        for difference in _compare_turns(one, other):
            yield f"{number}  {(one or other).line}: {difference}"


def _compare_turns(one: Turn | None, other: Turn | None) -> Iterator[str]:
    if one is None or other is None:
        yield f"only the {'second' if one is None else 'first'} conversation has this turn"
        return
    if one.request != other.request:
        yield f"the request differs: {other.line}"
    a, b = one.answer, other.answer
    if (a.status, a.reason) != (b.status, b.reason):
        yield f"status {a.status} {a.reason!a}, then {b.status} {b.reason!a}"
    if a.headers != b.headers:
        yield f"headers differ: {_describe_headers(a, b)}"
    if a.body != b.body:
        offset = _find_difference(a.body, b.body)
        yield f"bodies of {len(a.body)} and {len(b.body)} bytes differ from byte {offset} on"
    elif _map_chunk_ends(a).keys() != _map_chunk_ends(b).keys():
        counts = f"{len(_map_chunk_ends(a))} chunks, then {len(_map_chunk_ends(b))}"
        yield f"{counts}, or other chunk boundaries"
    if one.is_whole != other.is_whole:
        yield f"only the {'first' if one.is_whole else 'second'} answer is complete"


def _describe_headers(one: Answer, other: Answer) -> str:
    pairs = zip_longest(one.headers, other.headers)
    return next(f"{_format_header(a)}, then {_format_header(b)}" for a, b in pairs if a != b)


def _format_header(header: tuple[bytes, bytes] | None) -> str:
    return "none" if header is None else ascii(b": ".join(header))[1:]


def _find_difference(one: bytes, other: bytes) -> int:
    pairs = enumerate(zip_longest(one, other))
    return next(offset for offset, (a, b) in pairs if a != b)


def _map_chunk_ends(answer: Answer) -> dict[int, int]:
    """Map the offset at which each chunk ends in the body to the time in microseconds."""
    ends, offset = {}, 0
    for frame in answer.frames:
        offset += frame.length
        if frame.end_of_chunk:
            ends[offset] = frame.dt_us
    return ends


def _measure_slip(one: Answer, other: Answer) -> int:
    ends, others = _map_chunk_ends(one), _map_chunk_ends(other)
    return max((abs(ends[end] - others[end]) for end in ends.keys() & others), default=0)
