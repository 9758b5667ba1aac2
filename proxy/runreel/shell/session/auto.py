"""The mode ``auto``: replay what the cassette holds, and record the rest.

A session does not replay what it has recorded itself, so a client that polls sees its run go on.
After a request that changes a thread at the upstream, the cassette's answers about that thread are
older than the change, so all later requests about it go to the upstream.
"""

from __future__ import annotations

import time

from aiohttp.web_request import BaseRequest
from aiohttp.web_response import StreamResponse
from msgspec.structs import replace

from runreel.core.replay.candidate import may_change_state
from runreel.core.replay.match import ReplayQuery
from runreel.shell.record.recorder import Recorder
from runreel.shell.replay.player import Player
from runreel.shell.server.incoming_request import (
    build_client_base,
    read_body_start,
    read_head,
    send_continue,
    session_ended_error,
)


class AutoHandler:
    """Answers requests from the cassette if an exchange matches, else from the upstream."""

    def __init__(self, player: Player, recorder: Recorder, *, max_body: int) -> None:
        """Look up requests in the cassette unless their body is over ``max_body`` bytes."""
        self.in_flight = recorder.in_flight = player.in_flight  # one count for both
        self._player = player
        self._recorder = recorder
        self._max_body = max_body
        self._live_scopes: set[str] = set()
        """Scopes that a request has changed at the upstream."""

    async def handle(self, request: BaseRequest, path: str | None = None) -> StreamResponse:
        """Replay one request, or forward and record it.

        ``path`` replaces its target if it had a session's prefix. Raises ``RefusedError`` if the
        session ends before the request has arrived.
        """
        started = time.monotonic()
        head = read_head(request, path)
        send_continue(request)
        body_start = await read_body_start(request, limit=self._max_body)
        if self._player.has_ended:
            raise session_ended_error(head)
        if request.content.at_eof():
            query = await self._player.build_query(replace(head, body=b"".join(body_start)))
            response = await self._replay(request, query, build_client_base(request, path), started)
            if response is not None:
                return response
        return await self._recorder.handle(request, path, body_start)

    async def _replay(
        self, request: BaseRequest, query: ReplayQuery, client_base: bytes, started: float
    ) -> StreamResponse | None:
        """Answer from the cassette; return None if no exchange matches or the scope is live."""
        if query.scope not in self._live_scopes:
            match = await self._player.find(query)
            response = await self._player.play(request, query, match, client_base, started)
            if response is not None:
                return response
        if query.scope and may_change_state(request.method):
            self._live_scopes.add(query.scope)
        return None
