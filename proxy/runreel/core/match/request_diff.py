"""Find the places where two requests differ.

Both are normalised as for their fingerprints, so whatever does not count for a match is not a
difference either.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256

from runreel.core.bound_places import FORM, QUERY
from runreel.core.match.canonical_json import unwrap_numbers
from runreel.core.match.json_diff import Absent, ComparedValue, Mismatch, diff_json
from runreel.core.match.normalize import NameValuePairs, NormalizedRequest
from runreel.core.match.rules import CONTENT, HEADERS
from runreel.core.regex.lazy_pattern import compile_later

_BINARY = "a file that is not text"
_CONTROL = compile_later(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def diff_requests(recorded: NormalizedRequest, sent: NormalizedRequest) -> Iterator[Mismatch]:
    """Yield every place where two requests differ; none if their fingerprints are equal."""
    if recorded.method != sent.method:
        yield Mismatch("method", (), recorded.method, sent.method)
    if recorded.path != sent.path:
        yield Mismatch("path", (), decode_text(recorded.path), decode_text(sent.path))
    yield from _diff_pairs(QUERY, recorded.query, sent.query)
    yield from _diff_pairs(HEADERS, recorded.headers, sent.headers)
    if (recorded.kind, recorded.body) != (sent.kind, sent.body):
        yield from _diff_bodies(recorded, sent)


def decode_text(data: bytes) -> str:
    """Decode UTF-8; bytes that are invalid become ``\\xff`` escapes."""
    return data.decode("utf-8", "backslashreplace")


def _diff_bodies(recorded: NormalizedRequest, sent: NormalizedRequest) -> list[Mismatch]:
    if recorded.kind == sent.kind == b"json":
        try:
            return list(diff_json(json.loads(recorded.body), json.loads(sent.body)))
        except RecursionError:  # the same text was parsed before, on a less deep call stack
            return [_build_body_mismatch(recorded, sent)]
    prefix = FORM if recorded.kind == b"form" else ""
    fields = list(_diff_pairs(prefix, recorded.fields, sent.fields))
    is_by_field = recorded.kind == sent.kind and bool(fields)
    return fields if is_by_field else [_build_body_mismatch(recorded, sent)]


def _build_body_mismatch(recorded: NormalizedRequest, sent: NormalizedRequest) -> Mismatch:
    article = "another" if recorded.kind == sent.kind else "a"
    old, new = _describe_body(recorded, article), _describe_body(sent, article)
    is_described = {recorded.kind, sent.kind} != {b"bytes"}
    return Mismatch("body", (), old or Absent.ENTRY, new or Absent.ENTRY, is_described=is_described)


def _describe_body(request: NormalizedRequest, article: str) -> str:
    text = decode_text(request.body)
    if request.kind == b"omitted":
        return _describe_omitted(text)
    if request.kind in (b"form", b"multipart"):
        return f"{article} {decode_text(request.kind)} body"
    return unwrap_numbers(text) if request.kind == b"json" else text


def _describe_omitted(digest: str) -> str:
    length, colon, sha256 = digest.partition(":")
    if not digest:
        return "a body that was not kept"
    shortened = f", SHA-256 {sha256[:8]}…" if colon else ""
    return f"a body that was not kept ({length} bytes{shortened})"


def _diff_pairs(prefix: str, recorded: NameValuePairs, sent: NameValuePairs) -> Iterator[Mismatch]:
    by_name, sent_by_name = _group_by_name(recorded), _group_by_name(sent)
    for name in dict.fromkeys((*by_name, *sent_by_name)):
        old, new = by_name.get(name, Absent.ENTRY), sent_by_name.get(name, Absent.ENTRY)
        if old != new:
            is_described = any(map(_is_description, (old, new)))
            path = f"{prefix}{decode_text(name)}"
            yield Mismatch(path, (), old, new, is_described=is_described)


def _group_by_name(pairs: NameValuePairs) -> dict[bytes, ComparedValue]:
    """Return the value of each name; a list if a name has several values."""
    values: dict[bytes, list[ComparedValue]] = {}
    for name, value in pairs:
        decoded = Absent.VALUE if value is None else _decode_value(name, value)
        values.setdefault(name, []).append(decoded)
    return {name: _unwrap_single(several) for name, several in values.items()}


def _decode_value(name: bytes, value: bytes) -> str:
    """Decode a value; the content of a file that is not text is described."""
    if not name.startswith(CONTENT.encode()) or _is_text(value):
        return decode_text(value)
    return f"{_BINARY} ({len(value)} bytes, SHA-256 {sha256(value).hexdigest()[:16]}…)"


def _is_text(value: bytes) -> bool:
    try:
        return _CONTROL.search(value.decode()) is None
    except UnicodeDecodeError:
        return False


def _is_description(value: ComparedValue) -> bool:
    return isinstance(value, str) and value.startswith(_BINARY)


def _unwrap_single(values: list[ComparedValue]) -> ComparedValue:
    if len(values) == 1:
        return values[0]
    return [value.value if isinstance(value, Absent) else value for value in values]
