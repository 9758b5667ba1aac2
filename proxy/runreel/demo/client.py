"""A client that holds a conversation and notes the bytes, chunks and times of each answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Protocol

import aiohttp
from yarl import URL

from runreel.core.http.headers import find_header
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
    for step in steps:
        for _ in range(_MAX_POLLS):
            turn = await client.send(step.title, step.build_request(known))
            yield turn
            known.update(turn.collect_names())
            if known["status"] == step.until or not step.until:
                break
            await asyncio.sleep(_get_poll_delay(turn.answer.headers))


def _get_poll_delay(headers: Headers) -> float:
    """Return the seconds to wait before polling a run again, as its server recommends."""
    return int(find_header(headers, _POLL_HEADER) or b"1000") / 1000


class _Client:
    """A client of one server that sends one request at a time."""

    def __init__(self, session: aiohttp.ClientSession, base_url: str, display: Display) -> None:
        self._session = session
        self._base_url = base_url
        self._display = display

    async def send(self, title: str, request: Request) -> Turn:
        """Send a request and read its answer to the end."""
        reader = _BodyReader(self._display)
        async with self._session.request(
            request.method,
            URL(self._base_url + request.target.decode(), encoded=True),
            headers={name.decode(): value.decode() for name, value in request.headers},
            data=request.body or None,
        ) as response:
            self._display.show_answer(title, find_operation(request), response.status)
            is_whole = await reader.read_to_end(response.content)
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

    def __init__(self, display: Display) -> None:
        """Start the clock: times count from the request."""
        self.body = bytearray()
        self.frames: list[Frame] = []
        self._display = display
        self._loop = asyncio.get_running_loop()
        self._start = self._loop.time()
        self._splitter = SseSplitter()

    async def read_to_end(self, content: aiohttp.StreamReader) -> bool:
        """Read to the end; return False if the connection closes before it."""
        try:
            while not content.at_eof():
                self._add(*await content.readchunk())
        except aiohttp.ClientError:
            return False
        return True

    def _add(self, data: bytes, end_of_chunk: bool) -> None:
        elapsed = self._loop.time() - self._start
        if data or end_of_chunk:
            self.frames.append(Frame(round(elapsed * 1_000_000), len(data), end_of_chunk))
        self.body += data
        for raw in self._splitter.feed(data):
            self._display.show_text(extract_delta(raw))
