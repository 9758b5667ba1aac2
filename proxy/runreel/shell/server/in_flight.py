"""The answers under way, so that a shutdown can wait for them, and then interrupt them."""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from runreel.model import End


class Interruptible(Protocol):
    """An answer that can be told to end early."""

    def interrupt(self, end: End) -> None:
        """End soon, for this reason."""
        ...


class InFlight:
    """Who is being answered right now."""

    def __init__(self) -> None:
        self._answers: set[Interruptible] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    def track(self, answer: Interruptible) -> AbstractContextManager[None]:
        """Count ``answer`` as under way for the length of the block."""
        return _TrackedAnswer(self, answer)

    def add(self, answer: Interruptible) -> None:
        """``answer`` is under way from now on."""
        self._answers.add(answer)
        self._idle.clear()

    def remove(self, answer: Interruptible) -> None:
        """``answer`` is under way no more."""
        self._answers.discard(answer)
        if not self._answers:
            self._idle.set()

    async def drain(self, grace: float) -> None:
        """Let answers end by themselves for ``grace`` seconds, then interrupt the rest."""
        try:
            await asyncio.wait_for(self._idle.wait(), grace)
        except TimeoutError:
            for answer in tuple(self._answers):
                answer.interrupt(End.SHUTDOWN)
            await self._idle.wait()


@dataclass(frozen=True, slots=True)
class _TrackedAnswer(AbstractContextManager[None]):
    """An answer under way; a generator would take several times the memory for as long."""

    in_flight: InFlight
    answer: Interruptible

    def __enter__(self) -> None:
        self.in_flight.add(self.answer)

    def __exit__(self, *_error: object) -> None:
        self.in_flight.remove(self.answer)
