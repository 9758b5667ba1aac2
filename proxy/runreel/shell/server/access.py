"""Access rules of the proxy's own endpoints: local programs only, no page of another site.

Three attacks come through a browser on the same machine: requests of a page (its ``Origin`` and
``Sec-Fetch-Site`` headers give it away), forms and other "simple requests" (they cannot send JSON),
and DNS rebinding, a foreign host name that resolves to this address (its ``Host`` is not the
proxy's). On an address other than the loopback a token is required as well.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from aiohttp.web_request import BaseRequest
from msgspec import Struct

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_SAME_ORIGIN = frozenset({"same-origin", "none"})


class Rejection(NamedTuple):
    """The response to a request that is not allowed."""

    status: int
    code: str
    message: str


class AccessPolicy(Struct, frozen=True):
    """The access rules of one server. A check returns None if the request is allowed."""

    hosts: frozenset[str]
    """Host names of the server, in lower case."""
    is_local: bool
    """True if only this machine can reach the server."""
    token: str
    """The token required if the server is not local; empty: nobody has access."""

    @classmethod
    def build(cls, host: str, names: Iterable[str] = (), token: str = "") -> AccessPolicy:
        """Return the rules of a server that listens on ``host``; ``names`` are its other names."""
        hosts = _LOOPBACK | {name.lower() for name in (host, *names)}
        return cls(hosts, is_loopback_address(host), token)

    def check_host(self, request: BaseRequest) -> Rejection | None:
        """Reject a request whose ``Host`` is not a name of this server.

        A server that is not local also accepts IP addresses: they cannot be rebound.
        """
        host = parse_host(request.headers.get("Host", ""))
        if host in self.hosts or (not self.is_local and _is_ip_address(host)):
            return None
        return Rejection(
            403,
            "runreel_foreign_host",
            "the Host header is not a name of this proxy; the setting `hosts` can add names",
        )

    def check_control(self, request: BaseRequest) -> Rejection | None:
        """Reject a request that may not use the control API."""
        if is_cross_origin(request):
            return Rejection(
                403,
                "runreel_foreign_origin",
                "pages of other sites cannot use the proxy's control API",
            )
        return self.check_host(request) or self._check_token(request)

    def _check_token(self, request: BaseRequest) -> Rejection | None:
        if self.is_local:
            return None
        if not self.token:
            message = (
                "the proxy listens beyond this machine, so its control API needs a token: "
                "start the proxy with RUNREEL_TOKEN in its environment"
            )
            return Rejection(403, "runreel_no_token", message)
        credentials = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if hmac.compare_digest(credentials, f"Bearer {self.token}".encode()):
            return None
        message = "send the proxy's token: Authorization: Bearer TOKEN"
        return Rejection(401, "runreel_bad_token", message)


def is_cross_origin(request: BaseRequest) -> bool:
    """Return whether a browser sends this for a page of another origin (Fetch standard)."""
    headers = request.headers
    if headers.get("Sec-Fetch-Site", "none").lower() not in _SAME_ORIGIN:
        return True
    own_origin = f"http://{headers.get('Host', '')}".lower()
    return any(origin.lower() != own_origin for origin in headers.getall("Origin", ()))


def is_from_page(request: BaseRequest) -> bool:
    """Return whether a browser sends this for any page, of this origin or of another one."""
    headers = request.headers
    return "Origin" in headers or headers.get("Sec-Fetch-Site", "none").lower() != "none"


def parse_host(authority: str) -> str | None:
    """Return the host in a ``Host`` header, in lower case, without the port; None if invalid."""
    try:
        return urlsplit(f"//{authority}").hostname
    except ValueError:
        return None


def is_loopback_address(host: str) -> bool:
    """Return whether only this machine can reach a server that listens on ``host``."""
    return host.lower() == "localhost" or (_is_ip_address(host) and ip_address(host).is_loopback)


def _is_ip_address(host: str | None) -> bool:
    try:
        ip_address(host or "")
    except ValueError:
        return False
    return True
