"""Where credentials stand in a body: under the names of JSON members, of form fields, of parts.

A body may be JSON, a stream of events that hold JSON, either of them broken off, or text with JSON
in it. So members are found by their look, ``"name": "``, wherever it occurs, and nothing needs to
be whole (RFC 8259; application/x-www-form-urlencoded and multipart/form-data after WHATWG URL and
RFC 7578).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote_to_bytes

from runreel.core.http.headers import get_content_type, is_form
from runreel.core.http.multipart import find_boundary, split_parts
from runreel.core.redact.finders.by_name import CredentialField
from runreel.core.redact.finders.headers import (
    Credential,
    KindLookup,
    find_in_parameters,
    split_credential,
)
from runreel.core.redact.texts.text import Text, TextKind
from runreel.core.redact.texts.views import View, unescape_json
from runreel.model import Headers

_MEMBER = re.compile(
    rb'"([^"]{1,240}+)"\s*+:\s*+(?:(\[\s*+)?(?:(")|(?=-?[0-9]))|(?=\{\s*+"(?:value|secret|token)"))'
)
"""A name, and what its value begins with: the bracket of an array or none, a quote or a digit; or
an object whose first member is what the name says: ``"client_secret": {"value": "``."""

_VALUE_OBJECT = re.compile(rb'\{\s*+"[a-z]+"\s*+:\s*+"')

_NESTED = re.compile(rb'\\(?:"|u0022)\s*+:\s*+\[?\s*+(?:\\+(?:"|u0022)|-?[0-9])')
"""The middle of a member of JSON in a string of JSON."""

_VALUE = re.compile(rb'(?:[^"\\\r\n]++|\\.|\r?\n(?![\r\n])|\r(?![\r\n]))*+', re.DOTALL)
"""Up to the closing quote; a value that was broken off goes no further than an empty line, where
the next event begins."""

_NUMBER = re.compile(rb"-?[0-9][0-9.eE+-]{3,}+")
_NEXT_OF_ARRAY = re.compile(rb'"\s*+,\s*+"')
_FIELD = re.compile(rb"(?:\A|&)([^&=]+)=([^&]+)")
_CREDENTIAL = re.compile(rb"(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{16}")
"""Sixteen letters and digits in a row with some of both: no word, no UUID, no path."""

_SPACES = re.compile(rb"\s")

_SLICE = 1 << 16
_OVERLAP = 512
"""Bytes: at least as long as a name, and what may stand behind it."""

FieldLookup = Callable[[bytes], CredentialField | None]
"""What the name of a JSON member, as written, announces."""


def find_in_json(text: Text, find_field: FieldLookup) -> Iterator[Credential]:
    """The credentials under key-ish names, also where JSON stands in a string of JSON."""
    is_nested = b"\\" in text.data and any(map(_NESTED.search, _iter_slices(text.data)))
    for level, view in (
        text.iter_json_levels() if text.kind is not TextKind.JSON_STRING or is_nested else ()
    ):
        if any(map(find_field, _collect_member_names(view.data))):
            yield from _find_in_view(view, level, find_field)
        if not is_nested:
            return


def find_in_form(body: bytes, find_kind: KindLookup) -> Iterator[Credential]:
    """The credentials in a URL-encoded form."""
    for found in find_in_parameters(body, find_kind, _FIELD, rule="form"):
        yield found._replace(
            value=unquote_to_bytes(body[found.start : found.end].replace(b"+", b" "))
        )


def find_in_multipart(body: bytes, boundary: bytes, find_kind: KindLookup) -> Iterator[Credential]:
    """The credentials in the parts of a form."""
    for part in split_parts(body, boundary).parts:
        kind = find_kind(part.name) if part.name else None
        if kind is not None:
            yield Credential(part.start, part.end, kind, body[part.start : part.end], "form")


def find_in_fields(headers: Headers, body: bytes, find_kind: KindLookup) -> Iterator[Credential]:
    """The credentials in the fields of a body that is a form of either type."""
    boundary = find_boundary(get_content_type(headers))
    if boundary is not None:
        yield from find_in_multipart(body, boundary, find_kind)
    elif is_form(headers):
        yield from find_in_form(body, find_kind)


def _collect_member_names(data: bytes) -> set[bytes]:
    """All names of members."""
    return {match[1] for piece in _iter_slices(data) for match in _MEMBER.finditer(piece)}


def _iter_slices(data: bytes) -> Iterator[bytes]:
    """The data in pieces that overlap: one call for all of it would hold other threads up."""
    for start in range(0, len(data), _SLICE):
        yield data[max(start - _OVERLAP, 0) : start + _SLICE]


def _find_in_view(view: View, level: int, find_field: FieldLookup) -> Iterator[Credential]:
    for match in _MEMBER.finditer(view.data):
        field = find_field(match[1])
        if field is None or _count_quote_bytes(view, match.start()) < 1 << level:
            continue
        held = _VALUE_OBJECT.match(view.data, match.end())
        if match[3] is not None or held is not None:
            start = held.end() if held is not None else match.end()
            if _count_quote_bytes(view, start - 1) < 1 << level:
                continue  # it ends the string that this JSON breaks off in
            yield from _find_in_value(view, start, field, is_array=match[2] is not None)
        else:
            yield from _find_number(view, match.end(), field)


def _count_quote_bytes(view: View, position: int) -> int:
    """Raw bytes of a quote: each level of JSON in a string of JSON doubles the backslashes."""
    return view.to_raw_end(position + 1) - view.to_raw_start(position)


def _find_number(view: View, start: int, field: CredentialField) -> Iterator[Credential]:
    match = _NUMBER.match(view.data, start)
    if match is not None and field.is_certain:
        place = view.to_raw_start(start), view.to_raw_end(match.end())
        yield Credential(*place, field.kind, match[0], "fields")


def _find_in_value(
    view: View, start: int, field: CredentialField, *, is_array: bool
) -> Iterator[Credential]:
    while (match := _VALUE.match(view.data, start)) is not None:
        yield from _find_in_string(view, match, field)
        more = _NEXT_OF_ARRAY.match(view.data, match.end()) if is_array else None
        if more is None:
            return
        start = more.end()


def _find_in_string(
    view: View, match: re.Match[bytes], field: CredentialField
) -> Iterator[Credential]:
    raw, text = match[0], unescape_json(match[0])
    if not field.is_certain and (_SPACES.search(text) or not _CREDENTIAL.search(text)):
        return
    secret, also = split_credential(field.kind, text)
    start = match.end() - len(secret) if raw.endswith(secret) else match.start()
    yield Credential(
        view.to_raw_start(start), view.to_raw_end(match.end()), field.kind, secret, "fields", also
    )
