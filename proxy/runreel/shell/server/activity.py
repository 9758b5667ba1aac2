"""The activity of a server: a note when a call begins and when it ends, for those who follow it.

A note never has anything of a call that has not been sealed but its session, its method and the
name that its dialect has for it. As long as nobody follows, only the calls in progress are kept.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from aiohttp.helpers import RequestKey
from aiohttp.web_request import BaseRequest
from msgspec import Struct

from runreel.core.dialect import DialectFinder
from runreel.core.report.documents import format_time
from runreel.shell.server.incoming_request import read_head

_CAPACITY = 1000
"""Number of notes that are kept."""

_MAX_NUMBERED = 10_000
"""Number of exchanges whose calls are known."""
_MAX_RECENT = 200
"""Number of calls without a stored exchange that are kept."""

_RESUME_TIME = 60.0
"""Seconds for which notes are kept after the last follower has left, so that it can resume."""


class CallOutcome(StrEnum):
    """The way in which the proxy has dealt with a call."""

    RECORDED = "recorded"
    LOST = "lost"
    """It was answered, and could not be stored."""
    REPLAYED = "replayed"
    MISS = "miss"
    UNPLAYABLE = "unplayable"
    """The recorded answer could not be read."""
    PASSED = "passed"
    """It was forwarded, and is not to be stored."""
    REFUSED = "refused"
    FAILED = "failed"
    """The upstream could not be reached, or did not answer."""
    ABANDONED = "abandoned"
    """The client left, or the proxy was stopped, before there was an answer."""


class ActivityNote(Struct, frozen=True):
    """One line of the activity."""

    number: int
    kind: str
    """``begin`` or ``end``."""
    data: str
    """A JSON object."""
    started: str
    """The moment at which its call began."""
    fields: Mapping[str, object]
    """The members of ``data``."""


class ActiveCall:
    """A call in progress, and what is known of its outcome."""

    __slots__ = (
        *("exchange", "fields", "measure", "method", "number"),
        *("operation", "outcome", "request", "session", "start", "started_ns"),
    )

    def __init__(
        self,
        number: int,
        session: str,
        request: BaseRequest,
        path: str | None,
        *,
        start: float,
        started_ns: int,
    ) -> None:
        """``path`` is the target without the prefix of a session.

        ``start`` is monotonic time, ``started_ns`` is in nanoseconds since 1970.
        """
        self.number = number
        self.session = session
        self.method = request.method
        self.request = (request, path)
        self.start = start
        self.started_ns = started_ns
        self.outcome = CallOutcome.ABANDONED
        self.exchange: int | None = None
        self.fields: Mapping[str, object] = {}
        self.operation: str | None = None
        """The name that its dialect has for it; None: it was not asked yet."""
        self.measure: Callable[[], CallProgress] | None = None
        """Returns what has been sent of the answer so far."""


class CallProgress(NamedTuple):
    """The part of an answer that has been relayed so far."""

    bytes: int
    frames: int


_CALL = RequestKey("runreel.call", ActiveCall)


def note_outcome(
    request: BaseRequest,
    outcome: CallOutcome,
    fields: Mapping[str, object],
    exchange: int | None = None,
) -> None:
    """Note what becomes of a request, for the end of its call.

    ``fields``: ``status``, ``end``, ``bytes``, the number of the ``miss`` and, of a stored exchange
    alone, its redacted ``path``.
    """
    call = request.get(_CALL)
    if call is not None:
        call.outcome, call.exchange, call.fields = outcome, exchange, fields


def note_progress(request: BaseRequest, measure: Callable[[], CallProgress]) -> None:
    """Let those who follow the server ask how much of an answer has been relayed."""
    call = request.get(_CALL)
    if call is not None:
        call.measure = measure


class Activity:
    """The notes of one server, and the calls in progress."""

    def __init__(
        self,
        find_dialect: DialectFinder,
        *,
        call_numbers: Iterator[int] | None = None,
        clock: Callable[[], float] = time.monotonic,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        """``call_numbers``: the numbers of its calls, in ascending order; from 1 by default."""
        self._find_dialect = find_dialect
        self._clock = clock
        self._now_ns = now_ns
        self._epoch = f"{now_ns():x}"
        self._calls: dict[int, ActiveCall] = {}
        self._unsealed: dict[tuple[str, int], ActiveCall] = {}
        self._call_numbers: dict[tuple[str, int], int] = {}
        self._next_call = call_numbers or itertools.count(1)
        self._note_count = 0
        self._notes: deque[ActivityNote] = deque(maxlen=_CAPACITY)
        self._feeds: set[ActivityFeed] = set()
        self._recent: deque[ActivityNote] = deque(maxlen=_MAX_RECENT)
        self._kept_until = 0.0
        self.is_over = False

    def begin(self, request: BaseRequest, session: str, path: str | None) -> ActiveCall:
        """Note the begin of a call; ``path`` is its target without the prefix of its session."""
        call = ActiveCall(
            next(self._next_call),
            session,
            request,
            path,
            start=self._clock(),
            started_ns=self._now_ns(),
        )
        self._calls[call.number] = request[_CALL] = call
        self._publish("begin", call)
        return call

    def end(self, call: ActiveCall) -> None:
        """Note the end of a call, unless it is to be stored: then ``settle`` does."""
        del self._calls[call.number]
        if call.exchange is not None:
            self._number_call(call.session, call.exchange, call.number)
        if call.outcome is CallOutcome.RECORDED and call.exchange is not None:
            self._unsealed[call.session, call.exchange] = call
        else:
            self._end_unstored(call)
        call.measure = None
        del call.request[0][_CALL]  # else both are a cycle, which outlives them

    def settle(self, session: str, exchange: int, fields: Mapping[str, object] | None) -> None:
        """Note the end of a call whose exchange is stored; None: it is lost.

        ``fields`` are those of the log, of the redacted exchange.
        """
        call = self._unsealed.pop((session, exchange), None)
        if call is None:
            return
        if fields is None:
            call.outcome = CallOutcome.LOST
            return self._end_unstored(call)
        call.fields = fields
        self._publish("end", call)

    def _end_unstored(self, call: ActiveCall) -> None:
        """Note the end of a call whose exchange is not stored, or was stored before."""
        self._publish("end", call)
        if call.outcome is not CallOutcome.REPLAYED:
            self._recent.append(self._build_note("end", call))

    def follow(self, last_id: str = "") -> ActivityFeed:
        """Return a feed of the notes after the one with this id.

        Without an id, or with one of another server, it begins with the calls in progress. Of ids
        of several servers, with commas between them, that of this one counts.
        """
        ids = (each.rpartition("-") for each in last_id.split(","))
        number = next((number for epoch, _, number in ids if epoch == self._epoch), "")
        is_known = number.isascii() and number.isdigit()
        is_known = is_known and len(number) < 16 and int(number) <= self._note_count
        feed = ActivityFeed(self, int(number) + 1 if is_known else self._note_count + 1)
        feed.is_new = not is_known
        if not is_known:
            feed.first = [
                self._build_note("begin", call)
                for call in sorted(
                    (*self._calls.values(), *self._unsealed.values()), key=lambda each: each.number
                )
            ]
        self._feeds.add(feed)
        return feed

    def _number_call(self, session: str, exchange: int, number: int) -> None:
        self._call_numbers.pop((session, exchange), None)
        self._call_numbers[session, exchange] = number
        if len(self._call_numbers) > _MAX_NUMBERED:
            del self._call_numbers[next(iter(self._call_numbers))]

    def find_call(self, session: str, exchange: int) -> int | None:
        """Return the number of the last call that an exchange belongs to; None: not known."""
        return self._call_numbers.get((session, exchange))

    def list_recent(self) -> list[ActivityNote]:
        """Return the notes of the last calls that have ended without a stored exchange."""
        return list(self._recent)

    def list_progress(self) -> list[tuple[int, str, CallProgress, int]]:
        """Return number, session, progress and microseconds of each call that is being answered."""
        now = self._clock()
        return [
            (call.number, call.session, call.measure(), round((now - call.start) * 1_000_000))
            for call in self._calls.values()
            if call.measure is not None
        ]

    def unfollow(self, feed: ActivityFeed) -> None:
        """Forget a feed."""
        self._feeds.discard(feed)
        if not self._feeds:
            self._kept_until = self._clock() + _RESUME_TIME

    def close(self) -> None:
        """End all feeds."""
        self.is_over = True
        self._wake_feeds()

    def format_id(self, note: ActivityNote) -> str:
        """Return the id of a note, which no other server has given."""
        return self.build_id(note.number)

    def build_id(self, number: int) -> str:
        """Return the id of the note with this number; 0: the place in front of the first one."""
        return f"{self._epoch}-{number}"

    def list_since(self, number: int) -> tuple[list[ActivityNote], int]:
        """Return the notes from a number on, and how many of them are not kept any more."""
        notes = [note for note in self._notes if note.number >= number]
        return notes, self._note_count + 1 - number - len(notes)

    @property
    def has_calls(self) -> bool:
        """True while a call is being answered."""
        return bool(self._calls)

    @property
    def has_followers(self) -> bool:
        """True while somebody follows."""
        return bool(self._feeds)

    @property
    def note_count(self) -> int:
        """Number of notes so far, also of those that were not kept."""
        return self._note_count

    def _publish(self, kind: str, call: ActiveCall) -> None:
        self._note_count += 1
        if not self._feeds and self._clock() >= self._kept_until:
            if self._notes:
                self._notes.clear()
            return
        self._notes.append(self._build_note(kind, call))
        self._wake_feeds()

    def _wake_feeds(self) -> None:
        for feed in self._feeds:
            feed.wake.set()

    def _build_note(self, kind: str, call: ActiveCall) -> ActivityNote:
        document = {
            "call": call.number,
            "at": format_time(self._now_ns()),
            "session": call.session,
            "method": call.method,
            "operation": call.fields.get("operation") or self._find_operation(call),
        }
        if kind == "end":
            document |= self._build_end(call)
        started = format_time(call.started_ns)
        return ActivityNote(self._note_count, kind, json.dumps(document), started, document)

    def _find_operation(self, call: ActiveCall) -> str:
        """Return the name that the dialect has for a call; empty if it has none."""
        if call.operation is None:
            try:
                head = read_head(*call.request)
                call.operation = self._find_dialect(head).interpret(head).operation
            except Exception:  # of any kind: a dialect of the settings may have a mistake
                call.operation = ""
        return call.operation

    def _build_end(self, call: ActiveCall) -> dict[str, object]:
        is_stored = call.outcome in {CallOutcome.RECORDED, CallOutcome.REPLAYED}
        fields = {name: call.fields.get(name) for name in ("status", "end", "path", "bytes")}
        return {
            "outcome": call.outcome.value,
            "exchange": call.exchange if is_stored else None,
            "duration_us": round((self._clock() - call.start) * 1_000_000),
            **fields,
            **({"miss": call.fields["miss"]} if call.fields.get("miss") else {}),
        }


class ActivityFeed:
    """The notes that one follower gets."""

    def __init__(self, activity: Activity, next_number: int) -> None:
        self.wake = asyncio.Event()
        """Set when there may be more notes."""
        self.first: list[ActivityNote] = []
        """Notes of the calls in progress, if it is new."""
        self.is_new = True
        """False if it goes on after another one."""
        self._activity = activity
        self._next = next_number

    @property
    def last_id(self) -> str:
        """The id of the last note that was taken, or of the one that it begins after."""
        return self._activity.build_id(self._next - 1)

    def take(self) -> tuple[list[ActivityNote], int]:
        """Return the notes since the last time, and the number of those that were dropped."""
        self.wake.clear()
        notes, missed = self._activity.list_since(self._next)
        self._next = self._activity.note_count + 1
        return notes, missed
