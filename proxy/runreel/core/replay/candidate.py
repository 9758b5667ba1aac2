"""What a deck knows of exchanges, and what it says of its choice."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple, TypeAlias

from runreel.model import ExchangeHead

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Candidate(NamedTuple):
    """An exchange that may answer."""

    number: int
    scope: str
    """The id of its thread; empty: the session."""
    changes_state: bool
    """Whether the call may have changed the upstream's state."""
    started_ns: int = 0
    ended_ns: int = 0
    """Calls that were under way at the same time have no order that anything depends on."""


Predicate: TypeAlias = Callable[[Candidate], bool]


class ChoiceReason(Enum):
    """How an exchange came to be chosen."""

    NEXT = "next"
    """It is the next one that was not played."""
    AGAIN = "again"
    """It was played, or passed over, but there is none newer: the client asks more often."""
    ASIDE = "aside"
    """It was recorded in another order than the client now asks in, and nothing depends on it."""


class Choice(NamedTuple):
    """The exchange that answers, and how it came to be chosen."""

    candidate: Candidate
    reason: ChoiceReason


class RefusalReason(Enum):
    """Why an exchange that is the same call does not answer."""

    PLAYED = "played"
    """It was played already, and strict replay plays it once."""
    PAST = "past"
    """It is from before a change that the client has made."""
    FUTURE = "future"
    """It is from after a change that the client has not made."""


class Refusal(NamedTuple):
    """An exchange that is the same call, and why it does not answer."""

    number: int
    reason: RefusalReason
    change: int = 0
    """The number of the exchange that is the change."""


def build_candidate(head: ExchangeHead, scope: str) -> Candidate:
    """What a deck knows of this exchange."""
    started = head.timings.started_ns
    ended = started + head.timings.end_us * 1000
    return Candidate(head.number, scope, may_change_state(head.request.method), started, ended)


def may_change_state(method: str) -> bool:
    """Whether a request of this method may change the upstream's state (RFC 9110, 9.2.1)."""
    return method not in _SAFE_METHODS
