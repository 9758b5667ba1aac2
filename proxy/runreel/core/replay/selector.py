"""Choose the recorded exchange that answers a request."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import inf
from typing import TypeAlias

from runreel.config.schema import OrderName
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

_MAX_CHECKED = 4
"""Recordings of a call from which it is found out whether it creates something."""

_Options: TypeAlias = Iterator[tuple[ChoiceReason, Candidate | None]]
"""Candidates in the order of preference; None if there is no candidate for that reason."""


class Selector:
    """The recorded exchanges of one replay session by fingerprint, and which were played."""

    def __init__(self, order: OrderName = "causal") -> None:
        """Play exchanges in this ``order``.

        ``strict``: each once, and never out of its causal order. ``any``: those of each call in
        their order, whatever other calls were made.
        """
        self._order = order
        self._histories: dict[bytes, list[CallHistory]] = defaultdict(list)
        self._histories_by_number: dict[int, CallHistory] = {}
        self._histories_by_scope: dict[str, list[CallHistory]] = defaultdict(list)
        self._progress: dict[str, ScopeProgress] = defaultdict(ScopeProgress)

    def __contains__(self, fingerprint: bytes) -> bool:
        """Return whether any exchange has this fingerprint."""
        return fingerprint in self._histories

    def register_change(self, candidate: Candidate) -> None:
        """Announce an exchange that is added later; without effect if it changes no state.

        A change bounds the exchanges that may be played before it, so it must be known even while
        its call has not been indexed.
        """
        if candidate.changes_state:
            self._progress[candidate.scope].register_change(candidate)

    def add(self, fingerprint: bytes, candidate: Candidate) -> None:
        """Add an exchange; those of one fingerprint must be added in the order of their numbers.

        All state-changing exchanges must be registered or added before anything is taken.
        """
        self.register_change(candidate)
        histories = self._histories[fingerprint]
        history = next((each for each in histories if each.scope == candidate.scope), None)
        if history is None:
            history = CallHistory(candidate.scope)
            histories.append(history)
            self._histories_by_scope[candidate.scope].append(history)
        history.add(candidate)
        self._histories_by_number[candidate.number] = history

    def take(
        self, fingerprint: bytes, scope: str, *, prefer: Predicate | None = None
    ) -> Candidate | None:
        """Return the exchange that answers and mark it as played; None if none may answer.

        If ``prefer`` is true for any exchange that may answer, one of those is chosen.
        """
        candidate = self._find_only_change(fingerprint)
        if candidate is None:
            choice = self.choose(fingerprint, scope, prefer=prefer)
            if choice is None:
                return None
            candidate = choice.candidate
        self._histories_by_number[candidate.number].mark_played(candidate.number)
        self._progress[candidate.scope].mark_played(candidate)
        return candidate

    def _find_only_change(self, fingerprint: bytes) -> Candidate | None:
        """Return the exchange of a state-changing call that was recorded once.

        Unless in ``strict`` order, no other exchange can answer it, so the search is skipped.
        """
        histories: Sequence[CallHistory] = self._histories.get(fingerprint, ())
        is_only = (
            len(histories) == 1 and len(histories[0].candidates) == 1 and histories[0].changes_state
        )
        return histories[0].candidates[0] if is_only and self._order != "strict" else None

    def may_be_creating(self, number: int) -> bool:
        """Return whether to find out if a call creates something, from its recording ``number``.

        The first few of its recordings tell, if there are several.
        """
        history = self._histories_by_number[number]
        first = history.candidates[:_MAX_CHECKED]
        is_first = any(candidate.number == number for candidate in first)
        return len(first) > 1 and not history.is_creating and is_first

    def mark_creating(self, number: int) -> None:
        """Note that each recording of this call has created something of its own."""
        self._histories_by_number[number].is_creating = True

    def list_candidates(self, fingerprint: bytes) -> list[Candidate]:
        """Return all exchanges of a fingerprint."""
        histories: Sequence[CallHistory] = self._histories.get(fingerprint, ())
        return [candidate for history in histories for candidate in history.candidates]

    def reset(self, scope: str) -> None:
        """Forget what was played in this scope: a client creates the thread once more."""
        for history in self._histories_by_scope.get(scope, ()):
            history.reset()
        self._progress[scope].reset()

    def choose(
        self, fingerprint: bytes, scope: str, *, prefer: Predicate | None = None
    ) -> Choice | None:
        """Return the exchange that ``take`` would return, with the reason; nothing is played."""
        histories = self._get_histories(fingerprint, scope)
        for predicate in (prefer, None) if prefer else (None,):
            for history in histories:
                for reason, candidate in self._iter_options(history, predicate):
                    if candidate is not None:
                        return Choice(candidate, reason)
        return None

    def explain_refusal(self, fingerprint: bytes, scope: str) -> Refusal | None:
        """Return why no exchange of this fingerprint may answer; None if there is none."""
        for history in self._get_histories(fingerprint, scope):
            return _build_refusal(history, self._progress[history.scope])
        return None

    def _get_histories(self, fingerprint: bytes, scope: str) -> Sequence[CallHistory]:
        """Return the histories of a fingerprint, that of ``scope`` first.

        There are several only if scopes are placeholders, whose numbers do not count.
        """
        histories = self._histories.get(fingerprint, ())
        if len(histories) < 2:
            return histories
        return sorted(histories, key=lambda history: history.scope != scope)

    def _iter_options(self, history: CallHistory, predicate: Predicate | None) -> _Options:
        progress = self._progress[history.scope]
        if self._order == "any":
            return _iter_options_in_any_order(history, predicate)
        if self._order == "strict":
            end = inf if history.changes_state else progress.next_change
            candidate = history.next_unplayed(progress.last_change, end, predicate)
            return iter([(ChoiceReason.NEXT, candidate)])
        if history.changes_state:
            return _iter_options_for_change(history, progress, predicate)
        return _iter_options_for_read(history, progress, predicate)


def _iter_options_in_any_order(history: CallHistory, predicate: Predicate | None) -> _Options:
    """Yield options for a call that does not depend on any other."""
    yield ChoiceReason.NEXT, history.next_unplayed(0, inf, predicate)
    yield ChoiceReason.AGAIN, _find_again(history, predicate)


def _iter_options_for_change(
    history: CallHistory, progress: ScopeProgress, predicate: Predicate | None
) -> _Options:
    """Yield options for a state-changing call.

    A client may skip recorded changes or make them in another order.
    """
    yield ChoiceReason.NEXT, history.next_unplayed(progress.last_change, inf, predicate)
    yield ChoiceReason.ASIDE, history.next_unplayed(0, inf, predicate)
    yield ChoiceReason.AGAIN, _find_again(history, predicate)


def _find_again(history: CallHistory, predicate: Predicate | None) -> Candidate | None:
    """Return the exchange for a call that has no other left: the last one, as the newest state.

    What creates something is played in rounds: a client that runs again creates it again.
    """
    if history.is_creating:
        return history.next_in_turn(predicate)
    return history.last_recorded(0, inf, predicate)


def _iter_options_for_read(
    history: CallHistory, progress: ScopeProgress, predicate: Predicate | None
) -> _Options:
    """Yield options for a reading call: within a thread only between two changes."""
    start, end = progress.last_change, progress.next_change
    newest = progress.last_played if history.scope else history.last_played
    yield ChoiceReason.NEXT, history.next_unplayed(max(start, newest), end, predicate)
    yield ChoiceReason.AGAIN, history.last_recorded(start, end, predicate)
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
