"""Choose the session of a request: the one that the prefix ``/@NAME`` of its path names.

If there is no such session, one is created with the cassette of that name and the server's own
settings; so a client needs nothing but a base URL to have a session of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from aiohttp.web_request import BaseRequest
from aiohttp.web_response import StreamResponse

from runreel.errors import RunreelError, UsageError
from runreel.shell.server.access import is_from_page
from runreel.shell.server.activity import CallOutcome, note_outcome
from runreel.shell.server.incoming_request import (
    RefusedError,
    read_head,
    session_ended_error,
    split_session,
)
from runreel.shell.session.registry import Sessions, get_error_status
from runreel.shell.session.session import Session
from runreel.shell.store.names import DEFAULT_SESSION, parse_session_name

if TYPE_CHECKING:
    from runreel.shell.workers.crew import Crew


class Router:
    """Hands requests to the sessions of one server."""

    def __init__(self, sessions: Sessions, crew: Crew | None = None) -> None:
        """``crew``: the workers of this port, if there are several."""
        self._sessions = sessions
        self._crew = crew
        self._activity = sessions.activity

    async def handle(self, request: BaseRequest) -> StreamResponse:
        """Answer a request in the session that its target names, else in the default session.

        Raises ``RefusedError`` if there is no session and none can be created.
        """
        self._sessions.requests += 1
        name, path = split_session(request.raw_path)
        if self._crew is not None:
            response = await _hand_over(self._crew, request, name)
            if response is not None:
                return response
        try:
            session = await self._find_session(name, request, path)
        except RefusedError as error:
            self._note_refusal(request, path, error)
            raise
        call = self._activity.begin(request, session.spec.name, path)
        try:
            return await session.handle(request, path)
        except RefusedError as error:
            note_outcome(request, CallOutcome.REFUSED, {"status": error.status})
            raise
        finally:
            self._activity.end(call)

    async def _find_session(self, name: str, request: BaseRequest, path: str | None) -> Session:
        if path is None:
            return self._sessions.default or _raise_no_session(request)
        return self._sessions.get(name) or await self._get_or_create(name, request, path)

    def _note_refusal(self, request: BaseRequest, path: str | None, error: RefusedError) -> None:
        call = self._activity.begin(request, "", path)
        note_outcome(request, CallOutcome.REFUSED, {"status": error.status})
        self._activity.end(call)

    async def _get_or_create(self, name: str, request: BaseRequest, path: str) -> Session:
        head = read_head(request, path)
        try:
            name = parse_session_name(name)
            session = await self._sessions.get_or_wait(name)
            if session is None and self._sessions.has_ended(name):
                raise session_ended_error(head)
            return session or await self._create(name, request)
        except RefusedError:
            raise
        except RunreelError as error:
            raise RefusedError(str(error), status=get_error_status(error), request=head) from None

    async def _create(self, name: str, request: BaseRequest) -> Session:
        # The request may come through a foreign name that resolves to this address (DNS rebinding),
        # so "same-origin" proves nothing: any page is refused.
        if is_from_page(request):
            raise RefusedError(
                "A web page cannot create a session; create it with POST /-/sessions first.",
                status=403,
            )
        return await self._sessions.create_named(name)


async def _hand_over(crew: Crew, request: BaseRequest, name: str) -> StreamResponse | None:
    """Hand a request over to the worker of its session; return None if that is this one."""
    try:
        name = parse_session_name(name) if name else DEFAULT_SESSION
    except UsageError:
        return None  # the client gets that error
    return await crew.hand_over(request, name)


def _raise_no_session(request: BaseRequest) -> NoReturn:
    raise RefusedError(
        "This server has no default session: add /@NAME to the client's base URL, in front of the "
        "path, or create a session with POST /-/sessions (in pytest, a test has one from its first "
        "fixture to its last, if it uses the marker or the fixture runreel).",
        status=404,
        code="runreel_no_session",
        request=read_head(request),
    )
