"""The places in which two requests differ.

Both are read as their fingerprints are, so what does not count for a match is no difference either.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from runreel.core.match.canonical_json import unwrap_numbers
from runreel.core.match.json_diff import diff_json
from runreel.core.match.normalize import NameValuePairs, NormalizedRequest
from runreel.core.match.place import Absent, ComparedValue, Mismatch
from runreel.core.match.rules import FORM, QUERY

HEADERS = "headers."


def diff_requests(recorded: NormalizedRequest, sent: NormalizedRequest) -> Iterator[Mismatch]:
    """Every place where what counts of two requests differs."""
    if recorded.method != sent.method:
        yield Mismatch("method", (), recorded.method, sent.method)
    if recorded.path != sent.path:
        yield Mismatch("path", (), decode_text(recorded.path), decode_text(sent.path))
    yield from _diff_pairs(QUERY, recorded.query, sent.query)
    yield from _diff_pairs(HEADERS, recorded.headers, sent.headers)
    if (recorded.kind, recorded.body) != (sent.kind, sent.body):
        yield from _diff_bodies(recorded, sent)


def decode_text(data: bytes) -> str:
    """The bytes as text, whatever they are."""
    return data.decode("utf-8", "backslashreplace")


def _diff_bodies(recorded: NormalizedRequest, sent: NormalizedRequest) -> list[Mismatch]:
    if recorded.kind == sent.kind == b"json":
        try:
            return list(diff_json(json.loads(recorded.body), json.loads(sent.body)))
        except RecursionError:  # it was parsed once, but from less far down the stack
            return [_build_body_mismatch(recorded, sent)]
    fields = list(_diff_pairs(FORM, recorded.fields, sent.fields))
    return (
        fields if recorded.kind == sent.kind and fields else [_build_body_mismatch(recorded, sent)]
    )


def _build_body_mismatch(recorded: NormalizedRequest, sent: NormalizedRequest) -> Mismatch:
    old, new = _describe_body(recorded), _describe_body(sent)
    return Mismatch("body", (), old or Absent.ENTRY, new or Absent.ENTRY)


def _describe_body(request: NormalizedRequest) -> str:
    text = decode_text(request.body)
    if request.kind == b"omitted":
        return _describe_omitted(text)
    if request.kind in (b"form", b"multipart"):
        return f"another {decode_text(request.kind)} body"
    return unwrap_numbers(text) if request.kind == b"json" else text


def _describe_omitted(digest: str) -> str:
    length, colon, sha256 = digest.partition(":")
    if not digest:
        return "a body that was not kept"
    hashed = f", SHA-256 {sha256[:8]}…" if colon else ""
    return f"a body that was not kept ({length} bytes{hashed})"


def _diff_pairs(prefix: str, recorded: NameValuePairs, sent: NameValuePairs) -> Iterator[Mismatch]:
    one, other = _group_by_name(recorded), _group_by_name(sent)
    for name in dict.fromkeys((*one, *other)):
        old, new = one.get(name, Absent.ENTRY), other.get(name, Absent.ENTRY)
        if old != new:
            yield Mismatch(f"{prefix}{decode_text(name)}", (), old, new)


def _group_by_name(pairs: NameValuePairs) -> dict[bytes, ComparedValue]:
    """The value of each name; a list where it has several."""
    values: dict[bytes, list[ComparedValue]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(Absent.VALUE if value is None else decode_text(value))
    return {name: _unwrap_single(several) for name, several in values.items()}


def _unwrap_single(values: list[ComparedValue]) -> ComparedValue:
    if len(values) == 1:
        return values[0]
    return [value.value if isinstance(value, Absent) else value for value in values]
