"""Base URLs of clients that do not fit the upstream: ``/v1`` twice, or not at all.

With the upstream ``https://api.test/v1``, clients leave ``/v1`` out; with ``https://api.test`` they
add it, unless their library does.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from runreel.core.regex.lazy_pattern import compile_later

_VERSION = compile_later(r"v[0-9]+[a-z0-9]*")
_VERSION_PREFIX = compile_later(r"(?:/[^/]+)*?/v[0-9]+[a-z0-9]*")

_USUAL_BASE = compile_later(r"http://[A-Za-z0-9.\[\]:-]+(?:/@[A-Za-z0-9._-]+)?")
"""A base URL that can be shown; any other text may be data of the client."""


def explain_base_url(
    upstream: str, target: bytes, client_base: str, *, is_known_api: bool, is_refused: bool
) -> str | None:
    """Return the mistake in a client's base URL; None: there is none.

    ``target`` is the request's, ``client_base`` the proxy's base URL as that client sees it. Some
    mistakes are certain only if the upstream has refused the request (``is_refused``), or if a
    dialect other than plain HTTP knows the call (``is_known_api``).
    """
    if not _USUAL_BASE.fullmatch(client_base):
        client_base = "the proxy's URL"
    base = _split_path(urlsplit(upstream).path)
    path = _split_path(target.partition(b"?")[0].decode("latin-1"))
    doubled = _find_overlap(base, path)
    if doubled and (is_refused or _VERSION_PREFIX.fullmatch(doubled)):
        return (
            f"The upstream's URL ends in {doubled}, and the request's path begins with it, so the "
            f"upstream was asked for {doubled}{doubled}. Set the client's base URL to "
            f"{client_base}, without {doubled}, or leave {doubled} out of --upstream"
        )
    if len(path) > 1 and path[0] == path[1] and _VERSION.fullmatch(path[0]):
        return (
            f"The request's path has /{path[0]} twice, because this client adds it itself. Set its "
            f"base URL to {client_base}, without /{path[0]}"
        )
    if is_refused and is_known_api and not base and not any(map(_VERSION.fullmatch, path)):
        return f"The request's path has no version: set the client's base URL to {client_base}/v1"
    return None


def find_version(url: str) -> str:
    """Return the version, such as ``/v1``, in which the path of a URL ends; empty: it has none."""
    path = _split_path(urlsplit(url).path)
    return f"/{path[-1]}" if path and _VERSION.fullmatch(path[-1]) else ""


def find_other_prefix(recorded: str, sent: str) -> str:
    """Return the prefix, such as ``/v1``, by which alone two paths differ; empty: they do not."""
    shorter, longer = sorted((recorded, sent), key=len)
    prefix = longer[: len(longer) - len(shorter)]
    return prefix if longer.endswith(shorter) and _VERSION_PREFIX.fullmatch(prefix) else ""


def _split_path(path: str) -> list[str]:
    return [segment for segment in path.split("/") if segment]


def _find_overlap(base: Sequence[str], path: Sequence[str]) -> str:
    """Return the longest path that ends ``base`` and begins ``path``."""
    for length in range(min(len(base), len(path)), 0, -1):
        if base[-length:] == path[:length]:
            return "/" + "/".join(path[:length])
    return ""
