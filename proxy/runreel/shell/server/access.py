"""Who may ask for the proxy's own paths: the local user's programs, and no page of another site.

Three attacks come through a browser on the same machine: a page's own requests (Origin and
Sec-Fetch-Site give them away), forms and other simple requests (no JSON), and a foreign host name
that resolves to this address (DNS rebinding: the Host is not ours). Off the loopback a token is
asked for as well.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from aiohttp.web_request import BaseRequest

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_SAME_ORIGIN = frozenset({"same-origin", "none"})


class Rejection(NamedTuple):
    """Why a request is not answered."""

    status: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """The rules of one server."""

    hosts: frozenset[str]
    is_local: bool
    """Whether only this machine can reach the server."""
    token: str
    """Asked for where others can; empty: nobody has it."""

    @classmethod
    def build(cls, host: str, names: Iterable[str] = (), token: str = "") -> AccessPolicy:
        """The rules of a server that listens on ``host``; ``more`` are names that it has, too."""
        hosts = _LOOPBACK | {name.lower() for name in (host, *names)}
        return cls(hosts, is_loopback_address(host), token)

    def check_host(self, request: BaseRequest) -> Rejection | None:
        """Whether the request names another host than this."""
        host = parse_host(request.headers.get("Host", ""))
        if host in self.hosts or (not self.is_local and _is_ip_address(host)):
            return None
        return Rejection(403, "runreel_foreign_host", "this host name is not the proxy's")

    def check_control(self, request: BaseRequest) -> Rejection | None:
        """Whether somebody asks who must not control the proxy."""
        foreign = Rejection(
            403, "runreel_foreign_origin", "a page of another site cannot control the proxy"
        )
        if is_cross_origin(request):
            return foreign
        return self.check_host(request) or self._check_token(request)

    def _check_token(self, request: BaseRequest) -> Rejection | None:
        if self.is_local:
            return None
        if not self.token:
            message = (
                "the proxy listens beyond this machine, so it is controlled with a token only: "
                "start it with RUNREEL_TOKEN in its environment"
            )
            return Rejection(403, "runreel_no_token", message)
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if hmac.compare_digest(given, f"Bearer {self.token}".encode()):
            return None
        message = "send the proxy's token: Authorization: Bearer TOKEN"
        return Rejection(401, "runreel_bad_token", message)


def is_cross_origin(request: BaseRequest) -> bool:
    """Whether a browser sends this for a page that is not the proxy's own (Fetch standard)."""
    headers = request.headers
    if headers.get("Sec-Fetch-Site", "none").lower() not in _SAME_ORIGIN:
        return True
    own = f"http://{headers.get('Host', '')}".lower()
    return any(origin.lower() != own for origin in headers.getall("Origin", ()))


def is_from_page(request: BaseRequest) -> bool:
    """Whether a browser sends this for any page at all, even one that seems to be of this host."""
    headers = request.headers
    return "Origin" in headers or headers.get("Sec-Fetch-Site", "none").lower() != "none"


def parse_host(authority: str) -> str | None:
    """The host in a ``Host`` header, in lower case and without its port; None where it is none."""
    try:
        return urlsplit(f"//{authority}").hostname
    except ValueError:
        return None


def is_loopback_address(host: str) -> bool:
    """Whether only this machine can reach what listens on ``host``."""
    return host.lower() == "localhost" or (_is_ip_address(host) and ip_address(host).is_loopback)


def _is_ip_address(host: str | None) -> bool:
    try:
        ip_address(host or "")
    except ValueError:
        return False
    return True
