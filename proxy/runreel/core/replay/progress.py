"""How far a client has come in the recorded course of a scope."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from math import inf

from runreel.core.replay.candidate import Candidate, Predicate


class ScopeProgress:
    """The state-changing exchanges of one scope, and how many of them the client has come past."""

    def __init__(self) -> None:
        self.last_change = 0
        """The last state-changing exchange that was played; 0: none was."""
        self.last_played = 0
        """The newest exchange that was played."""
        self._changes: list[Candidate] = []
        self._numbers: list[int] = []

    def reset(self) -> None:
        """Note that nothing was played."""
        self.last_change = self.last_played = 0

    @property
    def next_change(self) -> float:
        """The next state-changing exchange, which was not played; infinite if there is none."""
        place = bisect_right(self._numbers, self.last_change)
        return self._numbers[place] if place < len(self._numbers) else inf

    def register_change(self, change: Candidate) -> None:
        """Note a state-changing exchange, in whatever order they come, and once."""
        place = bisect_left(self._numbers, change.number)
        if self._numbers[place : place + 1] != [change.number]:
            self._numbers.insert(place, change.number)
            self._changes.insert(place, change)

    def mark_played(self, candidate: Candidate) -> None:
        """Note that an exchange was played."""
        self.last_played = max(self.last_played, candidate.number)
        if candidate.changes_state:
            self.last_change = max(self.last_change, candidate.number)

    def concurrent_with_changes(
        self, candidates: Sequence[Candidate], predicate: Predicate | None
    ) -> Candidate | None:
        """The last of the cards that was under way at the same time as all changes between it and
        where the client is: in their order of arrival it could as well have been here.
        """
        return next(
            (
                card
                for card in reversed(candidates)
                if self._is_concurrent(card) and (predicate is None or predicate(card))
            ),
            None,
        )

    def _is_concurrent(self, candidate: Candidate) -> bool:
        place = bisect_left(self._numbers, candidate.number)
        here = bisect_right(self._numbers, self.last_change)
        past, future = self._changes[place:here], self._changes[here:place]
        return all(candidate.ended_ns > change.started_ns for change in reversed(past)) and all(
            change.ended_ns > candidate.started_ns for change in future
        )
