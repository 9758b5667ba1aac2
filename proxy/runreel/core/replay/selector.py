"""The exchanges of one session, and the choice among them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import inf
from typing import TypeAlias

from runreel.core.replay.candidate import (
    Candidate,
    Choice,
    ChoiceReason,
    Predicate,
    Refusal,
    RefusalReason,
)
from runreel.core.replay.history import CallHistory
from runreel.core.replay.progress import ScopeProgress

_Options: TypeAlias = Iterator[tuple[ChoiceReason, Candidate | None]]
"""What may answer, the best first."""


class Selector:
    """The exchanges of one session, and what has been played of them."""

    def __init__(self, *, strict: bool = False) -> None:
        """``strict``: an exchange is played once, and never out of its causal order."""
        self._strict = strict
        self._histories: dict[bytes, list[CallHistory]] = defaultdict(list)
        self._progress: dict[str, ScopeProgress] = defaultdict(ScopeProgress)

    def __contains__(self, fingerprint: bytes) -> bool:
        """Whether any exchange has this fingerprint."""
        return fingerprint in self._histories

    def register_change(self, candidate: Candidate) -> None:
        """Tell of an exchange that is put in later: a change bounds what may be shown before."""
        if candidate.changes_state:
            self._progress[candidate.scope].register_change(candidate)

    def add(self, fingerprint: bytes, candidate: Candidate) -> None:
        """Put an exchange in; exchanges of one fingerprint come in the order of their numbers.

        Those that change something must all be foreseen or put in before anything is drawn.
        """
        self.register_change(candidate)
        rows = self._histories[fingerprint]
        row = next((row for row in rows if row.scope == candidate.scope), None)
        if row is None:
            row = CallHistory(candidate.scope)
            rows.append(row)
        row.add(candidate)

    def take(
        self, fingerprint: bytes, scope: str, *, prefer: Predicate | None = None
    ) -> Candidate | None:
        """The exchange that answers, or None where none may; it counts as played from then on.

        Where ``prefer`` likes some of those that may, none of the others answers.
        """
        card = self._find_only_change(fingerprint)
        if card is None:
            choice = self.choose(fingerprint, scope, prefer=prefer)
            if choice is None:
                return None
            card = choice.candidate
        for row in self._histories[fingerprint]:
            if row.scope == card.scope:
                row.mark_played(card.number)
        self._progress[card.scope].mark_played(card)
        return card

    def _find_only_change(self, fingerprint: bytes) -> Candidate | None:
        """The exchange of a call that was recorded once: nothing else can answer a change."""
        rows: Sequence[CallHistory] = self._histories.get(fingerprint, ())
        is_only = len(rows) == 1 and len(rows[0].candidates) == 1 and rows[0].changes_state
        return rows[0].candidates[0] if is_only and not self._strict else None

    def reset(self, scope: str) -> None:
        """Let this scope's exchanges be as if none had been played: a client makes it once more."""
        for row in (row for rows in self._histories.values() for row in rows if row.scope == scope):
            row.reset()
        self._progress[scope].reset()

    def choose(
        self, fingerprint: bytes, scope: str, *, prefer: Predicate | None = None
    ) -> Choice | None:
        """What ``draw`` would give, and how it came to be chosen; nothing is played."""
        rows = self._get_histories(fingerprint, scope)
        for wanted in (prefer, None) if prefer else (None,):
            for row in rows:
                for step, card in self._iter_options(row, wanted):
                    if card is not None:
                        return Choice(card, step)
        return None

    def explain_refusal(self, fingerprint: bytes, scope: str) -> Refusal | None:
        """Why the exchanges of this fingerprint may not answer; None where there are none."""
        for row in self._get_histories(fingerprint, scope):
            return _build_refusal(row, self._progress[row.scope])
        return None

    def _get_histories(self, fingerprint: bytes, scope: str) -> Sequence[CallHistory]:
        """One row, but for scopes that are placeholders: then that of the scope goes first."""
        rows = self._histories.get(fingerprint, ())
        return rows if len(rows) < 2 else sorted(rows, key=lambda row: row.scope != scope)

    def _iter_options(self, history: CallHistory, predicate: Predicate | None) -> _Options:
        course = self._progress[history.scope]
        if self._strict:
            end = inf if history.changes_state else course.next_change
            return iter(
                [(ChoiceReason.NEXT, history.next_unplayed(course.last_change, end, predicate))]
            )
        return (_iter_options_for_change if history.changes_state else _iter_options_for_read)(
            history, course, predicate
        )


def _iter_options_for_change(
    history: CallHistory, progress: ScopeProgress, predicate: Predicate | None
) -> _Options:
    """A client may make other changes than it made live, or make them in another order."""
    yield ChoiceReason.NEXT, history.next_unplayed(progress.last_change, inf, predicate)
    yield ChoiceReason.ASIDE, history.next_unplayed(0, inf, predicate)
    yield ChoiceReason.AGAIN, history.last_recorded(0, inf, predicate)


def _iter_options_for_read(
    history: CallHistory, progress: ScopeProgress, predicate: Predicate | None
) -> _Options:
    seen = progress.last_played if history.scope else history.last_played
    yield (
        ChoiceReason.NEXT,
        history.next_unplayed(max(progress.last_change, seen), progress.next_change, predicate),
    )
    yield (
        ChoiceReason.AGAIN,
        history.last_recorded(progress.last_change, progress.next_change, predicate),
    )
    if history.scope:
        yield ChoiceReason.ASIDE, progress.concurrent_with_changes(history.candidates, predicate)
    else:
        yield ChoiceReason.ASIDE, history.next_unplayed(history.last_played, inf, predicate)
        yield ChoiceReason.AGAIN, history.last_recorded(0, inf, predicate)


def _build_refusal(history: CallHistory, progress: ScopeProgress) -> Refusal:
    if history.changes_state:
        return _build_change_refusal(history, progress)
    here = history.last_recorded(progress.last_change, progress.next_change)
    if here is not None:
        return Refusal(here.number, RefusalReason.PLAYED)
    future = history.first_recorded(progress.next_change)
    if future is not None:
        return Refusal(future.number, RefusalReason.FUTURE, int(progress.next_change))
    return Refusal(history.candidates[-1].number, RefusalReason.PAST, progress.last_change)


def _build_change_refusal(history: CallHistory, progress: ScopeProgress) -> Refusal:
    passed_over = history.next_unplayed(0, inf)
    if passed_over is None:
        return Refusal(history.candidates[-1].number, RefusalReason.PLAYED)
    return Refusal(passed_over.number, RefusalReason.PAST, progress.last_change)
