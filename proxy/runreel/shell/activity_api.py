"""The activity of a server as a stream of events: ``GET /-/activity``, as docs/sessions.md says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import cast

import structlog
from aiohttp.web_request import BaseRequest

from runreel.core.http import wire
from runreel.core.http.wire import Framing
from runreel.core.replay.send_plan import Finish
from runreel.model import Headers
from runreel.shell.server.activity import Activity, ActivityFeed, ActivityNote
from runreel.shell.server.admin import PREFIX, error_response
from runreel.shell.server.connection import ClientConnection, RawResponse

log = structlog.get_logger()

ACTIVITY_PATH = f"{PREFIX}activity"

_HEADERS: Headers = (
    (b"Content-Type", b"text/event-stream"),
    (b"Cache-Control", b"no-store"),
    (b"X-Content-Type-Options", b"nosniff"),
)
_COMMENT_INTERVAL = 15.0
"""Seconds of silence after which a comment keeps the connection alive."""


class ActivityApi:
    """Sends the activity of one server to those who follow it."""

    def __init__(self, activity: Activity | None, *, patience: float = 30.0) -> None:
        """``activity``: None if the server has several workers, of which each knows its own.

        ``patience``: seconds after which a follower that reads nothing is dropped."""
        self._activity = activity
        self._patience = patience

    async def handle(self, request: BaseRequest) -> RawResponse:
        """Answer one request with a stream that ends with the server."""
        if request.method != "GET":
            message = f"Method {request.method} is not allowed here; use GET"
            extra = ((b"Allow", b"GET"),)
            return error_response(request, 405, "runreel_bad_method", message, extra=extra)
        if self._activity is None:
            message = "a server with several workers cannot be followed; start it with --workers 1"
            return error_response(request, 501, "runreel_many_workers", message)
        return await self._stream(request, self._activity)

    async def _stream(self, request: BaseRequest, activity: Activity) -> RawResponse:
        feed = activity.follow(request.headers.get("Last-Event-ID", ""))
        response = RawResponse(request)
        connection = cast(ClientConnection, request.protocol)
        connection.on_lost = feed.wake.set
        try:
            await self._send_all(response, activity, feed)
        except TimeoutError:
            log.warning(
                "activity_reader_dropped", why="it has read nothing", seconds=self._patience
            )
            response.abort()
        except ConnectionError:
            response.abort()
        finally:
            connection.on_lost = None
            activity.unfollow(feed)
        return response

    async def _send_all(
        self, response: RawResponse, activity: Activity, feed: ActivityFeed
    ) -> None:
        head = wire.format_answer_head(
            200, b"OK", _HEADERS, framing=Framing.CLOSE, http10=False, keep_alive=False
        )
        await self._send(response, head + b"retry: 1000\n\n" + _encode(feed.first))
        while True:
            is_over = activity.is_over  # before the last notes are taken
            notes, missed = feed.take()
            # Nothing to send is sent as well: it raises if the follower has left.
            await self._send(response, _encode_missed(missed) + _encode(notes, activity))
            if is_over:
                await self._send(response, b"event: over\ndata: {}\n\n")
                return await response.finish(Finish.CLOSE)
            if not await _wait(feed):
                await self._send(response, b":\n\n")

    async def _send(self, response: RawResponse, data: bytes) -> None:
        async with asyncio.timeout(self._patience):
            await response.send(data)


def _encode(notes: Iterable[ActivityNote], activity: Activity | None = None) -> bytes:
    """Encode notes as events, with the ids that ``activity`` gives them."""
    return b"".join(
        f"event: {note.kind}\ndata: {note.data}\n".encode()
        + (f"id: {activity.format_id(note)}\n\n".encode() if activity else b"\n")
        for note in notes
    )


def _encode_missed(count: int) -> bytes:
    return b'event: missed\ndata: {"notes": %d}\n\n' % count if count else b""


async def _wait(feed: ActivityFeed) -> bool:
    """Wait for more notes; return False if there are none for a while."""
    try:
        async with asyncio.timeout(_COMMENT_INTERVAL):
            await feed.wake.wait()
    except TimeoutError:
        return False
    return True
