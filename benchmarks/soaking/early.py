"""Uploads that are answered at their head: each body must be stored whole, or marked."""

from __future__ import annotations

import asyncio
import random
import string
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path

from benchmarks.soaking.calls import EARLY_STATUSES, Call
from benchmarks.soaking.clients import Results, run_calls
from benchmarks.soaking.soak import Soak, stop
from runreel.model import ExchangeHead
from runreel.shell.store import CassetteReader

_BATCH = 500
"""Uploads of one cassette: those of all together may be gigabytes."""
_SIZES = (1_000, 10_000, 64_000, 1_000_000, 10_000_000)
_WEIGHTS = (40, 25, 20, 13, 2)


async def run_early(soak: Soak, total: int) -> int:
    """Record ``total`` uploads; return 1 if one is missing, or cut without a mark."""
    outcomes: Counter[str] = Counter()
    choices = random.Random(soak.seed)  # noqa: S311 - the same each time
    numbers = count(1)
    async with soak.run_upstream() as upstream:
        while (done := outcomes.total()) < total:
            size = min(_BATCH, total - done)
            calls = {number: _make_call(choices, number) for number in _take(numbers, size)}
            async with soak.run_runreel(
                "record", str(soak.cassette), "--upstream", upstream.url
            ) as (server, _):
                results = Results()
                await run_calls(server.port, results, list(calls.values()), soak.clients)
                await stop(server)
            outcomes += await asyncio.to_thread(_check, soak.cassette, calls)
            soak.cassette.unlink()
            print(f"{soak.loop}: {outcomes.total():,} uploads: {dict(outcomes)}", flush=True)
    return int(outcomes["whole"] + outcomes["marked"] != total)


def _take(numbers: Iterator[int], size: int) -> list[int]:
    return [next(numbers) for _ in range(size)]


def _make_call(choices: random.Random, number: int) -> Call:
    [size] = choices.choices(_SIZES, _WEIGHTS)
    line = "".join(choices.choices(string.ascii_lowercase + " ", k=50)) + "\n"
    return Call(
        "early",
        "POST",
        f"/v1/files/{number}",
        f"early {choices.choice(EARLY_STATUSES)}",
        (line * (size // len(line))).encode(),
        "text/plain",
        is_chunked=choices.random() < 0.5,
    )


def _check(cassette: Path, calls: Mapping[int, Call]) -> Counter[str]:
    """Count the uploads by what is in the cassette."""
    with CassetteReader.open(cassette) as reader:
        heads = {int(head.request.target.rpartition(b"/")[2]): head for head in reader.heads}
    return Counter(_judge(heads.get(number), call) for number, call in calls.items())


def _judge(head: ExchangeHead | None, call: Call) -> str:
    if head is None:
        return "missing"
    if head.request.body == call.body and not head.problems:
        return "whole"
    return "marked" if any(problem.path == "body" for problem in head.problems) else "CUT"
