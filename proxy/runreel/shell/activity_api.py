"""The activity of a server as a stream of events: ``GET /-/activity``, as docs/sessions.md says."""

from __future__ import annotations

from aiohttp.web_request import BaseRequest

from runreel.shell.server.activity import Activity, ActivityFeed
from runreel.shell.server.admin import error_response
from runreel.shell.server.connection import RawResponse
from runreel.shell.server.event_stream import (
    COMMENT_INTERVAL,
    EventStream,
    encode_event,
    encode_place,
)
from runreel.shell.workers.activity_merge import ActivityMerge, follow_others
from runreel.shell.workers.crew import Crew


class ActivityApi:
    """Sends the activity of one server to those who follow it."""

    def __init__(
        self, activity: Activity, crew: Crew | None = None, *, patience: float = 30.0
    ) -> None:
        """``crew``: the workers of this port, if there are several.

        ``patience``: seconds after which a follower that reads nothing is dropped."""
        self._activity = activity
        self._crew = crew
        self._patience = patience

    async def handle(self, request: BaseRequest) -> RawResponse:
        """Answer one request with a stream that ends with the server."""
        if request.method != "GET":
            message = f"Method {request.method} is not allowed here; use GET"
            extra = ((b"Allow", b"GET"),)
            return error_response(request, 405, "runreel_bad_method", message, extra=extra)
        feed = self._activity.follow(request.headers.get("Last-Event-ID", ""))
        try:
            async with (
                follow_others(self._crew, request, feed) as merge,
                EventStream(request, feed.wake, patience=self._patience) as stream,
            ):
                await _send_all(stream, self._activity, feed, merge)
        finally:
            self._activity.unfollow(feed)
        return stream.response


async def _send_all(
    stream: EventStream, activity: Activity, feed: ActivityFeed, merge: ActivityMerge
) -> None:
    first = [encode_event(note.kind, note.data) for note in feed.first]
    await stream.begin(merge.adapt_own(b"".join((encode_place(feed.last_id), *first))))
    while True:
        is_over = activity.is_over and merge.is_over  # before the last notes are taken
        notes, missed = feed.take()
        events = [encode_missed(missed)]
        events += [encode_event(each.kind, each.data, activity.format_id(each)) for each in notes]
        # Nothing to send is sent as well: it raises if the follower has left.
        await stream.send(merge.adapt_own(b"".join(events)) + merge.take())
        if is_over:
            return await stream.finish(encode_event("over", "{}"))
        if not await stream.wait(COMMENT_INTERVAL):
            await stream.send(b":\n\n")


def encode_missed(count: int) -> bytes:
    """Return the event that says how many notes were dropped; nothing if none were."""
    return encode_event("missed", f'{{"notes": {count}}}') if count else b""
