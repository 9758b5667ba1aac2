"""The exchanges that were played, for answers that go on only after others."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Set


class PlayedExchanges:
    """The numbers of the exchanges that a client has asked for."""

    def __init__(self) -> None:
        self._numbers: set[int] = set()
        self._has_changed = asyncio.Event()

    def add(self, number: int) -> None:
        """Note that an exchange was asked for, and wake who waits for it."""
        self._numbers.add(number)
        self._has_changed.set()
        self._has_changed = asyncio.Event()

    def forget(self, numbers: Iterable[int]) -> None:
        """Forget these exchanges: the client begins anew."""
        self._numbers.difference_update(numbers)

    async def wait_for_any(self, numbers: Set[int]) -> None:
        """Wait until one of these exchanges was asked for."""
        while self._numbers.isdisjoint(numbers):
            await self._has_changed.wait()
