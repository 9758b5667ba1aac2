"""Find the recorded request that is most similar to a given one.

Comparing two bodies member by member takes a tenth of a millisecond, and a miss must not delay the
other streams. So a sketch is taken of every candidate at the first miss: the hashes of some of its
words, from all over its body. All candidates are ranked by what their sketches share with that of
the request, and only the best ones are compared exactly.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence, Set
from heapq import nsmallest
from itertools import islice
from operator import ne
from typing import NamedTuple
from zlib import crc32

from runreel.core.common_text import count_common_characters, cut_to_difference
from runreel.core.match.json_diff import Absent, ComparedValue, Mismatch
from runreel.core.match.normalize import NormalizedRequest, normalize_path
from runreel.core.match.request_diff import diff_requests
from runreel.model import Request

_MAX_COMPARED = 32
"""Candidates that are compared exactly."""

_MAX_COMPARED_BYTES = 1 << 21
"""Total size of the bodies compared exactly; the best candidate is compared whatever its size."""

_MAX_SKETCHED_BYTES = 1 << 24
"""Bytes read for the sketches, shared by all candidates."""

_MIN_SAMPLE = 512
_MAX_SAMPLE = 1 << 19
"""Bytes read of one body, at least and at most."""

_WINDOWS = 8
"""Pieces of a body that are read if it is longer than its share: both ends, because calls differ in
their settings and in their last message, and pieces at equal distances in between."""

_MAX_SKETCHED_WORDS = 1 << 20
"""Words in all sketches, which take 4 bytes each."""

_EXAMINED, _COMMON = 64, 0.25
"""Candidates that are examined for common words, and the share of them that has such a word."""

_MAX_COMMON_BYTES = 1 << 18
"""Bytes at both ends of a body that are compared with those of the other candidates."""

_MAX_WORDS = 4096
"""Words in one sketch."""

_OTHER_BODY_WEIGHT = 1_000_000
"""Weight of a difference in the kind of body, in values."""

_LEAST_WEIGHT = 0.1
"""Weight of a text of which hardly anything differs, in values."""

_MAX_COMPARED_WORDS = 4096
_SPACES = bytes.maketrans(b'"\\,:{}[]&=', b" " * 10)
"""Replaces what separates words in JSON and in a query."""

_WORD_OF_TEXT = re.compile(r"\w+")
_DIGITS = 9
"""Digits behind the point to which two candidates are equally similar."""


class _CommonParts(NamedTuple):
    """The text that all candidates of one path share, and that tells nothing about them."""

    words: Set[int]
    """Hashes of words."""
    start: int
    end: int
    """Bytes at both ends of their bodies: a system prompt and tools, before and after messages."""


class NearestIndex:
    """Finds the most similar of the recorded requests; sketched when first needed."""

    def __init__(
        self,
        candidates: Sequence[Request],
        normalize: Callable[[Request], NormalizedRequest],
    ) -> None:
        """``normalize`` returns the parts of a request that count."""
        self._candidates = candidates
        self._normalize = normalize
        self._sketches: dict[int, array[int]] = {}
        self._common: dict[int, _CommonParts] = {}
        """The text that all candidates of a path share, by the first of them."""
        count = max(1, len(candidates))
        self._sample = max(_MIN_SAMPLE, min(_MAX_SKETCHED_BYTES // count, _MAX_SAMPLE))
        self._max_words = min(_MAX_SKETCHED_WORDS // count, _MAX_WORDS)

    def prepare(self, sent: Request) -> Iterator[None]:
        """Take the sketches that ``find`` needs, one at each step.

        So the caller can do other work in between.
        """
        indices = self._select_nearest_targets(sent)
        if len(indices) < 2:
            return
        if indices[0] not in self._common:
            yield from self._find_common_parts(indices)
        common = self._common[indices[0]]
        for index in indices:
            if index not in self._sketches:
                self._sketches[index] = array("I", self._sketch(self._candidates[index], common))
                yield

    def _find_common_parts(self, indices: Sequence[int]) -> Iterator[None]:
        """Find the ends that some candidates share, and then the words that many of them have."""
        some = indices[:: max(1, len(indices) // _EXAMINED)][:_EXAMINED]
        start, end = _measure_common_ends([self._candidates[index].body for index in some])
        common = _CommonParts(frozenset(), start, end)
        counts: Counter[int] = Counter()
        for index in some:
            counts.update(self._hash_words(self._candidates[index], common))
            yield
        limit = max(1, len(some) * _COMMON)
        words = {word for word, count in counts.items() if count > limit}
        self._common[indices[0]] = common._replace(words=words)

    def find(self, sent: Request, played: Collection[int] = ()) -> int | None:
        """Return the index of the candidate that differs least; None without candidates.

        Candidates with the same path and method are preferred, then those with the same path, then
        those with the fewest different path segments. Of the candidates that are equal in this,
        the most similar ones are compared as ``normalize`` returns them; of equally similar ones,
        the first is taken that is not in ``played``, indices too.
        """
        nearest = self._select_nearest_targets(sent)
        ranked = self._rank(sent, nearest) if len(nearest) > 1 else nearest
        compared = list(_take_affordable(ranked, self._candidates))
        if len(compared) <= 1:
            return next(iter(compared), None)
        normalized = self._normalize(sent)

        def measure(index: int) -> tuple[float, bool, int]:
            mismatches = diff_requests(self._normalize(self._candidates[index]), normalized)
            return round(sum(map(_weigh, mismatches)), _DIGITS), index in played, index

        return min(compared, key=measure)

    def _select_nearest_targets(self, sent: Request) -> list[int]:
        """Return the candidates with the nearest path and, of these, the same method."""
        path = normalize_path(sent.target)
        targets = {candidate.target.partition(b"?")[0] for candidate in self._candidates}
        distances = {target: _measure_distance(path, normalize_path(target)) for target in targets}
        ranks = [
            (distances[candidate.target.partition(b"?")[0]], candidate.method != sent.method)
            for candidate in self._candidates
        ]
        best = min(ranks, default=None)
        return [index for index, rank in enumerate(ranks) if rank == best]

    def _rank(self, sent: Request, indices: list[int]) -> list[int]:
        """Return the best ``indices`` by the words that only one of the two requests has."""
        for _ in self.prepare(sent):
            pass
        words, size = self._sketch(sent, self._common[indices[0]]), len(sent.body)

        def estimate_distance(index: int) -> tuple[int, int, int]:
            theirs = self._sketches[index]
            differing = len(theirs) - 2 * len(words.intersection(theirs))
            return differing, abs(len(self._candidates[index].body) - size), index

        return nsmallest(_MAX_COMPARED, indices, key=estimate_distance)

    def _sketch(self, request: Request, common: _CommonParts) -> set[int]:
        """Return the hashes of words that not many requests have."""
        hashes = self._hash_words(request, common) - common.words
        return hashes if len(hashes) <= self._max_words else {*sorted(hashes)[: self._max_words]}

    def _hash_words(self, request: Request, common: _CommonParts) -> set[int]:
        """Return the hashes of words from all over a request, but for its method and path.

        Of a long body, the common ends are left out, so that more is read of the rest.
        """
        query, body = request.target.partition(b"?")[2], request.body
        if len(body) > self._sample:
            body = body[common.start : len(body) - common.end]
        text = b" ".join((*_iter_windows(body, self._sample), query[: self._sample]))
        return set(map(crc32, text.translate(_SPACES).split()))


def _measure_common_ends(bodies: Sequence[bytes]) -> tuple[int, int]:
    """Return the number of bytes that all bodies share at their starts, and at their ends.

    None of both if the bodies are equal: then they say nothing about the others.
    """
    heads = [body[:_MAX_COMMON_BYTES] for body in bodies]
    start = min(count_common_characters(heads[0], head) for head in heads)
    tails = [body[max(start, len(body) - _MAX_COMMON_BYTES) :][::-1] for body in bodies]
    end = min(count_common_characters(tails[0], tail) for tail in tails)
    return (0, 0) if start + end >= len(bodies[0]) else (start, end)


def _iter_windows(body: bytes, sample: int) -> Iterator[bytes]:
    """Yield pieces of a body, ``sample`` bytes in total; the whole body if it is not longer."""
    if len(body) <= sample:
        yield body
        return
    length = sample // _WINDOWS
    for number in range(_WINDOWS):
        start = number * (len(body) - length) // (_WINDOWS - 1)
        yield body[start : start + length]


def _weigh(mismatch: Mismatch) -> float:
    """Return the number of values that differ here; a part of one if two texts are similar.

    A request that lacks a whole list of messages is less similar than one with two different
    messages; a request with another kind of body is the least similar.
    """
    recorded, sent = sides = mismatch.recorded, mismatch.sent
    if mismatch.name == "body" and mismatch.is_described:
        return _OTHER_BODY_WEIGHT
    if isinstance(recorded, str) and isinstance(sent, str):
        return _LEAST_WEIGHT + (1 - _LEAST_WEIGHT) * _measure_dissimilarity(recorded, sent)
    if not any(isinstance(side, list | dict) for side in sides):
        return 1
    return max(1, sum(map(_count_values, sides)))


def _measure_dissimilarity(one: str, other: str) -> float:
    """Return the share of two texts that differs: 0 for equal ones, 1 if they share no word."""
    part = cut_to_difference(one, other, margin=0)
    bags = [Counter(_iter_words(text)) for text in (part.recorded, part.sent)]
    total, shared = sum(bag.total() for bag in bags), (bags[0] & bags[1]).total()
    differing = 1 - 2 * shared / total if total else 1
    longest = max(len(part.recorded), len(part.sent))
    return differing * longest / max(1, len(one), len(other))


def _iter_words(text: str) -> Iterator[str]:
    return (match[0] for match in islice(_WORD_OF_TEXT.finditer(text), _MAX_COMPARED_WORDS))


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


def _measure_distance(path: bytes, other: bytes) -> int:
    """Return the number of different segments; the total of both if the numbers differ."""
    if path == other:
        return 0
    ours, theirs = path.split(b"/"), other.split(b"/")
    return sum(map(ne, ours, theirs)) if len(ours) == len(theirs) else len(ours) + len(theirs)


def _take_affordable(indices: list[int], candidates: Sequence[Request]) -> Iterator[int]:
    """Yield indices until their bodies exceed ``_MAX_COMPARED_BYTES``, but at least one."""
    total = 0
    for index in indices:
        total += len(candidates[index].body)
        if total > _MAX_COMPARED_BYTES and index != indices[0]:
            return
        yield index
