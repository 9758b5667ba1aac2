"""Redaction: how fast finished exchanges are sealed, and what it does to the streams that go on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from benchmarks import servers
from benchmarks.bare import LARGE_TARGET
from benchmarks.load import fetch, listen
from benchmarks.plan import Plan, cpu_us, in_turn
from benchmarks.processes import Server
from benchmarks.samples import (
    EVENTS,
    LARGE,
    LARGE_BODIES,
    large_stream,
    recorded,
    request_bytes,
    sealer,
    stream_answer,
    whole_answer,
)
from benchmarks.table import Bar, Line, alone
from runreel.model import Answer

_SPEED = Bar(20, at_least=True)
_DELAY = Bar(10)
_EVERY = 100
"""In the stream with addresses, one event in so many holds one."""


async def redacting_row(plan: Plan) -> list[Line]:
    """CPU time of sealing in this process; lateness of events beside a server that seals."""
    speeds = [line for what, answer in _answers().items() for line in _sealing(plan, what, answer)]
    return speeds + await _delay(plan)


def _answers() -> Mapping[str, Answer]:
    return {
        "60 events": stream_answer(),
        "3 MB of deltas": stream_answer(large_stream()),
        "3 MB of deltas, with addresses": stream_answer(_with_addresses()),
        "3 MB of messages": whole_answer(LARGE_BODIES["messages"]),
        "3 MB of a picture": whole_answer(LARGE_BODIES["picture"]),
    }


def _with_addresses() -> Iterator[bytes]:
    for number, one in enumerate(large_stream()):
        yield one.replace(b" word", b" a%d@b.org" % number) if number % _EVERY == 0 else one


def _sealing(plan: Plan, what: str, answer: Answer) -> list[Line]:
    exchange = recorded(1, answer)
    session = sealer()
    times = cpu_us(plan.rounds, lambda: session.seal(exchange))
    size = len(exchange.head.request.body) + len(answer.body)
    return [
        alone("redacting", f"seal, {what}", [us / 1000 for us in times], "ms"),
        alone("redacting", f"seal, {what}", [size / us for us in times], "MB/s", _SPEED),
    ]


async def _delay(plan: Plan) -> list[Line]:
    """How late the latest event of a stream is when 3 MB have just come, and when none have."""
    cassette = plan.folder / "redacting.cassette"
    async with (
        servers.upstream(plan) as upstream,
        servers.record(plan, cassette, upstream.url, quiet=False) as server,
    ):
        log = servers.log_of(plan, cassette)
        latest = await in_turn(
            plan.rounds,
            {what: partial(_latest_ms, server, log, what) for what in ("nothing", *LARGE_BODIES)},
        )
    usual = latest.pop("nothing")
    return [
        alone("redacting", "latest of 60 events", usual, "ms"),
        *(_added(what, times, usual) for what, times in latest.items()),
    ]


def _added(what: str, times: Sequence[float], usual: Sequence[float]) -> Line:
    later = [time - least for time, least in zip(times, usual, strict=True)]
    return alone("redacting", f"the same, later by 3 MB of {what}", later, "ms", _DELAY)


async def _latest_ms(server: Server, log: Path, large: str) -> float:
    """The stream begins when a large answer has come to its end, and its storing begins."""
    awaited = servers.stored(log) + 1
    if large in LARGE_BODIES:
        await fetch(server, request_bytes(server.port, LARGE_TARGET + large), size=LARGE)
        awaited += 1
    heard = await listen(server, [request_bytes(server.port)], events=EVENTS)
    await servers.until_stored(log, awaited)
    return max(heard.latencies_us) / 1000
