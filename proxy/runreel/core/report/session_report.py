"""The report of a session: the exchanges that it recorded, played, missed and left unplayed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from msgspec import Struct, field

from runreel.core.report.documents import ReportDocument, decode_utf8_or_latin1
from runreel.model import ExchangeHead, Mode, Request


class UnplayedExchange(NamedTuple):
    """An exchange that was never played."""

    number: int
    method: str
    path: str
    operation: str


def list_unplayed(
    heads: Iterable[ExchangeHead], played: Collection[int]
) -> tuple[UnplayedExchange, ...]:
    """Return the exchanges whose numbers are not in ``played``."""
    return tuple(
        UnplayedExchange(
            head.number,
            head.request.method,
            decode_utf8_or_latin1(head.request.target.partition(b"?")[0]),
            head.operation,
        )
        for head in heads
        if head.number not in played
    )


class LoggedMiss(NamedTuple):
    """A request that was not answered."""

    number: int
    """Its number in the session, from 1."""
    at: str
    """The moment of the miss."""
    document: ReportDocument
    """Its report."""
    request: Request | None
    """The request, redacted; None if it is not kept."""


class SessionReport(Struct, frozen=True):
    """The report of a session, open or ended."""

    name: str
    mode: Mode
    cassette: str
    upstream: str = ""
    """URL of the real API, or of the one that was recorded."""
    ended: bool = False
    requests: int = 0
    """Number of requests that came, whatever became of them."""
    recorded: int = 0
    error_statuses: Mapping[int, int] = field(default_factory=dict)
    """Numbers of recorded answers with status 400 and above, by status."""
    lost: int = 0
    """Number of exchanges that could not be stored."""
    is_kept: bool = True
    """False if what was recorded is not part of the cassette, but removed or beside it."""
    replayed: int = 0
    missed: int = 0
    misses: tuple[ReportDocument, ...] = ()
    """Documents of the first misses; the very first is the likely cause of the others."""
    played: tuple[int, ...] = ()
    """Numbers of the exchanges that were played, in ascending order."""
    unplayed: tuple[UnplayedExchange, ...] = ()
    fails_on_unplayed: bool = False
    fails_on_unused: bool = False
    logged_misses: tuple[LoggedMiss, ...] = ()
    """The first and the last misses; no part of the document."""

    @property
    def ok(self) -> bool:
        """True if nothing was missed or lost.

        If that is a failure by the settings, also nothing is unplayed, and a request came.
        """
        is_unplayed = self.fails_on_unplayed and self.unplayed
        is_unused = self.fails_on_unused and not self.requests
        return not (self.missed or self.lost or is_unplayed or is_unused)

    def to_document(self) -> ReportDocument:
        """Return the report as a JSON document."""
        return {
            "name": self.name,
            "mode": self.mode.value,
            "cassette": self.cassette,
            "upstream": self.upstream,
            "state": "ended" if self.ended else "open",
            "requests": self.requests,
            "recorded": self.recorded,
            "lost": self.lost,
            "replayed": self.replayed,
            "missed": self.missed,
            "played": list(self.played),
            "unplayed": [each._asdict() for each in self.unplayed],
            "first_miss": self.misses[0] if self.misses else None,
            "misses": list(self.misses),
            "ok": self.ok,
        }
