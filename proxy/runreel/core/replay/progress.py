"""How far a client has come in the recorded course of a scope."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from math import inf

from runreel.core.replay.candidate import Candidate, Wanted


class Course:
    """The state-changing exchanges of one scope, and how many of them the client has come past."""

    def __init__(self) -> None:
        self.caused = 0
        """The last state-changing exchange that was played; 0: none was."""
        self.seen = 0
        """The newest exchange that was played."""
        self._changes: list[Candidate] = []
        self._numbers: list[int] = []

    def begin_anew(self) -> None:
        """Note that nothing was played."""
        self.caused = self.seen = 0

    @property
    def end(self) -> float:
        """The next state-changing exchange, which was not played; infinite if there is none."""
        place = bisect_right(self._numbers, self.caused)
        return self._numbers[place] if place < len(self._numbers) else inf

    def foresee(self, change: Candidate) -> None:
        """Note a state-changing exchange, in whatever order they come, and once."""
        place = bisect_left(self._numbers, change.number)
        if self._numbers[place : place + 1] != [change.number]:
            self._numbers.insert(place, change.number)
            self._changes.insert(place, change)

    def see(self, card: Candidate) -> None:
        """Note that an exchange was played."""
        self.seen = max(self.seen, card.number)
        if card.changes:
            self.caused = max(self.caused, card.number)

    def beside(self, cards: Sequence[Candidate], wanted: Wanted | None) -> Candidate | None:
        """The last of the cards that was under way at the same time as all changes between it and
        where the client is: in their order of arrival it could as well have been here.
        """
        return next(
            (
                card
                for card in reversed(cards)
                if self._is_beside(card) and (wanted is None or wanted(card))
            ),
            None,
        )

    def _is_beside(self, card: Candidate) -> bool:
        place = bisect_left(self._numbers, card.number)
        here = bisect_right(self._numbers, self.caused)
        past, future = self._changes[place:here], self._changes[here:place]
        return all(card.ended_ns > change.started_ns for change in reversed(past)) and all(
            change.ended_ns > card.started_ns for change in future
        )
