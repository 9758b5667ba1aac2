"""The load: prepared requests, sent over connections that only look for the end of an answer.

The client does so little that the server is measured, not the load. The first answer of each
connection is compared with the expected bytes, the others only with its length.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import TypeVar

from benchmarks.processes import Server
from benchmarks.samples import iter_stamps

LAST_CHUNK = b"\r\n0\r\n\r\n"

_LIMIT = 60.0

C = TypeVar("C", bound="_Connection")


class WrongAnswerError(Exception):
    """An answer other than the expected one, which makes the figures worthless."""


class _Connection(asyncio.Protocol):
    """A keep-alive connection that can repeat one request."""

    def __init__(self, request: bytes, tail: bytes) -> None:
        """Prepare a connection; each answer ends with ``tail``, and no earlier piece of it does."""
        self.done = asyncio.get_running_loop().create_future()
        self._request = request
        self._tail = tail
        self._pieces: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server closed the connection"))

    def ask(self) -> None:
        """Send the request."""
        self.transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Add a piece of an answer; check the answer if it is complete."""
        self._pieces.append(data)
        pieces = len(self._tail) if len(data) < len(self._tail) else 1
        recent = b"".join(self._pieces[-pieces:])
        if recent.endswith(self._tail):
            answer = b"".join(self._pieces)
            self._pieces.clear()
            self._check_answer(answer)

    def _check_answer(self, answer: bytes) -> None:
        raise NotImplementedError

    def _fail(self, message: str) -> None:
        self.done.set_exception(WrongAnswerError(message))
        self.transport.close()


class _Hammer(_Connection):
    """A connection that repeats its request until a time, and counts the answers."""

    def __init__(self, request: bytes, body: bytes, *, until: float, chunked: bool) -> None:
        super().__init__(request, LAST_CHUNK if chunked else body[-16:])
        self.count = 0
        self._body = body
        self._until = until
        self._chunked = chunked
        self._length = 0

    def _check_answer(self, answer: bytes) -> None:
        if self._length == 0:
            self._length = len(answer)
            if _extract_body(answer, chunked=self._chunked) != self._body:
                return self._fail(f"not the expected answer: {answer[:300]!r}")
        if len(answer) != self._length:
            return self._fail(f"{len(answer)} bytes instead of {self._length}")
        self.count += 1
        if time.perf_counter() < self._until:
            return self.ask()
        return self.done.set_result(None)


class _Asker(_Connection):
    """A connection that sends one request after the other, as long as there are any."""

    def __init__(self, questions: Iterator[Question], *, tail: bytes) -> None:
        super().__init__(b"", tail)
        self.count = 0
        self._questions = questions

    def ask(self) -> None:
        self._question = next(self._questions, None)
        if self._question is None:
            return self.done.set_result(None)
        return self.transport.write(self._question.request)

    def _check_answer(self, answer: bytes) -> None:
        assert self._question is not None
        if not answer.startswith(b"HTTP/1.1 200 ") or not self._question.is_answer(answer):
            return self._fail(f"not the expected answer: {answer[:300]!r}")
        self.count += 1
        return self.ask()


class _Listener(_Connection):
    """A connection that reads streams with time stamps, and notes the latency of each event."""

    def __init__(self, request: bytes, *, events: int) -> None:
        super().__init__(request, LAST_CHUNK)
        self.all_read = asyncio.get_running_loop().create_future()
        self.wait_us = 0.0
        self.latencies_us: list[float] = []
        self._events = events
        self._count = 0
        self._rest = b""

    def ask(self) -> None:
        self._asked_ns = time.monotonic_ns()
        super().ask()

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns()
        text = self._rest + data
        stamps = list(iter_stamps(text))
        for sent, _ in stamps:
            self._add_latency(now, sent)
        end = stamps[-1][1] if stamps else 0
        self._rest = text[max(end, len(text) - 64) :]
        super().data_received(data)

    def _add_latency(self, now: int, sent: int) -> None:
        if self._count == 0:
            self.wait_us = (now - self._asked_ns) / 1000
        self._count += 1
        self.latencies_us.append((now - sent) / 1000)
        if self._count == self._events and not self.all_read.done():
            self.all_read.set_result(None)

    def _check_answer(self, answer: bytes) -> None:
        if self._count != self._events or not answer.startswith(b"HTTP/1.1 200 "):
            return self._fail(f"{self._count} events instead of {self._events}")
        return self.done.set_result(None)


@dataclass(frozen=True, slots=True)
class Question:
    """A request, and what is in its answer and in no other."""

    request: bytes
    mark: bytes
    count: int
    """How often the mark is in the answer."""

    def is_answer(self, answer: bytes) -> bool:
        """Return whether an answer is the one to this request."""
        return answer.count(self.mark) == self.count


