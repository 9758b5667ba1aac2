"""Reading of untrusted documents: members with their types, and errors that name the place."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import NoReturn
from urllib.parse import quote, urlsplit

from runreel.core.interop.foreign import ForeignFormatError
from runreel.model import Headers

_SCHEMES = frozenset({"http", "https"})
_SAFE = "!#$%&'()*+,/:;=?@[]~"
"""Characters of a URL that stay as they are; ``%`` too, since the URL is encoded already."""

_NAME_CHARACTERS = frozenset(
    b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ:"
)


class MemberReader:
    """Reads the members of one object, at a place that errors name."""

    def __init__(self, value: object, place: str) -> None:
        """Raise ``ForeignFormatError`` if ``value`` is not an object."""
        if not isinstance(value, Mapping):
            fail(place, "is not an object")
        self._value = value
        self._place = place

    def has(self, name: str) -> bool:
        """Return whether the member is there, and not null."""
        return self._value.get(name) is not None

    def get(self, name: str) -> object:
        """Return the member, or None."""
        value: object = self._value.get(name)
        return value

    def get_object(self, name: str) -> MemberReader:
        """Return a reader of a member that must be an object."""
        return MemberReader(self._value.get(name), f"{self._place}.{name}")

    def get_text(self, name: str, default: str = "") -> str:
        """Return a member that is a string, or ``default`` if it is missing or null."""
        value = self._value.get(name)
        if value is None:
            return default
        if not isinstance(value, str):
            self.fail(name, "is not a string")
        return value

    def get_list(self, name: str) -> list[object]:
        """Return a member that is an array; empty if it is missing or null."""
        value = self._value.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.fail(name, "is not an array")
        return value

    def get_number(self, name: str) -> float:
        """Return a member that is a number, 0 if it is missing, null, negative or not finite."""
        value = self._value.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return 0.0
        return float(value) if 0 <= value < _MAX_NUMBER else 0.0

    def get_url(self, name: str) -> str:
        """Return a member that is an absolute http or https URL, in ASCII."""
        text = self.get_text(name)
        try:
            url = urlsplit(text)
            is_valid = url.scheme in _SCHEMES and bool(url.hostname) and url.port != 0
        except ValueError:
            is_valid = False
        if not is_valid or not text.isprintable():
            self.fail(name, "is not an http or https URL")
        return quote(text, safe=_SAFE)

    def get_status(self, name: str) -> int:
        """Return a member that is a status code of HTTP."""
        value = self._value.get(name)
        if not isinstance(value, int) or not 200 <= value <= 599:
            self.fail(name, "is not a status from 200 to 599")
        return value

    def get_token(self, name: str) -> str:
        """Return a member that is a token, such as a method (RFC 9110, section 5.6.2)."""
        text = self.get_text(name)
        if not is_token(text.encode()) or ":" in text:
            self.fail(name, "is not an HTTP method")
        return text

    def fail(self, name: str, reason: str) -> NoReturn:
        """Raise ``ForeignFormatError`` about a member."""
        fail(f"{self._place}.{name}", reason)


_MAX_NUMBER = 2.0**53


def fail(place: str, reason: str) -> NoReturn:
    """Raise ``ForeignFormatError``: ``log.entries[3].request is not an object``."""
    raise ForeignFormatError(f"{place} {reason}")


def is_token(name: bytes) -> bool:
    """Return whether bytes can be the name of a header, or a pseudo-header of HTTP/2."""
    return bool(name) and _NAME_CHARACTERS.issuperset(name)


def build_headers(pairs: Iterable[tuple[object, object]], place: str) -> Headers:
    """Return headers from names and values, which are text or bytes.

    Raises ``ForeignFormatError`` for what cannot be a header.
    """
    headers = tuple((encode_text(name), encode_text(value).strip()) for name, value in pairs)
    for name, value in headers:
        if not is_token(name) or any(byte in value for byte in b"\r\n\0"):
            fail(place, "has a name or a value that cannot be a header")
    return headers


def encode_text(value: object) -> bytes:
    """Return text as UTF-8, bytes as they are, numbers and booleans as JSON writes them."""
    match value:
        case bytes():
            return value
        case str():
            return value.encode("utf-8", "surrogatepass")
        case None:
            return b""
        case _:
            return json.dumps(value, default=str).encode()
