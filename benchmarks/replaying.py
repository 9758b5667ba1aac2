"""Replaying a JSON answer and an instant stream, beside handlers that return the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial

from benchmarks import servers
from benchmarks.load import Rate, hammer
from benchmarks.plan import CONNECTIONS, SLICES, Plan, measure_in_turn
from benchmarks.processes import Server
from benchmarks.samples import (
    RUN_OBJECT,
    make_exchange,
    make_json_answer,
    make_request_bytes,
    make_stream,
    make_stream_answer,
    write_cassette,
)
from benchmarks.table import Bar, Line, compare_rounds, make_line


async def measure_json(plan: Plan) -> list[Line]:
    """Measure a request of 6 KB that is answered with a run object of 1 KB."""
    cassette = plan.folder / "json.cassette"
    write_cassette(cassette, [make_exchange(1, make_json_answer())])
    async with AsyncExitStack() as stack:
        bare = await stack.enter_async_context(servers.run_bare(plan, "json"))
        quiet = await stack.enter_async_context(servers.run_replay(plan, cassette))
        logged = await stack.enter_async_context(servers.run_replay(plan, cassette, quiet=False))
        ask = partial(_hammer, plan, RUN_OBJECT, chunked=False)
        rates = await measure_in_turn(
            SLICES * plan.rounds,
            {"bare": partial(ask, bare), "quiet": partial(ask, quiet), "log": partial(ask, logged)},
        )
    return [
        *_compare_rates("json", "", rates["quiet"], rates["bare"], Bar(0.9, at_least=True)),
        *_compare_rates("json", ", default log", rates["log"], rates["bare"]),
        _summarize_load("json", rates["quiet"] + rates["bare"]),
    ]


async def measure_stream(plan: Plan) -> list[Line]:
    """Measure a stream of 60 events that is replayed at once."""
    cassette = plan.folder / "stream.cassette"
    write_cassette(cassette, [make_exchange(1, make_stream_answer())])
    async with AsyncExitStack() as stack:
        many = await stack.enter_async_context(servers.run_bare(plan, "many-writes"))
        one = await stack.enter_async_context(servers.run_bare(plan, "one-write"))
        quiet = await stack.enter_async_context(servers.run_replay(plan, cassette))
        ask = partial(_hammer, plan, b"".join(make_stream()), chunked=True)
        rates = await measure_in_turn(
            SLICES * plan.rounds,
            {"many": partial(ask, many), "one": partial(ask, one), "quiet": partial(ask, quiet)},
        )
    return [
        *_compare_rates(
            "stream", ", 60 writes", rates["quiet"], rates["many"], Bar(4, at_least=True)
        ),
        *_compare_rates("stream", ", one write", rates["quiet"], rates["one"]),
        _summarize_load("stream", rates["quiet"] + rates["one"]),
    ]


async def _hammer(plan: Plan, body: bytes, server: Server, *, chunked: bool) -> Rate:
    return await hammer(
        server,
        make_request_bytes(server.port),
        body,
        connections=CONNECTIONS,
        seconds=plan.seconds,
        chunked=chunked,
    )


def _compare_rates(
    row: str, case: str, ours: Sequence[Rate], theirs: Sequence[Rate], bar: Bar | None = None
) -> list[Line]:
    return [
        compare_rounds(
            row,
            f"answers a second{case}",
            [rate.per_second for rate in ours],
            [rate.per_second for rate in theirs],
            unit="/s",
            bar=bar,
        ),
        compare_rounds(
            row,
            f"CPU an answer{case}",
            [rate.cpu_us for rate in ours],
            [rate.cpu_us for rate in theirs],
            unit="us",
            bar=bar.invert() if bar else None,
        ),
    ]


def _summarize_load(row: str, rates: Sequence[Rate]) -> Line:
    """Return the load of the load generator; at 100 % it would be measured, not the server."""
    return make_line(
        row, "load generator, of its core", [100 * rate.load_busy for rate in rates], "%"
    )
