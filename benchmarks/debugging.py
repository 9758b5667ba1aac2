"""The trace of a long stream, and the commands that read every answer of a large cassette."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from benchmarks.debugged import APIS, iter_recording
from benchmarks.plan import Plan, measure_cpu_us
from benchmarks.processes import run_to_end
from benchmarks.samples import write_cassette
from benchmarks.table import Bar, Line, make_line
from runreel.core.trace.build import build_trace
from runreel.dialects import find_dialect

_ROW = "debugging"
_EVENTS = 10_000
_CHANGE_EACH = 3
_SECONDS = 10
_DIFF_SECONDS = 20
_MEGABYTES = 300

_CHILD = """
import json, sys, time
from pathlib import Path
from runreel.cli import main
try:
    main(sys.argv[2:])
except SystemExit:
    pass
finally:
    lines = Path("/proc/self/status").read_text().splitlines()
    peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    Path(sys.argv[1]).write_text(json.dumps([time.process_time(), peak / 1000]))
"""
"""Runs a command, and writes its CPU time in seconds and its peak memory in megabytes."""


async def measure_debugging(plan: Plan) -> list[Line]:
    """Measure traces, and commands on a cassette of four APIs."""
    first, second = plan.folder / "first.cassette", plan.folder / "second.cassette"
    write_cassette(first, iter_recording(plan.exchanges))
    write_cassette(second, iter_recording(plan.exchanges, recording=2, change_each=_CHANGE_EACH))
    size = first.stat().st_size / 1_000_000
    label = f"{plan.exchanges:,} exchanges, {size:,.0f} MB"
    commands: list[tuple[str, int, tuple[str, ...]]] = [
        ("stats", _SECONDS, ("stats", str(first))),
        ("lint", _SECONDS, ("lint", str(first))),
        ("grep", _SECONDS, ("grep", "refund order", str(first))),
        ("ls, filtered by text", _SECONDS, ("ls", str(first), "-f", "text:zzz")),
        ("diff", _DIFF_SECONDS, ("diff", str(first), str(second))),
    ]
    lines = [*_iter_traces(plan)]
    for name, seconds, arguments in commands:
        lines += await _measure_command(plan, f"{name}, {label}", seconds, arguments)
    return lines


def _iter_traces(plan: Plan) -> Iterator[Line]:
    """Measure the traces of streams of one text, one for each API."""
    for exchange in iter_recording(len(APIS), events=_EVENTS):
        dialect = find_dialect(exchange.head.request)
        times = measure_cpu_us(plan.rounds, partial(build_trace, exchange, dialect))
        label = f"trace, {_EVENTS:,} events of {dialect.name}"
        yield make_line(_ROW, label, [us / 1000 for us in times], "ms", Bar(500))


async def _measure_command(
    plan: Plan, label: str, seconds: int, arguments: Sequence[str]
) -> list[Line]:
    figures = [await _run(plan.folder, arguments) for _ in range(plan.rounds)]
    times, peaks = zip(*figures, strict=True)
    return [
        make_line(_ROW, f"{label}: CPU time", times, "s", Bar(seconds)),
        make_line(_ROW, f"{label}: memory", peaks, "MB", Bar(_MEGABYTES)),
    ]


async def _run(folder: Path, arguments: Sequence[str]) -> tuple[float, float]:
    """Run a command; return its CPU time in seconds and its peak memory in megabytes."""
    figures = folder / "figures.json"
    await run_to_end("-c", _CHILD, str(figures), *arguments, folder=folder)
    seconds, megabytes = json.loads(figures.read_text(encoding="utf-8"))
    return seconds, megabytes
