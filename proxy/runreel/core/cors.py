"""Cross-origin requests of web pages (Fetch standard, section 3.2): which are allowed, and how.

The proxy answers preflights itself, and replaces what the upstream says about other origins: an
answer recorded for one page is replayed to another.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from runreel.core.regex.lazy_pattern import compile_later
from runreel.model import Headers

_MAX_AGE = b"600"
"""Seconds for which a browser may keep the answer to a preflight."""
_DEFAULT_PORT = compile_later(r"^(http://[^/]*):80$|^(https://[^/]*):443$")


def normalize_origin(origin: str) -> str:
    """Return the origin as browsers write it: in lower case, without the scheme's default port."""
    return _DEFAULT_PORT.sub(lambda match: match[1] or match[2], origin.lower())


class CorsPolicy(Struct, frozen=True):
    """The origins whose pages may use the proxy."""

    origins: frozenset[str]
    """Normalised; ``*`` is every origin."""

    @classmethod
    def build(cls, origins: Iterable[str]) -> CorsPolicy | None:
        """Return the policy for the setting ``cors.origins``; None if that is empty."""
        names = frozenset(map(normalize_origin, origins))
        return cls(names) if names else None

    def allows(self, origin: str) -> bool:
        """Return whether pages of ``origin`` may read answers."""
        return "*" in self.origins or normalize_origin(origin) in self.origins

    def build_headers(self, origin: str) -> Headers:
        """Return the headers by which a page of an allowed ``origin`` may read an answer."""
        return (
            (b"Access-Control-Allow-Origin", origin.encode("utf-8", "surrogateescape")),
            (b"Access-Control-Expose-Headers", b"*"),
            (b"Vary", b"Origin"),
        )


def build_preflight_headers(method: bytes, headers: bytes, *, is_private: bool) -> Headers:
    """Return the headers that allow the announced request, beside those of ``build_headers``.

    ``method`` and ``headers`` are what the preflight announces. ``is_private``: it announces a
    request from a public page to this machine (Private Network Access).
    """
    fields = [(b"Access-Control-Allow-Methods", method), (b"Access-Control-Max-Age", _MAX_AGE)]
    if headers:  # a list, because "*" does not include Authorization
        fields.append((b"Access-Control-Allow-Headers", headers))
    if is_private:
        fields.append((b"Access-Control-Allow-Private-Network", b"true"))
    return tuple(fields)


def replace_cors_headers(data: bytes, headers: Headers) -> bytes:
    """Return the start of an answer with these headers in the place of its own for other origins.

    ``data`` begins with the whole head.
    """
    head, end, body = data.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    kept = [line for line in lines if not line.lower().startswith(b"access-control-")]
    added = [name + b": " + value for name, value in headers]
    return b"\r\n".join((*kept, *added)) + end + body
