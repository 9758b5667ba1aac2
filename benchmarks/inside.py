"""The start-up time of the command line."""

from __future__ import annotations

from benchmarks.plan import Plan
from benchmarks.processes import measure_run
from benchmarks.table import Bar, Line, make_line


async def measure_help(plan: Plan) -> list[Line]:
    """Measure ``runreel --help`` in a fresh process."""
    times = [
        await measure_run("-m", "runreel", "--help", folder=plan.folder)
        for _ in range(2 * plan.rounds)
    ]
    return [
        make_line("help", "runreel --help", [1000 * seconds for seconds in times], "ms", Bar(200))
    ]
