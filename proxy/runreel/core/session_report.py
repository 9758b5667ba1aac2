"""What there is to say of a session: what it played, what it missed, what it left unplayed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from runreel.core.report import Document, legible
from runreel.model import Head, Mode


@dataclass(frozen=True, slots=True)
class SessionReport:
    """A session as it stands, or as it ended."""

    name: str
    mode: Mode
    cassette: str
    ended: bool = False
    recorded: int = 0
    lost: int = 0
    """Exchanges that were to be recorded, and could not be stored."""
    replayed: int = 0
    missed: int = 0
    misses: Sequence[Document] = ()
    """The first of the misses; the very first is the likely cause of the others."""
    heads: Sequence[Head] = ()
    """The exchanges that could be played."""
    played: Collection[int] = frozenset()
    """The numbers of those that were."""
    fails_on_unplayed: bool = False

    @property
    def unplayed(self) -> list[Head]:
        """The exchanges that no request asked for."""
        return [head for head in self.heads if head.number not in self.played]

    @property
    def ok(self) -> bool:
        """Whether all went as it was meant to."""
        return not (self.missed or self.lost or (self.fails_on_unplayed and self.unplayed))

    def document(self) -> Document:
        """It as JSON."""
        return {
            "name": self.name,
            "mode": self.mode.value,
            "cassette": self.cassette,
            "state": "ended" if self.ended else "open",
            "recorded": self.recorded,
            "lost": self.lost,
            "replayed": self.replayed,
            "missed": self.missed,
            "played": sorted(self.played),
            "unplayed": [_unplayed(head) for head in self.unplayed],
            "first_miss": self.misses[0] if self.misses else None,
            "misses": list(self.misses),
            "ok": self.ok,
        }


def _unplayed(head: Head) -> Document:
    return {
        "number": head.number,
        "method": head.request.method,
        "path": legible(head.request.target.partition(b"?")[0]),
        "operation": head.operation,
    }
