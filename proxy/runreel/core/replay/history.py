"""The exchanges of one call, in their order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from runreel.core.replay.candidate import Candidate, Predicate


class CallHistory:
    """The exchanges of one call in one scope, and which of them were played."""

    def __init__(self, scope: str) -> None:
        """``scope`` is that of all of them."""
        self.scope = scope
        self.candidates: list[Candidate] = []
        self.last_played = 0
        """The number of the newest that was played; 0: none was."""
        self._numbers: list[int] = []
        self._next: list[int] = []
        """For each place one from which to look on for an unplayed card: itself, if it is one."""

    @property
    def changes_state(self) -> bool:
        """Whether the call may have changed the upstream's state."""
        return self.candidates[0].changes_state

    def add(self, candidate: Candidate) -> None:
        """Put an exchange in, of a higher number than all that are there."""
        self._next.append(len(self.candidates))
        self._numbers.append(candidate.number)
        self.candidates.append(candidate)

    def mark_played(self, number: int) -> None:
        """Note that this one was played."""
        place = bisect_left(self._numbers, number)
        self._next[place] = place + 1
        self.last_played = max(self.last_played, number)

    def reset(self) -> None:
        """Note that none was played."""
        self._next = list(range(len(self.candidates)))
        self.last_played = 0

    def next_unplayed(
        self, after: float, before: float, predicate: Predicate | None = None
    ) -> Candidate | None:
        """The first between these numbers that is wanted and was not played."""
        place = self._find_unplayed(bisect_right(self._numbers, after))
        while place < len(self.candidates) and self._numbers[place] < before:
            if predicate is None or predicate(self.candidates[place]):
                return self.candidates[place]
            place = self._find_unplayed(place + 1)
        return None

    def last_recorded(
        self, after: float, before: float, predicate: Predicate | None = None
    ) -> Candidate | None:
        """The last between these numbers that is wanted, whether it was played or not."""
        first, end = bisect_right(self._numbers, after), bisect_left(self._numbers, before)
        cards = (self.candidates[place] for place in range(end - 1, first - 1, -1))
        return next((card for card in cards if predicate is None or predicate(card)), None)

    def first_recorded(self, after: float) -> Candidate | None:
        """The first after this number, whether it was played or not."""
        place = bisect_right(self._numbers, after)
        return self.candidates[place] if place < len(self.candidates) else None

    def _find_unplayed(self, index: int) -> int:
        """The first unplayed place from here on. Each search halves the way of those after it, so
        that a call played ten thousand times is not searched through ten thousand times.
        """
        following = self._next
        while index < len(following) and following[index] != index:
            beyond = following[index]
            if beyond < len(following):
                following[index] = following[beyond]
            index = following[index]
        return index
