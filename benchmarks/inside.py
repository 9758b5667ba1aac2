"""What a start of the command line costs."""

from __future__ import annotations

from benchmarks.plan import Plan
from benchmarks.processes import elapsed
from benchmarks.table import Bar, Line, alone


async def help_row(plan: Plan) -> list[Line]:
    """``runreel --help``, from nothing to its end."""
    times = [
        await elapsed("-m", "runreel", "--help", folder=plan.folder) for _ in range(2 * plan.rounds)
    ]
    return [alone("help", "runreel --help", [1000 * seconds for seconds in times], "ms", Bar(200))]
