"""The amount, the place and the order of measurements."""

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
"""Rounds of servers for each round: they are short, as a shared machine changes its speed often."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The settings of a run of the benchmarks."""

    folder: Path
    """For cassettes, logs and configuration; removed by the caller."""
    cores: Cores
    rounds: int
    seconds: float
    """Length of a round under full load."""
    open_streams: int
    """Number of streams that are open when memory is measured."""
    exchanges: int
    """Number of exchanges in the large cassette."""


def measure_cpu_us(rounds: int, act: Callable[[], object]) -> list[float]:
    """Measure the CPU time of a call in this process, in microseconds, once for each round."""
    timer = Timer(act, timer=time.process_time)
    count, _ = timer.autorange()
    return [seconds / count * 1_000_000 for seconds in timer.repeat(rounds, count)]


async def measure_in_turn(
    rounds: int, measures: Mapping[str, Callable[[], Awaitable[T]]]
) -> dict[str, list[T]]:
    """Take each measure once a round, in turn; a first round warms up and is dropped."""
    results: dict[str, list[T]] = {name: [] for name in measures}
    for _ in range(rounds + 1):
        for name, measure in measures.items():
            results[name].append(await measure())
    return {name: figures[1:] for name, figures in results.items()}
