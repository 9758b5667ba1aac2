"""The subject of a filter: an exchange, with its trace if that is needed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from runreel.core.trace.model import Trace
from runreel.model import ExchangeHead


class FilterSubject(Protocol):
    """An exchange, as a filter sees it."""

    @property
    def head(self) -> ExchangeHead:
        """Its head."""
        ...

    @property
    def trace(self) -> Trace:
        """Its trace; may read the answer, and raise ``CorruptCassetteError``."""
        ...

    @property
    def facts(self) -> Trace:
        """Its trace, in which texts may be missing; raises as ``trace`` does.

        Of its events there is at least one of each name, of its gaps the longest one, and of its
        blocks the calls of tools.
        """
        ...

    @property
    def run_ids(self) -> Collection[str]:
        """The ids of the runs that it belongs to."""
        ...

    @property
    def is_miss(self) -> bool:
        """True if no recorded exchange answered the request."""
        ...
