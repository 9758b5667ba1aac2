"""Opening a large cassette in a fresh process. Run as ``python -m benchmarks.opening CASSETTE``."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.plan import Plan, in_turn
from benchmarks.processes import output
from benchmarks.samples import event, recorded, stream_answer, write_cassette
from benchmarks.table import Bar, Line, alone
from runreel.config import Config
from runreel.model import Exchange
from runreel.shell.session.opening import replaying
from runreel.shell.store import CassetteReader

_EVENTS = 75
_SHORT_BODY = json.dumps(
    {"assistant_id": "asst_benchmark", "stream": True, "instructions": "Answer briefly. " * 60}
).encode()


async def opening_row(plan: Plan) -> list[Line]:
    """Heads are read, answers stay in the file."""
    cassette = plan.folder / "large.cassette"
    write_cassette(cassette, large(plan.exchanges))
    size = cassette.stat().st_size / 1_000_000
    figures = await in_turn(plan.rounds, {"opening": lambda: _opened(plan, cassette)})
    what = f"{plan.exchanges:,} exchanges, {size:,.0f} MB"
    seconds, cpu, grown = zip(*figures["opening"], strict=True)
    return [
        alone("opening", f"{what}: time", seconds, "s", Bar(0.5)),
        alone("opening", f"{what}: CPU time", cpu, "s", Bar(0.5)),
        alone("opening", f"{what}: memory", grown, "MB", Bar(60)),
    ]


def large(count: int) -> Iterator[Exchange]:
    """Streamed runs of 20 KB, each in a thread of its own."""
    answer = stream_answer(event(number) for number in range(_EVENTS))
    for number in range(1, count + 1):
        target = f"/v1/threads/thread_{number}/runs"
        yield recorded(number, answer, target=target, body=_SHORT_BODY)


async def _opened(plan: Plan, cassette: Path) -> tuple[float, ...]:
    printed = await output("-m", "benchmarks.opening", str(cassette), folder=plan.folder)
    return tuple(map(float, printed.split()))


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def main(cassette: Path) -> None:
    """Do what ``runreel replay`` does before it listens; print seconds, CPU seconds, megabytes."""
    before, started, cpu = _resident_bytes(), time.perf_counter(), time.process_time()
    with CassetteReader.open(cassette) as reader:
        replaying(Config(), reader)
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
        print(seconds, cpu, (_resident_bytes() - before) / 1_000_000)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