@dataclass(frozen=True, slots=True)
class Rate:
    """Figures of a server under as many requests as it can answer."""

    per_second: float
    cpu_us: float
    """The server's CPU time for one request."""
    load_busy: float
    """The share of a core that the load itself used."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Figures of a server that relays streams with gaps between events."""

    cpu_us: float
    """The server's CPU time for one event."""
    first_us: float
    """Time from the request to the first event: the median."""
    latency_us: float
    """Time from the upstream's write to the client's read: the median of all events."""
    latency_p99_us: float


async def hammer(
    server: Server,
    request: bytes,
    body: bytes,
    *,
    connections: int,
    seconds: float,
    chunked: bool = False,
) -> Rate:
    """Repeat the request on all connections for ``seconds``; each answer must have this body."""
    until = time.perf_counter() + seconds
    hammers = await _connect(
        server,
        connections,
        lambda: _Hammer(request, body, until=until, chunked=chunked),
    )
    return await _measure_rate(server, hammers)


async def ask_each(
    server: Server, questions: Iterable[Question], *, connections: int, tail: bytes = LAST_CHUNK
) -> Rate:
    """Send each request once, on as many connections; each answer ends with ``tail``."""
    remaining = iter(questions)
    askers = await _connect(server, connections, lambda: _Asker(remaining, tail=tail))
    return await _measure_rate(server, askers)


async def _measure_rate(server: Server, connections: Sequence[_Asker | _Hammer]) -> Rate:
    cpu, own, started = server.read_cpu_seconds(), time.process_time(), time.perf_counter()
    await _run_all(connections)
    wall = time.perf_counter() - started
    count = sum(each.count for each in connections)
    return Rate(
        per_second=count / wall,
        cpu_us=(server.read_cpu_seconds() - cpu) / count * 1_000_000,
        load_busy=(time.process_time() - own) / wall,
    )


@dataclass(slots=True)
class Latencies:
    """The times noted by the listeners of one round."""

    waits_us: list[float] = field(default_factory=list)
    latencies_us: list[float] = field(default_factory=list)

    def compute_pace(self, cpu_seconds: float) -> Pace:
        """Return the figures of the round, given the CPU time that the server spent on it."""
        return Pace(
            cpu_us=cpu_seconds / len(self.latencies_us) * 1_000_000,
            first_us=median(self.waits_us),
            latency_us=median(self.latencies_us),
            latency_p99_us=quantiles(self.latencies_us, n=100)[98],
        )


async def listen(
    server: Server, requests: Sequence[bytes], *, events: int, every: float = 0
) -> Latencies:
    """Read the streams of these requests to their end, each on its own connection.

    ``every``: seconds from the start of one to the start of the next.
    """
    remaining = iter(requests)
    listeners = await _connect(
        server, len(requests), lambda: _Listener(next(remaining), events=events)
    )
    await _run_all(listeners, every=every)
    latencies = Latencies()
    for listener in listeners:
        latencies.waits_us.append(listener.wait_us)
        latencies.latencies_us += listener.latencies_us
    return latencies


async def fetch(server: Server, request: bytes, *, size: int) -> None:
    """Read a chunked answer of at least ``size`` bytes to its end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=2 * size)
    writer.write(request)
    async with asyncio.timeout(_LIMIT):
        answer = await reader.readuntil(LAST_CHUNK)
    writer.close()
    if not answer.startswith(b"HTTP/1.1 200 ") or len(answer) < size:
        raise WrongAnswerError(f"{len(answer)} bytes: {answer[:300]!r}")


@asynccontextmanager
async def hold_streams(
    server: Server, requests: Sequence[bytes], *, events: int
) -> AsyncIterator[None]:
    """Hold the streams of these requests open, each after its first ``events``."""
    remaining = iter(requests)
    listeners = await _connect(
        server, len(requests), lambda: _Listener(next(remaining), events=events)
    )
    for listener in listeners:
        listener.ask()
    async with asyncio.timeout(_LIMIT):
        await asyncio.gather(*(listener.all_read for listener in listeners))
    yield
    for listener in listeners:
        listener.done.cancel()
        listener.transport.abort()


async def _connect(server: Server, count: int, make: Callable[[], C]) -> list[C]:
    loop = asyncio.get_running_loop()
    return [(await loop.create_connection(make, "127.0.0.1", server.port))[1] for _ in range(count)]


async def _run_all(connections: Sequence[_Connection], *, every: float = 0) -> None:
    loop = asyncio.get_running_loop()
    for number, connection in enumerate(connections):
        loop.call_later(number * every, connection.ask)
    async with asyncio.timeout(_LIMIT):
        await asyncio.gather(*(connection.done for connection in connections))
    for connection in connections:
        connection.transport.close()


def _extract_body(answer: bytes, *, chunked: bool) -> bytes:
    head, _, body = answer.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 "):
        return b""
    return _join_chunks(body) if chunked else body


def _join_chunks(body: bytes) -> bytes:
    pieces: list[bytes] = []
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        pieces.append(rest[:length])
        body = rest[length + 2 :]
    return b"".join(pieces)
