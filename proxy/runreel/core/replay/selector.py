"""The exchanges of one session, and the choice among them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import inf
from typing import TypeAlias

from runreel.core.replay.candidate import Candidate, Choice, Refusal, Step, Wanted, Why
from runreel.core.replay.history import Row
from runreel.core.replay.progress import Course

_Steps: TypeAlias = Iterator[tuple[Step, Candidate | None]]
"""What may answer, the best first."""


class Deck:
    """The exchanges of one session, and what has been played of them."""

    def __init__(self, *, strict: bool = False) -> None:
        """``strict``: an exchange is played once, and never out of its causal order."""
        self._strict = strict
        self._rows: dict[bytes, list[Row]] = defaultdict(list)
        self._courses: dict[str, Course] = defaultdict(Course)

    def __contains__(self, fingerprint: bytes) -> bool:
        """Whether any exchange has this fingerprint."""
        return fingerprint in self._rows

    def foresee(self, card: Candidate) -> None:
        """Tell of an exchange that is put in later: a change bounds what may be shown before."""
        if card.changes:
            self._courses[card.scope].foresee(card)

    def add(self, fingerprint: bytes, card: Candidate) -> None:
        """Put an exchange in; exchanges of one fingerprint come in the order of their numbers.

        Those that change something must all be foreseen or put in before anything is drawn.
        """
        self.foresee(card)
        rows = self._rows[fingerprint]
        row = next((row for row in rows if row.scope == card.scope), None)
        if row is None:
            row = Row(card.scope)
            rows.append(row)
        row.add(card)

    def draw(
        self, fingerprint: bytes, scope: str, *, prefer: Wanted | None = None
    ) -> Candidate | None:
        """The exchange that answers, or None where none may; it counts as played from then on.

        Where ``prefer`` likes some of those that may, none of the others answers.
        """
        card = self._only_change(fingerprint)
        if card is None:
            choice = self.choose(fingerprint, scope, prefer=prefer)
            if choice is None:
                return None
            card = choice.card
        for row in self._rows[fingerprint]:
            if row.scope == card.scope:
                row.play(card.number)
        self._courses[card.scope].see(card)
        return card

    def _only_change(self, fingerprint: bytes) -> Candidate | None:
        """The exchange of a call that was recorded once: nothing else can answer a change."""
        rows: Sequence[Row] = self._rows.get(fingerprint, ())
        is_only = len(rows) == 1 and len(rows[0].cards) == 1 and rows[0].changes
        return rows[0].cards[0] if is_only and not self._strict else None

    def begin_anew(self, scope: str) -> None:
        """Let this scope's exchanges be as if none had been played: a client makes it once more."""
        for row in (row for rows in self._rows.values() for row in rows if row.scope == scope):
            row.begin_anew()
        self._courses[scope].begin_anew()

    def choose(
        self, fingerprint: bytes, scope: str, *, prefer: Wanted | None = None
    ) -> Choice | None:
        """What ``draw`` would give, and how it came to be chosen; nothing is played."""
        rows = self._rows_of(fingerprint, scope)
        for wanted in (prefer, None) if prefer else (None,):
            for row in rows:
                for step, card in self._steps(row, wanted):
                    if card is not None:
                        return Choice(card, step)
        return None

    def refusal(self, fingerprint: bytes, scope: str) -> Refusal | None:
        """Why the exchanges of this fingerprint may not answer; None where there are none."""
        for row in self._rows_of(fingerprint, scope):
            return _refused(row, self._courses[row.scope])
        return None

    def _rows_of(self, fingerprint: bytes, scope: str) -> Sequence[Row]:
        """One row, but for scopes that are placeholders: then that of the scope goes first."""
        rows = self._rows.get(fingerprint, ())
        return rows if len(rows) < 2 else sorted(rows, key=lambda row: row.scope != scope)

    def _steps(self, row: Row, wanted: Wanted | None) -> _Steps:
        course = self._courses[row.scope]
        if self._strict:
            end = inf if row.changes else course.end
            return iter([(Step.NEXT, row.fresh(course.caused, end, wanted))])
        return (_to_change if row.changes else _to_read)(row, course, wanted)


def _to_change(row: Row, course: Course, wanted: Wanted | None) -> _Steps:
    """A client may make other changes than it made live, or make them in another order."""
    yield Step.NEXT, row.fresh(course.caused, inf, wanted)
    yield Step.ASIDE, row.fresh(0, inf, wanted)
    yield Step.AGAIN, row.last(0, inf, wanted)


def _to_read(row: Row, course: Course, wanted: Wanted | None) -> _Steps:
    seen = course.seen if row.scope else row.newest
    yield Step.NEXT, row.fresh(max(course.caused, seen), course.end, wanted)
    yield Step.AGAIN, row.last(course.caused, course.end, wanted)
    if row.scope:
        yield Step.ASIDE, course.beside(row.cards, wanted)
    else:
        yield Step.ASIDE, row.fresh(row.newest, inf, wanted)
        yield Step.AGAIN, row.last(0, inf, wanted)


def _refused(row: Row, course: Course) -> Refusal:
    if row.changes:
        return _change_refused(row, course)
    here = row.last(course.caused, course.end)
    if here is not None:
        return Refusal(here.number, Why.PLAYED)
    future = row.first(course.end)
    if future is not None:
        return Refusal(future.number, Why.FUTURE, int(course.end))
    return Refusal(row.cards[-1].number, Why.PAST, course.caused)


def _change_refused(row: Row, course: Course) -> Refusal:
    passed_over = row.fresh(0, inf)
    if passed_over is None:
        return Refusal(row.cards[-1].number, Why.PLAYED)
    return Refusal(passed_over.number, Why.PAST, course.caused)
