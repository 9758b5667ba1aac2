"""What single steps cost, measured in this process: figures without a bar."""

from __future__ import annotations

import time
from collections.abc import Callable

from benchmarks.plan import Plan, cpu_us
from benchmarks.processes import elapsed
from benchmarks.samples import recorded, stream_answer
from benchmarks.table import Bar, Line, alone
from runreel.core.deck import Candidate, Deck, changes_state
from runreel.core.match import fingerprint


async def help_row(plan: Plan) -> list[Line]:
    """``runreel --help``, from nothing to its end."""
    times = [
        await elapsed("-m", "runreel", "--help", folder=plan.folder) for _ in range(2 * plan.rounds)
    ]
    return [alone("help", "runreel --help", [1000 * seconds for seconds in times], "ms", Bar(200))]


async def steps_row(plan: Plan) -> list[Line]:
    """Fingerprint, choosing."""
    exchange = recorded(1, stream_answer())
    return [
        _step(plan, "fingerprint, 6 KB", lambda: fingerprint(exchange.head.request)),
        _choice(plan, "different calls", fingerprints=plan.exchanges, method="POST"),
        _choice(plan, "equal creates", fingerprints=1, method="POST"),
        _choice(plan, "equal polls", fingerprints=1, method="GET"),
    ]


def _choice(plan: Plan, what: str, *, fingerprints: int, method: str) -> Line:
    """The mean of choosing each of the large cassette's exchanges once."""
    deck = Deck()
    keys = [b"%d" % (number % fingerprints) for number in range(plan.exchanges)]
    for number, key in enumerate(keys, start=1):
        deck.add(key, Candidate(number, "", changes_state(method)))
    started = time.process_time()
    for key in keys:
        assert deck.draw(key, "") is not None
    mean = (time.process_time() - started) / len(keys)
    return alone("steps", f"choose among {len(keys):,} {what}", [mean * 1_000_000], "us")


def _step(plan: Plan, what: str, act: Callable[[], object]) -> Line:
    return alone("steps", what, cpu_us(plan.rounds, act), "us")
