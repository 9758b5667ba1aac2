"""Requests of web pages: preflights for pages of other origins, and files for pages of its own."""

from __future__ import annotations

from typing import cast

import structlog
from aiohttp.web_request import BaseRequest
from msgspec import Struct

from runreel.core.cors import CorsPolicy, build_preflight_headers
from runreel.model import Headers
from runreel.shell.server.access import AccessPolicy, is_cross_origin
from runreel.shell.server.admin import error_response
from runreel.shell.server.connection import ClientConnection, RawResponse, WholeResponse
from runreel.shell.server.files import OpenFile, StaticFolder, send_target

log = structlog.get_logger()

_METHOD = "Access-Control-Request-Method"
_HEADERS = "Access-Control-Request-Headers"
_PRIVATE = "Access-Control-Request-Private-Network"


class PageAccess(Struct, frozen=True):
    """The access of web pages to one server."""

    policy: AccessPolicy
    cors: CorsPolicy | None
    files: StaticFolder | None

    @property
    def is_on(self) -> bool:
        """True if there is something to do for any request."""
        return self.cors is not None or self.files is not None

    def forget_origin(self, request: BaseRequest) -> None:
        """Send no headers for the page of the request before it on the same connection."""
        cast(ClientConnection, request.protocol).cors_headers = ()

    async def handle(self, request: BaseRequest) -> RawResponse | None:
        """Answer a preflight or a request for a file; return None for all other requests.

        Their answers will have the headers for the page of another origin, if that is allowed.
        """
        response = None if self.cors is None else _handle_cors(request, self.cors)
        if response is not None:
            return response
        return None if self.files is None else await self._handle_file(request, self.files)

    async def _handle_file(self, request: BaseRequest, files: StaticFolder) -> RawResponse | None:
        target = await files.find(request)
        if target is None:
            return None
        rejection = self.policy.check_host(request)
        if rejection is None:
            return await send_target(request, target)
        if isinstance(target, OpenFile):
            target.file.close()
        return error_response(request, *rejection, close=True)


def _handle_cors(request: BaseRequest, cors: CorsPolicy) -> RawResponse | None:
    origin = request.headers.get("Origin", "")
    headers = cors.build_headers(origin) if cors.allows(origin) else ()
    if request.method == "OPTIONS" and origin and _METHOD in request.headers:
        return _allow(request, headers) if headers else _refuse(request, origin)
    if origin:
        cast(ClientConnection, request.protocol).cors_headers = headers
    return None


def _allow(request: BaseRequest, headers: Headers) -> RawResponse:
    """Allow the request that a preflight announces."""
    method, names = (
        request.headers.get(name, "").encode("utf-8", "surrogateescape")
        for name in (_METHOD, _HEADERS)
    )
    is_private = request.headers.get(_PRIVATE) == "true"
    announced = build_preflight_headers(method, names, is_private=is_private)
    return WholeResponse(request, 204, (*headers, *announced))


def _refuse(request: BaseRequest, origin: str) -> RawResponse | None:
    """Refuse pages of an origin that is not allowed; those of this server need no preflight."""
    if not is_cross_origin(request):
        return None
    log.warning("origin_refused", origin=origin, hint=f"allow it with --cors {origin}")
    message = f"pages of this origin may not use the proxy; allow it with --cors {origin}"
    return error_response(request, 403, "runreel_foreign_origin", message)
