"""The proxy's own paths: health, and what controls it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping

from aiohttp.web_request import BaseRequest

from runreel import __version__
from runreel.model import Headers
from runreel.shell.server.access import Guard, Objection
from runreel.shell.server.connection import OwnAnswer

PREFIX = "/-/"
"""What all of them begin with."""

Control = Callable[[BaseRequest], Awaitable[OwnAnswer]]

_NO_STORE: Headers = ((b"Cache-Control", b"no-store"),)
_CHALLENGE: Headers = ((b"WWW-Authenticate", b"Bearer"),)
_STATES = frozenset({"health", "ready"})


class OwnPaths:
    """Answers requests for the proxy's own paths."""

    def __init__(self, guard: Guard, mode: str, control: Control | None) -> None:
        """``mode`` is told by health; ``control`` answers what is not health."""
        self.is_stopping = False
        self._guard = guard
        self._mode = mode
        self._control = control

    async def handle(self, request: BaseRequest) -> OwnAnswer:
        """Answer one request; a page of another site learns and changes nothing."""
        name = request.raw_path.removeprefix(PREFIX).partition("?")[0]
        if name in _STATES and request.method in {"GET", "HEAD"}:
            objection = self._guard.on_host(request)
            return self._state(request) if objection is None else _refused(request, objection)
        objection = self._guard.on_control(request)
        if objection is None and self.is_stopping and request.method not in {"GET", "HEAD"}:
            objection = Objection(503, "runreel_stopping", "runreel is shutting down")
        if objection is None and self._control is not None:
            return await self._control(request)
        nothing = Objection(404, "runreel_not_found", "there is nothing here; try /-/health")
        return _refused(request, objection or nothing)

    def _state(self, request: BaseRequest) -> OwnAnswer:
        is_ready = not (self.is_stopping and request.raw_path.startswith(f"{PREFIX}ready"))
        status = "stopping" if self.is_stopping else "ok"
        document = {"status": status, "mode": self._mode, "version": __version__}
        return answered(request, 200 if is_ready else 503, document)


def _refused(request: BaseRequest, objection: Objection) -> OwnAnswer:
    extra = _CHALLENGE if objection.status == 401 else ()
    return refused(
        request, objection.status, objection.code, objection.message, extra=extra, close=True
    )


def refused(
    request: BaseRequest,
    status: int,
    code: str,
    message: str,
    *,
    extra: Headers = (),
    close: bool = False,
) -> OwnAnswer:
    """An answer that says what is wrong."""
    error = {"message": message, "type": "runreel_error", "code": code}
    return answered(request, status, {"error": error}, extra=extra, close=close)


def answered(
    request: BaseRequest,
    status: int,
    document: Mapping[str, object],
    *,
    extra: Headers = (),
    close: bool = False,
) -> OwnAnswer:
    """A JSON answer that nobody keeps."""
    body = json.dumps(document).encode()
    return OwnAnswer(request, status, body, extra=(*_NO_STORE, *extra), close=close)
