"""The proxy's own paths: health, and what controls it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping

from aiohttp.web_request import BaseRequest

from runreel import __version__
from runreel.model import Headers
from runreel.shell.server.access import AccessPolicy, Rejection
from runreel.shell.server.connection import JsonResponse

PREFIX = "/-/"
"""What all of them begin with."""

AdminHandler = Callable[[BaseRequest], Awaitable[JsonResponse]]

_NO_STORE: Headers = ((b"Cache-Control", b"no-store"),)
_CHALLENGE: Headers = ((b"WWW-Authenticate", b"Bearer"),)
_HEALTH_PATHS = frozenset({"health", "ready"})


class AdminPaths:
    """Answers requests for the proxy's own paths."""

    def __init__(self, policy: AccessPolicy, mode: str, handler: AdminHandler | None) -> None:
        """``mode`` is told by health; ``control`` answers what is not health."""
        self.is_stopping = False
        self._policy = policy
        self._mode = mode
        self._handler = handler

    async def handle(self, request: BaseRequest) -> JsonResponse:
        """Answer one request; a page of another site learns and changes nothing."""
        name = request.raw_path.removeprefix(PREFIX).partition("?")[0]
        if name in _HEALTH_PATHS and request.method in {"GET", "HEAD"}:
            objection = self._policy.check_host(request)
            return (
                self._build_health_response(request)
                if objection is None
                else _reject(request, objection)
            )
        objection = self._policy.check_control(request)
        if objection is None and self.is_stopping and request.method not in {"GET", "HEAD"}:
            objection = Rejection(503, "runreel_stopping", "runreel is shutting down")
        if objection is None and self._handler is not None:
            return await self._handler(request)
        nothing = Rejection(404, "runreel_not_found", "there is nothing here; try /-/health")
        return _reject(request, objection or nothing)

    def _build_health_response(self, request: BaseRequest) -> JsonResponse:
        is_ready = not (self.is_stopping and request.raw_path.startswith(f"{PREFIX}ready"))
        status = "stopping" if self.is_stopping else "ok"
        document = {"status": status, "mode": self._mode, "version": __version__}
        return json_response(request, 200 if is_ready else 503, document)


def _reject(request: BaseRequest, rejection: Rejection) -> JsonResponse:
    extra = _CHALLENGE if rejection.status == 401 else ()
    return error_response(
        request, rejection.status, rejection.code, rejection.message, extra=extra, close=True
    )


def error_response(
    request: BaseRequest,
    status: int,
    code: str,
    message: str,
    *,
    extra: Headers = (),
    close: bool = False,
) -> JsonResponse:
    """An answer that says what is wrong."""
    error = {"message": message, "type": "runreel_error", "code": code}
    return json_response(request, status, {"error": error}, extra=extra, close=close)


def json_response(
    request: BaseRequest,
    status: int,
    document: Mapping[str, object],
    *,
    extra: Headers = (),
    close: bool = False,
) -> JsonResponse:
    """A JSON answer that nobody keeps."""
    body = json.dumps(document).encode()
    return JsonResponse(request, status, body, extra=(*_NO_STORE, *extra), close=close)
