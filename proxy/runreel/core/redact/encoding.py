"""The encoding of a known value in an answer, described without any part of the value.

An encoding names the steps that lead from the value to the bytes: a base encoding, then one step
for each level of JSON strings. ``url json`` is percent-encoding within a JSON string. So a value
can later be encoded again as it was. ``start`` before them means that only the beginning of the
encoded value was there, as in a snapshot of a text that grows. Where no such steps fit, ``mixed``
gives the style of each character: plain (``p``), a short escape (``s``), ``\\u`` with lower-case
(``u``) or upper-case digits (``U``).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final
from urllib.parse import quote_from_bytes

from runreel.core.redact.texts.views import unescape_json
from runreel.core.regex.lazy_pattern import compile_later

UNKNOWN: Final = ""
"""The encoding of bytes that cannot be written again: the value shares a digit of base64 with other
bytes, or only a part of it is encoded."""

_PLAIN: Final = "plain"
START: Final = "start "
"""Precedes the encoding of a value of which only the beginning was there."""

MIXED: Final = "mixed"
_MIN_START: Final = 8
"""Bytes of the shortest beginning."""

_PLAIN_IN_JSON: Final = "plain json"
_MAX_LEVELS: Final = 3
_SEPARATOR: Final = " "

_PERCENT = compile_later(rb"%[0-9A-F]{2}")
_UNICODE = compile_later(rb"\\u[0-9a-f]{4}")
_CHARACTER = compile_later(r"\\u[0-9a-fA-F]{4}|\\.|[^\\]", re.DOTALL)
_SHORT_ESCAPES: Final = {
    **{"\b": r"\b", "\f": r"\f", "\n": r"\n", "\r": r"\r", "\t": r"\t"},
    **{'"': r"\"", "\\": r"\\", "/": r"\/"},
}
_ENTITIES: Final = ((b"&", b"&amp;"), (b"<", b"&lt;"), (b">", b"&gt;"), (b'"', b"&quot;"))


def detect_encoding(value: bytes, raw: bytes, *, in_json: bool = False) -> str:
    """Return the encoding of ``value`` as ``raw``; ``UNKNOWN`` if no steps lead to it.

    In a JSON string (``in_json``), the encoding has a level of JSON even where this value needs no
    escapes, since another one may.
    """
    usual = _PLAIN_IN_JSON if in_json else _PLAIN
    if encode(value, usual) == raw:
        return usual
    known = _detect_steps(value, raw, min_levels=int(in_json)) or _detect_styles(value, raw)
    is_beginning = len(raw) >= _MIN_START and (encode(value, usual) or b"").startswith(raw)
    return known or (START + usual if is_beginning else UNKNOWN)


def encode(value: bytes, encoding: str) -> bytes | None:
    """Return the value in this encoding; None if the encoding is unknown or does not fit it."""
    base, *levels = encoding.split(_SEPARATOR)
    if base == MIXED:
        encoded = _encode_mixed(value, levels.pop(0)) if levels else None
    else:
        encoded = BASE_ENCODINGS[base](value) if base in BASE_ENCODINGS else None
    if encoded is None or len(levels) > _MAX_LEVELS or not JSON_LEVELS.keys() >= {*levels}:
        return None
    for level in levels:
        encoded = JSON_LEVELS[level](encoded)
    return encoded


def _to_text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _to_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _escape_json(value: bytes) -> bytes:
    return _to_bytes(json.dumps(_to_text(value), ensure_ascii=False)[1:-1])


def _escape_json_ascii(value: bytes) -> bytes:
    return json.dumps(_to_text(value))[1:-1].encode()


def _escape_json_ascii_upper(value: bytes) -> bytes:
    return _UNICODE.sub(lambda match: rb"\u" + match[0][2:].upper(), _escape_json_ascii(value))


def _percent_encode(value: bytes, safe: str = "") -> bytes:
    return quote_from_bytes(value, safe=safe).encode()


def _percent_encode_lower(value: bytes) -> bytes:
    return _PERCENT.sub(lambda match: match[0].lower(), _percent_encode(value))


def _escape_html(value: bytes) -> bytes:
    for character, entity in _ENTITIES:
        value = value.replace(character, entity)
    return value


BASE_ENCODINGS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    _PLAIN: bytes,
    "url": _percent_encode,
    "url-path": lambda value: _percent_encode(value, safe="/:@!$&'()*+,;="),
    "url-lower": _percent_encode_lower,
    "form": lambda value: _percent_encode(value).replace(b"%20", b"+"),
    "hex": lambda value: value.hex().encode(),
    "hex-upper": lambda value: value.hex().upper().encode(),
    "base64": base64.b64encode,
    "base64-bare": lambda value: base64.b64encode(value).rstrip(b"="),
    "base64url": base64.urlsafe_b64encode,
    "base64url-bare": lambda value: base64.urlsafe_b64encode(value).rstrip(b"="),
    "html": _escape_html,
}
"""The first step of an encoding, by name."""

JSON_LEVELS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "json": _escape_json,
    "json-ascii": _escape_json_ascii,
    "json-ascii-upper": _escape_json_ascii_upper,
    "json-slash": lambda value: _escape_json(value).replace(b"/", rb"\/"),
    "json-ascii-slash": lambda value: _escape_json_ascii(value).replace(b"/", rb"\/"),
}
"""The further steps of an encoding, up to three of them."""


def _detect_steps(value: bytes, raw: bytes, *, min_levels: int) -> str:
    """Return a base encoding with at least ``min_levels`` levels of JSON, or ``UNKNOWN``.

    Where several fit, those that come first in the tables win.
    """
    known: dict[bytes, str] = {
        apply(value): name for name, apply in reversed([*BASE_ENCODINGS.items()])
    }
    for level_count in range(_MAX_LEVELS):
        if level_count >= min_levels and raw in known:
            break
        known = {
            apply(data): f"{steps}{_SEPARATOR}{name}"
            for data, steps in known.items()
            if len(data) <= len(raw)
            for name, apply in reversed([*JSON_LEVELS.items()])
        }
    return known.get(raw, UNKNOWN)


def _detect_styles(value: bytes, raw: bytes) -> str:
    """Return a ``mixed`` encoding, with one letter for each token of ``raw``, or ``UNKNOWN``."""
    levels = ""
    for _ in range(_MAX_LEVELS):
        styles = "".join(map(_classify_style, _CHARACTER.findall(_to_text(raw))))
        if _encode_mixed(value, styles) == raw:
            return f"{MIXED}{_SEPARATOR}{styles}{levels}"
        inner = unescape_json(raw)
        level = next((name for name, apply in JSON_LEVELS.items() if apply(inner) == raw), None)
        if level is None:
            break
        raw, levels = inner, f"{_SEPARATOR}{level}{levels}"
    return UNKNOWN


def _classify_style(token: str) -> str:
    """Return the letter for a character or an escape of a JSON string."""
    if not token.startswith("\\"):
        return "p"
    if token[1] != "u":
        return "s"
    return "u" if token == token.lower() else "U"


def _encode_mixed(value: bytes, styles: str) -> bytes | None:
    """Return the value with each character in its style; None if their numbers differ."""
    letters = iter(styles)
    try:
        encoded = [_encode_character(character, letters) for character in _to_text(value)]
    except StopIteration:
        return None
    return None if next(letters, "") else _to_bytes("".join(encoded))


def _encode_character(character: str, styles: Iterator[str]) -> str:
    """Return the character in the next style; raises StopIteration if there are no more styles."""
    match next(styles):
        case "s" if character in _SHORT_ESCAPES:
            return _SHORT_ESCAPES[character]
        case "u" | "U" as style:
            units = character.encode("utf-16-be", "surrogatepass").hex()
            units = units.upper() if style == "U" else units
            if len(units) > 4:
                next(styles)  # each half of a surrogate pair has a letter
            return "".join(rf"\u{units[at : at + 4]}" for at in range(0, len(units), 4))
    return json.dumps(character, ensure_ascii=False)[1:-1]  # unescaped where JSON allows it
