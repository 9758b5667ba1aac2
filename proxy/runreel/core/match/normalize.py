"""What counts of a request, and the fingerprint that requests share when they are the same call.

Method, path, query and body count by their meaning and not by their spelling: percent-encoding
(RFC 3986 section 6.2.2), JSON (see ``trees``), the boundary of a multipart body, the number of a
placeholder. A body that was not kept counts by its digest. Headers do not count, and neither does
what is ignored, unless the rules say so. All is hashed with its type and length, so that no two
calls can run together.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container, Iterable, Sequence
from typing import NamedTuple, TypeAlias
from urllib.parse import unquote_to_bytes

from runreel.core.http.multipart import find_boundary, split_parts
from runreel.core.jsonpath import JsonPath
from runreel.core.match.canonical_json import (
    encode_canonical,
    parse_canonical,
    zero_placeholder_numbers,
)
from runreel.core.match.pruning import prune
from runreel.core.match.rules import MatchRules
from runreel.model import OmittedReason, Request

NameValuePairs: TypeAlias = Sequence[tuple[bytes, bytes | None]]
"""Decoded names and values; None for a name without ``=``."""

IGNORE_NOTHING = MatchRules()
"""The rules that ignore nothing."""

_FIRST_OF_JSON = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*[{\[]")
_UNRESERVED = re.compile(rb"%(?:2[dDeE]|3[0-9]|[46][1-9a-fA-F]|[57][0-9aA]|5[fF]|7[eE])")
_ENCODED = re.compile(rb"%[0-9a-fA-F]{2}")


class NormalizedRequest(NamedTuple):
    """What counts of a request."""

    method: str
    path: bytes
    """Its percent-encoding in the normal form of RFC 3986, section 6.2.2."""
    query: NameValuePairs
    """In the order of the names; what is repeated keeps its order."""
    headers: NameValuePairs
    """Those that count, by their names in lower case."""
    kind: bytes
    """How the body was read: ``json``, ``form``, ``multipart``, ``bytes``, ``omitted``."""
    body: bytes
    """What the body says: of ``json`` the canonical text, of ``omitted`` the digest, of others an
    encoding with lengths."""
    fields: NameValuePairs = ()
    """Of a form in either encoding, its fields."""


def fingerprint(request: Request, rules: MatchRules = IGNORE_NOTHING) -> bytes:
    """16 bytes, half of a SHA-256, the fastest of the standard library's hashes; never raises."""
    method, path, query, headers, kind, body, _ = normalize(request, rules)
    parts = (
        method.encode(),
        path,
        _join_framed_pairs(query),
        _join_framed_pairs(headers),
        kind,
        body,
    )
    return hashlib.sha256(_join_framed(parts)).digest()[:16]


def build_request_key(request: Request) -> tuple[str, bytes]:
    """Method and path as a fingerprint takes them: where they differ, so do fingerprints."""
    return request.method, normalize_path(request.target)


def normalize_path(target: bytes) -> bytes:
    """A target's path in its normal form."""
    return _normalize_encoding(target.partition(b"?")[0])


def normalize(request: Request, rules: MatchRules = IGNORE_NOTHING) -> NormalizedRequest:
    """What counts of the request, in the one spelling that all spellings of it share."""
    path, mark, query = request.target.partition(b"?")
    pairs = sorted(_parse_pairs(query, rules.query), key=_get_name) if mark else []
    headers = _select_headers(request, rules.headers) if rules.headers else []
    return NormalizedRequest(
        request.method, _normalize_encoding(path), pairs, headers, *_normalize_body(request, rules)
    )


def _select_headers(request: Request, names: Sequence[bytes]) -> NameValuePairs:
    named = (
        (name.lower(), zero_placeholder_numbers(value.strip())) for name, value in request.headers
    )
    return sorted((pair for pair in named if pair[0] in names), key=_get_name)


def _get_name(pair: tuple[bytes, bytes | None]) -> bytes:
    return pair[0]


def _normalize_encoding(path: bytes) -> bytes:
    if b"%" in path:
        path = _UNRESERVED.sub(lambda match: unquote_to_bytes(match[0]), path)
        path = _ENCODED.sub(lambda match: match[0].upper(), path)
    return zero_placeholder_numbers(path)


def _normalize_body(
    request: Request, rules: MatchRules
) -> tuple[bytes, bytes] | tuple[bytes, bytes, NameValuePairs]:
    """How the body was read, what it says, and its fields if it has any."""
    content_type = _find_content_type(request)
    boundary = find_boundary(content_type)
    if request.omitted is not None:
        return b"omitted", _get_digest(request, boundary)
    if boundary is not None:
        return _normalize_multipart(request.body, boundary, rules)
    if content_type.lower().startswith(b"application/x-www-form-urlencoded"):
        fields = _parse_pairs(request.body, rules.form)
        return b"form", _join_framed_pairs(fields), fields
    if b"json" in content_type.lower() or _FIRST_OF_JSON.match(request.body):
        return _normalize_json(request.body, rules.paths)
    return b"bytes", zero_placeholder_numbers(request.body)


def _get_digest(request: Request, boundary: bytes | None) -> bytes:
    """What tells an omitted body from others; of an upload with its random boundary, nothing."""
    if boundary is not None and request.omitted is not OmittedReason.ENCODING:
        return b""
    return request.digest.encode()


def _normalize_json(body: bytes, ignored: Sequence[JsonPath]) -> tuple[bytes, bytes]:
    try:
        tree = parse_canonical(body)
        return b"json", encode_canonical(prune(tree, ignored) if ignored else tree)
    except ValueError:
        return b"bytes", zero_placeholder_numbers(body)


def _normalize_multipart(
    body: bytes, boundary: bytes, rules: MatchRules
) -> tuple[bytes, bytes] | tuple[bytes, bytes, NameValuePairs]:
    parts, whole = split_parts(body, boundary)
    if not whole:
        return b"bytes", zero_placeholder_numbers(body)
    texts: list[bytes] = []
    fields: list[tuple[bytes, bytes | None]] = []
    for part in (part for part in parts if part.name not in rules.form):
        headers = sorted((name.lower(), value) for name, value in part.headers)
        content = zero_placeholder_numbers(body[part.start : part.end])
        texts += (_join_framed_pairs(headers), content)
        fields.append((part.name or b"", content))
    return b"multipart", _join_framed(texts), fields


def _find_content_type(request: Request) -> bytes:
    values = (value for name, value in request.headers if name.lower() == b"content-type")
    return next(values, b"").strip()


def _parse_pairs(text: bytes, ignored: Container[bytes]) -> NameValuePairs:
    """The decoded pairs of a query or a form that count, in their order."""
    pairs = (pair.partition(b"=") for pair in text.replace(b"+", b" ").split(b"&"))
    decoded = ((_decode(name), _decode(value) if equals else None) for name, equals, value in pairs)
    return [pair for pair in decoded if pair[0] not in ignored]


def _decode(text: bytes) -> bytes:
    return zero_placeholder_numbers(unquote_to_bytes(text))


def _join_framed(texts: Iterable[bytes]) -> bytes:
    """The texts with their lengths, so that no two sequences give the same bytes."""
    return b"".join(b"%d:%b" % (len(text), text) for text in texts)


def _join_framed_pairs(pairs: Iterable[tuple[bytes, bytes | None]]) -> bytes:
    return _join_framed(_join_framed(text for text in pair if text is not None) for pair in pairs)
