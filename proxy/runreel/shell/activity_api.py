"""The activity of a server as a stream of events: ``GET /-/activity``, as docs/sessions.md says."""

from __future__ import annotations

from aiohttp.web_request import BaseRequest

from runreel.shell.server.activity import Activity, ActivityFeed
from runreel.shell.server.admin import PREFIX, error_response
from runreel.shell.server.connection import RawResponse
from runreel.shell.server.event_stream import COMMENT_INTERVAL, EventStream, encode_event

ACTIVITY_PATH = f"{PREFIX}activity"


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
        headers = ((b"X-Content-Type-Options", b"nosniff"),)
        try:
            async with EventStream(
                request, feed.wake, patience=self._patience, headers=headers
            ) as stream:
                await _send_all(stream, activity, feed)
        finally:
            activity.unfollow(feed)
        return stream.response


async def _send_all(stream: EventStream, activity: Activity, feed: ActivityFeed) -> None:
    await stream.begin(b"".join(encode_event(note.kind, note.data) for note in feed.first))
    while True:
        is_over = activity.is_over  # before the last notes are taken
        notes, missed = feed.take()
        events = [encode_missed(missed)]
        events += [encode_event(each.kind, each.data, activity.format_id(each)) for each in notes]
        # Nothing to send is sent as well: it raises if the follower has left.
        await stream.send(b"".join(events))
        if is_over:
            return await stream.finish(encode_event("over", "{}"))
        if not await stream.wait(COMMENT_INTERVAL):
            await stream.send(b":\n\n")


def encode_missed(count: int) -> bytes:
    """Return the event that says how many notes were dropped; nothing if none were."""
    return encode_event("missed", f'{{"notes": {count}}}') if count else b""
