"""What counts of a request, and the fingerprint that requests share when they are the same call.

Method, path, query and body count by their meaning and not by their spelling: percent-encoding
(RFC 3986 section 6.2.2), JSON (see ``trees``), the boundary of a multipart body, the number of a
placeholder. A body that was not kept counts by its digest. Headers do not count. All is hashed with
its type and length, so that no two calls can run together.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from runreel.core.match.trees import canonical, parsed, unnumbered
from runreel.core.multipart import boundary_of, parts_of
from runreel.model import Omitted, Request

Pairs = list[tuple[bytes, bytes | None]]
"""Decoded names and values; None for a name without ``=``."""

_FIRST_OF_JSON = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*[{\[]")
_UNRESERVED = re.compile(rb"%(?:2[dDeE]|3[0-9]|[46][1-9a-fA-F]|[57][0-9aA]|5[fF]|7[eE])")
_ENCODED = re.compile(rb"%[0-9a-fA-F]{2}")


class Reading(NamedTuple):
    """What counts of a request."""

    method: str
    path: bytes
    """Its percent-encoding in the normal form of RFC 3986, section 6.2.2."""
    query: Pairs
    """In the order of the names; what is repeated keeps its order."""
    kind: bytes
    """How the body was read: ``json``, ``form``, ``multipart``, ``bytes``, ``omitted``."""
    body: bytes
    """What the body says: of ``json`` the canonical text, of ``omitted`` the digest, of others an
    encoding with lengths."""


def fingerprint(request: Request) -> bytes:
    """16 bytes, half of a SHA-256, the fastest of the standard library's hashes; never raises."""
    method, path, query, kind, body = reading(request)
    parts = (method.encode(), path, _framed_pairs(query), kind, body)
    return hashlib.sha256(_framed(parts)).digest()[:16]


def place_of(request: Request) -> tuple[str, bytes]:
    """Method and path as a fingerprint takes them: where they differ, so do fingerprints."""
    return request.method, path_of(request.target)


def path_of(target: bytes) -> bytes:
    """A target's path in its normal form."""
    return _path(target.partition(b"?")[0])


def reading(request: Request) -> Reading:
    """What counts of the request, in the one spelling that all spellings of it share."""
    path, mark, query = request.target.partition(b"?")
    pairs = sorted(_pairs(query), key=lambda pair: pair[0]) if mark else []
    return Reading(request.method, _path(path), pairs, *_body(request))


def _path(path: bytes) -> bytes:
    if b"%" in path:
        path = _UNRESERVED.sub(lambda match: unquote_to_bytes(match[0]), path)
        path = _ENCODED.sub(lambda match: match[0].upper(), path)
    return unnumbered(path)


def _body(request: Request) -> tuple[bytes, bytes]:
    """How the body was read, and what it says."""
    content_type = _content_type(request)
    boundary = boundary_of(content_type)
    if request.omitted is not None:
        return b"omitted", _digest(request, boundary)
    if boundary is not None:
        return _multipart(request.body, boundary)
    if content_type.lower().startswith(b"application/x-www-form-urlencoded"):
        return b"form", _framed_pairs(_pairs(request.body))
    if b"json" in content_type.lower() or _FIRST_OF_JSON.match(request.body):
        return _json(request.body)
    return b"bytes", unnumbered(request.body)


def _digest(request: Request, boundary: bytes | None) -> bytes:
    """What tells an omitted body from others; of an upload with its random boundary, nothing."""
    if boundary is not None and request.omitted is not Omitted.ENCODING:
        return b""
    return request.digest.encode()


def _json(body: bytes) -> tuple[bytes, bytes]:
    try:
        return b"json", canonical(parsed(body))
    except ValueError:
        return b"bytes", unnumbered(body)


def _multipart(body: bytes, boundary: bytes) -> tuple[bytes, bytes]:
    parts, whole = parts_of(body, boundary)
    if not whole:
        return b"bytes", unnumbered(body)
    texts: list[bytes] = []
    for part in parts:
        headers = sorted((name.lower(), value) for name, value in part.headers)
        texts += (_framed_pairs(headers), unnumbered(body[part.start : part.end]))
    return b"multipart", _framed(texts)


def _content_type(request: Request) -> bytes:
    values = (value for name, value in request.headers if name.lower() == b"content-type")
    return next(values, b"").strip()


def _pairs(text: bytes) -> Pairs:
    """The decoded pairs of a query or a form, in their order."""
    pairs = (pair.partition(b"=") for pair in text.replace(b"+", b" ").split(b"&"))
    return [(_decoded(name), _decoded(value) if equals else None) for name, equals, value in pairs]


def _decoded(text: bytes) -> bytes:
    return unnumbered(unquote_to_bytes(text))


def _framed(texts: Iterable[bytes]) -> bytes:
    """The texts with their lengths, so that no two sequences give the same bytes."""
    return b"".join(b"%d:%b" % (len(text), text) for text in texts)


def _framed_pairs(pairs: Iterable[tuple[bytes, bytes | None]]) -> bytes:
    return _framed(_framed(text for text in pair if text is not None) for pair in pairs)
