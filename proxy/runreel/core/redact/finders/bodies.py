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

from runreel.core.http.headers import content_type, is_form
from runreel.core.http.multipart import boundary_of, parts_of
from runreel.core.redact.finders.by_name import Field
from runreel.core.redact.finders.headers import Found, Kinds, credentials, in_parameters
from runreel.core.redact.texts.text import Kind, Text
from runreel.core.redact.texts.views import View, json_text
from runreel.model import Headers

_MEMBER = re.compile(
    rb'"([^"]{1,240}+)"\s*+:\s*+(?:(\[\s*+)?(?:(")|(?=-?[0-9]))|(?=\{\s*+"(?:value|secret|token)"))'
)
"""A name, and what its value begins with: the bracket of an array or none, a quote or a digit; or
an object whose first member is what the name says: ``"client_secret": {"value": "``."""

_HELD = re.compile(rb'\{\s*+"[a-z]+"\s*+:\s*+"')

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

Members = Callable[[bytes], Field | None]
"""What the name of a JSON member, as written, announces."""


def in_json(text: Text, members: Members) -> Iterator[Found]:
    """The credentials under key-ish names, also where JSON stands in a string of JSON."""
    is_nested = b"\\" in text.data and any(map(_NESTED.search, _slices(text.data)))
    for level, view in text.json_levels() if text.kind is not Kind.CONTENT or is_nested else ():
        if any(map(members, _names_in(view.data))):
            yield from _in_view(view, level, members)
        if not is_nested:
            return


def in_form(body: bytes, kinds: Kinds) -> Iterator[Found]:
    """The credentials in a URL-encoded form."""
    for found in in_parameters(body, kinds, _FIELD, rule="form"):
        yield found._replace(
            value=unquote_to_bytes(body[found.start : found.end].replace(b"+", b" "))
        )


def in_multipart(body: bytes, boundary: bytes, kinds: Kinds) -> Iterator[Found]:
    """The credentials in the parts of a form."""
    for part in parts_of(body, boundary).parts:
        kind = kinds(part.name) if part.name else None
        if kind is not None:
            yield Found(part.start, part.end, kind, body[part.start : part.end], "form")


def in_fields(headers: Headers, body: bytes, kinds: Kinds) -> Iterator[Found]:
    """The credentials in the fields of a body that is a form of either type."""
    boundary = boundary_of(content_type(headers))
    if boundary is not None:
        yield from in_multipart(body, boundary, kinds)
    elif is_form(headers):
        yield from in_form(body, kinds)


def _names_in(data: bytes) -> set[bytes]:
    """All names of members."""
    return {match[1] for piece in _slices(data) for match in _MEMBER.finditer(piece)}


def _slices(data: bytes) -> Iterator[bytes]:
    """The data in pieces that overlap: one call for all of it would hold other threads up."""
    for start in range(0, len(data), _SLICE):
        yield data[max(start - _OVERLAP, 0) : start + _SLICE]


def _in_view(view: View, level: int, members: Members) -> Iterator[Found]:
    for match in _MEMBER.finditer(view.data):
        field = members(match[1])
        if field is None or _quote_length(view, match.start()) < 1 << level:
            continue
        held = _HELD.match(view.data, match.end())
        if match[3] is not None or held is not None:
            start = held.end() if held is not None else match.end()
            if _quote_length(view, start - 1) < 1 << level:
                continue  # it ends the string that this JSON breaks off in
            yield from _in_value(view, start, field, is_array=match[2] is not None)
        else:
            yield from _in_number(view, match.end(), field)


def _quote_length(view: View, position: int) -> int:
    """Raw bytes of a quote: each level of JSON in a string of JSON doubles the backslashes."""
    return view.end(position + 1) - view.start(position)


def _in_number(view: View, start: int, field: Field) -> Iterator[Found]:
    match = _NUMBER.match(view.data, start)
    if match is not None and field.certain:
        place = view.start(start), view.end(match.end())
        yield Found(*place, field.kind, match[0], "fields")


def _in_value(view: View, start: int, field: Field, *, is_array: bool) -> Iterator[Found]:
    while (match := _VALUE.match(view.data, start)) is not None:
        yield from _in_string(view, match, field)
        more = _NEXT_OF_ARRAY.match(view.data, match.end()) if is_array else None
        if more is None:
            return
        start = more.end()


def _in_string(view: View, match: re.Match[bytes], field: Field) -> Iterator[Found]:
    raw, text = match[0], json_text(match[0])
    if not field.certain and (_SPACES.search(text) or not _CREDENTIAL.search(text)):
        return
    secret, also = credentials(field.kind, text)
    start = match.end() - len(secret) if raw.endswith(secret) else match.start()
    yield Found(view.start(start), view.end(match.end()), field.kind, secret, "fields", also)
