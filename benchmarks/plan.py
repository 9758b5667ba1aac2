"""How much is measured, where, and in which order."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from timeit import Timer
from typing import TypeVar

from benchmarks.processes import Cores

T = TypeVar("T")

CONNECTIONS = 32
STREAMS_AT_ONCE = 50
SLICES = 3
"""Rounds of servers are short and many: a shared machine changes its speed within seconds."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One run of the benchmarks."""

    folder: Path
    """For cassettes, logs and configuration; its owner removes it."""
    cores: Cores
    rounds: int
    seconds: float
    """How long a server is asked as much as it can bear, in each round."""
    held: int
    """How many streams are open at once when memory is measured."""
    exchanges: int
    """How many exchanges the large cassette holds."""


def measure_cpu_us(rounds: int, act: Callable[[], object]) -> list[float]:
    """The CPU time of one call in this process, in microseconds, once a round."""
    timer = Timer(act, timer=time.process_time)
    count, _ = timer.autorange()
    return [seconds / count * 1_000_000 for seconds in timer.repeat(rounds, count)]


async def measure_in_turn(
    rounds: int, measures: Mapping[str, Callable[[], Awaitable[T]]]
) -> dict[str, list[T]]:
    """Take each measure once a round, in turn; a round ahead warms up and is dropped."""
    taken: dict[str, list[T]] = {name: [] for name in measures}
    for _ in range(rounds + 1):
        for name, measure in measures.items():
            taken[name].append(await measure())
    return {name: figures[1:] for name, figures in taken.items()}
