"""The inspector: a long list and its filter, a long stream, and what an open page costs a proxy."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import aiohttp
from aiohttp.web_request import BaseRequest

from benchmarks import servers
from benchmarks.debugged import iter_recording
from benchmarks.load import Pace
from benchmarks.plan import SLICES, STREAMS_AT_ONCE, Plan, measure_in_turn
from benchmarks.processes import Server
from benchmarks.recording import measure_pace
from benchmarks.samples import write_cassette
from benchmarks.table import Bar, Line, compare_rounds, make_line
from benchmarks.unlike import UnlikeSamples
from runreel.config import Address, Config
from runreel.dialects import find_dialect
from runreel.shell.inspector.api import InspectorApi
from runreel.shell.inspector.page_files import PAGE_PATHS
from runreel.shell.inspector.sources.folder_source import FolderSource
from runreel.shell.server.activity import Activity
from runreel.shell.server.admin import error_response
from runreel.shell.server.connection import RawResponse
from runreel.shell.server.listener import listen

_ROW = "inspecting"
_EVENTS = 5_000
_LIST = Bar(1000)
_KEYSTROKE = Bar(100)
_STREAM = Bar(500)
_FOLLOWED = Bar(1.1)
_Getter = Callable[[str], Awaitable[dict[str, object]]]
_FILTERS = ("status:>=400", "model:gpt*", "op:responses.*", "text:refund")


async def measure_inspecting(plan: Plan) -> list[Line]:
    """Measure the API in this process, and a proxy that is followed."""
    return [*await _measure_list(plan), *await _measure_stream(plan), await _measure_follower(plan)]


async def _measure_list(plan: Plan) -> list[Line]:
    """Measure the CPU time of opening a long list, and of its filters."""
    path = plan.folder / "list.cassette"
    write_cassette(path, iter_recording(plan.exchanges))
    opened: list[float] = []
    filtered: dict[str, list[float]] = {text: [] for text in _FILTERS}
    for _ in range(plan.rounds):
        async with _serve(path) as get:
            opened.append(await _measure(_open_list, get))
            while (await get("stats"))["unread"]:
                pass
            for text, times in filtered.items():
                times.append(await _measure(get, f"exchanges?limit=200&filter={text}"))
    label = f"{plan.exchanges:,} exchanges"
    return [
        make_line(_ROW, f"list, {label}: CPU time", opened, "ms", _LIST),
        *(
            make_line(_ROW, f"the same, filtered by {text}", times, "ms", _KEYSTROKE)
            for text, times in filtered.items()
        ),
    ]


async def _open_list(get: _Getter) -> None:
    await get("recordings")
    await get("exchanges?limit=500")


async def _measure_stream(plan: Plan) -> list[Line]:
    """Measure the CPU time of opening a long stream."""
    path = plan.folder / "stream.cassette"
    write_cassette(path, iter_recording(2, events=_EVENTS))
    times = []
    for _ in range(plan.rounds):
        async with _serve(path) as get:
            await get("recordings")
            times.append(await _measure(_open_exchange, get))
    return [make_line(_ROW, f"stream, {_EVENTS:,} events: CPU time", times, "ms", _STREAM)]


async def _open_exchange(get: _Getter) -> None:
    await get("x/a/1")
    await get("x/a/1/events?limit=500")


async def _measure(act: Callable[..., Awaitable[object]], *arguments: object) -> float:
    """Return the CPU time of a request in milliseconds, the client's included."""
    started = time.process_time()
    await act(*arguments)
    return (time.process_time() - started) * 1000


@asynccontextmanager
async def _serve(path: Path) -> AsyncIterator[_Getter]:
    """Serve a cassette in this process; yield a function that asks the API."""
    activity = Activity(find_dialect)
    api = InspectorApi(FolderSource(lambda: {"a": path}), Config(), activity)

    async def refuse(request: BaseRequest) -> RawResponse:
        return error_response(request, 404, "runreel_not_found", "this is no proxy")

    async with (
        listen(
            refuse,
            Address("127.0.0.1", 0),
            mode="inspect",
            max_head=Config().limits.max_head,
            admin_handler=api.handle,
            open_paths=PAGE_PATHS,
        ) as listener,
        aiohttp.ClientSession() as session,
    ):

        async def get(path: str) -> dict[str, object]:
            async with session.get(f"{listener.url}/-/api/{path}") as response:
                document: dict[str, object] = await response.json()
                return document

        yield get
        api.close()


async def _measure_follower(plan: Plan) -> Line:
    """Measure the CPU time of recording paced streams with a page open, beside that without one."""
    cassette = plan.folder / "followed.cassette"
    async with (
        servers.run_upstream(plan) as upstream,
        servers.run_record(plan, cassette, upstream.url, quiet=False) as ours,
    ):
        log, samples = servers.log_path(plan, cassette), UnlikeSamples()
        paces = await measure_in_turn(
            SLICES * plan.rounds,
            {
                "alone": partial(measure_pace, ours, samples, log),
                "followed": partial(_measure_followed, ours, samples, log),
            },
        )
    cpu = {name: [pace.cpu_us for pace in rounds] for name, rounds in paces.items()}
    label = f"recording {STREAMS_AT_ONCE} streams with a page open: CPU an event"
    return compare_rounds(_ROW, label, cpu["followed"], cpu["alone"], unit="us", bar=_FOLLOWED)


async def _measure_followed(server: Server, samples: UnlikeSamples, log: Path) -> Pace:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{server.url}/-/api/live") as response,
    ):
        reader = asyncio.create_task(_read_all(response))
        try:
            return await measure_pace(server, samples, log)
        finally:
            reader.cancel()


async def _read_all(response: aiohttp.ClientResponse) -> None:
    async for _ in response.content.iter_any():
        pass
