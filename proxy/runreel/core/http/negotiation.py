"""The request headers that choose an answer (RFC 9110, sections 12 to 14).

Some do so by their meaning: a range, a condition, the last event of a stream that is resumed.
Others do if the answer says so in ``Vary``. ``Accept`` is compared by its meaning, because clients
spell their default in many ways, and other ones in each version.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from msgspec import Struct

from runreel.core.http.headers import find_header_values, get_content_type
from runreel.core.regex.lazy_pattern import compile_later
from runreel.model import Headers

ACCEPT = b"accept"

CHOOSING_HEADERS = (
    b"if-match",
    b"if-modified-since",
    b"if-none-match",
    b"if-range",
    b"if-unmodified-since",
    b"last-event-id",
    b"range",
)
"""Headers that always choose: with another value, a server sends another part, or no body."""

_NEVER_VARYING = compile_later(
    rb".*(?:auth|cookie|token|secret|key|session|signature|password|credential).*"
    rb"|\*|host|origin|referer|user-agent|content-(?:type|length|encoding)|accept-encoding"
    rb"|access-control-.*|sec-.*|x-stainless-.*|x-forwarded-.*|forwarded|via|date"
    rb"|.*(?:request|correlation|trace|span)-?id|trace(?:parent|state)|baggage"
)
"""Names in ``Vary`` that never count. Credentials differ between the people who run a test.
``Accept-Encoding`` is the proxy's own, ``User-Agent`` and its like change with each version of a
client, ``Origin`` and its like with the place that a page is served from, and ids with each call.
Which of these values get the same answer cannot be judged."""

_DEFAULT_TYPES = frozenset({b"application/json", b"text/json"})
_RAW_TYPES = frozenset({b"application/octet-stream", b"application/binary"})
"""Types by which clients ask for the bytes of a file, whatever their type is."""
_QUALITY = re.compile(rb"q[ \t]*=[ \t]*([01](?:\.[0-9]{0,3})?)", re.IGNORECASE)


class _MediaRange(Struct, frozen=True):
    """A media range of an ``Accept`` header."""

    type: bytes
    """Type and subtype in lower case, without parameters: ``text/*``."""
    quality: float


def list_varying(headers: Headers) -> frozenset[bytes]:
    """Return the names of the request headers by which an answer varies, in lower case.

    Those by which a replay cannot vary are left out.
    """
    names = b",".join(find_header_values(headers, b"vary")).lower().split(b",")
    stripped = {name.strip() for name in names}
    return frozenset(name for name in stripped if name and not _NEVER_VARYING.fullmatch(name))


def classify_accept(headers: Headers) -> bytes:
    """Return the media types that a request asks for by name; empty for the usual ones.

    No ``Accept``, ``*/*``, ``application/json`` and ``application/json, text/plain, */*`` are all
    the default of some client.
    """
    return _classify_ranges(_parse_accept(headers))


@lru_cache(256)
def _classify_ranges(ranges: tuple[_MediaRange, ...]) -> bytes:
    types = {each.type for each in ranges if each.quality and b"*" not in each.type}
    if types & _DEFAULT_TYPES:
        types.discard(b"text/plain")
    return b"" if types <= _DEFAULT_TYPES else b", ".join(sorted(types))


def rate_answer(request_headers: Headers, content_type: bytes) -> float:
    """Return how much a request prefers an answer of this type: 1 at most, 0 if it is refused.

    The most specific range that fits decides (RFC 9110, section 12.5.1).
    """
    ranges = _parse_accept(request_headers)
    media_type = content_type.partition(b";")[0].strip().lower()
    if not ranges or not media_type or any(each.type in _RAW_TYPES for each in ranges):
        return 1.0
    ratings = [(_measure_fit(each.type, media_type), each.quality) for each in ranges]
    fit, quality = max(ratings)
    return quality if fit else 0.0


def find_best_type(request_headers: Headers, answers: Iterable[Headers]) -> int | None:
    """Return the index of the answer whose type the request prefers; None if it refuses all."""
    ratings = [rate_answer(request_headers, get_content_type(each)) for each in answers]
    best = max(ratings, default=0.0)
    return ratings.index(best) if best else None


def _parse_accept(headers: Headers) -> tuple[_MediaRange, ...]:
    return _parse_ranges(b",".join(find_header_values(headers, ACCEPT)))


@lru_cache(256)
def _parse_ranges(text: bytes) -> tuple[_MediaRange, ...]:
    return tuple(_parse_range(value) for value in text.split(b",") if value.strip())


def _parse_range(value: bytes) -> _MediaRange:
    media_type, *parameters = (part.strip() for part in value.split(b";"))
    matches = map(_QUALITY.fullmatch, parameters)
    quality = next((float(match[1]) for match in matches if match), 1.0)
    return _MediaRange(b"*/*" if media_type == b"*" else media_type.lower(), quality)


def _measure_fit(media_range: bytes, media_type: bytes) -> int:
    """Return how specifically a range names a type; 0 if it does not."""
    if media_range == media_type:
        return 3
    main, _, subtype = media_range.partition(b"/")
    if subtype == b"json" and media_type.endswith(b"+json"):
        return 3
    if subtype == b"*" and media_type.startswith(main + b"/"):
        return 2
    return int(media_range == b"*/*")
