"""A session of a running proxy, whose exchanges are shown once they are sealed and stored."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from runreel.core.report.documents import ReportDocument
from runreel.core.report.session_report import LoggedMiss
from runreel.errors import StoreError
from runreel.model import Exchange, ExchangeHead
from runreel.shell.server.activity import Activity
from runreel.shell.session.session import Session


class SessionRecording:
    """The exchanges of an open session: those of its cassette, and those that it has stored."""

    generation = 0

    def __init__(self, session: Session, activity: Activity) -> None:
        self.session = session
        self._activity = activity
        self._numbers: Sequence[int] | None = None
        self._count = 0
        self.name = session.spec.name

    @property
    def first_ns(self) -> int:
        """Arrival of the first request, in nanoseconds since 1970; 0 if it is empty."""
        return self.session.first_ns

    @property
    def upstream(self) -> str:
        """URL of the API that is recorded; may be empty."""
        return str(self.session.upstream)

    def list_numbers(self) -> Sequence[int]:
        """Return the numbers of its stored exchanges, in ascending order."""
        count = self.session.exchange_count
        if self._numbers is None or count != self._count:
            self._numbers, self._count = self.session.list_stored_numbers(), count
        return self._numbers

    def read_head(self, number: int) -> ExchangeHead:
        """Return the head of an exchange, which may lack its body: a list has many of them."""
        head = self.session.find_head(number)
        if head is not None:
            return head
        head = self.session.read_new_head(number)
        if head is None:
            raise self._build_error(number)
        return replace(head, request=replace(head.request, body=b""))

    def read_exchange(self, number: int) -> Exchange:
        """Return an exchange. Raises ``RunreelError`` if it cannot be read."""
        exchange = self.session.read_exchange_now(number)
        if exchange is None:
            raise self._build_error(number)
        return exchange

    def _build_error(self, number: int) -> StoreError:
        return StoreError(f"session {self.name} has stored no exchange {number}")

    def find_outcome(self, number: int) -> str | None:
        """Return what has become of the exchange in this session."""
        return self.session.find_outcome(number)

    def find_call(self, number: int) -> int | None:
        """Return the number of the last live call of an exchange; None if it is not known."""
        return self._activity.find_call(self.name, number)

    def list_misses(self) -> Sequence[LoggedMiss]:
        """Return the first and the last requests that it did not answer."""
        return self.session.list_misses()

    def describe(self) -> ReportDocument:
        """Return its entry in the list of recordings."""
        session = self.session
        return {
            "name": self.name,
            "kind": "session",
            "cassette": str(session.spec.path),
            "mode": session.spec.mode.value,
            "state": "open",
            "created": None,
            "exchanges": len(self.list_numbers()),
            "bytes": None,
            "upstream": self.upstream,
            "damage": [],
        }
