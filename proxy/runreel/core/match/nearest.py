"""Which of many requests is the nearest to one.

Comparing bodies member by member takes a tenth of a millisecond each, and a miss must not hold up
the streams of others: so all candidates are ranked by what takes a few microseconds, and the best
of them compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from heapq import nsmallest
from operator import ne

from runreel.core.match.normalize import NormalizedRequest, normalize_path
from runreel.core.match.place import Absent, ComparedValue, Mismatch
from runreel.core.match.request_diff import diff_requests
from runreel.model import Request

_MAX_COMPARED = 32
"""Candidates, at most."""

_MAX_COMPARED_BYTES = 1 << 20
"""Bytes of their bodies together; the most alike is compared whatever its size."""

_MAX_SAMPLED_BYTES = 1 << 22
"""Bytes of bodies that ranking looks at, shared by all candidates: half from either end of each,
since calls differ in their settings and in their last message."""

_MIN_SAMPLE = 64
_MAX_SAMPLE = 1024
"""Bytes that it looks at, at either end."""

_OTHER_BODY_WEIGHT = 1_000_000
"""Values that a whole body counts for."""

_MAX_WORDS = 128
"""Words that it looks at there, and in a query."""


def find_nearest(
    sent: Request, candidates: Sequence[Request], normalize: Callable[[Request], NormalizedRequest]
) -> int | None:
    """The place of the candidate that differs least, the first of equals.

    Those of the same path and method go before others, those of the same path before the rest, and
    then those with the fewest other segments in their path. Among many of them, the few that look
    most alike are compared, as ``read`` reads them. None where there are no candidates.
    """
    alike = _select_most_alike(sent, candidates, _select_nearest_targets(sent, candidates))
    compared = sorted(_take_affordable(alike, candidates))
    if len(compared) <= 1:
        return next(iter(compared), None)
    wanted = normalize(sent)
    return min(
        compared,
        key=lambda place: sum(map(_weigh, diff_requests(normalize(candidates[place]), wanted))),
    )


def _weigh(mismatch: Mismatch) -> int:
    """How many values differ here: what lacks a whole list of messages is less like a request that
    has it than what differs in two of them, and another kind of body is the least like it."""
    if mismatch.name == "body":
        return _OTHER_BODY_WEIGHT
    sides = mismatch.recorded, mismatch.sent
    if not any(isinstance(side, list | dict) for side in sides):
        return 1
    return max(1, sum(map(_count_values, sides)))


def _count_values(value: ComparedValue) -> int:
    """How many values it holds that hold no others."""
    count, pending = 0, [value]
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            pending += node
        elif isinstance(node, dict):
            pending += node.values()
        elif node is not Absent.ENTRY:
            count += 1
    return count


def _select_nearest_targets(sent: Request, candidates: Sequence[Request]) -> list[int]:
    """The places of those with the nearest path and, among them, the same method."""
    path = normalize_path(sent.target)
    targets = {candidate.target.partition(b"?")[0] for candidate in candidates}
    distances = {target: _measure_distance(path, normalize_path(target)) for target in targets}
    ranks = [
        (distances[candidate.target.partition(b"?")[0]], candidate.method != sent.method)
        for candidate in candidates
    ]
    best = min(ranks, default=None)
    return [place for place, rank in enumerate(ranks) if rank == best]


def _measure_distance(path: bytes, other: bytes) -> int:
    """In how many segments two paths differ; more than any of these if not in their number."""
    if path == other:
        return 0
    ours, theirs = path.split(b"/"), other.split(b"/")
    return sum(map(ne, ours, theirs)) if len(ours) == len(theirs) else len(ours) + len(theirs)


def _select_most_alike(
    sent: Request, candidates: Sequence[Request], indices: list[int]
) -> list[int]:
    """Some of the places, by how many words they have that the request has not, and the reverse."""
    if len(indices) <= _MAX_COMPARED:
        return indices
    share = _MAX_SAMPLED_BYTES // 2 // len(indices)
    sample = max(_MIN_SAMPLE, min(share, _MAX_SAMPLE))
    words = set(_split_words(sent, sample))
    size = len(sent.body)

    def unlikeness(place: int) -> tuple[int, int]:
        theirs = _split_words(candidates[place], sample)
        differing = len(theirs) - 2 * len(words.intersection(theirs))
        return differing, abs(len(candidates[place].body) - size)

    return nsmallest(_MAX_COMPARED, indices, key=unlikeness)


def _split_words(request: Request, sample: int) -> list[bytes]:
    """What stands between quotes, whatever it means: the names and values of a JSON text."""
    body = request.body
    words = body[:sample].split(b'"', _MAX_WORDS)
    if len(body) > sample:
        words += body[max(sample, len(body) - sample) :].rsplit(b'"', _MAX_WORDS)
    query = request.target.partition(b"?")[2]
    return words + query.split(b"&", _MAX_WORDS) if query else words


def _take_affordable(indices: list[int], candidates: Sequence[Request]) -> Iterator[int]:
    """As many as have bodies of bounded size together, but at least one."""
    total = 0
    for place in indices:
        total += len(candidates[place].body)
        if total > _MAX_COMPARED_BYTES and place != indices[0]:
            return
        yield place
