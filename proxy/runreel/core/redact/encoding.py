"""How a known value was spelled where it stood, said without a word of the value.

A spelling names the steps that lead from the value to the bytes, so that whoever knows the value
can write it there again as it was. ``json`` is a step for each level of JSON in a string.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final
from urllib.parse import quote_from_bytes

from runreel.core.redact.texts.views import json_text

UNKNOWN: Final = ""
"""The spelling of what cannot be written again: it shares a digit of base64 with its neighbour, or
is spelled half one way and half another."""

_PLAIN: Final = "plain"
MIXED: Final = "mixed"
_PLAIN_IN_JSON: Final = "plain json"
_MOST_LEVELS: Final = 3
_SEPARATOR: Final = " "

_PERCENT = re.compile(rb"%[0-9A-F]{2}")
_UNICODE = re.compile(rb"\\u[0-9a-f]{4}")
_CHARACTER = re.compile(r"\\u[0-9a-fA-F]{4}|\\.|[^\\]", re.DOTALL)
_SHORT: Final = {
    **{"\b": r"\b", "\f": r"\f", "\n": r"\n", "\r": r"\r", "\t": r"\t"},
    **{'"': r"\"", "\\": r"\\", "/": r"\/"},
}
_ENTITIES: Final = ((b"&", b"&amp;"), (b"<", b"&lt;"), (b">", b"&gt;"), (b'"', b"&quot;"))


def spelling_of(value: bytes, raw: bytes, *, in_json: bool = False) -> str:
    """How ``value`` was spelled as ``raw``; ``UNKNOWN`` where no steps lead there.

    ``in_json``: whether it stood in a string of JSON, where another value may need escapes.
    """
    usual = _PLAIN_IN_JSON if in_json else _PLAIN
    if spelled(value, usual) == raw:
        return usual
    return _by_steps(value, raw, least=int(in_json)) or _by_characters(value, raw)


def spelled(value: bytes, spelling: str) -> bytes | None:
    """The value as this spelling writes it; None where that cannot be told."""
    first, *levels = spelling.split(_SEPARATOR)
    if first == MIXED:
        written = _mixed(value, levels.pop(0)) if levels else None
    else:
        written = ENCODINGS[first](value) if first in ENCODINGS else None
    if written is None or len(levels) > _MOST_LEVELS or not LEVELS.keys() >= {*levels}:
        return None
    for level in levels:
        written = LEVELS[level](written)
    return written


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _data(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _json(value: bytes) -> bytes:
    return _data(json.dumps(_text(value), ensure_ascii=False)[1:-1])


def _json_ascii(value: bytes) -> bytes:
    return json.dumps(_text(value))[1:-1].encode()


def _json_ascii_upper(value: bytes) -> bytes:
    return _UNICODE.sub(lambda match: rb"\u" + match[0][2:].upper(), _json_ascii(value))


def _percent(value: bytes, safe: str = "") -> bytes:
    return quote_from_bytes(value, safe=safe).encode()


def _percent_lower(value: bytes) -> bytes:
    return _PERCENT.sub(lambda match: match[0].lower(), _percent(value))


def _html(value: bytes) -> bytes:
    for sign, entity in _ENTITIES:
        value = value.replace(sign, entity)
    return value


ENCODINGS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    _PLAIN: bytes,
    "url": _percent,
    "url-path": lambda value: _percent(value, safe="/:@!$&'()*+,;="),
    "url-lower": _percent_lower,
    "form": lambda value: _percent(value).replace(b"%20", b"+"),
    "hex": lambda value: value.hex().encode(),
    "hex-upper": lambda value: value.hex().upper().encode(),
    "base64": base64.b64encode,
    "base64-bare": lambda value: base64.b64encode(value).rstrip(b"="),
    "base64url": base64.urlsafe_b64encode,
    "base64url-bare": lambda value: base64.urlsafe_b64encode(value).rstrip(b"="),
    "html": _html,
}
"""The first step, at the most one of these."""

LEVELS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "json": _json,
    "json-ascii": _json_ascii,
    "json-ascii-upper": _json_ascii_upper,
    "json-slash": lambda value: _json(value).replace(b"/", rb"\/"),
    "json-ascii-slash": lambda value: _json_ascii(value).replace(b"/", rb"\/"),
}
"""The other steps, up to three of these."""


def _by_steps(value: bytes, raw: bytes, *, least: int) -> str:
    """By an encoding and levels of JSON, this many at least."""
    known: dict[bytes, str] = {
        encode(value): name for name, encode in reversed([*ENCODINGS.items()])
    }
    for level_count in range(_MOST_LEVELS):
        if level_count >= least and raw in known:
            break
        known = {
            level(data): f"{steps}{_SEPARATOR}{name}"
            for data, steps in known.items()
            if len(data) <= len(raw)
            for name, level in reversed([*LEVELS.items()])
        }
    return known.get(raw, UNKNOWN)


def _by_characters(value: bytes, raw: bytes) -> str:
    """By one letter for each character of a JSON string: how it was escaped, if it was."""
    levels = ""
    for _ in range(_MOST_LEVELS):
        styles = "".join(map(_style, _CHARACTER.findall(_text(raw))))
        if _mixed(value, styles) == raw:
            return f"{MIXED}{_SEPARATOR}{styles}{levels}"
        inner = json_text(raw)
        level = next((name for name, write in LEVELS.items() if write(inner) == raw), None)
        if level is None:
            break
        raw, levels = inner, f"{_SEPARATOR}{level}{levels}"
    return UNKNOWN


def _style(token: str) -> str:
    if not token.startswith("\\"):
        return "p"
    if token[1] != "u":
        return "s"
    return "u" if token == token.lower() else "U"


def _mixed(value: bytes, styles: str) -> bytes | None:
    """The value with each character in its style; None where there are not as many of both."""
    letters = iter(styles)
    try:
        written = [_written(character, letters) for character in _text(value)]
    except StopIteration:
        return None
    return None if next(letters, "") else _data("".join(written))


def _written(character: str, styles: Iterator[str]) -> str:
    match next(styles):
        case "s" if character in _SHORT:
            return _SHORT[character]
        case "u" | "U" as style:
            units = character.encode("utf-16-be", "surrogatepass").hex()
            units = units.upper() if style == "U" else units
            if len(units) > 4:
                next(styles)  # the other half of a surrogate pair is a token of its own
            return "".join(rf"\u{units[at : at + 4]}" for at in range(0, len(units), 4))
    return json.dumps(character, ensure_ascii=False)[1:-1]  # as it is, but where that breaks JSON
