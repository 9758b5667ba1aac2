"""The paths of OpenAI's Agents API, and its streams of events.

A stream carries what happens in its session while it is open, whoever caused it; the client ends
it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, TypeAlias

from aiohttp import web

from runreel.simulator.api.agent_sessions import AgentSession, AgentSessions, SessionEvent
from runreel.simulator.api.requests import JsonBody
from runreel.simulator.api_error import ApiError
from runreel.simulator.objects import dump_json

WebHandler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

_BETA = "agents="
_JSON = "application/json"


class AgentHandlers:
    """The handlers of the API's calls."""

    def __init__(self, sessions: AgentSessions, delay: float) -> None:
        """``delay``: seconds between two events of a turn."""
        self._sessions = sessions
        self._delay = delay
        self._turns: set[asyncio.Task[None]] = set()

    def list_routes(self) -> tuple[tuple[str, str, WebHandler], ...]:
        """Return method, path and handler of each call."""
        session = "agents/sessions/{session_id}"
        return (
            ("POST", "agents/sessions", self._create),
            ("GET", session, self._retrieve),
            ("GET", f"{session}/events", self._stream_events),
            ("POST", f"{session}/events", self._create_events),
            ("GET", f"{session}/items", self._list_items),
            ("GET", f"{session}/turns", self._list_turns),
        )

    async def _create(self, request: web.Request) -> web.StreamResponse:
        body = await _read_body(request)
        session = self._sessions.create(body)
        text = body.fields.get("input")
        if session.environment["type"] == "none" and not text:
            raise ApiError(400, "input is required without an environment.", param="input")
        if not body.get_flag("stream", default=False):
            document = session.to_document()
            if text:
                self._play(session, self._sessions.start(session, text))
            return _make_answer(document)
        events = self._sessions.start(session, text) if text else iter(())
        created = self._sessions.make_created_event(session)
        return await self._send_stream(request, session, 201, (created, events))

    async def _retrieve(self, request: web.Request) -> web.StreamResponse:
        return _make_answer(self._get_session(request).to_document())

    async def _stream_events(self, request: web.Request) -> web.StreamResponse:
        return await self._send_stream(request, self._get_session(request), 200, None)

    async def _create_events(self, request: web.Request) -> web.StreamResponse:
        session, body = self._get_session(request), await _read_body(request)
        for event in body.get_objects("events"):
            self._play(session, self._sessions.submit(session, event))
        return web.Response(status=202)

    async def _list_items(self, request: web.Request) -> web.StreamResponse:
        return _make_list(self._get_session(request).items)

    async def _list_turns(self, request: web.Request) -> web.StreamResponse:
        return _make_list(self._get_session(request).turns)

    def _get_session(self, request: web.Request) -> AgentSession:
        _check_header(request)
        return self._sessions.get(request.match_info["session_id"])

    def _play(self, session: AgentSession, events: Iterator[SessionEvent]) -> None:
        """Let a turn go on, and tell who listens."""
        task = asyncio.create_task(self._deliver(session, events))
        self._turns.add(task)
        task.add_done_callback(self._turns.discard)

    async def _deliver(self, session: AgentSession, events: Iterator[SessionEvent]) -> None:
        for event in events:
            for listener in session.listeners:
                listener(event)
            await asyncio.sleep(self._delay)

    async def _send_stream(
        self,
        request: web.Request,
        session: AgentSession,
        status: int,
        start: tuple[SessionEvent, Iterator[SessionEvent]] | None,
    ) -> web.StreamResponse:
        """Send all events until the client leaves; ``start``: the first one, and a turn to play."""
        answer = web.StreamResponse(status=status, headers={"Cache-Control": "no-cache"})
        answer.content_type, answer.charset = "text/event-stream", "utf-8"
        queue: asyncio.Queue[SessionEvent] = asyncio.Queue()
        session.listeners.append(queue.put_nowait)
        try:
            await answer.prepare(request)
            if start is not None:
                queue.put_nowait(start[0])
                self._play(session, start[1])
            while True:
                await answer.write(_encode_event(await queue.get()))
        except ConnectionError:
            return answer  # the client has left
        finally:
            session.listeners.remove(queue.put_nowait)


async def _read_body(request: web.Request) -> JsonBody:
    _check_header(request)
    return JsonBody.parse(await request.read())


def _check_header(request: web.Request) -> None:
    if _BETA not in request.headers.get("OpenAI-Beta", ""):
        raise ApiError(400, "You must send the header 'OpenAI-Beta: agents=v1' to use this API.")


def _make_answer(document: Mapping[str, Any]) -> web.Response:
    return web.Response(body=dump_json(document, indent=2), content_type=_JSON)


def _make_list(data: list[dict[str, Any]]) -> web.Response:
    return _make_answer({"object": "list", "data": data, "has_more": False})


def _encode_event(event: SessionEvent) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (event["type"].encode(), dump_json(event))
