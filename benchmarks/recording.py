"""Recording beside a bare pass-through: cost and latency of events, memory of streams.

No two requests and no two events are alike, except where a label says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks import servers
from benchmarks.bare import ALIKE_TARGET, AT_ONCE_TARGET, HELD_EVENTS, HELD_TARGET
from benchmarks.load import Pace, hold_streams, listen
from benchmarks.plan import SLICES, STREAMS_AT_ONCE, Plan, measure_in_turn
from benchmarks.processes import Server
from benchmarks.samples import EVENTS, GAP_US, TARGET, make_request_bytes
from benchmarks.table import Bar, Line, compare_rounds, make_line
from benchmarks.unlike import UnlikeSamples
from runreel.shell.store import CassetteReader

Paces = Mapping[str, Sequence[Pace]]

_CPU = Bar(1.6)
_ADDED = Bar(1.3)
_ADDED_P99 = Bar(3)
_AT_ONCE = Bar(0.45, at_least=True)
_GROWTH = Bar(1.15)
_DISK = Bar(570)
"""Bytes for an exchange of 60 frames, with its headers: 15.6 KB for a stream of 15 KB."""

_STREAMS = 2 * STREAMS_AT_ONCE
_EVERY = EVENTS * GAP_US / STREAMS_AT_ONCE / 1_000_000
"""Seconds from one stream to the next: when the first one ends, and is stored, 50 are open."""

_BATCHES = 4
"""Times that ``STREAMS_AT_ONCE`` streams without gaps are recorded in one round."""


async def measure_recording(plan: Plan) -> list[Line]:
    """Measure recording 50 streams at once, of 60 events: 5 ms apart, and all at once."""
    cassette, other = plan.folder / "recording.cassette", plan.folder / "on-asyncio.cassette"
    async with AsyncExitStack() as stack:
        upstream = await stack.enter_async_context(servers.run_upstream(plan))
        bare = await stack.enter_async_context(servers.run_bare(plan, "pass-through", upstream.url))
        ours = await stack.enter_async_context(
            servers.run_record(plan, cassette, upstream.url, quiet=False)
        )
        on_asyncio = await stack.enter_async_context(
            servers.run_record(plan, other, upstream.url, quiet=False, loop="asyncio")
        )
        log = servers.log_path(plan, cassette)
        samples = UnlikeSamples()
        paces = await measure_in_turn(
            SLICES * plan.rounds,
            {
                "direct": partial(measure_pace, upstream, samples),
                "bare": partial(measure_pace, bare, samples),
                "ours": partial(measure_pace, ours, samples, log),
                "bare, alike": partial(measure_pace, bare, None),
                "alike": partial(measure_pace, ours, None, log),
                "asyncio": partial(
                    measure_pace, on_asyncio, samples, servers.log_path(plan, other)
                ),
            },
        )
        at_once = await measure_in_turn(
            plan.rounds,
            {
                "bare": partial(_measure_at_once, bare, samples),
                "ours": partial(_measure_at_once, ours, samples, log),
            },
        )
    return [*_format_paces(paces), *_format_at_once(at_once), _measure_disk(cassette)]


async def measure_memory(plan: Plan) -> list[Line]:
    """Measure the memory of open streams, each after 20 events."""
    async with servers.run_upstream(plan) as upstream:
        grown = await measure_in_turn(
            plan.rounds,
            {
                "bare": partial(_measure_bare_growth, plan, upstream.url),
                "ours": partial(_measure_our_growth, plan, upstream.url),
            },
        )
    label = f"growth at {plan.open_streams:,} open streams"
    return [compare_rounds("memory", label, grown["ours"], grown["bare"], unit="MB", bar=_GROWTH)]


async def measure_pace(
    server: Server, samples: UnlikeSamples | None, log: Path | None = None
) -> Pace:
    """Measure one round; with a ``log``, the CPU time includes storing the exchanges.

    Without ``samples``, all requests and events are alike.
    """
    stored = servers.count_stored(log) if log else 0
    requests = [_make_request(server, samples, TARGET) for _ in range(_STREAMS)]
    cpu = server.read_cpu_seconds()
    latencies = await listen(server, requests, events=EVENTS, every=_EVERY)
    if log:
        await servers.wait_until_stored(log, stored + _STREAMS)
    return latencies.compute_pace(server.read_cpu_seconds() - cpu)


def _make_request(server: Server, samples: UnlikeSamples | None, target: str) -> bytes:
    if samples is None:
        return make_request_bytes(server.port, ALIKE_TARGET)
    return samples.make_request(server.port, target)


@dataclass(frozen=True, slots=True)
class _AtOnce:
    """Figures of streams without gaps."""

    per_second: float
    """Streams that reached the client."""
    cpu_us: float
    """CPU time for one stream, which includes storing it."""


async def _measure_at_once(
    server: Server, samples: UnlikeSamples, log: Path | None = None
) -> _AtOnce:
    """Measure one round of streams whose events come all at once."""
    count = _BATCHES * STREAMS_AT_ONCE
    stored = servers.count_stored(log) if log else 0
    requests = [samples.make_request(server.port, AT_ONCE_TARGET) for _ in range(count)]
    cpu, started = server.read_cpu_seconds(), time.perf_counter()
    for first in range(0, count, STREAMS_AT_ONCE):
        await listen(server, requests[first : first + STREAMS_AT_ONCE], events=EVENTS)
    seconds = time.perf_counter() - started
    if log:
        await servers.wait_until_stored(log, stored + count)
    cpu_us = (server.read_cpu_seconds() - cpu) / count * 1_000_000
    return _AtOnce(count / seconds, cpu_us)


def _format_paces(paces: Paces) -> list[Line]:
    cpu = {name: [pace.cpu_us for pace in rounds] for name, rounds in paces.items()}
    event = partial(compare_rounds, "recording", unit="us")
    return [
        event("CPU an event", cpu["ours"], cpu["bare"], bar=_CPU),
        event("the same, all alike", cpu["alike"], cpu["bare, alike"]),
        event("the same, on asyncio's event loop", cpu["asyncio"], cpu["bare"]),
        *_compare_lateness("to first event", paces, lambda pace: pace.first_us, _ADDED),
        *_compare_lateness("an event", paces, lambda pace: pace.latency_us, _ADDED),
        *_compare_lateness("an event, p99", paces, lambda pace: pace.latency_p99_us, _ADDED_P99),
    ]


def _format_at_once(rounds: Mapping[str, Sequence[_AtOnce]]) -> list[Line]:
    rates = {name: [each.per_second for each in figures] for name, figures in rounds.items()}
    cpu = {name: [each.cpu_us for each in figures] for name, figures in rounds.items()}
    return [
        compare_rounds(
            "recording", "streams at once", rates["ours"], rates["bare"], unit="/s", bar=_AT_ONCE
        ),
        compare_rounds("recording", "CPU a stream at once", cpu["ours"], cpu["bare"], unit="us"),
    ]


def _measure_disk(cassette: Path) -> Line:
    """Measure the bytes of an exchange in the cassette beside its bodies."""
    with CassetteReader.open(cassette) as reader:
        heads = reader.heads
    bodies = sum(head.size + len(head.request.body) for head in heads)
    excess = (cassette.stat().st_size - bodies) / len(heads)
    return make_line("recording", "on disk beside the bodies", [excess], "bytes", _DISK)


def _compare_lateness(
    label: str, paces: Paces, figure: Callable[[Pace], float], bar: Bar | None = None
) -> list[Line]:
    """Compare the times that proxies add to the time without one, in the same round."""
    times = {name: [figure(pace) / 1000 for pace in rounds] for name, rounds in paces.items()}
    ours, bare = (
        [time - least for time, least in zip(times[name], times["direct"], strict=True)]
        for name in ("ours", "bare")
    )
    return [
        compare_rounds("recording", f"added time {label}", ours, bare, unit="ms", bar=bar),
        make_line("recording", f"time {label}, no proxy", times["direct"], "ms"),
    ]


async def _measure_bare_growth(plan: Plan, base: str) -> float:
    async with servers.run_bare(plan, "pass-through", base) as server:
        return await _measure_growth(plan, server)


async def _measure_our_growth(plan: Plan, base: str) -> float:
    async with servers.run_record(plan, plan.folder / "memory.cassette", base) as server:
        return await _measure_growth(plan, server)


async def _measure_growth(plan: Plan, server: Server) -> float:
    """Measure the growth in megabytes of a server that has relayed one stream before."""
    samples = UnlikeSamples()
    await listen(server, [samples.make_request(server.port, TARGET)], events=EVENTS)
    before = server.read_resident_bytes()
    requests = [samples.make_request(server.port, HELD_TARGET) for _ in range(plan.open_streams)]
    async with hold_streams(server, requests, events=HELD_EVENTS):
        return (server.read_resident_bytes() - before) / 1_000_000
