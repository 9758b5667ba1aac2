"""The report of a session: its counts, and the exchanges and misses behind them."""

from __future__ import annotations

from dataclasses import dataclass

from runreel.pytest_plugin.proxy.control import ControlDocument


@dataclass(frozen=True, slots=True)
class UnplayedEntry:
    """A recorded exchange that no request used."""

    number: int
    method: str
    path: str
    operation: str

    @property
    def line(self) -> str:
        """Description for people: ``3: GET /v1/models (models.list)``."""
        return f"{self.number}: {self.method} {self.path} ({self.operation})"


@dataclass(frozen=True, slots=True)
class RunreelReport:
    """The state of a session at one time."""

    mode: str
    recorded: int
    """Exchanges written to the cassette."""
    replayed: int
    """Requests answered from the cassette."""
    missed: int
    """Requests that no exchange answered."""
    lost: int
    """Exchanges that could not be written."""
    played: tuple[int, ...]
    """Numbers of the exchanges that were played."""
    unplayed: tuple[UnplayedEntry, ...]
    misses: tuple[str, ...]
    """Explanations of the misses, in order; the first often causes the others."""
    proposals: tuple[ControlDocument, ...] = ()
    """Settings that would help against each of the misses: places, kinds and patterns."""
    requests: int = 0
    """Requests that came, whatever became of them."""
    links: tuple[str, ...] = ()
    """Addresses of the misses in the inspector, as long as the proxy runs."""

    @classmethod
    def from_document(cls, document: ControlDocument) -> RunreelReport:
        """Build a report from the JSON document of the control API."""
        return cls(
            mode=document["mode"],
            recorded=document["recorded"],
            replayed=document["replayed"],
            missed=document["missed"],
            lost=document["lost"],
            played=tuple(document["played"]),
            unplayed=tuple(map(_parse_unplayed, document["unplayed"])),
            misses=tuple(miss["message"] for miss in document["misses"]),
            proposals=tuple(miss.get("proposal", {}) for miss in document["misses"]),
            requests=document.get("requests", 0),
            links=tuple(miss.get("inspect", "") for miss in document["misses"]),
        )


def _parse_unplayed(document: ControlDocument) -> UnplayedEntry:
    return UnplayedEntry(
        document["number"], document["method"], document["path"], document["operation"]
    )
