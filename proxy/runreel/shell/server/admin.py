"""The proxy's own endpoints under ``/-/``: health, and the control API."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from aiohttp.web_request import BaseRequest
from msgspec import Struct

from runreel import __version__
from runreel.model import Headers
from runreel.shell.server.access import AccessPolicy, Rejection
from runreel.shell.server.connection import SAFE_HEADERS, JsonResponse, RawResponse

PREFIX = "/-/"
"""Beginning of the path of every endpoint of the proxy's own."""

AdminHandler: TypeAlias = Callable[[BaseRequest], Awaitable[RawResponse]]

HealthDescription: TypeAlias = Callable[[], Mapping[str, object]]
"""Members to add to the health response."""


class OpenPaths(Struct, frozen=True):
    """Endpoints that hold no data: any program that may reach the server has access."""

    includes: Callable[[str], bool]
    """Returns whether a path is one of them."""
    handle: AdminHandler


_NO_STORE: Headers = ((b"Cache-Control", b"no-store"),)
_CHALLENGE: Headers = ((b"WWW-Authenticate", b"Bearer"),)
_HEALTH_PATHS = frozenset({"health", "ready"})


class AdminPaths:
    """Answers requests for the proxy's own endpoints."""

    def __init__(
        self,
        policy: AccessPolicy,
        mode: str,
        handler: AdminHandler | None,
        describe_health: HealthDescription,
        open_paths: OpenPaths | None = None,
    ) -> None:
        """Report ``mode`` in the health response; hand all other endpoints to ``handler``.

        ``open_paths``: those that need no token, since they hold no data.
        """
        self.is_stopping = False
        self._policy = policy
        self._mode = mode
        self._handler = handler
        self._describe_health = describe_health
        self._open_paths = open_paths

    async def handle(self, request: BaseRequest) -> RawResponse:
        """Answer one request, or reject it if the access rules do not allow it."""
        name = request.raw_path.removeprefix(PREFIX).partition("?")[0]
        if name in _HEALTH_PATHS and request.method in {"GET", "HEAD"}:
            rejection = self._policy.check_host(request)
            if rejection is not None:
                return _reject(request, rejection)
            return self._build_health_response(request)
        if self._open_paths is not None and self._open_paths.includes(f"{PREFIX}{name}"):
            rejection = self._policy.check_host(request)
            if rejection is not None:
                return _reject(request, rejection)
            return await self._open_paths.handle(request)
        rejection = self._policy.check_control(request)
        if rejection is None and self.is_stopping and request.method not in {"GET", "HEAD"}:
            rejection = Rejection(503, "runreel_stopping", "runreel is shutting down")
        if rejection is None and self._handler is not None:
            return await self._handler(request)
        not_found = Rejection(404, "runreel_not_found", "no such endpoint; try /-/health")
        return _reject(request, rejection or not_found)

    def _build_health_response(self, request: BaseRequest) -> JsonResponse:
        is_ready = not (self.is_stopping and request.raw_path.startswith(f"{PREFIX}ready"))
        status = "stopping" if self.is_stopping else "ok"
        document = {
            "status": status,
            "mode": self._mode,
            "version": __version__,
            **self._describe_health(),
        }
        return json_response(request, 200 if is_ready else 503, document)


def _reject(request: BaseRequest, rejection: Rejection) -> JsonResponse:
    status, code, message = rejection
    extra = _CHALLENGE if status == 401 else ()
    return error_response(request, status, code, message, extra=extra, close=True)


def error_response(
    request: BaseRequest,
    status: int,
    code: str,
    message: str,
    *,
    extra: Headers = (),
    close: bool = False,
) -> JsonResponse:
    """Return a JSON response with an ``error`` object, as docs/sessions.md describes it."""
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
    """Return a response with ``document`` as JSON, not to be cached, with ``SAFE_HEADERS``.

    ``extra``: more headers. ``close``: close the connection after the response.
    """
    body = json.dumps(document).encode()
    return JsonResponse(
        request, status, body, extra=(*_NO_STORE, *SAFE_HEADERS, *extra), close=close
    )
