"""Recording, beside a bare pass-through: cost and lateness of an event, memory of a stream."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
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
    cassette = plan.folder / "recording.cassette"
    async with AsyncExitStack() as held:
        upstream = await held.enter_async_context(servers.upstream(plan))
        bare = await held.enter_async_context(servers.bare(plan, "pass-through", upstream.url))
        ours = await held.enter_async_context(
            servers.record(plan, cassette, upstream.url, quiet=False)
        )
        paces = await in_turn(
            SLICES * plan.rounds,
            {
                "direct": partial(_pace, upstream),
                "bare": partial(_pace, bare),
                "ours": partial(_pace, ours, servers.log_of(plan, cassette)),
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


async def _pace(server: Server, log: Path | None = None) -> Pace:
    """One round; where there is a ``log``, the archive's work on it is part of the CPU time."""
    stored = servers.stored(log) if log else 0
    cpu = server.cpu_seconds()
    request = request_bytes(server.port)
    heard = await listen(server, request, connections=STREAMS_AT_ONCE, events=EVENTS)
    if log:
        await servers.until_stored(log, stored + STREAMS_AT_ONCE)
    return heard.pace(server.cpu_seconds() - cpu)


def _recording_lines(paces: Paces) -> list[Line]:
    cpu = [[pace.cpu_us for pace in paces[name]] for name in ("ours", "bare")]
    return [
        compared("recording", "CPU an event", cpu[0], cpu[1], unit="us", bar=_BAR),
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
    await listen(server, request_bytes(server.port), connections=1, events=EVENTS)
    before = server.resident_bytes()
    request = request_bytes(server.port, HELD_TARGET)
    async with holding(server, request, connections=plan.held, events=HELD_EVENTS):
        return (server.resident_bytes() - before) / 1_000_000
