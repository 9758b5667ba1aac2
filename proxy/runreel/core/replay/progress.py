"""A client's progress through the recording of one scope."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from math import inf

from runreel.core.replay.candidate import Candidate, Predicate


class ScopeProgress:
    """The state-changing exchanges of one scope, and how many of them the client has made.

    All positions are numbers of exchanges, which are in the order of recording.
    """

    def __init__(self) -> None:
        self.last_change = 0
        """The last state-changing exchange that was played; 0 if none was."""
        self.last_played = 0
        """The last exchange that was played; 0 if none was."""
        self._changes: list[Candidate] = []
        self._numbers: list[int] = []

    def reset(self) -> None:
        """Forget what was played."""
        self.last_change = self.last_played = 0

    @property
    def next_change(self) -> float:
        """The first state-changing exchange after the last one played; infinity if none."""
        index = bisect_right(self._numbers, self.last_change)
        return self._numbers[index] if index < len(self._numbers) else inf

    def register_change(self, change: Candidate) -> None:
        """Add a state-changing exchange, in any order; again is without effect."""
        index = bisect_left(self._numbers, change.number)
        if self._numbers[index : index + 1] != [change.number]:
            self._numbers.insert(index, change.number)
            self._changes.insert(index, change)

    def mark_played(self, candidate: Candidate) -> None:
        """Record that an exchange was played."""
        self.last_played = max(self.last_played, candidate.number)
        if candidate.changes_state:
            self.last_change = max(self.last_change, candidate.number)

    def concurrent_with_changes(
        self, candidates: Sequence[Candidate], predicate: Predicate | None
    ) -> Candidate | None:
        """Return the last candidate that could as well have been recorded at the client's position.

        It overlapped in time with every change between it and that position, so the order in which
        they were recorded is accidental.
        """
        return next(
            (
                candidate
                for candidate in reversed(candidates)
                if self._is_concurrent(candidate) and (predicate is None or predicate(candidate))
            ),
            None,
        )

    def _is_concurrent(self, candidate: Candidate) -> bool:
        own = bisect_left(self._numbers, candidate.number)
        here = bisect_right(self._numbers, self.last_change)
        past, future = self._changes[own:here], self._changes[here:own]
        return all(candidate.ended_ns > change.started_ns for change in reversed(past)) and all(
            change.ended_ns > candidate.started_ns for change in future
        )
