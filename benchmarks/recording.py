"""Recording beside a bare pass-through: cost and latency of events, memory of streams."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from itertools import count
from pathlib import Path

from benchmarks import servers
from benchmarks.bare import HELD_EVENTS, HELD_TARGET
from benchmarks.load import Pace, hold_streams, listen
from benchmarks.plan import SLICES, STREAMS_AT_ONCE, Plan, measure_in_turn
from benchmarks.processes import Server
from benchmarks.samples import EVENTS, make_request_bytes
from benchmarks.table import Bar, Line, compare_rounds, make_line

Paces = Mapping[str, Sequence[Pace]]

_BAR = Bar(1.3)


async def measure_recording(plan: Plan) -> list[Line]:
    """Measure recording 50 streams at once, each of 60 events with 5 ms between them."""
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
        numbers = count()
        paces = await measure_in_turn(
            SLICES * plan.rounds,
            {
                "direct": partial(_measure_pace, upstream),
                "bare": partial(_measure_pace, bare),
                "ours": partial(_measure_pace, ours, log),
                "unlike": partial(_measure_pace, ours, log, numbers),
                "asyncio": partial(_measure_pace, on_asyncio, servers.log_path(plan, other)),
            },
        )
    return _format_paces(paces)


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
    return [compare_rounds("memory", label, grown["ours"], grown["bare"], unit="MB", bar=Bar(1.5))]


async def _measure_pace(
    server: Server, log: Path | None = None, numbers: Iterator[int] | None = None
) -> Pace:
    """Measure one round; with a ``log``, the CPU time includes storing the exchanges.

    With ``numbers``, each request is made different by the next number.
    """
    stored = servers.count_stored(log) if log else 0
    requests = [
        make_request_bytes(server.port, number=next(numbers) if numbers else None)
        for _ in range(STREAMS_AT_ONCE)
    ]
    cpu = server.read_cpu_seconds()
    latencies = await listen(server, requests, events=EVENTS)
    if log:
        await servers.wait_until_stored(log, stored + STREAMS_AT_ONCE)
    return latencies.compute_pace(server.read_cpu_seconds() - cpu)


def _format_paces(paces: Paces) -> list[Line]:
    cpu = {name: [pace.cpu_us for pace in rounds] for name, rounds in paces.items()}
    event = partial(compare_rounds, "recording", beside=cpu["bare"], unit="us")
    return [
        event("CPU an event", cpu["ours"], bar=_BAR),
        event("the same, no two requests alike", cpu["unlike"]),
        event("the same, on asyncio's event loop", cpu["asyncio"]),
        *_compare_lateness("to first event", paces, lambda pace: pace.first_us, _BAR),
        *_compare_lateness("an event", paces, lambda pace: pace.latency_us, _BAR),
        *_compare_lateness("an event, p99", paces, lambda pace: pace.latency_p99_us),
    ]


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
    await listen(server, [make_request_bytes(server.port)], events=EVENTS)
    before = server.read_resident_bytes()
    request = make_request_bytes(server.port, HELD_TARGET)
    async with hold_streams(server, request, connections=plan.open_streams, events=HELD_EVENTS):
        return (server.read_resident_bytes() - before) / 1_000_000
