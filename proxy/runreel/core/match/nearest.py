"""Which of many requests is the nearest to one.

Comparing bodies member by member takes a tenth of a millisecond each, and a miss must not hold up
the streams of others: so all candidates are ranked by what takes a few microseconds, and the best
of them compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from heapq import nsmallest
from operator import ne

from runreel.core.match.normalize import Reading, path_of
from runreel.core.match.place import Absent, Place, Side
from runreel.core.match.request_diff import places
from runreel.model import Request

_COMPARED = 32
"""Candidates, at most."""

_COMPARED_BYTES = 1 << 20
"""Bytes of their bodies together; the most alike is compared whatever its size."""

_LOOKED_AT = 1 << 22
"""Bytes of bodies that ranking looks at, shared by all candidates: half from either end of each,
since calls differ in their settings and in their last message."""

_SMALLEST_SAMPLE = 64
_LARGEST_SAMPLE = 1024
"""Bytes that it looks at, at either end."""

_ANOTHER_BODY = 1_000_000
"""Values that a whole body counts for."""

_WORDS = 128
"""Words that it looks at there, and in a query."""


def nearest(
    sent: Request, candidates: Sequence[Request], read: Callable[[Request], Reading]
) -> int | None:
    """The place of the candidate that differs least, the first of equals.

    Those of the same path and method go before others, those of the same path before the rest, and
    then those with the fewest other segments in their path. Among many of them, the few that look
    most alike are compared, as ``read`` reads them. None where there are no candidates.
    """
    alike = _most_alike(sent, candidates, _same_call(sent, candidates))
    compared = sorted(_affordable(alike, candidates))
    if len(compared) <= 1:
        return next(iter(compared), None)
    wanted = read(sent)
    return min(
        compared, key=lambda place: sum(map(_weight, places(read(candidates[place]), wanted)))
    )


def _weight(place: Place) -> int:
    """How many values differ here: what lacks a whole list of messages is less like a request that
    has it than what differs in two of them, and another kind of body is the least like it."""
    if place.name == "body":
        return _ANOTHER_BODY
    sides = place.recorded, place.sent
    if not any(isinstance(side, list | dict) for side in sides):
        return 1
    return max(1, sum(map(_values, sides)))


def _values(side: Side) -> int:
    """How many values it holds that hold no others."""
    count, pending = 0, [side]
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            pending += node
        elif isinstance(node, dict):
            pending += node.values()
        elif node is not Absent.HERE:
            count += 1
    return count


def _same_call(sent: Request, candidates: Sequence[Request]) -> list[int]:
    """The places of those with the nearest path and, among them, the same method."""
    path = path_of(sent.target)
    targets = {candidate.target.partition(b"?")[0] for candidate in candidates}
    distances = {target: _distance(path, path_of(target)) for target in targets}
    ranks = [
        (distances[candidate.target.partition(b"?")[0]], candidate.method != sent.method)
        for candidate in candidates
    ]
    best = min(ranks, default=None)
    return [place for place, rank in enumerate(ranks) if rank == best]


def _distance(path: bytes, other: bytes) -> int:
    """In how many segments two paths differ; more than any of these if not in their number."""
    if path == other:
        return 0
    ours, theirs = path.split(b"/"), other.split(b"/")
    return sum(map(ne, ours, theirs)) if len(ours) == len(theirs) else len(ours) + len(theirs)


def _most_alike(sent: Request, candidates: Sequence[Request], places: list[int]) -> list[int]:
    """Some of the places, by how many words they have that the request has not, and the reverse."""
    if len(places) <= _COMPARED:
        return places
    share = _LOOKED_AT // 2 // len(places)
    sample = max(_SMALLEST_SAMPLE, min(share, _LARGEST_SAMPLE))
    words = set(_words(sent, sample))
    size = len(sent.body)

    def unlikeness(place: int) -> tuple[int, int]:
        theirs = _words(candidates[place], sample)
        differing = len(theirs) - 2 * len(words.intersection(theirs))
        return differing, abs(len(candidates[place].body) - size)

    return nsmallest(_COMPARED, places, key=unlikeness)


def _words(request: Request, sample: int) -> list[bytes]:
    """What stands between quotes, whatever it means: the names and values of a JSON text."""
    body = request.body
    words = body[:sample].split(b'"', _WORDS)
    if len(body) > sample:
        words += body[max(sample, len(body) - sample) :].rsplit(b'"', _WORDS)
    query = request.target.partition(b"?")[2]
    return words + query.split(b"&", _WORDS) if query else words


def _affordable(places: list[int], candidates: Sequence[Request]) -> Iterator[int]:
    """As many as have bodies of bounded size together, but at least one."""
    total = 0
    for place in places:
        total += len(candidates[place].body)
        if total > _COMPARED_BYTES and place != places[0]:
            return
        yield place
