"""Counts of one replay session, for its report."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from runreel.core.report.documents import ReportDocument
from runreel.model import Request

if TYPE_CHECKING:
    from runreel.core.explain.miss import Miss

_MAX_REPORTED_MISSES = 100
_MAX_CAUSES = 16
"""Misses that are kept with their requests."""


@dataclass(slots=True)
class Tally:
    """The requests that a session has replayed and missed, and the exchanges that it has played."""

    replayed: int = 0
    """Number of requests answered from the cassette."""
    missed: int = 0
    """Number of requests that no exchange could answer."""
    played: set[int] = field(default_factory=set)
    """Numbers of the exchanges that were played."""
    first_misses: list[Miss] = field(default_factory=list)
    """The first misses; they may be the causes of others."""
    misses: list[ReportDocument] = field(default_factory=list)
    """Documents of the first hundred misses."""
    missed_requests: dict[int, Request] = field(default_factory=dict)
    """The redacted requests of ``first_misses``, by the number of the miss."""

    def add_replayed(self, number: int) -> None:
        """Count a request that the exchange of this number has answered."""
        self.replayed += 1
        self.played.add(number)

    def add_missed(self, document: ReportDocument, miss: Miss | None = None) -> int:
        """Count a request that was not answered; ``document`` is the report of it.

        Return the number of the miss in ``misses``, from 1; 0 if it is not kept.
        """
        self.missed += 1
        if miss is not None and len(self.first_misses) < _MAX_CAUSES:
            self.first_misses.append(replace(miss, cause=None))
        if len(self.misses) == _MAX_REPORTED_MISSES:
            return 0
        self.misses.append(document)
        if miss is not None and len(self.missed_requests) < _MAX_CAUSES:
            self.missed_requests[len(self.misses)] = miss.request
        return len(self.misses)
