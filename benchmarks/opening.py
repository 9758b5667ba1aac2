"""Opening a large cassette in a fresh process. Run as ``python -m benchmarks.opening CASSETTE``."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.plan import Plan, measure_in_turn
from benchmarks.processes import run_to_end
from benchmarks.samples import make_event, make_exchange, make_stream_answer, write_cassette
from benchmarks.table import Bar, Line, make_line
from runreel.config import Config
from runreel.model import Exchange
from runreel.shell.session.opening import build_player
from runreel.shell.store import CassetteReader

_EVENTS = 75
_SHORT_BODY = json.dumps(
    {"assistant_id": "asst_benchmark", "stream": True, "instructions": "Answer briefly. " * 60}
).encode()


async def measure_opening(plan: Plan) -> list[Line]:
    """Measure opening a large cassette: heads are read, answers stay in the file."""
    cassette = plan.folder / "large.cassette"
    write_cassette(cassette, iter_large(plan.exchanges))
    size = cassette.stat().st_size / 1_000_000
    figures = await measure_in_turn(
        plan.rounds, {"opening": lambda: _open_in_process(plan, cassette)}
    )
    label = f"{plan.exchanges:,} exchanges, {size:,.0f} MB"
    seconds, cpu, grown = zip(*figures["opening"], strict=True)
    return [
        make_line("opening", f"{label}: time", seconds, "s", Bar(0.5)),
        make_line("opening", f"{label}: CPU time", cpu, "s", Bar(0.5)),
        make_line("opening", f"{label}: memory", grown, "MB", Bar(60)),
    ]


def iter_large(count: int) -> Iterator[Exchange]:
    """Yield exchanges of streamed runs of 20 KB, each in its own thread."""
    answer = make_stream_answer(make_event(number) for number in range(_EVENTS))
    for number in range(1, count + 1):
        target = f"/v1/threads/thread_{number}/runs"
        yield make_exchange(number, answer, target=target, body=_SHORT_BODY)


async def _open_in_process(plan: Plan, cassette: Path) -> tuple[float, ...]:
    printed = await run_to_end("-m", "benchmarks.opening", str(cassette), folder=plan.folder)
    return tuple(map(float, printed.split()))


def _read_resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def main(cassette: Path) -> None:
    """Open the cassette as ``runreel replay`` does; print seconds, CPU seconds and megabytes."""
    before, started, cpu = _read_resident_bytes(), time.perf_counter(), time.process_time()
    with CassetteReader.open(cassette) as reader:
        build_player(Config(), reader)
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
        print(seconds, cpu, (_read_resident_bytes() - before) / 1_000_000)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
