"""Replaying JSON answers and instant streams, beside handlers that return the same bytes.

First with requests and answers that all differ, each once; then one that is repeated.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from benchmarks import servers, varied
from benchmarks.load import LAST_CHUNK, Question, Rate, ask_each, hammer
from benchmarks.plan import CONNECTIONS, SLICES, Plan, measure_in_turn
from benchmarks.processes import Server
from benchmarks.samples import (
    EVENTS,
    RUN_OBJECT,
    make_exchange,
    make_json_answer,
    make_request_bytes,
    make_stream,
    make_stream_answer,
    write_cassette,
)
from benchmarks.table import Bar, Line, compare_rounds, make_line

_SESSIONS = 8
"""Sessions that are replayed at once by several workers."""
_TAIL_OF_ANSWER = b"}]}"


async def measure_json(plan: Plan) -> list[Line]:
    """Measure JSON answers of 1 KB: 10,000 different ones, and one again and again."""
    different, same = plan.folder / "answers.cassette", plan.folder / "json.cassette"
    write_cassette(different, varied.iter_answers(plan.exchanges))
    write_cassette(same, [make_exchange(1, make_json_answer())])
    async with AsyncExitStack() as stack:
        bare = await stack.enter_async_context(servers.run_bare(plan, "json"))
        quiet = await stack.enter_async_context(servers.run_replay(plan, same))
        logged = await stack.enter_async_context(servers.run_replay(plan, same, quiet=False))
        ask = partial(_hammer, plan, RUN_OBJECT, chunked=False)
        rates = await measure_in_turn(
            SLICES * plan.rounds,
            {"bare": partial(ask, bare), "quiet": partial(ask, quiet), "log": partial(ask, logged)},
        )
        questions = partial(_list_questions, plan, stream=False)
        tails = b"null}", _TAIL_OF_ANSWER
        once = await _measure_each_once(plan, different, bare, questions, tails)
    return [
        *_compare_rates("json", f", {plan.exchanges:,} different", once["ours"], once["bare"]),
        *_compare_rates("json", ", one again", rates["log"], rates["bare"], Bar(1, at_least=True)),
        *_compare_rates("json", ", one again, no log", rates["quiet"], rates["bare"]),
        _summarize_load("json", rates["quiet"] + rates["bare"]),
    ]


async def measure_stream(plan: Plan) -> list[Line]:
    """Measure streams of 60 events at once: 10,000 different ones, and one again and again."""
    different, same = plan.folder / "streams.cassette", plan.folder / "stream.cassette"
    write_cassette(different, varied.iter_streams(plan.exchanges))
    write_cassette(same, [make_exchange(1, make_stream_answer())])
    async with AsyncExitStack() as stack:
        many = await stack.enter_async_context(servers.run_bare(plan, "many-writes"))
        one = await stack.enter_async_context(servers.run_bare(plan, "one-write"))
        logged = await stack.enter_async_context(servers.run_replay(plan, same, quiet=False))
        ask = partial(_hammer, plan, b"".join(make_stream()), chunked=True)
        rates = await measure_in_turn(
            SLICES * plan.rounds,
            {"many": partial(ask, many), "one": partial(ask, one), "log": partial(ask, logged)},
        )
        questions = partial(_list_questions, plan, stream=True)
        tails = LAST_CHUNK, LAST_CHUNK
        once = await _measure_each_once(plan, different, many, questions, tails)
    bar = Bar(2.1, at_least=True)
    return [
        *_compare_rates(
            "stream", f", {plan.exchanges:,} different", once["ours"], once["bare"], bar
        ),
        *_compare_rates(
            "stream", ", one again", rates["log"], rates["many"], Bar(12, at_least=True)
        ),
        *_compare_rates("stream", ", one again, beside one write", rates["log"], rates["one"]),
        _summarize_load("stream", rates["log"] + rates["one"]),
    ]


async def measure_workers(plan: Plan) -> list[Line]:
    """Measure different streams of several sessions, in one process and in two workers."""
    folder, count = plan.folder / "sessions", plan.exchanges // _SESSIONS
    folder.mkdir()
    for number in range(_SESSIONS):
        write_cassette(folder / f"s{number}.cassette", varied.iter_streams(count))
    figures = await measure_in_turn(
        plan.rounds,
        {
            "one": partial(_measure_workers, plan, folder, 1, count),
            "two": partial(_measure_workers, plan, folder, 2, count),
        },
    )
    wall, cpu = (
        compare_rounds(
            "workers",
            f"streams a second, 2 workers beside 1{label}",
            [figure[index] for figure in figures["two"]],
            [figure[index] for figure in figures["one"]],
            unit="/s",
            bar=bar,
        )
        for index, label, bar in ((0, "", None), (1, ", by CPU", Bar(1.7, at_least=True)))
    )
    return [cpu, wall]


async def _measure_workers(
    plan: Plan, folder: Path, workers: int, count: int
) -> tuple[float, float]:
    """Return the streams a second of wall time, and of CPU time of the busiest process."""
    async with servers.run_workers(plan, folder, workers) as server:
        processes = server.list_children() or [server]
        before = [process.read_cpu_seconds() for process in processes]
        rates = await asyncio.gather(
            *(
                ask_each(
                    server,
                    _list_questions(plan, server, stream=True, prefix=f"/@s{number}", count=count),
                    connections=CONNECTIONS // _SESSIONS,
                )
                for number in range(_SESSIONS)
            )
        )
        after = [process.read_cpu_seconds() for process in processes]
    busiest = max(end - start for start, end in zip(before, after, strict=True))
    return sum(rate.per_second for rate in rates), count * _SESSIONS / busiest


async def _measure_each_once(
    plan: Plan,
    cassette: Path,
    bare: Server,
    questions: Callable[[Server], Sequence[Question]],
    tails: tuple[bytes, bytes],
) -> dict[str, list[Rate]]:
    """Replay each exchange of a cassette once by a new server, in each round.

    ``tails`` are the ends of the answers of ``bare`` and of ours.
    """

    async def measure_ours() -> Rate:
        async with servers.run_replay(plan, cassette, quiet=False) as server:
            return await ask_each(server, questions(server), connections=CONNECTIONS, tail=tails[1])

    async def measure_bare() -> Rate:
        asked = [Question(each.request, b'"id"', each.count) for each in questions(bare)]
        return await ask_each(bare, asked, connections=CONNECTIONS, tail=tails[0])

    measures: dict[str, Callable[[], Awaitable[Rate]]] = {
        "bare": measure_bare,
        "ours": measure_ours,
    }
    return await measure_in_turn(plan.rounds, measures)


def _list_questions(
    plan: Plan, server: Server, *, stream: bool, prefix: str = "", count: int = 0
) -> Sequence[Question]:
    return [
        Question(
            varied.make_request(server.port, number, stream=stream, prefix=prefix),
            varied.make_id(number),
            EVENTS if stream else 1,
        )
        for number in range(1, (count or plan.exchanges) + 1)
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


def _summarize_load(row: str, rates: Iterable[Rate]) -> Line:
    """Return the load of the load generator; at 100 % it would be measured, not the server."""
    return make_line(
        row, "load generator, of its core", [100 * rate.load_busy for rate in rates], "%"
    )
