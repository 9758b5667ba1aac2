"""Recording, beside a bare pass-through: cost and lateness of an event, memory of a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from itertools import count
from pathlib import Path

from benchmarks import servers
from benchmarks.bare import HELD_EVENTS, HELD_TARGET
from benchmarks.load import Pace, holding, listen
from benchmarks.plan import SLICES, STREAMS_AT_ONCE, Plan, in_turn
from benchmarks.processes import Server
from benchmarks.samples import EVENTS, request_bytes
from benchmarks.table import Bar, Line, alone, compared

Paces = Mapping[str, Sequence[Pace]]

_BAR = Bar(1.3)


async def recording_row(plan: Plan) -> list[Line]:
    """Streams of 60 events with 5 ms between them, 50 at once."""
    cassette, other = plan.folder / "recording.cassette", plan.folder / "on-asyncio.cassette"
    async with AsyncExitStack() as held:
        upstream = await held.enter_async_context(servers.upstream(plan))
        bare = await held.enter_async_context(servers.bare(plan, "pass-through", upstream.url))
        ours = await held.enter_async_context(
            servers.record(plan, cassette, upstream.url, quiet=False)
        )
        on_asyncio = await held.enter_async_context(
            servers.record(plan, other, upstream.url, quiet=False, loop="asyncio")
        )
        log = servers.log_of(plan, cassette)
        numbers = count()
        paces = await in_turn(
            SLICES * plan.rounds,
            {
                "direct": partial(_pace, upstream),
                "bare": partial(_pace, bare),
                "ours": partial(_pace, ours, log),
                "unlike": partial(_pace, ours, log, numbers),
                "asyncio": partial(_pace, on_asyncio, servers.log_of(plan, other)),
            },
        )
    return _recording_lines(paces)


async def memory_row(plan: Plan) -> list[Line]:
    """Streams that are open, each with 20 events behind it."""
    async with servers.upstream(plan) as upstream:
        grown = await in_turn(
            plan.rounds,
            {
                "bare": partial(_bare_growth, plan, upstream.url),
                "ours": partial(_our_growth, plan, upstream.url),
            },
        )
    what = f"growth at {plan.held:,} open streams"
    return [compared("memory", what, grown["ours"], grown["bare"], unit="MB", bar=Bar(1.5))]


async def _pace(
    server: Server, log: Path | None = None, numbers: Iterator[int] | None = None
) -> Pace:
    """One round; where there is a ``log``, the archive's work on it is part of the CPU time.

    Where there are ``numbers``, each request has one of its own.
    """
    stored = servers.stored(log) if log else 0
    requests = [
        request_bytes(server.port, number=next(numbers) if numbers else None)
        for _ in range(STREAMS_AT_ONCE)
    ]
    cpu = server.cpu_seconds()
    heard = await listen(server, requests, events=EVENTS)
    if log:
        await servers.until_stored(log, stored + STREAMS_AT_ONCE)
    return heard.pace(server.cpu_seconds() - cpu)


def _recording_lines(paces: Paces) -> list[Line]:
    cpu = {name: [pace.cpu_us for pace in rounds] for name, rounds in paces.items()}
    event = partial(compared, "recording", beside=cpu["bare"], unit="us")
    return [
        event("CPU an event", cpu["ours"], bar=_BAR),
        event("the same, no two requests alike", cpu["unlike"]),
        event("the same, on asyncio's event loop", cpu["asyncio"]),
        *_lateness("to first event", paces, lambda pace: pace.first_us, _BAR),
        *_lateness("an event", paces, lambda pace: pace.latency_us, _BAR),
        *_lateness("an event, p99", paces, lambda pace: pace.latency_p99_us),
    ]


def _lateness(
    what: str, paces: Paces, figure: Callable[[Pace], float], bar: Bar | None = None
) -> list[Line]:
    """What a proxy adds to the time without one, in the same round; and that time."""
    times = {name: [figure(pace) / 1000 for pace in rounds] for name, rounds in paces.items()}
    ours, bare = (
        [time - least for time, least in zip(times[name], times["direct"], strict=True)]
        for name in ("ours", "bare")
    )
    return [
        compared("recording", f"added time {what}", ours, bare, unit="ms", bar=bar),
        alone("recording", f"time {what}, no proxy", times["direct"], "ms"),
    ]


async def _bare_growth(plan: Plan, base: str) -> float:
    async with servers.bare(plan, "pass-through", base) as server:
        return await _growth(plan, server)


async def _our_growth(plan: Plan, base: str) -> float:
    async with servers.record(plan, plan.folder / "memory.cassette", base) as server:
        return await _growth(plan, server)


async def _growth(plan: Plan, server: Server) -> float:
    """Megabytes that a fresh server, one stream old, grows by."""
    await listen(server, [request_bytes(server.port)], events=EVENTS)
    before = server.resident_bytes()
    request = request_bytes(server.port, HELD_TARGET)
    async with holding(server, request, connections=plan.held, events=HELD_EVENTS):
        return (server.resident_bytes() - before) / 1_000_000
