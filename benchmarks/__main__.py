"""Measure all rows, or those selected by ``--only``, and print one table at the end."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.debugging import measure_debugging
from benchmarks.growing import measure_growing
from benchmarks.inside import measure_help
from benchmarks.inspecting import measure_inspecting
from benchmarks.matching import measure_matching
from benchmarks.opening import measure_opening, measure_start
from benchmarks.plan import Plan
from benchmarks.processes import Cores, raise_open_files
from benchmarks.recording import measure_memory, measure_recording
from benchmarks.redacting import measure_redacting
from benchmarks.replaying import measure_json, measure_stream, measure_workers
from benchmarks.table import Line, render

ROWS: dict[str, Callable[[Plan], Awaitable[list[Line]]]] = {
    "json": measure_json,
    "stream": measure_stream,
    "workers": measure_workers,
    "start": measure_start,
    "recording": measure_recording,
    "memory": measure_memory,
    "opening": measure_opening,
    "redacting": measure_redacting,
    "growing": measure_growing,
    "help": measure_help,
    "matching": measure_matching,
    "debugging": measure_debugging,
    "inspecting": measure_inspecting,
}

_FILES_A_STREAM = 3


def main(arguments: Sequence[str]) -> None:
    """Measure the rows and print the table."""
    options = _parse_options(arguments)
    cores = Cores.divide()
    if cores.load:
        os.sched_setaffinity(0, cores.load)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="runreel-benchmarks-") as folder:
        plan = _make_plan(options, cores, Path(folder))
        files = raise_open_files(_FILES_A_STREAM * plan.open_streams)
        lines = asyncio.run(_measure(plan, options.only or list(ROWS)))
    print(_describe_machine(plan, files))
    print(f"medians of at least {plan.rounds} rounds, {time.monotonic() - started:.0f} s in all\n")
    print(render(lines))


def _parse_options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks/run", description=__doc__)
    parser.add_argument("--rounds", type=int, help="number of rounds for each figure (5; quick: 2)")
    parser.add_argument(
        "--only", choices=ROWS, action="append", help="measure only this row; may be repeated"
    )
    parser.add_argument(
        "--quick", action="store_true", help="measure in half a minute, too short to be quoted"
    )
    return parser.parse_args(arguments)


def _make_plan(options: argparse.Namespace, cores: Cores, folder: Path) -> Plan:
    quick: bool = options.quick
    return Plan(
        folder=folder,
        cores=cores,
        rounds=options.rounds or (2 if quick else 5),
        seconds=0.1 if quick else 0.4,
        open_streams=200 if quick else 1_000,
        exchanges=1_000 if quick else 10_000,
    )


async def _measure(plan: Plan, rows: Sequence[str]) -> list[Line]:
    lines: list[Line] = []
    for row in rows:
        print(f"{row} ...", file=sys.stderr, flush=True)
        lines += await ROWS[row](plan)
    return lines


def _describe_machine(plan: Plan, files: int) -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in ("runreel", "aiohttp", "msgpack"))
    where = (
        f"server on core {min(plan.cores.server)}, load on the others"
        if plan.cores.server
        else "not pinned"
    )
    return (
        f"{time.strftime('%Y-%m-%d')}, {_read_processor()}, {os.cpu_count()} cores, "
        f"Linux {platform.release()}, Python {platform.python_version()}\n"
        f"{versions}; {where}; {files:,} open files allowed; "
        f"load average {os.getloadavg()[0]:.1f}"
    )


def _read_processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


if __name__ == "__main__":
    main(sys.argv[1:])
