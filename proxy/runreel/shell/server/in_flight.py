"""Answers in progress, so that a shutdown can wait for them and then interrupt them."""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

from msgspec import Struct

from runreel.model import End


class Interruptible(Protocol):
    """An answer in progress that can be ended early."""

    def interrupt(self, end: End) -> None:
        """End the answer soon; ``end`` is the reason."""
        ...


@runtime_checkable
class Recorded(Interruptible, Protocol):
    """An answer that is being recorded."""

    number: int
    """The number of its exchange."""


class InFlight:
    """The answers that one session is sending now."""

    def __init__(self) -> None:
        self._answers: set[Interruptible] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    def track(self, answer: Interruptible) -> AbstractContextManager[None]:
        """Return a context manager that counts ``answer`` as in progress for its block."""
        return _TrackedAnswer(self, answer)

    def add(self, answer: Interruptible) -> None:
        """Count ``answer`` as in progress."""
        self._answers.add(answer)
        self._idle.clear()

    def remove(self, answer: Interruptible) -> None:
        """Count ``answer`` as ended."""
        self._answers.discard(answer)
        if not self._answers:
            self._idle.set()

    def list_numbers(self) -> list[int]:
        """Return the numbers of the exchanges that are being recorded."""
        return [answer.number for answer in self._answers if isinstance(answer, Recorded)]

    async def drain(self, grace: float) -> None:
        """Wait ``grace`` seconds for answers to end, then interrupt the rest."""
        try:
            await asyncio.wait_for(self._idle.wait(), grace)
        except TimeoutError:
            for answer in tuple(self._answers):
                answer.interrupt(End.SHUTDOWN)
            await self._idle.wait()


class _TrackedAnswer(Struct, frozen=True):
    """A context manager; one made by ``contextmanager`` takes several times the memory."""

    in_flight: InFlight
    answer: Interruptible

    def __enter__(self) -> None:
        self.in_flight.add(self.answer)

    def __exit__(self, *_error: object) -> None:
        self.in_flight.remove(self.answer)
