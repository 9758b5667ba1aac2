"""The figures of a server every few seconds: memory, descriptors, queue, loop, latencies."""

from __future__ import annotations

import asyncio
import json
import os
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

from benchmarks.processes import Server
from benchmarks.soaking.clients import Results
from benchmarks.soaking.watched import Holds

_HEALTH_INTERVAL = 0.5
COLUMNS = (
    "    s  load  answers   MB    fds  queue  age s   hold ms (cpu, own)  "
    "first ms (p99)   health ms (max)"
)


class HealthProbe:
    """A thread that asks for ``/-/health`` twice a second, and notes the latency."""

    def __init__(self, url: str) -> None:
        self.write_queue: Mapping[str, Any] = {"exchanges": 0, "age": 0.0}
        """What the last answer said about the write queue."""
        self.failures = 0
        self._url = f"{url}/-/health"
        self._latencies: list[float] = []
        self._end = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def take(self) -> list[float]:
        """Return the seconds of each answer since the last call, sorted."""
        taken, self._latencies = self._latencies, []
        return sorted(taken)

    def stop(self) -> None:
        """End the thread."""
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._end.wait(_HEALTH_INTERVAL):
            started = time.monotonic()
            try:
                with urllib.request.urlopen(self._url, timeout=30) as answer:  # noqa: S310 - ours
                    self.write_queue = json.load(answer)["write_queue"]
                self._latencies.append(time.monotonic() - started)
            except OSError:
                self.failures += 1


@dataclass(frozen=True, slots=True)
class Sample:
    """The figures of one interval."""

    second: float
    answers: int
    resident: int
    descriptors: int
    queue: int
    age: float
    holds: tuple[float, ...]
    first_bytes: Sequence[float]
    health: Sequence[float]

    def format(self) -> str:
        """Return the line of this interval, for the columns ``COLUMNS``."""
        wall, cpu, own = (1000 * hold for hold in self.holds)
        return (
            f"{self.second:5.0f} {os.getloadavg()[0]:5.1f} {self.answers:8,} "
            f"{self.resident / 1e6:5.0f} {self.descriptors:5} {self.queue:6,} {self.age:6.1f} "
            f"{wall:9.1f} ({cpu:5.1f} {own:5.1f}) "
            f"{pick(self.first_bytes, 0.5):9.1f} ({pick(self.first_bytes, 0.99):7.1f}) "
            f"{pick(self.health, 0.5):7.1f} ({pick(self.health, 1):6.1f})"
        )


def pick(times: Sequence[float], share: float) -> float:
    """Return a quantile of sorted seconds, in milliseconds; 0 if there are none."""
    return 1000 * times[min(int(share * len(times)), len(times) - 1)] if times else 0.0


class Monitor:
    """Prints a line for each interval, and keeps the samples."""

    def __init__(self, server: Server, holds: Holds, results: Results, *, interval: float) -> None:
        self.samples: list[Sample] = []
        self.probe = HealthProbe(server.url)
        self._server = server
        self._holds = holds
        self._results = results
        self._interval = interval
        self._started = time.monotonic()

    async def run(self) -> None:
        """Print lines until cancelled."""
        print(COLUMNS, flush=True)
        while True:
            await asyncio.sleep(self._interval)
            self.take()

    def take(self) -> None:
        """Take and print one sample."""
        document = self.probe.write_queue
        sample = Sample(
            second=time.monotonic() - self._started,
            answers=self._results.answers,
            resident=self._server.read_resident_bytes(),
            descriptors=len(list(Path(f"/proc/{self._server.pid}/fd").iterdir())),
            queue=document["exchanges"],
            age=document["age"],
            holds=self._holds.take(),
            first_bytes=self._results.take_first_bytes(),
            health=self.probe.take(),
        )
        self.samples.append(sample)
        print(sample.format(), flush=True)
