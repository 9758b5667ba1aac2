"""Which session a request belongs to: the one that ``/@NAME`` in front of its path names.

A session that is not there is made, with the cassette of its name and the server's own settings;
so a base URL is all that a client needs for a session of its own.
"""

from __future__ import annotations

from typing import NoReturn

from aiohttp import web
from aiohttp.web_request import BaseRequest

from runreel.errors import CassetteLockedError, MissingCassetteError, RunreelError, UsageError
from runreel.shell.server.access import is_from_page
from runreel.shell.server.incoming_request import (
    RefusedError,
    read_head,
    session_ended_error,
    split_session,
)
from runreel.shell.session.registry import NameTakenError, Sessions, StoppingError
from runreel.shell.session.session import Session
from runreel.shell.store import parse_session_name


class Router:
    """Hands requests to the sessions of one server."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def handle(self, request: BaseRequest) -> web.StreamResponse:
        """Answer a request in the session that its target names, or in the default one.

        Raises ``RefusedError`` where there is none, and none can be made.
        """
        name, path = split_session(request.raw_path)
        if path is None:
            session = self._sessions.default or _raise_no_session(request)
        else:
            session = self._sessions.get(name) or await self._get_or_create(name, request, path)
        return await session.handle(request, path)

    async def _get_or_create(self, name: str, request: BaseRequest, path: str) -> Session:
        sent = read_head(request, path)
        try:
            name = parse_session_name(name)
            session = await self._sessions.get_or_wait(name)
            if session is None and self._sessions.has_ended(name):
                raise session_ended_error(sent)
            return session or await self._create(name, request)
        except RefusedError:
            raise
        except RunreelError as error:
            raise RefusedError(str(error), status=get_error_status(error), request=sent) from None

    async def _create(self, name: str, request: BaseRequest) -> Session:
        # A foreign name may resolve to this address, so the page's own word for it counts nothing.
        if is_from_page(request):
            raise RefusedError(
                "A web page cannot begin a session; begin it with POST /-/sessions first.",
                status=403,
            )
        return await self._sessions.create_named(name)


def _raise_no_session(request: BaseRequest) -> NoReturn:
    raise RefusedError(
        "This server has sessions by name only: put /@NAME in front of the path, in the client's "
        "base URL, or make a session with POST /-/sessions.",
        status=404,
        code="runreel_no_session",
        request=read_head(request),
    )


def get_error_status(error: RunreelError) -> int:
    """What to answer where a session cannot be made or ended."""
    match error:
        case UsageError():
            return 400
        case CassetteLockedError() | NameTakenError():
            return 409
        case MissingCassetteError():
            return 404
        case StoppingError():
            return 503
        case _:
            return 500
