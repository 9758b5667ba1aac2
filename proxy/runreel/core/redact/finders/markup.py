"""Search for credentials in XML and HTML, by the names of elements and attributes.

Nothing is parsed, since a body may hold fragments of markup in a text. Found are the content of
``<Password>…</Password>``, the value of ``password="…"``, and the value beside a name: in one tag
(``<add key="ApiKey" value="…"/>``, ``<input type="password" value="…">``), as the content of a tag
(``<property name="password">…``), and in the next element (``<key>…</key><string>…</string>``).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from runreel.core.redact.finders.credential import Credential
from runreel.core.redact.finders.headers import split_credential
from runreel.core.redact.names.evidence import CredentialField, FieldLookup
from runreel.core.redact.texts.text import Text, TextKind
from runreel.core.redact.texts.views import View, iter_json_views
from runreel.core.regex.lazy_pattern import compile_later

_NAME = rb"[A-Za-z_][A-Za-z0-9_:.-]{0,120}+"
_ELEMENT = compile_later(
    rb"<(?:[A-Za-z0-9_.-]{1,60}:)?(%b)((?:\s[^<>]{0,1000}+)?)(?<!/)>\s*+(?:<!\[CDATA\[)?"
    rb"([^<>]{1,4096}?)\s*+(?:\]\]>)?\s*+</" % rb"[A-Za-z_][A-Za-z0-9_.-]{0,120}+"
)
"""A tag, its attributes, and its content up to the closing tag."""
_TAG = compile_later(rb"<[A-Za-z][A-Za-z0-9_:.-]{0,120}+(\s[^<>]{1,4000}+)>")
_ATTRIBUTE = compile_later(rb"\s(%b)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)')" % _NAME)
_NEXT_ELEMENT = compile_later(rb"[A-Za-z]{1,20}>\s*+<(?:value|string|data)>([^<>]{1,4096})</", re.I)
_NAME_ELEMENTS = (b"key", b"name")
_NAME_ATTRIBUTES = (b"name", b"key", b"id", b"property")
_NO_CREDENTIALS = frozenset({*_NAME_ATTRIBUTES, b"accesskey"})
"""Attributes of HTML that hold no credential, whatever their names."""
_VALUE_ATTRIBUTES = frozenset({b"value", b"content"})


def find_in_markup(text: Text, find_field: FieldLookup) -> Iterator[Credential]:
    """Yield the credentials in elements and attributes whose names announce one.

    A value with escapes counts in the last view only, in which they are undone.
    """
    if not may_be_markup(text.data):
        return
    *views, decoded = _list_views(text)
    for view in (*views, decoded):
        for credential in chain(
            _find_in_elements(view, find_field), _find_in_tags(view, find_field)
        ):
            if view is decoded or b"\\" not in credential.value:
                yield credential


def may_be_markup(data: bytes) -> bool:
    """Return whether there is a tag in the data, as far as a quick look tells."""
    return b"<" in data or b"\\u003" in data


def _list_views(text: Text) -> Sequence[View]:
    """Return the text as its reader sees it, and with further levels of JSON escapes undone."""
    levels = list(iter_json_views(text.data))
    is_json = text.kind in (TextKind.JSON, TextKind.JSON_STRING)
    return levels if is_json and levels else [View(text.data), *levels]


def _find_in_elements(view: View, find_field: FieldLookup) -> Iterator[Credential]:
    """Yield the credentials that are the content of an element."""
    for match in _ELEMENT.finditer(view.data):
        beside = find_field(match[3]) if match[1].lower() in _NAME_ELEMENTS else None
        following = _NEXT_ELEMENT.match(view.data, match.end()) if beside is not None else None
        if beside is not None and following is not None:
            yield from _check_value(view, following.span(1), beside)
            continue
        attributes = _read_attributes(_ATTRIBUTE.finditer(match[2]))
        names = (attributes[name] for name in _NAME_ATTRIBUTES if name in attributes)
        field = _find_first((match[1], *names), find_field)
        if field is not None:
            yield from _check_value(view, match.span(3), field)


def _find_in_tags(view: View, find_field: FieldLookup) -> Iterator[Credential]:
    """Yield the credentials that are the value of an attribute."""
    harmless: set[bytes] = set()
    """Attributes that announce nothing, since the same tags occur again and again."""
    for tag in _TAG.finditer(view.data):
        if tag[1] not in harmless:
            fields = list(_iter_fields(tag, find_field))
            if not fields:
                harmless.add(tag[1])
            for span, field in fields:
                yield from _check_value(view, span, field)


def _iter_fields(
    tag: re.Match[bytes], find_field: FieldLookup
) -> Iterator[tuple[tuple[int, int], CredentialField]]:
    """Yield the range of each attribute's value that is announced, with its credential."""
    matches = list(_ATTRIBUTE.finditer(tag.string, *tag.span(1)))
    beside = _judge_tag(_read_attributes(matches), find_field)
    for match in matches:
        name = match[1].lower()
        field = beside if name in _VALUE_ATTRIBUTES else find_field(match[1])
        if field is not None and name not in _NO_CREDENTIALS:
            yield match.span(match.lastindex or 0), field


def _judge_tag(
    attributes: Mapping[bytes, bytes], find_field: FieldLookup
) -> CredentialField | None:
    """Return the credential that the value of a tag is, by its name or its type."""
    if _VALUE_ATTRIBUTES.isdisjoint(attributes):
        return None
    names = [attributes[name] for name in _NAME_ATTRIBUTES if name in attributes]
    if attributes.get(b"type", b"").lower() == b"password":
        names.append(b"password")
    return _find_first(names, find_field)


def _read_attributes(matches: Iterable[re.Match[bytes]]) -> Mapping[bytes, bytes]:
    """Return the attributes of a tag, their names in lower case."""
    return {match[1].lower(): match[match.lastindex or 0] for match in matches}


def _find_first(names: Iterable[bytes], find_field: FieldLookup) -> CredentialField | None:
    """Return the credential that the first of these names to announce one announces."""
    return next((field for name in names if (field := find_field(name)) is not None), None)


def _check_value(view: View, span: tuple[int, int], field: CredentialField) -> Iterator[Credential]:
    """Yield the credential in a range of the view, without its scheme, if it gives the evidence."""
    start, end = span
    text = html.unescape(view.data[start:end].decode("utf-8", "surrogateescape"))
    value = text.encode("utf-8", "surrogateescape")
    secret, derived = split_credential(field.kind, value)
    if field.check(secret):
        start = end - len(secret) if view.data.endswith(secret, start, end) else start
        raw_start, raw_end = view.to_raw_start(start), view.to_raw_end(end)
        yield Credential(raw_start, raw_end, field.kind, secret, "fields", derived)
