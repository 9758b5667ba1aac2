"""A client that holds a conversation, and notes how each answer came: bytes, chunks, moments."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Protocol

import aiohttp
from yarl import URL

from runreel.core.http.sse import SseSplitter
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
_POLL_HEADER = "openai-poll-after-ms"


class Display(Protocol):
    """Who follows a conversation while it is held."""

    def show_answer(self, title: str, operation: str, status: int) -> None:
        """The head of an answer came; the operation is ``runs.create`` or the like."""
        ...

    def show_text(self, text: str) -> None:
        """A piece of an answer's text came."""
        ...

    def finish_answer(self) -> None:
        """The answer came to its end."""
        ...


class NoDisplay:
    """An audience that does not listen."""

    def show_answer(self, title: str, operation: str, status: int) -> None:
        """Nothing happens."""

    def show_text(self, text: str) -> None:
        """Nothing happens."""

    def finish_answer(self) -> None:
        """Nothing happens."""


async def converse(
    base_url: str, steps: Sequence[ConversationStep], *, display: Display, key: str = ""
) -> tuple[Turn, ...]:
    """Hold the conversation with the server at ``base_url``, with an API key where one is given.

    It ends before its time with the first answer that is an error or breaks off: what follows
    builds on that answer.
    """
    authorization = {"Authorization": f"Bearer {key}"} if key else {}
    turns = []
    async with (
        aiohttp.ClientSession(timeout=_TIMEOUT, headers=authorization) as session,
        aclosing(_iter_turns(_Client(session, base_url, display), steps)) as coming,
    ):
        async for turn in coming:
            turns.append(turn)
            if turn.answer.status >= 400 or not turn.is_whole:
                break
    return tuple(turns)


async def _iter_turns(
    client: _Client, steps: Sequence[ConversationStep]
) -> AsyncGenerator[Turn, None]:
    known = KnownNames()
    for step in steps:
        for _ in range(_MAX_POLLS):
            turn = await client.send(step.title, step.build_request(known))
            yield turn
            known.update(turn.collect_names())
            if known["status"] == step.until or not step.until:
                break
            await asyncio.sleep(_get_poll_delay(turn.answer.headers))


def _get_poll_delay(headers: Headers) -> float:
    """Seconds until a run is worth another look, as its server sees it."""
    named = {name.decode("latin-1").lower(): value for name, value in headers}
    return int(named.get(_POLL_HEADER, b"1000")) / 1000


class _Client:
    """Asks one server, one thing at a time."""

    def __init__(self, session: aiohttp.ClientSession, base_url: str, display: Display) -> None:
        self._session = session
        self._base_url = base_url
        self._display = display

    async def send(self, title: str, request: Request) -> Turn:
        """Send a request and hear its answer out."""
        hearing = _BodyReader(self._display)
        async with self._session.request(
            request.method,
            URL(self._base_url + request.target.decode(), encoded=True),
            headers={name.decode(): value.decode() for name, value in request.headers},
            data=request.body or None,
        ) as response:
            self._display.show_answer(title, find_operation(request), response.status)
            whole = await hearing.read_to_end(response.content)
        self._display.finish_answer()
        answer = Answer(
            response.status,
            (response.reason or "").encode(),
            response.raw_headers,
            bytes(hearing.body),
            tuple(hearing.frames),
        )
        return Turn(request, answer, whole)


class _BodyReader:
    """One body as it comes."""

    def __init__(self, display: Display) -> None:
        """Starts its clock: moments count from the request."""
        self.body = bytearray()
        self.frames: list[Frame] = []
        self._display = display
        self._loop = asyncio.get_running_loop()
        self._start = self._loop.time()
        self._splitter = SseSplitter()

    async def read_to_end(self, content: aiohttp.StreamReader) -> bool:
        """Read to the end; False if it breaks off."""
        try:
            while not content.at_eof():
                self._add(*await content.readchunk())
        except aiohttp.ClientError:
            return False
        return True

    def _add(self, data: bytes, end_of_chunk: bool) -> None:
        passed = self._loop.time() - self._start
        if data or end_of_chunk:
            self.frames.append(Frame(round(passed * 1_000_000), len(data), end_of_chunk))
        self.body += data
        for raw in self._splitter.feed(data):
            self._display.show_text(extract_delta(raw))
