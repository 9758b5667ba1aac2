"""An order of calls that does not depend on how concurrent ones happened to arrive."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush

from runreel.core.diff.align.alignment import RecordedCall


def iter_in_stable_order(
    calls: Sequence[RecordedCall], read_ids: Callable[[RecordedCall], Sequence[str]]
) -> Iterator[RecordedCall]:
    """Yield the calls so that each comes after all that had ended when it began.

    Of several that may be next, the first by operation and request is, and of equal ones the first
    by what else is done with its ids. ``read_ids`` returns the ids in an answer.
    """
    ranks = _rank_calls(calls, read_ids)
    waiting = sorted(
        calls, key=lambda call: (call.start_ns, ranks[call.number], call.number), reverse=True
    )
    ends = sorted(calls, key=lambda call: (call.end_ns, call.number), reverse=True)
    ready: list[tuple[tuple[str, bytes, bytes], int, int]] = []
    by_number = {call.number: call for call in calls}
    yielded: set[int] = set()
    while ends:
        if ends[-1].number in yielded:
            ends.pop()
            continue
        while waiting and (waiting[-1].start_ns < ends[-1].end_ns or not ready):
            call = waiting.pop()
            heappush(ready, (ranks[call.number], call.start_ns, call.number))
        number = heappop(ready)[2]
        yielded.add(number)
        yield by_number[number]


def _rank_calls(
    calls: Sequence[RecordedCall], read_ids: Callable[[RecordedCall], Sequence[str]]
) -> Mapping[int, tuple[str, bytes, bytes]]:
    """Return the rank of each call by its number."""
    users: dict[str, list[bytes]] = defaultdict(list)
    for call in calls:
        for each in dict.fromkeys(call.key.ids):
            users[each].append(call.key.digest)
    colors = {each: _hash(sorted(digests)) for each, digests in users.items()}
    return {
        call.number: (
            call.key.call,
            call.key.digest,
            _hash_colors([*call.key.ids, *read_ids(call)], colors),
        )
        for call in calls
    }


def _hash_colors(ids: Sequence[str], colors: Mapping[str, bytes]) -> bytes:
    """Return a hash of how some ids are used by all calls."""
    return _hash(colors[each] for each in dict.fromkeys(ids) if each in colors)


def _hash(digests: Iterable[bytes]) -> bytes:
    return hashlib.sha256(b"".join(digests)).digest()
