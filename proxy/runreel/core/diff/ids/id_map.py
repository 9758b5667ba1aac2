"""The ids of one recording, and the ids of the other for the same things.

The pairs of a whole comparison are votes. A pair counts if the place where it is first seen defines
an id: the API's own id members, paths, and values that look generated in what a client sends. A
value that a model first wrote is no id, so another value there is a difference. The result is a
bijection: each id has one counterpart, the one with the most votes; any other pair is a reference
to another object, which is a difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from runreel.core.diff.ids.tokens import TOKEN, TokenPair, TokenRole, is_placeholder

_JSON_TOKEN = re.compile(rf"\\+(?:u[0-9a-fA-F]{{4}}|.)|{TOKEN.pattern}")
_ANOTHER = "another "
"""Stands before an id that has no counterpart, and looks like one of the other side."""
_MIN_LENGTH = 4
"""Characters of an id that is replaced within a text; shorter ones are words too often."""


class _Tally:
    """The votes for one pair."""

    __slots__ = ("can_pair", "count")

    def __init__(self, *, can_pair: bool) -> None:
        self.can_pair = can_pair
        self.count = 0


class IdVotes:
    """Collects pairs, in the order in which they occur."""

    def __init__(self) -> None:
        self._tallies: dict[tuple[str, str], _Tally] = {}

    def add(self, pairs: Iterable[TokenPair]) -> None:
        """Add the pairs of one request or answer."""
        for left, right, role in pairs:
            tally = self._tallies.get((left, right))
            if tally is None:
                can_pair = role is not TokenRole.USE or is_placeholder(left)
                tally = self._tallies[left, right] = _Tally(can_pair=can_pair)
            tally.can_pair = tally.can_pair or role is TokenRole.DEFINITION
            tally.count += role is not TokenRole.USE

    def elect(self) -> IdMap:
        """Return the bijection with the most votes; of two equal ones, the pair seen first."""
        candidates = [(pair, each) for pair, each in self._tallies.items() if each.can_pair]
        candidates.sort(key=lambda candidate: -candidate[1].count)
        by_left: dict[str, str] = {}
        by_right: dict[str, str] = {}
        for (left, right), _ in candidates:
            if left not in by_left and right not in by_right:
                by_left[left] = right
                by_right[right] = left
        return IdMap(by_left, by_right)


class IdMap(NamedTuple):
    """A bijection between the ids of two recordings."""

    by_left: dict[str, str]
    by_right: dict[str, str]

    def learn(self, left: str, right: str) -> bool:
        """Pair two ids at a place of the API, unless one of them has a counterpart already.

        Return whether they stand for each other now. ``right`` is a translated text.
        """
        own = right.removeprefix(_ANOTHER)
        if not self.may_pair(left, own):
            return False
        self.by_left[left], self.by_right[own] = own, left
        return True

    @property
    def renames(self) -> Mapping[str, str]:
        """The ids that are different, from left to right."""
        return {left: right for left, right in self.by_left.items() if left != right}

    def has(self, left: str, right: str) -> bool:
        """Return whether both stand for the same object."""
        return self.by_left.get(left) == right and self.by_right.get(right) == left

    def may_pair(self, left: str, right: str) -> bool:
        """Return whether nothing speaks against the pair."""
        return self.by_left.get(left, right) == right and self.by_right.get(right, left) == left

    def translate(self, right: str) -> str:
        """Return a text of the right recording with the ids of the left one.

        An id without counterpart that looks like one of the left is marked, since it is another.
        """
        if right in self.by_right:
            return self.by_right[right]
        if self._knows_none(TOKEN.findall(right)):
            return right
        return TOKEN.sub(lambda match: self._translate_token(match[0]), right)

    def translate_json(self, right: str) -> str:
        """Return a JSON text of the right recording with the ids of the left one.

        A letter of an escape sequence is no part of an id behind it.
        """
        if self._knows_none(_JSON_TOKEN.findall(right)):
            return right
        return _JSON_TOKEN.sub(self._translate_match, right)

    def _knows_none(self, tokens: Sequence[str]) -> bool:
        """Return whether none of these is an id, which is faster than to translate each."""
        by_left, by_right = self.by_left.keys(), self.by_right.keys()
        return by_left.isdisjoint(tokens) and by_right.isdisjoint(tokens)

    def _translate_match(self, match: re.Match[str]) -> str:
        return match[0] if match[1] is None else self._translate_token(match[1])

    def _translate_token(self, token: str) -> str:
        if len(token) < _MIN_LENGTH:
            return token
        own = self.by_right.get(token)
        if own is not None:
            return own
        return f"{_ANOTHER}{token}" if self.by_left.get(token, token) != token else token
