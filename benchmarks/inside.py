"""What single steps cost, measured in this process: figures without a bar."""

from __future__ import annotations

import time
from collections.abc import Callable
from timeit import Timer

from benchmarks.plan import Plan
from benchmarks.processes import elapsed
from benchmarks.samples import event, recorded, stream_answer
from benchmarks.table import Bar, Line, alone
from runreel.core.deck import Candidate, Deck, changes_state
from runreel.core.match import fingerprint
from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.seal import Sealer
from runreel.dialects import dialect_of
from runreel.model import Exchange

_LARGE = 3_000_000


async def help_row(plan: Plan) -> list[Line]:
    """``runreel --help``, from nothing to its end."""
    times = [
        await elapsed("-m", "runreel", "--help", folder=plan.folder) for _ in range(2 * plan.rounds)
    ]
    return [alone("help", "runreel --help", [1000 * seconds for seconds in times], "ms", Bar(200))]


async def steps_row(plan: Plan) -> list[Line]:
    """Fingerprint, redaction, sealing, choosing."""
    exchange = recorded(1, stream_answer())
    sealer = Sealer(_redactor(), dialect_of, max_body=64 << 20)
    return [
        _step(plan, "fingerprint, 6 KB", lambda: fingerprint(exchange.head.request)),
        *_redaction(plan, "60 events", exchange),
        *_redaction(plan, "3 MB", _large_exchange()),
        _step(plan, "seal, 60 events", lambda: sealer.seal(exchange)),
        _choice(plan, "different calls", fingerprints=plan.exchanges, method="POST"),
        _choice(plan, "equal creates", fingerprints=1, method="POST"),
        _choice(plan, "equal polls", fingerprints=1, method="GET"),
    ]


def _redactor() -> Redactor:
    return Redactor(Rules.extended(), Vault())


def _large_exchange() -> Exchange:
    count = _LARGE // len(event(0)) + 1
    return recorded(1, stream_answer(event(number) for number in range(count)))


def _redaction(plan: Plan, what: str, exchange: Exchange) -> list[Line]:
    redactor = _redactor()
    times = _microseconds(plan, lambda: redactor.exchange(exchange))
    size = len(exchange.head.request.body) + len(exchange.answer.body)
    return [
        alone("steps", f"redact, {what}", times, "us"),
        alone("steps", f"redact, {what}", [size / each for each in times], "MB/s"),
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
    return alone("steps", what, _microseconds(plan, act), "us")


def _microseconds(plan: Plan, act: Callable[[], object]) -> list[float]:
    """The CPU time of one call, in each round."""
    timer = Timer(act, timer=time.process_time)
    count, _ = timer.autorange()
    return [seconds / count * 1_000_000 for seconds in timer.repeat(plan.rounds, count)]
