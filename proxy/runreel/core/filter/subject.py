"""What a filter is asked about: an exchange, with its trace if that is needed."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cached_property
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
    def run_ids(self) -> Collection[str]:
        """The ids of the runs that it belongs to."""
        ...

    @property
    def is_miss(self) -> bool:
        """True if no recorded exchange answered the request."""
        ...


class LazySubject:
    """An exchange whose trace and runs are made when a filter first needs them."""

    is_miss = False

    def __init__(
        self,
        head: ExchangeHead,
        build_trace: Callable[[ExchangeHead], Trace],
        find_run_ids: Callable[[ExchangeHead], Collection[str]],
    ) -> None:
        self.head = head
        self._build_trace = build_trace
        self._find_run_ids = find_run_ids

    @cached_property
    def trace(self) -> Trace:
        """Its trace."""
        return self._build_trace(self.head)

    @cached_property
    def run_ids(self) -> Collection[str]:
        """The ids of the runs that it belongs to."""
        return self._find_run_ids(self.head)
