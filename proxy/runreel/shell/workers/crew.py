"""The other workers, as one worker knows them: their sessions, and the way to reach them."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aiohttp.web_request import BaseRequest
from msgspec import Struct

from runreel.shell.server.connection import RawResponse
from runreel.shell.server.incoming_request import format_head, is_from_worker
from runreel.shell.store.names import DEFAULT_SESSION
from runreel.shell.workers.handover import Outbox
from runreel.shell.workers.places import SessionPlaces

_CONNECTION = (b"connection",)
_CLOSE = ((b"Connection", b"close"),)


class WorkerPlace(Struct, frozen=True):
    """The resources that a worker gets from the process that forks it."""

    number: int
    places: SessionPlaces
    inbox: socket.socket
    """The socket on which it receives connections."""
    outboxes: Sequence[socket.socket]
    """The sockets on which it hands over connections, by the number of the worker."""
    listeners: Sequence[socket.socket]
    """The sockets that all workers accept connections from."""
    lifeline: int
    """A descriptor of a pipe that ends with the process that has forked it."""
    instance: str = ""
    """A text that another start of the server does not have."""

    @property
    def count(self) -> int:
        """The number of workers."""
        return len(self.outboxes)


class Crew:
    """The workers of one port, as one of them sees them."""

    def __init__(self, place: WorkerPlace, *, max_body: int) -> None:
        """``max_body`` limits the bytes of a chunked body that is handed over."""
        self.count = place.count
        self._place = place
        self._max_body = max_body
        self._outboxes = [Outbox(channel) for channel in place.outboxes]

    @property
    def instance(self) -> str:
        """A text that all workers have, and another start of the server does not."""
        return self._place.instance

    def number_calls(self) -> Iterator[int]:
        """Return numbers for the calls of this worker, which no other one gives."""
        return itertools.count(self.count + self.number, self.count)

    @property
    def has_default(self) -> bool:
        """True if the session of requests that name no session is this worker's."""
        return self._place.places.get(DEFAULT_SESSION) == self._place.number

    def owns(self, name: str) -> bool:
        """Return whether a session of this name may be created here; nobody else may then."""
        return self._place.places.claim(name, self._place.number)

    async def hand_over(
        self, request: BaseRequest, name: str, body: bytes | None = None
    ) -> RawResponse | None:
        """Hand the connection of a request over to the worker of a session.

        Return None if that is this worker. ``body`` is that of the request if it was read.
        """
        return await self._hand_over(request, self._place.places.find(name), body)

    async def hand_over_known(self, request: BaseRequest, name: str) -> RawResponse | None:
        """Do the same, unless nobody has asked for a session of this name."""
        worker = self._place.places.get(name)
        return None if worker is None else await self._hand_over(request, worker, None)

    async def _hand_over(
        self, request: BaseRequest, worker: int, body: bytes | None
    ) -> RawResponse | None:
        if worker == self._place.number:
            return None
        return await self._outboxes[worker].hand_over(request, body, max_body=self._max_body)

    @property
    def number(self) -> int:
        """The number of this worker."""
        return self._place.number

    async def open_streams(
        self, request: BaseRequest
    ) -> list[tuple[int, asyncio.StreamReader, asyncio.StreamWriter]]:
        """Send a request to all other workers; return their numbers, and their answers to come."""
        data = format_head(request, without=_CONNECTION, extra=_CLOSE)
        others = [each for each in enumerate(self._outboxes) if each[0] != self._place.number]
        connections = await asyncio.gather(*(outbox.open(data) for _, outbox in others))
        return [
            (number, reader, writer)
            for (number, _), (reader, writer) in zip(others, connections, strict=True)
        ]

    async def list_sessions(self, request: BaseRequest) -> list[dict[str, Any]]:
        """Return the reports that the other workers have for this request, with its headers."""
        answers = await self.ask_others(request)
        return [report for answer in answers.values() for report in answer["sessions"]]

    async def ask_others(self, request: BaseRequest) -> dict[int, Any]:
        """Return the documents with which the other workers answer this request, by number.

        There are none if another worker has sent it.
        """
        if is_from_worker(request):
            return {}
        others = (each for each in range(self.count) if each != self.number)
        return await self.ask(request, dict.fromkeys(others, request.raw_path))

    async def ask(self, request: BaseRequest, targets: Mapping[int, str]) -> dict[int, Any]:
        """Return the documents of other workers for their targets, with the request's headers."""
        heads = {
            worker: format_head(
                request, method="GET", target=target, without=_CONNECTION, extra=_CLOSE
            )
            for worker, target in targets.items()
        }
        answers = await asyncio.gather(
            *(self._outboxes[worker].ask(head) for worker, head in heads.items())
        )
        documents = (json.loads(answer.partition(b"\r\n\r\n")[2]) for answer in answers)
        return dict(zip(heads, documents, strict=True))
