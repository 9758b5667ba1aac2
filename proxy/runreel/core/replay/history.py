"""The exchanges of one call, in their order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from runreel.core.replay.candidate import Candidate, Wanted


class Row:
    """The exchanges of one call in one scope, and which of them were played."""

    def __init__(self, scope: str) -> None:
        """``scope`` is that of all of them."""
        self.scope = scope
        self.cards: list[Candidate] = []
        self.newest = 0
        """The number of the newest that was played; 0: none was."""
        self._numbers: list[int] = []
        self._next: list[int] = []
        """For each place one from which to look on for an unplayed card: itself, if it is one."""

    @property
    def changes(self) -> bool:
        """Whether the call may have changed the upstream's state."""
        return self.cards[0].changes

    def add(self, card: Candidate) -> None:
        """Put an exchange in, of a higher number than all that are there."""
        self._next.append(len(self.cards))
        self._numbers.append(card.number)
        self.cards.append(card)

    def play(self, number: int) -> None:
        """Note that this one was played."""
        place = bisect_left(self._numbers, number)
        self._next[place] = place + 1
        self.newest = max(self.newest, number)

    def begin_anew(self) -> None:
        """Note that none was played."""
        self._next = list(range(len(self.cards)))
        self.newest = 0

    def fresh(self, after: float, before: float, wanted: Wanted | None = None) -> Candidate | None:
        """The first between these numbers that is wanted and was not played."""
        place = self._unplayed(bisect_right(self._numbers, after))
        while place < len(self.cards) and self._numbers[place] < before:
            if wanted is None or wanted(self.cards[place]):
                return self.cards[place]
            place = self._unplayed(place + 1)
        return None

    def last(self, after: float, before: float, wanted: Wanted | None = None) -> Candidate | None:
        """The last between these numbers that is wanted, whether it was played or not."""
        first, end = bisect_right(self._numbers, after), bisect_left(self._numbers, before)
        cards = (self.cards[place] for place in range(end - 1, first - 1, -1))
        return next((card for card in cards if wanted is None or wanted(card)), None)

    def first(self, after: float) -> Candidate | None:
        """The first after this number, whether it was played or not."""
        place = bisect_right(self._numbers, after)
        return self.cards[place] if place < len(self.cards) else None

    def _unplayed(self, place: int) -> int:
        """The first unplayed place from here on. Each search halves the way of those after it, so
        that a call played ten thousand times is not searched through ten thousand times.
        """
        following = self._next
        while place < len(following) and following[place] != place:
            beyond = following[place]
            if beyond < len(following):
                following[place] = following[beyond]
            place = following[place]
        return place
