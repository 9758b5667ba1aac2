"""A client that holds a conversation and notes the bytes, chunks and times of each answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import aclosing
from typing import Any, Protocol

import aiohttp
from yarl import URL

from runreel.core.http.headers import find_header
from runreel.core.http.sse import SseSplitter, parse_event
from runreel.demo.conversation import (
    ConversationStep,
    KnownNames,
    Turn,
    extract_delta,
    find_operation,
)
from runreel.model import Answer, Frame, Headers, Request

_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10.0, sock_read=30.0)
_MAX_POLLS = 20
_END = "end"
"""``ConversationStep.after`` of a step that waits for the end of a stream."""

_POLL_HEADER = b"openai-poll-after-ms"


class Display(Protocol):
    """The display of a conversation while it is held."""

    def show_answer(self, title: str, operation: str, status: int) -> None:
        """Show the head of an answer; ``operation`` is ``runs.create`` or similar."""
        ...

    def show_text(self, text: str) -> None:
        """Show a piece of an answer's text; it may be empty."""
        ...

    def finish_answer(self) -> None:
        """Show that the answer has ended."""
        ...


class NoDisplay:
    """A display that shows nothing."""

    def show_answer(self, title: str, operation: str, status: int) -> None:
        """Do nothing."""

    def show_text(self, text: str) -> None:
        """Do nothing."""

    def finish_answer(self) -> None:
        """Do nothing."""


async def converse(
    base_url: str, steps: Sequence[ConversationStep], *, display: Display, key: str = ""
) -> tuple[Turn, ...]:
    """Hold the conversation with the server at ``base_url``; an empty ``key`` is not sent.

    It stops after the first answer that is an error or incomplete, since later requests depend on
    earlier answers.
    """
    authorization = {"Authorization": f"Bearer {key}"} if key else {}
    turns = []
    async with (
        aiohttp.ClientSession(timeout=_TIMEOUT, headers=authorization) as session,
        aclosing(_iter_turns(_Client(session, base_url, display), steps)) as iterator,
    ):
        async for turn in iterator:
            turns.append(turn)
            if turn.answer.status >= 400 or not turn.is_whole:
                break
    return tuple(turns)


async def _iter_turns(
    client: _Client, steps: Sequence[ConversationStep]
) -> AsyncGenerator[Turn, None]:
    known = KnownNames()
    background: _BackgroundStream | None = None
    try:
        for step in steps:
            if background is not None and step.after:
                turn = await background.wait_for(step.after)
                known.update(turn.collect_names())
                if step.after == _END:
                    yield turn
                    background = None
            if step.is_background:
                background = await _BackgroundStream.open(client, step, known)
                continue
            for _ in range(_MAX_POLLS):
                turn = await client.send(step, step.build_request(known))
                yield turn
                known.update(turn.collect_names())
                if known["status"] == step.until or not step.until:
                    break
                await asyncio.sleep(_get_poll_delay(turn.answer.headers))
    finally:
        if background is not None:
            await background.close()


class _BackgroundStream:
    """A stream that is read beside other requests."""

    def __init__(self, client: _Client, step: ConversationStep, request: Request) -> None:
        self._request = request
        self._reader = client.make_reader(request, step.leaves_at)
        self._task = asyncio.create_task(client.send(step, request, self._reader))

    @classmethod
    async def open(
        cls, client: _Client, step: ConversationStep, known: KnownNames
    ) -> _BackgroundStream:
        """Send the request, and return the stream when the head of its answer has come."""
        stream = cls(client, step, step.build_request(known))
        await stream._wait(stream._reader.has_head.wait())
        return stream

    async def wait_for(self, event: str) -> Turn:
        """Wait for an event, or for the end, and return what has come of the stream so far."""
        if event != _END:
            await self._wait(self._reader.wait_for(event))
            answer = Answer(200, b"OK", (), bytes(self._reader.body))
            return Turn(self._request, answer, is_whole=True)
        return await self._task

    async def close(self) -> None:
        """Stop reading."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _wait(self, waiting: Coroutine[Any, Any, object]) -> None:
        """Wait for something in the stream; no longer than the stream lasts."""
        task = asyncio.create_task(waiting)
        await asyncio.wait({task, self._task}, return_when=asyncio.FIRST_COMPLETED)
        task.cancel()


def _get_poll_delay(headers: Headers) -> float:
    """Return the seconds to wait before polling a run again, as its server recommends."""
    return int(find_header(headers, _POLL_HEADER) or b"1000") / 1000


class _Client:
    """A client of one server that sends one request at a time."""

    def __init__(self, session: aiohttp.ClientSession, base_url: str, display: Display) -> None:
        self._session = session
        self._base_url = base_url
        self._display = display

    def make_reader(self, request: Request, leaves_at: str) -> _BodyReader:
        """Return a reader of the answer to a request."""
        return _BodyReader(self._display, request, leaves_at)

    async def send(
        self, step: ConversationStep, request: Request, reader: _BodyReader | None = None
    ) -> Turn:
        """Send a request and read its answer to the end, or until the client leaves."""
        reader = reader or self.make_reader(request, step.leaves_at)
        async with self._session.request(
            request.method,
            URL(self._base_url + request.target.decode(), encoded=True),
            headers={name.decode(): value.decode() for name, value in request.headers},
            data=request.body or None,
        ) as response:
            self._display.show_answer(step.title, find_operation(request), response.status)
            reader.has_head.set()
            is_whole = await reader.read_to_end(response.content)
            if step.leaves_at:
                response.close()
        self._display.finish_answer()
        answer = Answer(
            response.status,
            (response.reason or "").encode(),
            response.raw_headers,
            bytes(reader.body),
            tuple(reader.frames),
        )
        return Turn(request, answer, is_whole)


class _BodyReader:
    """The body of an answer, with the time of each piece."""

    def __init__(self, display: Display, request: Request, leaves_at: str) -> None:
        """Start the clock: times count from the request. ``leaves_at``: the last event to read."""
        self.body = bytearray()
        self.frames: list[Frame] = []
        self.has_head = asyncio.Event()
        self._display = display
        self._request = request
        self._leaves_at = leaves_at
        self._loop = asyncio.get_running_loop()
        self._start = self._loop.time()
        self._splitter = SseSplitter()
        self._names: set[str] = set()
        self._has_news = asyncio.Event()

    async def read_to_end(self, content: aiohttp.StreamReader) -> bool:
        """Read to the end; return False if the connection closes before it."""
        try:
            while not content.at_eof() and self._leaves_at not in self._names:
                self._add(*await content.readchunk())
        except aiohttp.ClientError:
            return False
        return not self._leaves_at or self._leaves_at in self._names

    async def wait_for(self, event: str) -> None:
        """Wait until an event of this name has come."""
        while event not in self._names:
            self._has_news.clear()
            await self._has_news.wait()

    def _add(self, data: bytes, end_of_chunk: bool) -> None:
        elapsed = self._loop.time() - self._start
        if data or end_of_chunk:
            self.frames.append(Frame(round(elapsed * 1_000_000), len(data), end_of_chunk))
        self.body += data
        for raw in self._splitter.feed(data):
            self._names.add(parse_event(raw).event)
            self._display.show_text(extract_delta(raw, self._request))
        self._has_news.set()
