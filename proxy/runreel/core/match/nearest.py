"""Find the recorded request that is most similar to a given one.

Comparing two bodies member by member takes a tenth of a millisecond, and a miss must not delay the
other streams. So all candidates are ranked by an estimate that takes a few microseconds, and only
the best ones are compared exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from heapq import nsmallest
from operator import ne

from runreel.core.match.json_diff import Absent, ComparedValue, Mismatch
from runreel.core.match.normalize import NormalizedRequest, normalize_path
from runreel.core.match.request_diff import diff_requests
from runreel.model import Request

_MAX_COMPARED = 32
"""Candidates that are compared exactly."""

_MAX_COMPARED_BYTES = 1 << 20
"""Total size of the bodies compared exactly; the best candidate is compared whatever its size."""

_MAX_SAMPLED_BYTES = 1 << 22
"""Bytes read for the estimate, shared by all candidates. Half of them are read from each end of
a body, because calls differ in their settings and in their last message."""

_MIN_SAMPLE = 64
_MAX_SAMPLE = 1024
"""Bytes read at each end of one body, at least and at most."""

_OTHER_BODY_WEIGHT = 1_000_000
"""Weight of a difference in the kind of body, in values."""

_MAX_WORDS = 128
"""Words taken from each sample, and from the query."""


def find_nearest(
    sent: Request,
    candidates: Sequence[Request],
    normalize: Callable[[Request], NormalizedRequest],
) -> int | None:
    """Return the index of the candidate that differs least, the first of equals.

    Candidates with the same path and method are preferred, then those with the same path, then
    those with the fewest different path segments. Of the candidates that are equal in this, the
    most similar ones are compared as ``normalize`` returns them. None without candidates.
    """
    similar = _select_most_alike(sent, candidates, _select_nearest_targets(sent, candidates))
    compared = sorted(_take_affordable(similar, candidates))
    if len(compared) <= 1:
        return next(iter(compared), None)
    normalized = normalize(sent)
    return min(
        compared,
        key=lambda index: sum(map(_weigh, diff_requests(normalize(candidates[index]), normalized))),
    )


def _weigh(mismatch: Mismatch) -> int:
    """Return the number of values that differ here.

    A request that lacks a whole list of messages is less similar than one with two different
    messages; a request with another kind of body is the least similar.
    """
    if mismatch.name == "body":
        return _OTHER_BODY_WEIGHT
    sides = mismatch.recorded, mismatch.sent
    if not any(isinstance(side, list | dict) for side in sides):
        return 1
    return max(1, sum(map(_count_values, sides)))


def _count_values(value: ComparedValue) -> int:
    """Return the number of scalars in a value."""
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
    """Return the indices of the candidates with the nearest path and, of these, the same method."""
    path = normalize_path(sent.target)
    targets = {candidate.target.partition(b"?")[0] for candidate in candidates}
    distances = {target: _measure_distance(path, normalize_path(target)) for target in targets}
    ranks = [
        (distances[candidate.target.partition(b"?")[0]], candidate.method != sent.method)
        for candidate in candidates
    ]
    best = min(ranks, default=None)
    return [index for index, rank in enumerate(ranks) if rank == best]


def _measure_distance(path: bytes, other: bytes) -> int:
    """Return the number of different segments; the total of both if the numbers differ."""
    if path == other:
        return 0
    ours, theirs = path.split(b"/"), other.split(b"/")
    return sum(map(ne, ours, theirs)) if len(ours) == len(theirs) else len(ours) + len(theirs)


def _select_most_alike(
    sent: Request, candidates: Sequence[Request], indices: list[int]
) -> list[int]:
    """Return the best ``indices`` by the number of words that only one of the two requests has."""
    if len(indices) <= _MAX_COMPARED:
        return indices
    share = _MAX_SAMPLED_BYTES // 2 // len(indices)
    sample = max(_MIN_SAMPLE, min(share, _MAX_SAMPLE))
    words = set(_split_words(sent, sample))
    size = len(sent.body)

    def estimate_distance(index: int) -> tuple[int, int]:
        theirs = _split_words(candidates[index], sample)
        differing = len(theirs) - 2 * len(words.intersection(theirs))
        return differing, abs(len(candidates[index].body) - size)

    return nsmallest(_MAX_COMPARED, indices, key=estimate_distance)


def _split_words(request: Request, sample: int) -> list[bytes]:
    """Split both ends of the body at quotes, which separate the names and strings of JSON."""
    body = request.body
    words = body[:sample].split(b'"', _MAX_WORDS)
    if len(body) > sample:
        words += body[max(sample, len(body) - sample) :].rsplit(b'"', _MAX_WORDS)
    query = request.target.partition(b"?")[2]
    return words + query.split(b"&", _MAX_WORDS) if query else words


def _take_affordable(indices: list[int], candidates: Sequence[Request]) -> Iterator[int]:
    """Yield indices until their bodies exceed ``_MAX_COMPARED_BYTES``, but at least one."""
    total = 0
    for index in indices:
        total += len(candidates[index].body)
        if total > _MAX_COMPARED_BYTES and index != indices[0]:
            return
        yield index
