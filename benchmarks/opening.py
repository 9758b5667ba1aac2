"""From the start of a process to its first answer, with one exchange and with a large cassette."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from benchmarks import servers, varied
from benchmarks.load import Question, ask_each
from benchmarks.plan import Plan, measure_in_turn
from benchmarks.processes import run_server
from benchmarks.samples import EVENTS, write_cassette
from benchmarks.table import Bar, Line, compare_rounds, make_line

Start = tuple[float, float, float]
"""Wall time and CPU time to the first answer in milliseconds, and memory after it in megabytes."""


async def measure_start(plan: Plan) -> list[Line]:
    """Measure the time to the first replayed stream, beside a server with nothing but aiohttp."""
    cassette = plan.folder / "one.cassette"
    write_cassette(cassette, varied.iter_streams(1))
    figures = await measure_in_turn(
        plan.rounds,
        {"bare": partial(_start, plan, None), "ours": partial(_start, plan, cassette)},
    )
    ours, bare = (list(zip(*figures[name], strict=True)) for name in ("ours", "bare"))
    label = "to the first answer, one exchange"
    return [
        compare_rounds("start", label, ours[0], bare[0], unit="ms", bar=Bar(1.4)),
        compare_rounds("start", f"{label}: CPU time", ours[1], bare[1], unit="ms", bar=Bar(1.4)),
    ]


async def measure_opening(plan: Plan) -> list[Line]:
    """Measure the first answer from a large cassette: what it takes longer than with one exchange.

    All requests have one path, so all of them are indexed for the first answer.
    """
    one, large = plan.folder / "one.cassette", plan.folder / "large.cassette"
    write_cassette(one, varied.iter_streams(1))
    write_cassette(large, varied.iter_streams(plan.exchanges))
    size = large.stat().st_size / 1_000_000
    figures = await measure_in_turn(
        plan.rounds, {"one": partial(_start, plan, one), "large": partial(_start, plan, large)}
    )
    wall, cpu, _ = zip(*_subtract(figures["large"], figures["one"]), strict=True)
    memory = [figure[2] for figure in figures["large"]]
    label = f"{plan.exchanges:,} streams, {size:,.0f} MB"
    return [
        make_line("opening", f"{label}: to the first answer", wall, "ms", Bar(450)),
        make_line("opening", f"{label}: CPU time", cpu, "ms", Bar(450)),
        make_line("opening", f"{label}: memory of the process", memory, "MB", Bar(70)),
    ]


def _subtract(figures: list[Start], others: list[Start]) -> list[Start]:
    return [
        (one[0] - other[0], one[1] - other[1], one[2] - other[2])
        for one, other in zip(figures, others, strict=True)
    ]


async def _start(plan: Plan, cassette: Path | None) -> Start:
    started = time.perf_counter()
    server = (
        run_server("-m", "benchmarks.bare_start", cores=plan.cores.server, folder=plan.folder)
        if cassette is None
        else servers.run_replay(plan, cassette, quiet=False)
    )
    async with server as process:
        mark = b"data: " if cassette is None else b'"id"'
        question = Question(varied.make_request(process.port, 1), mark, EVENTS)
        await ask_each(process, [question], connections=1)
        seconds = time.perf_counter() - started
        memory = process.read_resident_bytes() / 1_000_000
        return 1000 * seconds, 1000 * process.read_cpu_seconds(), memory
