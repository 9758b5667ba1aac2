"""Addresses of the upstream in the bodies of answers.

Three kinds are recognised, each by its place, so that no other text changes: a JSON string that is
a URL of the upstream; a path in a member that is named like a link (``next``, ``results_url``); the
data of MCP's event ``endpoint``, which names the address for the client's messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from runreel.core.addresses import AddressMap
from runreel.core.http.headers import find_header, get_content_type
from runreel.core.regex.lazy_pattern import compile_later
from runreel.model import Headers

_TEXT_TYPES = compile_later(rb"text/|.*(?:json|xml)", re.IGNORECASE)

_ENDPOINT = compile_later(rb"(?:\A|(?<=[\r\n]))event: ?endpoint(?:\r\n|\r|\n)data: ?([^\r\n]+)")
_LINK_NAME = (
    rb"[@\w.]{0,60}(?:next|prev|previous|first|last|self)(?:[_-]?(?:page|link|url|uri|href)){0,3}"
    rb"|[\w.-]{1,60}(?:[_-]ur[li]|[_-]href|[_-]link)"
)
_LINK = compile_later(rb'"((?i:%b))"[ \t\r\n]*:[ \t\r\n]*"(\\?/[^"\s]*)"' % _LINK_NAME)
"""A member named like a link, whose value is a path."""
_PATH_STARTS = (b'"/', rb'"\/')
_MEMBER = compile_later(rb'"([^"\\]{1,100})"[ \t\r\n]*:[ \t\r\n]*\Z')
_BEFORE = 160
"""Bytes before a string that are searched for the name of its member."""

_CONTENT_LENGTH = compile_later(rb"((?i:\r\ncontent-length): *)[0-9]+")

_MAX_HELD = 1 << 16
"""Bytes of a line that are held back until its end."""
_CONTEXT = 64
"""Bytes before a line that are read again with it: ``event: endpoint``."""

ENDPOINT_PLACE = "event: endpoint"


class BodyAddress(NamedTuple):
    """An address in a body."""

    start: int
    end: int
    translated: bytes
    place: str
    """``$..next``, or ``event: endpoint``."""


def may_have_addresses(headers: Headers) -> bool:
    """Return whether a body with these headers is text that can be read."""
    coding = find_header(headers, b"content-encoding") or b"identity"
    is_text = _TEXT_TYPES.match(get_content_type(headers)) is not None
    return is_text and coding.strip().lower() in (b"", b"identity")


def find_addresses(body: bytes, addresses: AddressMap) -> list[BodyAddress]:
    """Return the addresses of the upstream in a body, in their order."""
    return sorted(_iter_addresses(body, addresses))


def translate_body(body: bytes, matches: Sequence[BodyAddress]) -> bytes:
    """Return the body with the addresses in it translated."""
    parts, position = [], 0
    for address in matches:
        parts += [body[position : address.start], address.translated]
        position = address.end
    return b"".join((*parts, body[position:]))


def _iter_addresses(body: bytes, addresses: AddressMap) -> Iterator[BodyAddress]:
    if b"/" not in body:  # as in most events of a stream
        return
    if b"endpoint" in body:
        for match in _ENDPOINT.finditer(body):
            yield from _translate(match.span(1), match[1], addresses, ENDPOINT_PLACE)
    if any(start in body for start in _PATH_STARTS):
        for match in _LINK.finditer(body):
            place = f"$..{match[1].decode('utf-8', 'replace')}"
            yield from _translate(match.span(2), match[2], addresses, place)
    host = urlsplit(addresses.upstream).hostname
    if host and host.encode() in body:
        for match in _compile_url(host).finditer(body):
            before = body[max(0, match.start() - _BEFORE) : match.start()]
            member = _MEMBER.search(before)
            place = f"$..{member[1].decode('utf-8', 'replace')}" if member else "$"
            yield from _translate(match.span(1), match[1], addresses, place)


@lru_cache(64)
def _compile_url(host: str) -> re.Pattern[bytes]:
    """Compile a pattern of a whole JSON string that is a URL of this host."""
    name = re.escape(host).encode()
    return re.compile(
        rb'"((?i:https?:)(?://|\\/\\/)\[?(?i:%b)(?=[]:/\\?#"])[^"\s]*)"' % name,
    )


def _translate(
    span: tuple[int, int], raw: bytes, addresses: AddressMap, place: str
) -> Iterator[BodyAddress]:
    """Yield the address if it is the upstream's; slashes keep their escapes."""
    is_escaped = rb"\/" in raw
    reference = raw.replace(rb"\/", b"/")
    translated = addresses.translate(reference)
    if translated != reference:
        text = translated.replace(b"/", rb"\/") if is_escaped else translated
        yield BodyAddress(*span, text, place)


class SizedTranslator:
    """Translates a body whose length is announced in its head, and so sends both at its end."""

    def __init__(self, addresses: AddressMap, head: bytes, length: int) -> None:
        """``head`` is that of the answer, which announces ``length`` bytes."""
        self._addresses = addresses
        self._head = head
        self._length = length
        self._body: list[bytes] = []

    def feed(self, data: bytes) -> bytes:
        """Hold the data back, and return nothing."""
        self._body.append(data)
        return b""

    def finish(self) -> bytes:
        """Return the head and the body, the first time that it is called."""
        body, head = b"".join(self._body), self._head
        self._body, self._head = [], b""
        translated = translate_body(body, find_addresses(body, self._addresses))
        length = self._length + len(translated) - len(body)
        return _CONTENT_LENGTH.sub(rb"\g<1>%d" % length, head) + translated


class StreamTranslator:
    """Translates a body piece by piece; of a line, nothing is returned before its end."""

    def __init__(self, addresses: AddressMap) -> None:
        self._addresses = addresses
        self._context = b""
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """Return the bytes for the client, once ``data`` has arrived."""
        text = self._held + data
        cut = max(text.rfind(b"\n"), text.rfind(b"\r")) + 1
        if len(text) - cut > _MAX_HELD:
            cut = text.rfind(b",") + 1 or len(text)
        self._held = text[cut:]
        return self._translate(text[:cut])

    def finish(self) -> bytes:
        """Return the rest at the end of the body."""
        text, self._held = self._held, b""
        return self._translate(text)

    def _translate(self, text: bytes) -> bytes:
        if not text:
            return b""
        size = len(self._context)
        matches = [
            address._replace(start=address.start - size, end=address.end - size)
            for address in find_addresses(self._context + text, self._addresses)
            if address.start >= size
        ]
        self._context = (self._context + text)[-_CONTEXT:]
        return translate_body(text, matches)
