"""Replaying what is there, and recording the rest.

What this session records is not replayed in it: a client that polls sees its run go on. And what
has changed a thread at the upstream makes the cassette's answers about that thread too old.
"""

from __future__ import annotations

import time
from dataclasses import replace

from aiohttp import web
from aiohttp.web_request import BaseRequest

from runreel.core.replay import may_change_state
from runreel.core.replay.query import ReplayQuery
from runreel.shell.record.recorder import Recorder
from runreel.shell.replay.player import Player
from runreel.shell.server.incoming_request import (
    read_body_start,
    read_head,
    send_continue,
    session_ended_error,
)


class AutoHandler:
    """Answers from the cassette where an exchange fits, else from the upstream."""

    def __init__(self, player: Player, recorder: Recorder, *, max_body: int) -> None:
        """Requests with a body beyond ``max_body`` bytes are not looked for in the cassette."""
        self.in_flight = recorder.in_flight = player.in_flight  # what is under way is one thing
        self._player = player
        self._recorder = recorder
        self._max_body = max_body
        self._live_scopes: set[str] = set()

    async def handle(self, request: BaseRequest, path: str | None = None) -> web.StreamResponse:
        """Replay one request, or forward and record it.

        ``path`` stands for its target. Raises ``RefusedError`` if the session has ended meanwhile.
        """
        started = time.monotonic()
        head = read_head(request, path)
        send_continue(request)
        begun = await read_body_start(request, limit=self._max_body)
        if self._player.has_ended:
            raise session_ended_error(head)
        if request.content.at_eof():
            asked = self._player.build_query(replace(head, body=b"".join(begun)))
            live = await self._replay(request, asked, started)
            if live is not None:
                return live
        return await self._recorder.handle(request, path, begun)

    async def _replay(
        self, request: BaseRequest, asked: ReplayQuery, started: float
    ) -> web.StreamResponse | None:
        """The recorded answer, or None where there is none, or none that is recent enough."""
        if asked.scope not in self._live_scopes:
            found = await self._player.find(asked)
            live = await self._player.play(request, asked, found, started)
            if live is not None:
                return live
        if asked.scope and may_change_state(request.method):
            self._live_scopes.add(asked.scope)
        return None
