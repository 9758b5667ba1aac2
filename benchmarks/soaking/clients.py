"""The clients of the soak: each makes its calls at a common rate, and notes what it gets."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice

from benchmarks.soaking.calls import Call, iter_calls

_UPLOAD_PIECE = 1 << 16
_MAX_HEAD = 1 << 16
_CALLS_A_JAR = 100
"""Calls of a client after which it forgets its cookies."""


@dataclass(slots=True)
class Results:
    """What all clients have got."""

    exchanges: set[int] = field(default_factory=set)
    """The numbers of the exchanges, by the header ``x-runreel-exchange`` of their answers."""
    answers: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    """Number of calls by ``x-runreel-outcome``; ``no answer`` if none came."""
    kinds: Counter[str] = field(default_factory=Counter)
    first_bytes: list[float] = field(default_factory=list)
    """Seconds to the head of each answer since the last look."""
    calls: Counter[int] = field(default_factory=Counter)
    """Number of calls of each client."""
    late: int = 0
    """Number of calls that were made later than the rate asks for by a second or more."""

    def take_first_bytes(self) -> list[float]:
        """Return the times since the last call, sorted."""
        taken, self.first_bytes = self.first_bytes, []
        return sorted(taken)


class Pace:
    """The moments of the calls of all clients together."""

    def __init__(self, rate: float, until: float) -> None:
        """Allow ``rate`` calls a second, up to the moment ``until`` (monotonic)."""
        self._rate = rate
        self._started = time.monotonic()
        self._until = until
        self._numbers = itertools.count()

    async def wait(self) -> float | None:
        """Wait for the next moment; return how late it is, or None if the time is over."""
        moment = self._started + next(self._numbers) / self._rate
        if moment >= self._until:
            return None
        await asyncio.sleep(moment - time.monotonic())
        late = time.monotonic() - moment
        return None if time.monotonic() >= self._until else late


class _Answer:
    """An answer that is being read; no more of it is kept than its head."""

    def __init__(self, reader: asyncio.StreamReader, patience: float) -> None:
        self._reader = reader
        self._patience = patience
        self.pieces = 0
        self.cookies: dict[str, str] = {}

    async def read_head(self) -> dict[str, str]:
        async with asyncio.timeout(60):
            head = await self._reader.readuntil(b"\r\n\r\n")
        status_line, *lines = head.decode("latin-1").split("\r\n")
        fields = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        pairs = (line.partition(":") for line in lines if line.startswith("Set-Cookie:"))
        for name, _, value in (pair[2].strip().partition("=") for pair in pairs):
            self.cookies[name] = value.partition(";")[0]
        return {**fields, "status": status_line.split()[1]}

    async def read_body(self, fields: dict[str, str], leaves_after: int | None) -> bool:
        """Read the body; return True if it is whole, False if the client has had enough."""
        while leaves_after is None or self.pieces < leaves_after:
            if not await self._read_piece(fields):
                return True
            self.pieces += 1
        return False

    async def _read_piece(self, fields: dict[str, str]) -> bool:
        async with asyncio.timeout(self._patience):
            if fields.get("transfer-encoding") == "chunked":
                size = int(await self._reader.readuntil(b"\r\n"), 16)
                await self._reader.readexactly(size + 2)
                return size > 0
            await self._reader.readexactly(int(fields.get("content-length", "0")))
            return False


class _Client:
    """One client, with a connection and cookies that it keeps as long as it can."""

    def __init__(self, port: int, results: Results, *, fresh_cookies: bool) -> None:
        self._port = port
        self._results = results
        self._calls_a_jar = 0 if fresh_cookies else _CALLS_A_JAR
        self._calls = 0
        self._cookies: dict[str, str] = {}
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def run(self, calls: Iterator[Call], pace: Pace) -> int:
        """Make calls until they or the time are over; return their number."""
        made = 0
        for call in calls:
            late = await pace.wait()
            if late is None:
                break
            self._results.late += late >= 1
            made += 1
            await self.make(call)
        self.leave()
        return made

    async def make(self, call: Call) -> None:
        """Make a call and note its outcome."""
        self._results.kinds[call.kind] += 1
        self._calls += 1
        if self._calls >= self._calls_a_jar:  # as if the program were started again
            self._calls = 0
            self._cookies.clear()
        outcome, keeps = "no answer", False
        with suppress(ConnectionError, asyncio.IncompleteReadError, TimeoutError):
            outcome, keeps = await self._exchange(call)
        self._results.outcomes[outcome] += 1
        if not keeps:
            self.leave()

    async def _exchange(self, call: Call) -> tuple[str, bool]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port, limit=_MAX_HEAD)
        reader, writer = self._streams
        started = time.monotonic()
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        head = call.format_head(self._port, cookies)
        upload = asyncio.ensure_future(_upload(writer, call, head))
        try:
            return await self._read(_Answer(reader, call.patience), call, started)
        finally:
            if not upload.done() and call.leaves_after is None:
                with suppress(ConnectionError, TimeoutError):
                    await asyncio.wait_for(upload, 60)
            upload.cancel()
            with suppress(ConnectionError, asyncio.CancelledError):
                await upload

    async def _read(self, answer: _Answer, call: Call, started: float) -> tuple[str, bool]:
        fields = await answer.read_head()
        self._cookies.update(answer.cookies)
        self._results.first_bytes.append(time.monotonic() - started)
        self._results.answers += 1
        if "x-runreel-exchange" in fields:
            self._results.exchanges.add(int(fields["x-runreel-exchange"]))
        outcome = fields.get("x-runreel-outcome", "none")
        is_whole = False
        with suppress(ConnectionError, asyncio.IncompleteReadError, TimeoutError):
            is_whole = await answer.read_body(fields, call.leaves_after)
        return outcome, is_whole and fields.get("connection") != "close"

    def leave(self) -> None:
        """Close the connection."""
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None


async def _upload(writer: asyncio.StreamWriter, call: Call, head: bytes) -> None:
    """Send a request; of a large body piece by piece, as its receiver takes it."""
    if len(call.body) <= _UPLOAD_PIECE and not call.is_chunked:
        writer.write(head + call.body)
        return
    writer.write(head)
    for start in range(0, len(call.body), _UPLOAD_PIECE):
        piece = call.body[start : start + _UPLOAD_PIECE]
        writer.write(b"%x\r\n%s\r\n" % (len(piece), piece) if call.is_chunked else piece)
        await writer.drain()
    if call.is_chunked:
        writer.write(b"0\r\n\r\n")


async def run_clients(
    port: int,
    results: Results,
    *,
    clients: int,
    rate: float,
    seconds: float,
    seed: int,
    fresh_cookies: bool,
    counts: Mapping[int, int],
) -> None:
    """Let the clients make their calls for this time; ``counts`` limits the calls of each."""
    pace = Pace(rate, time.monotonic() + seconds)

    async def run_client(number: int) -> None:
        client = _Client(port, results, fresh_cookies=fresh_cookies)
        calls = islice(iter_calls(seed, number), counts.get(number))
        results.calls[number] = await client.run(calls, pace)

    async with asyncio.TaskGroup() as group:
        for number in range(clients):
            group.create_task(run_client(number))


async def run_calls(port: int, results: Results, calls: Sequence[Call], clients: int) -> None:
    """Let the clients make these calls, each the next one as soon as it is free."""
    remaining = iter(calls)

    async def make_calls() -> None:
        client = _Client(port, results, fresh_cookies=False)
        for call in remaining:
            await client.make(call)
        client.leave()

    async with asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(make_calls())
