"""Measure all rows, or those that are named, and print one table at the end."""

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

from benchmarks.inside import help_row
from benchmarks.matching import matching_row
from benchmarks.opening import opening_row
from benchmarks.plan import Plan
from benchmarks.processes import Cores, raise_open_files
from benchmarks.recording import memory_row, recording_row
from benchmarks.redacting import redacting_row
from benchmarks.replaying import json_row, stream_row
from benchmarks.table import Line, rendered

ROWS: dict[str, Callable[[Plan], Awaitable[list[Line]]]] = {
    "json": json_row,
    "stream": stream_row,
    "recording": recording_row,
    "memory": memory_row,
    "opening": opening_row,
    "redacting": redacting_row,
    "help": help_row,
    "matching": matching_row,
}

_FILES_A_STREAM = 3


def main(arguments: Sequence[str]) -> None:
    """Measure, and print the table."""
    options = _options(arguments)
    cores = Cores.divided()
    if cores.load:
        os.sched_setaffinity(0, cores.load)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="runreel-benchmarks-") as folder:
        plan = _plan(options, cores, Path(folder))
        files = raise_open_files(_FILES_A_STREAM * plan.held)
        lines = asyncio.run(_measured(plan, options.only or list(ROWS)))
    print(_machine(plan, files))
    print(f"medians of at least {plan.rounds} rounds, {time.monotonic() - started:.0f} s in all\n")
    print(rendered(lines))


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks/run", description=__doc__)
    parser.add_argument("--rounds", type=int, help="how often each figure is taken (5; quick: 2)")
    parser.add_argument("--only", choices=ROWS, action="append", help="this row; may be repeated")
    parser.add_argument("--quick", action="store_true", help="a look, too short to be quoted")
    return parser.parse_args(arguments)


def _plan(options: argparse.Namespace, cores: Cores, folder: Path) -> Plan:
    quick: bool = options.quick
    return Plan(
        folder=folder,
        cores=cores,
        rounds=options.rounds or (2 if quick else 5),
        seconds=0.1 if quick else 0.4,
        held=200 if quick else 1_000,
        exchanges=1_000 if quick else 10_000,
    )


async def _measured(plan: Plan, rows: Sequence[str]) -> list[Line]:
    lines: list[Line] = []
    for row in rows:
        print(f"{row} ...", file=sys.stderr, flush=True)
        lines += await ROWS[row](plan)
    return lines


def _machine(plan: Plan, files: int) -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in ("runreel", "aiohttp", "msgpack"))
    where = (
        f"server on core {min(plan.cores.server)}, load on the others"
        if plan.cores.server
        else "not pinned"
    )
    return (
        f"{time.strftime('%Y-%m-%d')}, {_processor()}, {os.cpu_count()} cores, "
        f"Linux {platform.release()}, Python {platform.python_version()}\n"
        f"{versions}; {where}; {files:,} open files allowed; "
        f"load average {os.getloadavg()[0]:.1f}"
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


if __name__ == "__main__":
    main(sys.argv[1:])
