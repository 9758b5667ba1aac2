"""Cassettes of VCR, already parsed from YAML or JSON.

Formats: vcrpy's version 1 (``interactions``), which pytest-recording and most Python projects use,
with bodies as text, bytes, base64 or as parsed JSON (``parsed_body``); and that of VCR for Ruby
(``http_interactions``). vcrpy keeps no times, and a compressed body either as bytes or as decoded
text whose header still says ``gzip``.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from runreel.core.interop.foreign import ForeignExchange, ForeignFormatError, ForeignRecording
from runreel.core.interop.values import MemberReader, build_headers, encode_text, fail
from runreel.model import Headers

_MAX_BODY = 1 << 28
"""Bytes of a body that is given as parsed JSON. YAML's aliases can make it much larger than the
file."""


def is_vcr(document: object) -> bool:
    """Return whether a parsed file looks like a cassette of VCR."""
    return isinstance(document, dict) and bool(_LISTS & document.keys())


def read_vcr(document: object) -> ForeignRecording:
    """Return the exchanges of a parsed file. Raise ``ForeignFormatError`` with the place."""
    reader = MemberReader(document, "the file")
    name = next((name for name in sorted(_LISTS) if reader.has(name)), "interactions")
    interactions = reader.get_list(name)
    exchanges = [
        _read_interaction(MemberReader(each, f"{name}[{index}]"))
        for index, each in enumerate(interactions)
    ]
    return ForeignRecording(exchanges, ())


_LISTS = frozenset({"interactions", "http_interactions"})


def _read_interaction(reader: MemberReader) -> ForeignExchange:
    request, response = reader.get_object("request"), reader.get_object("response")
    status = response.get_object("status")
    return ForeignExchange(
        method=request.get_token("method").upper(),
        url=request.get_url("uri"),
        headers=_read_headers(request),
        body=_read_body(request),
        status=status.get_status("code"),
        reason=_read_reason(status),
        answer_headers=_drop_codings(_read_headers(response), is_parsed=_is_parsed(response)),
        answer_body=_read_body(response),
        started_ns=_read_time(reader),
    )


def _read_reason(status: MemberReader) -> bytes:
    reason = status.get_text("message").encode()
    return b"" if b"\r" in reason or b"\n" in reason else reason


def _read_headers(reader: MemberReader) -> Headers:
    value = reader.get("headers") or {}
    if not isinstance(value, Mapping):
        reader.fail("headers", "is not an object")
    return build_headers(_iter_pairs(value), "a request or response")


def _iter_pairs(value: Mapping[object, object]) -> Iterator[tuple[object, object]]:
    for name, values in value.items():
        for each in values if isinstance(values, list | tuple) else (values,):
            yield name, each


def _is_parsed(reader: MemberReader) -> bool:
    return reader.has("parsed_body")


def _drop_codings(headers: Headers, *, is_parsed: bool) -> Headers:
    """Return the headers without codings that a parsed body no longer has."""
    if not is_parsed:
        return headers
    return tuple(pair for pair in headers if pair[0].lower() != b"content-encoding")


def _read_body(reader: MemberReader) -> bytes:
    if _is_parsed(reader):
        return _encode_json(reader.get("parsed_body"))
    body = reader.get("body")
    if not isinstance(body, Mapping):
        return _encode_json(body) if isinstance(body, list) else encode_text(body)
    for name in ("base64_string", "string"):
        if body.get(name) is not None:
            return (
                _decode_base64(body[name]) if name == "base64_string" else encode_text(body[name])
            )
    return b"" if body.keys() <= {"string", "encoding", "base64_string"} else _encode_json(body)


def _decode_base64(value: object) -> bytes:
    try:
        return base64.b64decode(encode_text(value))
    except ValueError:
        fail("body.base64_string", "is not valid base64")


def _encode_json(value: object) -> bytes:
    """Return parsed JSON as text, as SDKs write it."""
    encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str)
    try:
        return "".join(_limit(encoder.iterencode(value))).encode("utf-8", "surrogatepass")
    except (RecursionError, ValueError, TypeError):
        raise ForeignFormatError("a parsed body is not JSON, or is nested too deeply") from None


def _limit(pieces: Iterable[str]) -> Iterator[str]:
    """Yield the pieces. Raise ``ForeignFormatError`` if they get too long."""
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > _MAX_BODY:
            fail("a parsed body", f"has more than {_MAX_BODY} characters")
        yield piece


def _read_time(reader: MemberReader) -> int | None:
    """Return ``recorded_at`` of VCR for Ruby, in nanoseconds since 1970."""
    for parse in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = parse(str(reader.get("recorded_at")))
            in_utc = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return int(in_utc.timestamp()) * 1_000_000_000
        except (ValueError, OverflowError):
            continue
    return None
