"""Replaying what is there, and recording the rest.

What this session records is not replayed in it: a client that polls sees its run go on. And what
has changed a thread at the upstream makes the cassette's answers about that thread too old.
"""

from __future__ import annotations

import time
from dataclasses import replace

from aiohttp import web
from aiohttp.web_request import BaseRequest

from runreel.core.replay import changes_state
from runreel.core.replay.query import Recognised
from runreel.shell.record.recorder import Recorder
from runreel.shell.replay.player import Player
from runreel.shell.server.incoming_request import ended, head_of, invite_body, read_pieces


class Auto:
    """Answers from the cassette where an exchange fits, else from the upstream."""

    def __init__(self, player: Player, recorder: Recorder, *, max_body: int) -> None:
        """Requests with a body beyond ``max_body`` bytes are not looked for in the cassette."""
        self.progress = recorder.progress = player.progress  # what is under way is one thing
        self._player = player
        self._recorder = recorder
        self._max_body = max_body
        self._live: set[str] = set()

    async def handle(self, request: BaseRequest, path: str | None = None) -> web.StreamResponse:
        """Replay one request, or forward and record it.

        ``path`` stands for its target. Raises ``RefusedError`` if the session has ended meanwhile.
        """
        started = time.monotonic()
        head = head_of(request, path)
        invite_body(request)
        begun = await read_pieces(request, limit=self._max_body)
        if self._player.ended:
            raise ended(head)
        if request.content.at_eof():
            asked = self._player.recognise(replace(head, body=b"".join(begun)))
            live = await self._from_cassette(request, asked, started)
            if live is not None:
                return live
        return await self._recorder.handle(request, path, begun)

    async def _from_cassette(
        self, request: BaseRequest, asked: Recognised, started: float
    ) -> web.StreamResponse | None:
        """The recorded answer, or None where there is none, or none that is recent enough."""
        if asked.scope not in self._live:
            found = await self._player.find(asked)
            live = await self._player.play(request, asked, found, started)
            if live is not None:
                return live
        if asked.scope and changes_state(request.method):
            self._live.add(asked.scope)
        return None
