"""The recordings that an inspector shows: cassettes, and the sessions of a server.

All methods of a recording may be called from worker threads.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Protocol

from runreel.core.report.documents import ReportDocument
from runreel.core.report.session_report import LoggedMiss
from runreel.model import Exchange, ExchangeHead


class InspectedRecording(Protocol):
    """A recording: the exchanges of a cassette or of a session, each with a number."""

    @property
    def name(self) -> str:
        """Its name, which no other recording of its source has."""
        ...

    @property
    def first_ns(self) -> int:
        """Arrival of its first request, in nanoseconds since 1970; 0 if it is empty."""
        ...

    @property
    def generation(self) -> int:
        """A number that changes when exchanges are replaced: all of them are to be read anew."""
        ...

    @property
    def upstream(self) -> str:
        """URL of the API that was recorded; may be empty."""
        ...

    def list_numbers(self) -> Sequence[int]:
        """Return the numbers of its exchanges, in ascending order."""
        ...

    def read_head(self, number: int) -> ExchangeHead:
        """Return the head of an exchange. Raises ``RunreelError`` if it cannot be read."""
        ...

    def read_exchange(self, number: int) -> Exchange:
        """Return an exchange. Raises ``RunreelError`` if it cannot be read."""
        ...

    def find_outcome(self, number: int) -> str | None:
        """Return what has become of the exchange in this session; None if nothing."""
        ...

    def find_call(self, number: int) -> int | None:
        """Return the number of the last live call of an exchange; None if it is not known."""
        ...

    def list_misses(self) -> Sequence[LoggedMiss]:
        """Return the first and the last requests that it did not answer."""
        ...

    def describe(self) -> ReportDocument:
        """Return its entry in the list of recordings."""
        ...


class SessionlessRecording:
    """The part of a recording that only a session knows, for a cassette: nothing."""

    def find_outcome(self, number: int) -> str | None:
        """Return None."""
        return None

    def find_call(self, number: int) -> int | None:
        """Return None."""
        return None

    def list_misses(self) -> Sequence[LoggedMiss]:
        """Return nothing."""
        return ()


class RecordingSource(Protocol):
    """A source of recordings: a server with its sessions, or cassettes in files."""

    @property
    def is_live(self) -> bool:
        """True if it is a proxy that handles requests now."""
        ...

    @property
    def mode(self) -> str:
        """The mode of the proxy; ``inspect`` for cassettes."""
        ...

    def build_signature(self) -> Hashable:
        """Return what changes with the list of recordings, without reading files."""
        ...

    @property
    def workers(self) -> int:
        """The number of processes of the server, of which this one shows its own sessions."""
        ...

    def list_recordings(self) -> Sequence[InspectedRecording]:
        """Return the recordings in the order in which they are shown."""
        ...

    def refresh(self) -> None:
        """Look for new recordings, and for new exchanges in them; may read files."""
        ...
