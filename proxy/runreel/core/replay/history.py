"""The recordings of one call, and which of them were played."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from operator import attrgetter

from runreel.core.replay.candidate import Candidate, Predicate

_get_number = attrgetter("number")


class CallHistory:
    """The recordings of one call in one scope, by their numbers, and which were played.

    Ranges of numbers exclude both ends.
    """

    __slots__ = (
        "_newest",
        "_next",
        "candidates",
        "is_creating",
        "last_played",
        "scope",
    )

    def __init__(self, scope: str) -> None:
        """``scope`` is the scope of all its candidates."""
        self.scope = scope
        self.candidates: list[Candidate] = []
        self.last_played = 0
        """The highest number that was played; 0 if none was."""
        self.is_creating = False
        """True if each candidate has created something of its own, such as a thread."""
        self._newest = 0
        """The number that was played last."""
        self._next: list[int] = []
        """Union-find: ``_next[i] == i`` if candidate i is unplayed, else an index at which to
        continue the search."""

    @property
    def changes_state(self) -> bool:
        """True if the call may have changed the upstream's state."""
        return self.candidates[0].changes_state

    def add(self, candidate: Candidate) -> None:
        """Add a candidate; its number must be higher than all numbers so far."""
        self._next.append(len(self.candidates))
        self.candidates.append(candidate)

    def mark_played(self, number: int) -> None:
        """Record that the candidate of this number was played."""
        index = self._count_before(number)
        self._next[index] = index + 1
        self.last_played = max(self.last_played, number)
        self._newest = number

    def reset(self) -> None:
        """Forget what was played."""
        self._next = list(range(len(self.candidates)))
        self.last_played = 0

    def next_unplayed(
        self, after: float, before: float, predicate: Predicate | None = None
    ) -> Candidate | None:
        """Return the first unplayed candidate in the range that fulfils the predicate."""
        index = self._find_unplayed(self._count_up_to(after))
        while index < len(self.candidates) and self.candidates[index].number < before:
            if predicate is None or predicate(self.candidates[index]):
                return self.candidates[index]
            index = self._find_unplayed(index + 1)
        return None

    def last_recorded(
        self, after: float, before: float, predicate: Predicate | None = None
    ) -> Candidate | None:
        """Return the last candidate in the range that fulfils the predicate, played or not."""
        first, end = self._count_up_to(after), self._count_before(before)
        candidates = (self.candidates[index] for index in range(end - 1, first - 1, -1))
        return next((each for each in candidates if predicate is None or predicate(each)), None)

    def next_in_turn(self, predicate: Predicate | None = None) -> Candidate | None:
        """Return the next candidate after the one played last; after the end, the first again."""
        start = self._count_up_to(self._newest)
        turns = (*self.candidates[start:], *self.candidates[:start])
        return next((each for each in turns if predicate is None or predicate(each)), None)

    def first_recorded(self, after: float) -> Candidate | None:
        """Return the first candidate after this number, played or not."""
        index = self._count_up_to(after)
        return self.candidates[index] if index < len(self.candidates) else None

    def _count_up_to(self, number: float) -> int:
        return bisect_right(self.candidates, number, key=_get_number)

    def _count_before(self, number: float) -> int:
        return bisect_left(self.candidates, number, key=_get_number)

    def _find_unplayed(self, index: int) -> int:
        """Return the first unplayed index from ``index`` on; the number of candidates if none.

        Each search halves the path for later ones (union-find with path halving), so that a call
        played ten thousand times does not cost ten thousand steps each time.
        """
        following = self._next
        while index < len(following) and following[index] != index:
            beyond = following[index]
            if beyond < len(following):
                following[index] = following[beyond]
            index = following[index]
        return index
