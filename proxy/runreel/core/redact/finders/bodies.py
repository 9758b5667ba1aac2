"""Search for credentials in a body: in JSON members, form fields and multipart parts, by name.

A body may be JSON, a stream of events whose data is JSON, a truncated form of either, or text that
contains JSON. Therefore nothing is parsed: a member is whatever matches ``"name": "`` (RFC 8259).
Forms follow WHATWG URL (application/x-www-form-urlencoded) and RFC 7578 (multipart/form-data).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from urllib.parse import unquote_to_bytes

from runreel.core.http.headers import get_content_type, is_form
from runreel.core.http.multipart import find_boundary, split_parts
from runreel.core.redact.finders.credential import Credential
from runreel.core.redact.finders.headers import find_in_parameters, split_credential
from runreel.core.redact.finders.pairs import iter_pairs, iter_rows, may_have_pairs
from runreel.core.redact.names.evidence import CredentialField, FieldLookup, is_no_type, is_no_word
from runreel.core.redact.texts.text import Text, TextKind
from runreel.core.redact.texts.text_views import iter_json_levels
from runreel.core.redact.texts.views import View, unescape_json
from runreel.core.regex.lazy_pattern import compile_later
from runreel.model import Headers

_NAME = rb'"([^"]{1,240}+)(?<!\\)"\s*+:\s*+'
_OBJECT = rb'(?=\{\s*+"(?:[Vv]alue|secret|token|stringValue)")'
_MEMBER = compile_later(rb'%b(?:(\[\s*+)?(?:(")|(?=-?[0-9]))|%b)' % (_NAME, _OBJECT))
"""A member's name, without the backslash of an escaped quote, and the start of its value: a quote
or a digit, perhaps after the bracket of an array; or an object whose first member holds the
credential: ``"client_secret": {"value": "``."""
_MEMBER_NAME = re.compile(rb'%b(?:(?:\[\s*+)?(?:"|(?=-?[0-9]))|%b)' % (_NAME, _OBJECT))
"""The same, with the name as its only group."""

_VALUE_OBJECT = compile_later(rb'\{\s*+"[A-Za-z]+"\s*+:\s*+"')
"""The start of an object that holds the credential, up to its opening quote."""

_NESTED = compile_later(
    rb'\\(?:"|u0022)\s*+:[\s\[]*+(?:\\+(?:"|u0022)|-?[0-9])|\[\s*+\[\s*+\\+(?:"|u0022)'
)
"""The colon of a member, with the quotes around it, or the start of a list of rows, in JSON that is
itself a JSON string."""

_VALUE = compile_later(rb'(?:[^"\\\r\n]++|\\.|\r?\n(?![\r\n])|\r(?![\r\n]))*+', re.DOTALL)
"""A string's content up to its closing quote. The value of a truncated event ends at an empty line,
where the next event begins."""

_NUMBER = compile_later(rb"-?[0-9][0-9.eE+-]{3,}+")
_NEXT_OF_ARRAY = compile_later(rb'"\s*+,\s*+"')
_FIELD = compile_later(rb"(?:\A|&)([^&=]+)=([^&]+)")

_SLICE = 1 << 16
_OVERLAP = 512
"""Bytes that two slices share: more than a member's name and the start of its value need."""


def find_in_json(text: Text, find_field: FieldLookup) -> Iterator[Credential]:
    """Yield the credentials in members whose names announce one, also in JSON in JSON strings."""
    is_nested = b"\\" in text.data and any(map(_NESTED.search, _iter_slices(text.data)))
    for level, view in (
        iter_json_levels(text) if text.kind is not TextKind.JSON_STRING or is_nested else ()
    ):
        if any(map(find_field, _collect_member_names(view.data))):
            yield from _find_in_view(view, level, find_field)
        yield from _find_beside_names(view, level, find_field)
        if not is_nested:
            return


def may_be_in_json(data: bytes, samples: bytes, find_field: FieldLookup) -> bool:
    """Return False if no member of this JSON has a name that announces a credential.

    Nor may a string name the value beside it, nor may there be JSON in JSON strings. ``samples``: a
    part of the JSON that has the names of all members.
    """
    return (
        (b"\\" in data and any(map(_NESTED.search, _iter_slices(data))))
        or any(map(find_field, _collect_member_names(samples)))
        or may_have_pairs(data, lambda name: find_field(name) is not None)
    )


def find_in_form(body: bytes, find_field: FieldLookup) -> Iterator[Credential]:
    """Yield the credentials in a URL-encoded form."""
    for credential in find_in_parameters(body, find_field, _FIELD, rule="form"):
        raw = body[credential.start : credential.end]
        yield credential._replace(value=unquote_to_bytes(raw.replace(b"+", b" ")))


def find_in_multipart(
    body: bytes, boundary: bytes, find_field: FieldLookup
) -> Iterator[Credential]:
    """Yield the credentials in the parts of a multipart form."""
    for part in split_parts(body, boundary).parts:
        field = find_field(part.name) if part.name else None
        value = body[part.start : part.end]
        if field is not None and field.check(value):
            yield Credential(part.start, part.end, field.kind, value, "form")


def find_in_fields(headers: Headers, body: bytes, find_field: FieldLookup) -> Iterator[Credential]:
    """Yield the credentials in the fields of a form, URL-encoded or multipart; else nothing."""
    boundary = find_boundary(get_content_type(headers))
    if boundary is not None:
        yield from find_in_multipart(body, boundary, find_field)
    elif is_form(headers):
        yield from find_in_form(body, find_field)


def _collect_member_names(data: bytes) -> set[bytes]:
    """Return the names of all JSON members in the data, still escaped."""
    return {*chain.from_iterable(map(_MEMBER_NAME.findall, _iter_slices(data)))}


def _iter_slices(data: bytes) -> Iterator[bytes]:
    """Yield overlapping slices of the data, because a regex call blocks all other threads."""
    for start in range(0, len(data), _SLICE):
        yield data[max(start - _OVERLAP, 0) : start + _SLICE]


def _find_in_view(view: View, level: int, find_field: FieldLookup) -> Iterator[Credential]:
    """Yield the credentials in a view whose members are nested ``level`` JSON strings deep."""
    for match in _MEMBER.finditer(view.data):
        field = find_field(match[1])
        if field is None or _count_quote_bytes(view, match.start()) < 1 << level:
            continue
        value_object = _VALUE_OBJECT.match(view.data, match.end())
        if match[3] is not None or value_object is not None:
            start = value_object.end() if value_object is not None else match.end()
            if _count_quote_bytes(view, start - 1) < 1 << level:
                continue  # the quote ends the outer string: the JSON in it is truncated
            yield from _find_in_value(view, start, field, is_array=match[2] is not None)
        else:
            yield from _find_number(view, match.end(), field)


def _find_beside_names(view: View, level: int, find_field: FieldLookup) -> Iterator[Credential]:
    """Yield the credentials in pairs and rows of names and values, nested so deep."""

    def is_wanted(name: bytes) -> bool:
        return find_field(name) is not None

    for value in chain(iter_pairs(view.data, is_wanted), iter_rows(view.data, is_wanted)):
        field = find_field(value.name)
        if field is None:
            continue
        if value.is_in_row and field.check is is_no_type:  # a row may be a list of names
            field = field._replace(check=is_no_word)
        if not value.is_string:
            yield from _find_number(view, value.start, field)
        elif _count_quote_bytes(view, value.start - 1) >= 1 << level:
            yield from _find_in_value(view, value.start, field, is_array=False)


def _count_quote_bytes(view: View, position: int) -> int:
    """Return the raw length of the quote at ``position``.

    It is 1 in JSON, 2 (a backslash and the quote) in JSON in a JSON string, then 4, 8 and so on.
    """
    return view.to_raw_end(position + 1) - view.to_raw_start(position)


def _find_number(view: View, start: int, field: CredentialField) -> Iterator[Credential]:
    """Yield the number at ``start``, if a credential of this kind may be one."""
    match = _NUMBER.match(view.data, start)
    if match is not None and field.may_be_number:
        raw_start, raw_end = view.to_raw_start(start), view.to_raw_end(match.end())
        yield Credential(raw_start, raw_end, field.kind, match[0], "fields")


def _find_in_value(
    view: View, start: int, field: CredentialField, *, is_array: bool
) -> Iterator[Credential]:
    """Yield the string whose content begins at ``start``, and those after it in an array."""
    while (match := _VALUE.match(view.data, start)) is not None:
        yield from _find_in_string(view, match, field)
        more = _NEXT_OF_ARRAY.match(view.data, match.end()) if is_array else None
        if more is None:
            return
        start = more.end()


def _find_in_string(
    view: View, match: re.Match[bytes], field: CredentialField
) -> Iterator[Credential]:
    """Yield the credential in a string's content, without its scheme (``Bearer``)."""
    raw = match[0]
    secret, derived = split_credential(field.kind, unescape_json(raw))
    if secret and not field.check(secret):
        return
    start = match.end() - len(secret) if raw.endswith(secret) else match.start()
    raw_start, raw_end = view.to_raw_start(start), view.to_raw_end(match.end())
    yield Credential(raw_start, raw_end, field.kind, secret, "fields", derived)
