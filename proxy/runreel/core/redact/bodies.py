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

from runreel.core.multipart import boundary_of, parts_of
from runreel.core.redact.headers import Found, Kinds, credentials, in_parameters
from runreel.core.redact.names import Field
from runreel.core.redact.views import View, json_text, json_views
from runreel.model import Headers

_MEMBER = re.compile(rb'"([^"]{1,240}+)"\s*+:\s*+"')
"""A name, and the quote that its value begins with."""

_NESTED = re.compile(rb'\\(?:"|u0022)\s*+:\s*+\\+(?:"|u0022)')
"""The middle of a member of JSON in a string of JSON."""

_VALUE = re.compile(rb'(?:[^"\\\r\n]++|\\.|\r?\n(?![\r\n])|\r(?![\r\n]))*+', re.DOTALL)
"""Up to the closing quote; a value that was broken off goes no further than an empty line, where
the next event begins."""

_FIELD = re.compile(rb"(?:\A|&)([^&=]+)=([^&]+)")
_CREDENTIAL = re.compile(rb"(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{16}")
"""Sixteen letters and digits in a row with some of both: no word, no UUID, no path."""

_SPACES = re.compile(rb"\s")

Members = Callable[[bytes], Field | None]
"""What the name of a JSON member, as written, announces."""


def in_json(body: bytes, members: Members) -> Iterator[Found]:
    """The credentials under key-ish names, also where JSON stands in a string of JSON."""
    nested = json_views(body) if b"\\" in body and _NESTED.search(body) else ()
    for level, view in enumerate((View(body), *nested)):
        if any(map(members, set(_MEMBER.findall(view.data)))):
            yield from _in_view(view, level, members)


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


def in_body(headers: Headers, body: bytes, kinds: Kinds, members: Members) -> Iterator[Found]:
    """The credentials in a body of any type."""
    yield from in_json(body, members)
    content_type = b"".join(value for name, value in headers if name.lower() == b"content-type")
    boundary = boundary_of(content_type)
    if boundary is not None:
        yield from in_multipart(body, boundary, kinds)
    elif content_type.lower().startswith(b"application/x-www-form-urlencoded"):
        yield from in_form(body, kinds)


def _in_view(view: View, level: int, members: Members) -> Iterator[Found]:
    for match in _MEMBER.finditer(view.data):
        field = members(match[1])
        if field is not None and _quote_length(view, match.start()) >= 1 << level:
            yield from _in_value(view, match.end(), field)


def _quote_length(view: View, position: int) -> int:
    """Raw bytes of a quote: each level of JSON in a string of JSON doubles the backslashes."""
    return view.end(position + 1) - view.start(position)


def _in_value(view: View, start: int, field: Field) -> Iterator[Found]:
    match = _VALUE.match(view.data, start)
    assert match is not None, "an empty value matches too"  # noqa: S101
    raw, text = match[0], json_text(match[0])
    if not field.certain and (_SPACES.search(text) or not _CREDENTIAL.search(text)):
        return
    secret, also = credentials(field.kind, text)
    if raw.endswith(secret):
        start = match.end() - len(secret)
    yield Found(view.start(start), view.end(match.end()), field.kind, secret, "fields", also)
