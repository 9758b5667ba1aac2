"""Counts of one replay session, for its report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from msgspec import Struct, field

from runreel.core.report.documents import ReportDocument
from runreel.shell.replay.miss_log import MissLog

if TYPE_CHECKING:
    from runreel.core.explain.miss import Miss

_MAX_CAUSES = 16
"""Misses that are compared with later ones."""


class Tally(Struct):
    """The requests that a session has replayed and missed, and the exchanges that it has played."""

    replayed: int = 0
    """Number of requests answered from the cassette."""
    played: set[int] = field(default_factory=set)
    """Numbers of the exchanges that were played."""
    first_misses: list[Miss] = field(default_factory=list)
    """The first misses; they may be the causes of others."""
    misses: MissLog = field(default_factory=MissLog)
    """The misses that are kept."""

    @property
    def miss_count(self) -> int:
        """Number of requests that no exchange could answer."""
        return self.misses.count

    def add_replayed(self, number: int) -> None:
        """Count a request that the exchange of this number has answered."""
        self.replayed += 1
        self.played.add(number)

    def add_missed(self, document: ReportDocument, miss: Miss | None = None, at: str = "") -> int:
        """Count a request that was not answered; ``document`` is the report of it.

        ``at`` is the moment. Return the number of the miss, from 1.
        """
        if miss is not None and len(self.first_misses) < _MAX_CAUSES:
            self.first_misses.append(replace(miss, cause=None))
        return self.misses.add(document, None if miss is None else miss.request, at)
