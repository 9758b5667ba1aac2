"""Spellings of a text: unchanged, escaped, within other JSON, encoded.

A spelling has two levels. ``text`` encodes the value of a JSON string or form field; ``escape``
writes the characters of that value in JSON (RFC 8259 section 7).
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

_SOME = 3
"""Divisor of the character codes that are escaped if only some are."""


def escape_plain(text: str) -> str:
    """Return the text as the content of a JSON string, with as few escapes as possible."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _escape_unicode(text: str) -> str:
    units = text.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def _escape_some(text: str) -> str:
    return "".join(
        _escape_unicode(one) if ord(one) % _SOME == 0 else escape_plain(one) for one in text
    )


def _escape_solidus(text: str) -> str:
    return escape_plain(text).replace("/", "\\/")


def _nest(text: str) -> str:
    return json.dumps({"note": text, "n": 1})


def _nest_unicode(text: str) -> str:
    return f'{{"note": "{_escape_unicode(text)}"}}'


def _encode_percent(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


def _encode_entities(text: str) -> str:
    return "".join(f"&#{ord(letter)};" for letter in text)


def _encode_base64(lead: str) -> Callable[[str], str]:
    return lambda text: base64.b64encode(f"{lead}{text} ok".encode()).decode()


def _encode_base64url(text: str) -> str:
    return base64.urlsafe_b64encode(f"???{text}>>>".encode()).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Spelling:
    """One spelling of a text."""

    name: str
    text: Callable[[str], str] = str
    escape: Callable[[str], str] = escape_plain
    is_encoded: bool = False
    """True if no part of the text can be read without decoding all of it."""


SPELLINGS: tuple[Spelling, ...] = (
    Spelling("plain"),
    Spelling("unicode", escape=_escape_unicode),
    Spelling("unicode-some", escape=_escape_some),
    Spelling("solidus", escape=_escape_solidus),
    Spelling("json-in-json", text=_nest),
    Spelling("json-in-json-twice", text=lambda text: _nest(_nest(text))),
    Spelling("json-in-json-unicode", text=_nest_unicode),
    Spelling("percent", text=lambda text: quote(text, safe="")),
    Spelling("percent-all", text=_encode_percent),
    Spelling("html", text=html.escape),
    Spelling("html-all", text=_encode_entities),
    Spelling("base64-0", text=_encode_base64("is "), is_encoded=True),
    Spelling("base64-1", text=_encode_base64("its "), is_encoded=True),
    Spelling("base64-2", text=_encode_base64("here "), is_encoded=True),
    Spelling("base64url", text=_encode_base64url, is_encoded=True),
    Spelling("hex", text=lambda text: text.encode().hex(), is_encoded=True),
    Spelling("hex-upper", text=lambda text: text.encode().hex().upper(), is_encoded=True),
)
BY_NAME: Mapping[str, Spelling] = {spelling.name: spelling for spelling in SPELLINGS}
PLAIN = BY_NAME["plain"]
