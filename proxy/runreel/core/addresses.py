"""Addresses of the upstream, translated so that they lead the client back to the proxy.

An answer may name another place of the upstream: a redirect, the next page, the status of a job. A
client that follows it would leave the proxy: live, nothing would be recorded; at replay, it would
use the network. As with nginx's ``proxy_redirect``, the upstream's base URL is replaced with the
proxy's, as the client sees it. Cassettes keep what the upstream said.

With the upstream ``https://api.test/v1`` and the client's base URL ``http://proxy/@a``:

=========================  =======================  =======================================
reference                  becomes                  because
=========================  =======================  =======================================
``https://api.test/v1/x``  ``http://proxy/@a/x``    it is the upstream's
``//api.test/v1/x?y``      ``http://proxy/@a/x?y``  it is the upstream's
``/v1/x``                  ``/@a/x``                else it has no session, or ``/v1`` twice
``https://api.test/v2/x``  itself                   the proxy cannot reach it
``../x``, ``?y``           itself                   clients resolve it by their own URL
=========================  =======================  =======================================
"""

from __future__ import annotations

import re
from functools import cached_property
from urllib.parse import urlsplit

from msgspec import Struct

from runreel.core.regex.lazy_pattern import compile_later
from runreel.model import Headers

_DEFAULT_PORTS = {"http": 80, "https": 443}
_REFERENCE = compile_later(rb"(?:([A-Za-z][A-Za-z0-9+.-]*):)?//([^/?#]*)([^?#]*)(.*)", re.DOTALL)
_PATH = compile_later(rb"(/[^?#]*)(.*)", re.DOTALL)

_WHOLE = frozenset(
    {
        *(b"location", b"content-location"),
        *(b"operation-location", b"azure-asyncoperation"),
    }
)
"""Headers whose value is one reference."""
_LINK, _REFRESH = b"link", b"refresh"
_HEADERS = _WHOLE | {_LINK, _REFRESH}

_IN_LINK = compile_later(rb"(?<=<)[^<>]*(?=>)")
"""The references of ``Link: </x>; rel="next"`` (RFC 8288)."""
_IN_REFRESH = compile_later(
    rb"(?<=[;,])(?P<name>[ \t]*(?:url[ \t]*=[ \t]*)?[\"']?)(?P<reference>[^\"']+)", re.IGNORECASE
)
"""The reference of ``Refresh: 5; url=/x``."""


class AddressMap(Struct, frozen=True, dict=True):
    """The base URLs of the upstream and of the proxy, of which one is replaced with the other."""

    upstream: str
    """Base URL of the upstream, without a slash at its end; may be empty."""
    client_base: bytes
    """Base URL of the client: ``http://127.0.0.1:7357/@NAME``; a path, if the host is unknown."""

    @cached_property
    def _origin(self) -> tuple[str, str, int | None]:
        parts = urlsplit(self.upstream)
        return parts.scheme, (parts.hostname or "").lower(), _find_port(parts.scheme, parts.port)

    @cached_property
    def base_path(self) -> bytes:
        """The path of the upstream's base URL; empty if it has none."""
        return urlsplit(self.upstream).path.rstrip("/").encode("utf-8", "surrogateescape")

    @cached_property
    def _client_path(self) -> bytes:
        return urlsplit(self.client_base).path.rstrip(b"/")

    def translate(self, reference: bytes) -> bytes:
        """Return the reference as the client has to follow it; itself, if it leads elsewhere."""
        url = _REFERENCE.fullmatch(reference)
        if url is not None:
            scheme, authority, path, rest = url.groups()
            own_path = self._strip_base(path) if self._is_upstream(scheme, authority) else None
            return reference if own_path is None else self.client_base + own_path + rest
        local = _PATH.fullmatch(reference)
        own_path = None if local is None else self._strip_base(local[1])
        if local is None or own_path is None:
            return reference
        return (self._client_path + own_path or b"/") + local[2]

    def _strip_base(self, path: bytes) -> bytes | None:
        """Return the path below the upstream's base; None if it is not below it."""
        own_path = path.removeprefix(self.base_path)
        is_below = path.startswith(self.base_path) and own_path[:1] in (b"", b"/")
        return own_path if is_below else None

    def _is_upstream(self, scheme: bytes | None, authority: bytes) -> bool:
        """Return whether an origin is the upstream's.

        Behind a server that ends TLS, an upstream may name itself with http. The other way round,
        a redirect to https would lead to the same redirect again.
        """
        own_scheme, own_host, own_port = self._origin
        text = authority.decode("latin-1")
        try:
            parts = urlsplit(f"//{text}")
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            return False
        if not own_host or host != own_host or "@" in text:
            return False
        name = own_scheme if scheme is None else scheme.decode().lower()
        is_downgrade = (name, own_scheme, port) == ("http", "https", None)
        return is_downgrade or (name, _find_port(name, port)) == (own_scheme, own_port)


def translate_headers(headers: Headers, addresses: AddressMap) -> Headers:
    """Return the headers of an answer with their references translated; all else stays."""
    if _HEADERS.isdisjoint(name.lower() for name, _ in headers):
        return headers
    return tuple(
        (name, _translate_value(name.lower(), value, addresses)) for name, value in headers
    )


def _translate_value(name: bytes, value: bytes, addresses: AddressMap) -> bytes:
    if name in _WHOLE:
        reference = value.strip()
        return value.replace(reference, addresses.translate(reference)) if reference else value
    if name == _LINK:
        return _IN_LINK.sub(lambda match: addresses.translate(match[0]), value)
    if name == _REFRESH:
        return _IN_REFRESH.sub(
            lambda match: match["name"] + addresses.translate(match["reference"]), value
        )
    return value


def _find_port(scheme: str, port: int | None) -> int | None:
    return _DEFAULT_PORTS.get(scheme) if port is None else port
