"""The facts of one call that figures are made of."""

from __future__ import annotations

import hashlib
from array import array
from typing import NamedTuple

from runreel.core.match.normalize import fingerprint
from runreel.core.trace.model import Trace, TraceUsage
from runreel.model import ExchangeHead

_ERROR_STATUS = 400

_USAGE_OWNERS = ("turn_id", "run_id", "response_id")
"""Ids of what reports its usage in several answers: at its end, and at each look-up after it."""


class CallFacts(NamedTuple):
    """The facts of one exchange; durations are microseconds since the request."""

    cassette: str
    number: int
    dialect: str
    operation: str
    model: str
    """The model that answered, else the one that was asked for; empty if neither is known."""
    session: str
    status: int
    end: str
    error: str
    """``""``, the status as text, or the reason: ``error`` for one in the answer, the way in which
    the connection ended, ``truncated`` for a missing terminal event."""
    duration_us: int
    first_byte_us: int | None
    first_content_us: int | None
    """None for an answer that is not a stream, whose text comes all at once."""
    gaps_us: array[int]
    """Microseconds between successive events."""
    stalls: int
    events: int
    size: int
    """Bytes of the answer's body."""
    usage: TraceUsage
    usage_owner: str
    """The id of the run or response that the usage is about; empty if it is about this call."""
    request_digest: bytes
    """Equal for requests that are the same call."""


def collect_facts(cassette: str, head: ExchangeHead, trace: Trace) -> CallFacts:
    """Return the facts of an exchange in ``cassette``, a path."""
    return CallFacts(
        cassette=cassette,
        number=head.number,
        dialect=trace.dialect,
        operation=trace.operation or f"{head.request.method} (unknown)",
        model=trace.usage.answered_model or trace.usage.requested_model,
        session=head.session,
        status=head.status,
        end=head.end.value,
        error=_classify_error(head, trace),
        duration_us=head.timings.end_us,
        first_byte_us=trace.timing.first_byte_us,
        first_content_us=trace.timing.first_content_us,
        gaps_us=array("q", trace.timing.gaps_us),
        stalls=len(trace.timing.stalls),
        events=len(trace.events),
        size=head.size,
        usage=trace.usage,
        usage_owner=_find_usage_owner(trace),
        request_digest=hashlib.blake2b(fingerprint(head.request), digest_size=8).digest(),
    )


def _find_usage_owner(trace: Trace) -> str:
    ids = dict(trace.ids)
    return next((f"{name} {ids[name]}" for name in _USAGE_OWNERS if ids.get(name)), "")


def _classify_error(head: ExchangeHead, trace: Trace) -> str:
    if head.status >= _ERROR_STATUS:
        return str(head.status)
    if not trace.end.is_alarm:
        return ""
    if trace.end.error:
        return "error"
    return "truncated" if trace.end.is_whole else head.end.value
