"""Values that describe a recorded exchange to the selector, and the selector's decisions."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple, TypeAlias

from runreel.model import ExchangeHead

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Candidate(NamedTuple):
    """A recorded exchange that may answer a request."""

    number: int
    scope: str
    """The id of its thread; empty for the scope of the whole session."""
    changes_state: bool
    """True if the call may have changed the upstream's state."""
    started_ns: int = 0
    ended_ns: int = 0
    """Start and end of the exchange. Nothing can depend on the order of exchanges that overlap."""


Predicate: TypeAlias = Callable[[Candidate], bool]


class ChoiceReason(Enum):
    """Reason for choosing an exchange."""

    NEXT = "next"
    """The first exchange that was not played yet."""
    AGAIN = "again"
    """The newest exchange, played or passed over before: the client repeats the call more often
    than it was recorded."""
    ASIDE = "aside"
    """An exchange that was recorded in another order, on which nothing depends."""


class Choice(NamedTuple):
    """The exchange that answers, and the reason."""

    candidate: Candidate
    reason: ChoiceReason


class RefusalReason(Enum):
    """Reason why an exchange of the same call may not answer."""

    PLAYED = "played"
    """It was played already, and strict replay plays it once."""
    PAST = "past"
    """It was recorded before a change that the client has made."""
    FUTURE = "future"
    """It was recorded after a change that the client has not made."""


class Refusal(NamedTuple):
    """An exchange of the same call that may not answer, and the reason."""

    number: int
    reason: RefusalReason
    change: int = 0
    """The number of the exchange that made the change; 0 if the reason is ``PLAYED``."""


def build_candidate(head: ExchangeHead, scope: str) -> Candidate:
    """Describe a recorded exchange to the selector."""
    started = head.timings.started_ns
    ended = started + head.timings.end_us * 1000
    return Candidate(head.number, scope, may_change_state(head.request.method), started, ended)


def may_change_state(method: str) -> bool:
    """Return whether a method is not safe: GET, HEAD and OPTIONS are (RFC 9110, section 9.2.1)."""
    return method not in _SAFE_METHODS
