"""What became of a session, as a test reads it, and what its verdict says."""

from __future__ import annotations

from dataclasses import dataclass

from runreel.pytest_plugin.proxy.control import ControlDocument


@dataclass(frozen=True, slots=True)
class UnplayedEntry:
    """A recorded exchange that no request asked for."""

    number: int
    method: str
    path: str
    operation: str

    @property
    def line(self) -> str:
        """For people: ``3: GET /v1/models (models.list)``."""
        return f"{self.number}: {self.method} {self.path} ({self.operation})"


@dataclass(frozen=True, slots=True)
class RunreelReport:
    """What a session has recorded and played so far."""

    mode: str
    recorded: int
    """Exchanges written to the cassette."""
    replayed: int
    """Requests answered from the cassette."""
    missed: int
    """Requests that no exchange answers."""
    lost: int
    """Exchanges that could not be written."""
    played: tuple[int, ...]
    """The numbers of the exchanges that were played."""
    unplayed: tuple[UnplayedEntry, ...]
    misses: tuple[str, ...]
    """Why nothing answers, in the order of the requests; the first is the cause of most others."""

    @classmethod
    def from_document(cls, document: ControlDocument) -> RunreelReport:
        """Read what the proxy reports."""
        return cls(
            mode=document["mode"],
            recorded=document["recorded"],
            replayed=document["replayed"],
            missed=document["missed"],
            lost=document["lost"],
            played=tuple(document["played"]),
            unplayed=tuple(_parse_unplayed(each) for each in document["unplayed"]),
            misses=tuple(each["message"] for each in document["misses"]),
        )


def _parse_unplayed(document: ControlDocument) -> UnplayedEntry:
    return UnplayedEntry(
        document["number"], document["method"], document["path"], document["operation"]
    )
