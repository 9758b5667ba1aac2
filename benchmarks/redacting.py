"""Redaction: the speed of sealing exchanges, and the delay of streams meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from benchmarks import servers
from benchmarks.bare import LARGE_TARGET
from benchmarks.load import fetch, listen
from benchmarks.plan import Plan, measure_cpu_us, measure_in_turn
from benchmarks.processes import Server
from benchmarks.samples import (
    EVENTS,
    LARGE,
    LARGE_BODIES,
    make_exchange,
    make_large_stream,
    make_request_bytes,
    make_sealer,
    make_stream_answer,
    make_whole_answer,
)
from benchmarks.table import Bar, Line, make_line
from benchmarks.unlike import UnlikeSamples
from runreel.model import Answer

_SPEED = Bar(20, at_least=True)
_DELAY = Bar(10)
_UNLIKE = 100
"""Exchanges that are sealed in turn: more than the redactor remembers requests."""
_EVERY = 100
"""Events for each e-mail address in the stream with addresses."""


async def measure_redacting(plan: Plan) -> list[Line]:
    """Measure the CPU time of sealing, and the latency of events while the server seals."""
    speeds = [
        line
        for label, answer in _make_answers().items()
        for line in _measure_sealing(plan, label, answer)
    ]
    return [_measure_unlike(plan), *speeds, *await _measure_delays(plan)]


def _measure_unlike(plan: Plan) -> Line:
    """Measure sealing requests and streams of which no two are alike."""
    samples = UnlikeSamples()
    exchanges = [samples.make_exchange(number) for number in range(1, _UNLIKE + 1)]
    session = make_sealer()

    def seal_all() -> None:
        for exchange in exchanges:
            session.seal(exchange)

    times = measure_cpu_us(plan.rounds, seal_all)
    return make_line("redacting", "seal, 60 events", [us / _UNLIKE / 1000 for us in times], "ms")


def _make_answers() -> Mapping[str, Answer]:
    return {
        "60 events, alike": make_stream_answer(),
        "3 MB of deltas": make_stream_answer(make_large_stream()),
        "3 MB of unlike deltas": make_stream_answer(UnlikeSamples().iter_events(LARGE)),
        "3 MB of deltas, with addresses": make_stream_answer(_iter_with_addresses()),
        "3 MB of messages": make_whole_answer(LARGE_BODIES["messages"]),
        "3 MB of a picture": make_whole_answer(LARGE_BODIES["picture"]),
    }


def _iter_with_addresses() -> Iterator[bytes]:
    for number, one in enumerate(make_large_stream()):
        yield one.replace(b" word", b" a%d@b.org" % number) if number % _EVERY == 0 else one


def _measure_sealing(plan: Plan, label: str, answer: Answer) -> list[Line]:
    exchange = make_exchange(1, answer)
    session = make_sealer()
    times = measure_cpu_us(plan.rounds, lambda: session.seal(exchange))
    size = len(exchange.head.request.body) + len(answer.body)
    return [
        make_line("redacting", f"seal, {label}", [us / 1000 for us in times], "ms"),
        make_line("redacting", f"seal, {label}", [size / us for us in times], "MB/s", _SPEED),
    ]


async def _measure_delays(plan: Plan) -> list[Line]:
    """Measure the highest latency in a stream, just after an answer of 3 MB and without one."""
    cassette = plan.folder / "redacting.cassette"
    async with (
        servers.run_upstream(plan) as upstream,
        servers.run_record(plan, cassette, upstream.url, quiet=False) as server,
    ):
        log = servers.log_path(plan, cassette)
        latest = await measure_in_turn(
            plan.rounds,
            {
                label: partial(_measure_latest_ms, server, log, label)
                for label in ("nothing", *LARGE_BODIES)
            },
        )
    usual = latest.pop("nothing")
    return [
        make_line("redacting", "latest of 60 events", usual, "ms"),
        *(_compare_delays(label, times, usual) for label, times in latest.items()),
    ]


def _compare_delays(label: str, times: Sequence[float], usual: Sequence[float]) -> Line:
    later = [time - least for time, least in zip(times, usual, strict=True)]
    return make_line("redacting", f"the same, later by 3 MB of {label}", later, "ms", _DELAY)


async def _measure_latest_ms(server: Server, log: Path, large: str) -> float:
    """Return the highest latency in a stream that begins when a large answer is being stored."""
    count = servers.count_stored(log) + 1
    if large in LARGE_BODIES:
        await fetch(server, make_request_bytes(server.port, LARGE_TARGET + large), size=LARGE)
        count += 1
    latencies = await listen(server, [make_request_bytes(server.port)], events=EVENTS)
    await servers.wait_until_stored(log, count)
    return max(latencies.latencies_us) / 1000
