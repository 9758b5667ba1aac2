"""Normalise a request to the parts that count, and hash them to its fingerprint.

Method, path, query and body count by their meaning, not by their spelling: percent-encoding
(RFC 3986, section 6.2.2), JSON (see ``canonical_json``), the boundary of a multipart body, the
number of a placeholder. A body that was not kept counts by its digest. Headers count only if the
rules name them; everything else counts unless the rules ignore it.

The fingerprint is a hash of all parts, each with its length, so that the end of one part cannot
pass for the start of the next.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias
from urllib.parse import unquote_to_bytes

from runreel.core.bound_places import FILE_NAME, FORM, QUERY, BoundRule, list_json_slots
from runreel.core.http.headers import get_content_type, is_form
from runreel.core.http.multipart import BodyPart, find_boundary, split_parts
from runreel.core.match.canonical_json import (
    IGNORED,
    CanonicalJson,
    encode_canonical,
    get_number,
)
from runreel.core.match.masking import build_rank, mask_json, mask_pairs
from runreel.core.match.pruning import parse_pruned
from runreel.core.match.rules import CONTENT, CONTENT_TYPE, PART_HEADERS, MatchRules
from runreel.core.placeholder import zero_numbers
from runreel.core.regex.lazy_pattern import compile_later
from runreel.core.unordered import select_kinds, sort_unordered
from runreel.core.volatile.mask import VolatileMask
from runreel.model import Headers, OmittedReason, Request

NameValuePairs: TypeAlias = Sequence[tuple[bytes, bytes | None]]
"""Decoded names and values; the value is None for a name without ``=``."""

RequestKey: TypeAlias = tuple[str, bytes]
"""Method and normalised path of a request."""

IGNORE_NOTHING = MatchRules()
"""Rules without ignored places."""

_MASKED_OR_DIGEST = (b"json", b"omitted")
"""Kinds of bodies that are masked already, or not kept."""

_FIRST_OF_JSON = compile_later(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*[{\[]")
_MASK = "…".encode()
"""Stands for a value that clients make anew."""
_UNRESERVED = compile_later(rb"%(?:2[dDeE]|3[0-9]|[46][1-9a-fA-F]|[57][0-9aA]|5[fF]|7[eE])")
_ENCODED = compile_later(rb"%[0-9a-fA-F]{2}")


class NormalizedRequest(NamedTuple):
    """The parts of a request that count, each in its normal form."""

    method: str
    path: bytes
    """The path with its percent-encoding normalised (RFC 3986, section 6.2.2)."""
    query: NameValuePairs
    """Parameters sorted by name; the values of a repeated name keep their order."""
    headers: NameValuePairs
    """The headers that the rules name, in lower case and sorted."""
    kind: bytes
    """The kind of body: ``json``, ``form``, ``multipart``, ``bytes``, ``omitted``."""
    body: bytes
    """Canonical text of a ``json`` body, digest of an ``omitted`` one, the bytes of ``bytes``; the
    fields or parts of the others, each with its length."""
    fields: NameValuePairs = ()
    """Fields of a form; places in the parts of a multipart body, such as ``filename.a``."""


def fingerprint(request: Request, rules: MatchRules = IGNORE_NOTHING) -> bytes:
    """Return 16 bytes, equal for two requests that are the same call; never raise.

    They are half of a SHA-256, the fastest hash of the standard library.
    """
    method, path, query, headers, kind, body, _ = normalize(request, rules)
    pairs = _join_framed_pairs(query), _join_framed_pairs(headers)
    return hashlib.sha256(_join_framed((method.encode(), path, *pairs, kind, body))).digest()[:16]


def build_request_key(request: Request, mask: VolatileMask | None = None) -> RequestKey:
    """Return the key of a request; requests with unequal keys are different calls."""
    path = normalize_path(request.target)
    return request.method, path if mask is None else mask.apply_to_path(path)


def normalize_path(target: bytes) -> bytes:
    """Return the path of a request target in its normal form."""
    return _normalize_encoding(target.partition(b"?")[0])


def normalize(request: Request, rules: MatchRules = IGNORE_NOTHING) -> NormalizedRequest:
    """Return the parts of the request that count by ``rules``, each in its normal form."""
    path, mark, query = request.target.partition(b"?")
    parameters = _mask_pairs(_parse_pairs(query, rules.query), QUERY, rules) if mark else []
    pairs = sorted(parameters, key=_get_name)
    headers = select_headers(request.headers, rules.headers) if rules.headers else ()
    normalized = NormalizedRequest(
        request.method,
        _normalize_encoding(path),
        pairs,
        headers,
        *_normalize_body(request, rules),
    )
    return normalized if rules.mask is None else _apply_mask(normalized, rules.mask)


def _apply_mask(request: NormalizedRequest, mask: VolatileMask) -> NormalizedRequest:
    """Mask the volatile texts; JSON is masked before it is encoded."""
    fields = mask_pairs(request.fields, mask)
    body = request.body
    if request.kind not in _MASKED_OR_DIGEST:
        body = _join_framed_pairs(fields) if fields else mask.apply(body)
    return request._replace(
        path=mask.apply_to_path(request.path),
        query=mask_pairs(request.query, mask),
        headers=mask_pairs(request.headers, mask),
        body=body,
        fields=fields,
    )


@lru_cache(256)
def select_headers(headers: Headers, names: tuple[bytes, ...]) -> NameValuePairs:
    """Return the headers with these names, in lower case and sorted."""
    counting = [
        (lower, zero_numbers(value.strip()))
        for name, value in headers
        if (lower := name.lower()) in names
    ]
    return tuple(sorted(counting, key=_get_name))


def _get_name(pair: tuple[bytes, bytes | None]) -> bytes:
    return pair[0]


def _normalize_encoding(path: bytes) -> bytes:
    """Decode unreserved characters and write all other percent-encoding in upper case."""
    if b"%" in path:
        path = _UNRESERVED.sub(lambda match: unquote_to_bytes(match[0]), path)
        path = _ENCODED.sub(lambda match: match[0].upper(), path)
    return zero_numbers(path)


def _normalize_body(
    request: Request, rules: MatchRules
) -> tuple[bytes, bytes] | tuple[bytes, bytes, NameValuePairs]:
    """Return the last members of a ``NormalizedRequest``: kind, body, and fields if any."""
    content_type = get_content_type(request.headers)
    boundary = find_boundary(content_type)
    if request.omitted is not None:
        return b"omitted", _get_digest(request, boundary)
    if boundary is not None:
        return _normalize_multipart(request.body, boundary, rules)
    if is_form(request.headers):
        fields = _mask_pairs(_parse_pairs(request.body, rules.form), FORM, rules)
        return b"form", _join_framed_pairs(fields), fields
    if b"json" in content_type.lower() or _FIRST_OF_JSON.match(request.body):
        return _normalize_json(request.body, rules)
    return b"bytes", zero_numbers(request.body)


def _get_digest(request: Request, boundary: bytes | None) -> bytes:
    """Return the digest of an omitted body.

    Empty for an upload: its random boundary makes the digest of equal uploads differ.
    """
    if boundary is not None and request.omitted is not OmittedReason.ENCODING:
        return b""
    return request.digest.encode()


def _normalize_json(body: bytes, rules: MatchRules) -> tuple[bytes, bytes]:
    try:
        value = parse_pruned(body, rules.paths)
        _mask_bound(value, [rule for rule in rules.bound if rule.may_apply(body)])
        kinds = select_kinds(body, rules.unordered_items)
        sort_unordered(value, kinds, build_rank(body, rules.mask))
        value = value if rules.mask is None else mask_json(value, rules.mask)
        return b"json", encode_canonical(value)
    except ValueError:
        return b"bytes", zero_numbers(body)


def _mask_bound(value: CanonicalJson, rules: Sequence[BoundRule]) -> None:
    """Replace the values that clients make anew; whether there is one still counts."""
    for rule, container, key in list_json_slots(value, rules):
        if get_number(container):  # the text of a number, which no client makes by itself
            continue
        child = container[key]
        text = child if isinstance(child, str) else get_number(child)
        if rule.is_bound(text.encode("utf-8", "surrogatepass")):
            container[key] = IGNORED


def _normalize_multipart(
    body: bytes, boundary: bytes, rules: MatchRules
) -> tuple[bytes, bytes] | tuple[bytes, bytes, NameValuePairs]:
    parts, is_whole = split_parts(body, boundary)
    if not is_whole:
        return b"bytes", zero_numbers(body)
    fields = [
        field
        for part in parts
        if part.name not in rules.form
        for field in _iter_part_fields(part, zero_numbers(body[part.start : part.end]))
        if field[0] not in rules.parts
    ]
    bound = {rule.place.place.encode() for rule in rules.bound}
    fields = [(place, _MASK if value and place in bound else value) for place, value in fields]
    return b"multipart", _join_framed_pairs(fields), fields


def _iter_part_fields(part: BodyPart, content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the places of a part, such as ``filename.a``, with their values."""
    name, file_name = part.name or b"", part.file_name
    headers = b"; ".join(b": ".join(header) for header in part.other_headers)
    if headers != b'content-disposition: form-data; name="%b"' % name:
        yield PART_HEADERS.encode() + name, headers
    if file_name is not None:
        yield FILE_NAME.encode() + name, zero_numbers(file_name)
    if part.content_type is not None:
        yield CONTENT_TYPE.encode() + name, part.content_type
    yield (FORM if file_name is None else CONTENT).encode() + name, content


def _parse_pairs(text: bytes, ignored: Container[bytes]) -> NameValuePairs:
    """Parse a query or a form; return the decoded pairs in their order, without ignored names."""
    pairs = (pair.partition(b"=") for pair in text.replace(b"+", b" ").split(b"&"))
    decoded = ((_decode(name), _decode(value) if equals else None) for name, equals, value in pairs)
    return [pair for pair in decoded if pair[0] not in ignored]


def _mask_pairs(pairs: NameValuePairs, prefix: str, rules: MatchRules) -> NameValuePairs:
    """Replace the values that clients make anew."""
    names = {rule.name for rule in rules.bound if rule.place.place.startswith(prefix)}
    return [(name, _MASK if value and name in names else value) for name, value in pairs]


def _decode(text: bytes) -> bytes:
    return zero_numbers(unquote_to_bytes(text))


def _join_framed(texts: Iterable[bytes]) -> bytes:
    """Join texts, each preceded by its length, so that unequal sequences give unequal bytes."""
    return b"".join(b"%d:%b" % (len(text), text) for text in texts)


def _join_framed_pairs(pairs: Iterable[tuple[bytes, bytes | None]]) -> bytes:
    return _join_framed(_join_framed(text for text in pair if text is not None) for pair in pairs)
