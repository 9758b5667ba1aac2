"""Replaying a JSON answer, and a stream at once, beside bare handlers that return the same."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial

from benchmarks import servers
from benchmarks.load import Rate, hammer
from benchmarks.plan import CONNECTIONS, SLICES, Plan, in_turn
from benchmarks.processes import Server
from benchmarks.samples import (
    RUN_OBJECT,
    json_answer,
    recorded,
    request_bytes,
    stream,
    stream_answer,
    write_cassette,
)
from benchmarks.table import Bar, Line, alone, compared


async def json_row(plan: Plan) -> list[Line]:
    """The run object: 6 KB asked, 1 KB answered."""
    cassette = plan.folder / "json.cassette"
    write_cassette(cassette, [recorded(1, json_answer())])
    async with AsyncExitStack() as held:
        bare = await held.enter_async_context(servers.bare(plan, "json"))
        quiet = await held.enter_async_context(servers.replay(plan, cassette))
        logged = await held.enter_async_context(servers.replay(plan, cassette, quiet=False))
        ask = partial(_hammered, plan, RUN_OBJECT, chunked=False)
        rates = await in_turn(
            SLICES * plan.rounds,
            {"bare": partial(ask, bare), "quiet": partial(ask, quiet), "log": partial(ask, logged)},
        )
    return [
        *_beside("json", "", rates["quiet"], rates["bare"], Bar(0.9, at_least=True)),
        *_beside("json", ", default log", rates["log"], rates["bare"]),
        _load("json", rates["quiet"] + rates["bare"]),
    ]


async def stream_row(plan: Plan) -> list[Line]:
    """The 60 events, at once."""
    cassette = plan.folder / "stream.cassette"
    write_cassette(cassette, [recorded(1, stream_answer())])
    async with AsyncExitStack() as held:
        many = await held.enter_async_context(servers.bare(plan, "many-writes"))
        one = await held.enter_async_context(servers.bare(plan, "one-write"))
        quiet = await held.enter_async_context(servers.replay(plan, cassette))
        ask = partial(_hammered, plan, b"".join(stream()), chunked=True)
        rates = await in_turn(
            SLICES * plan.rounds,
            {"many": partial(ask, many), "one": partial(ask, one), "quiet": partial(ask, quiet)},
        )
    return [
        *_beside("stream", ", 60 writes", rates["quiet"], rates["many"], Bar(4, at_least=True)),
        *_beside("stream", ", one write", rates["quiet"], rates["one"]),
        _load("stream", rates["quiet"] + rates["one"]),
    ]


async def _hammered(plan: Plan, body: bytes, server: Server, *, chunked: bool) -> Rate:
    return await hammer(
        server,
        request_bytes(server.port),
        body,
        connections=CONNECTIONS,
        seconds=plan.seconds,
        chunked=chunked,
    )


def _beside(
    row: str, case: str, ours: Sequence[Rate], theirs: Sequence[Rate], bar: Bar | None = None
) -> list[Line]:
    return [
        compared(
            row,
            f"answers a second{case}",
            [rate.per_second for rate in ours],
            [rate.per_second for rate in theirs],
            unit="/s",
            bar=bar,
        ),
        compared(
            row,
            f"CPU an answer{case}",
            [rate.cpu_us for rate in ours],
            [rate.cpu_us for rate in theirs],
            unit="us",
            bar=bar.inverse() if bar else None,
        ),
    ]


def _load(row: str, rates: Sequence[Rate]) -> Line:
    """At 100 % the load, and not the server, is what was measured."""
    return alone(row, "load generator, of its core", [100 * rate.load_busy for rate in rates], "%")
