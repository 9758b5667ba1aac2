"""Pair calls whose requests have changed: with the most in common, then by their place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import log
from typing import NamedTuple

from runreel.core.diff.align.alignment import IdLinks, RecordedCall
from runreel.core.diff.align.call_key import collect_features

_MAX_COMMON = 40
"""Requests that share a string, above which it is not used to find candidates."""
_MIN_SCORE = 0.2
"""Part of the strings, by weight, that two requests must share to be the same call, changed."""


class _Candidate(NamedTuple):
    """Two calls that may be the same."""

    score: float
    left: int
    right: int


def pair_similar(
    left: Sequence[RecordedCall], right: Sequence[RecordedCall], links: IdLinks
) -> list[tuple[RecordedCall, RecordedCall]]:
    """Pair the calls of each operation that have the most in common."""
    rights = _group_by_call(right)
    pairs: list[tuple[RecordedCall, RecordedCall]] = []
    for call, calls in _group_by_call(left).items():
        pairs += _pair_group(calls, rights.get(call, []), links)
    return pairs


def _group_by_call(calls: Iterable[RecordedCall]) -> Mapping[str, list[RecordedCall]]:
    groups: dict[str, list[RecordedCall]] = defaultdict(list)
    for each in calls:
        groups[each.key.call].append(each)
    return groups


def _pair_group(
    left: Sequence[RecordedCall], right: Sequence[RecordedCall], links: IdLinks
) -> Iterator[tuple[RecordedCall, RecordedCall]]:
    if len(left) == len(right) == 1:
        yield left[0], right[0]
        return
    features = [[collect_features(call.head.request) for call in calls] for calls in (left, right)]
    weights = _weigh(features)
    candidates = _iter_candidates(features, weights)
    taken: tuple[set[int], set[int]] = (set(), set())
    for _, one, other in sorted(candidates, key=_rank):
        is_free = one not in taken[0] and other not in taken[1]
        if is_free and links.allows(tuple(left[one].key.ids), tuple(right[other].key.ids)):
            taken[0].add(one)
            taken[1].add(other)
            yield left[one], right[other]
    yield from _pair_in_order(left, right, taken)


def _rank(candidate: _Candidate) -> tuple[float, int, int]:
    return -candidate.score, abs(candidate.left - candidate.right), candidate.left


def _weigh(features: Sequence[Sequence[frozenset[str]]]) -> Mapping[str, float]:
    """Return the weight of each string: rare ones tell calls apart."""
    counts: dict[str, int] = defaultdict(int)
    for side in features:
        for strings in side:
            for each in strings:
                counts[each] += 1
    total = sum(map(len, features))
    return {each: 0.1 + log(total / count) for each, count in counts.items()}


def _iter_candidates(
    features: Sequence[Sequence[frozenset[str]]], weights: Mapping[str, float]
) -> Iterator[_Candidate]:
    users: dict[str, list[int]] = defaultdict(list)
    for index, strings in enumerate(features[1]):
        for each in strings:
            users[each].append(index)
    for index, strings in enumerate(features[0]):
        rivals = {
            user
            for each in strings
            if len(users.get(each, ())) <= _MAX_COMMON
            for user in users.get(each, ())
        }
        near = range(max(0, index - 2), min(len(features[1]), index + 3))
        for rival in sorted(rivals | set(near)):
            score = _score(strings, features[1][rival], weights)
            if score >= _MIN_SCORE:
                yield _Candidate(score, index, rival)


def _score(left: frozenset[str], right: frozenset[str], weights: Mapping[str, float]) -> float:
    """Return the part of the strings of both that they share, by weight."""
    shared = sum(weights[each] for each in left & right)
    total = sum(weights[each] for each in left | right)
    return shared / total if total else 1.0


def _pair_in_order(
    left: Sequence[RecordedCall],
    right: Sequence[RecordedCall],
    taken: tuple[set[int], set[int]],
) -> Iterator[tuple[RecordedCall, RecordedCall]]:
    """Pair the rest if as many remain on both sides."""
    lefts = [call for index, call in enumerate(left) if index not in taken[0]]
    rights = [call for index, call in enumerate(right) if index not in taken[1]]
    if len(lefts) == len(rights):
        yield from zip(lefts, rights, strict=True)
