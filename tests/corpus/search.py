"""Search for a secret, whole or in pieces, in every encoding.

It shares no code with runreel's own search. All encodings are decoded one after the other (JSON
escapes, percent-encoding, HTML entities, base64 at each alignment, hex), and the results are
searched for short pieces of the secret.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

PIECE = 8
"""Length in characters from which on a remaining piece counts as a leak."""

_ESCAPE = re.compile(
    rb"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))",
    re.DOTALL,
)
_CONTROLS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_LEVELS = 4
"""Levels of JSON escapes: a text in JSON in JSON, in a string of arguments, in an event."""

_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{12,}")
_HEX = re.compile(rb"[0-9a-fA-F]{16,}")
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")


def read_every_way(*texts: bytes) -> bytes:
    """Return the texts decoded in every way, joined by NUL bytes."""
    return b"\0".join({reading for text in texts for reading in _iter_readings(text)})


def find_leftovers(secret: str, other: str, texts: bytes) -> list[str]:
    """Return the pieces of the secret that occur in the texts; only the secret if it is whole.

    Pieces that ``other``, a secret of the same kind, contains too are not secret: a prefix, say.
    """
    if secret.encode() in texts:
        return [secret]
    pieces = dict.fromkeys(_iter_pieces(secret))
    shared = set(_iter_pieces(other))
    return [piece for piece in pieces if piece not in shared and piece.encode() in texts]


def _iter_pieces(secret: str) -> Iterator[str]:
    length = min(PIECE, len(secret))
    return (secret[at : at + length] for at in range(len(secret) - length + 1))


def _iter_readings(text: bytes) -> Iterator[bytes]:
    for level in _unescape_levels(text):
        yield level
        yield from _decode_runs(level)
        for plainer in (_decode_percent(level), _decode_entities(level)):
            if plainer != level:
                yield plainer
                yield from (_decode_percent(plainer), _decode_entities(plainer))


def _unescape_levels(text: bytes) -> Iterator[bytes]:
    """Yield the text as it is, and with one to four levels of JSON escapes decoded."""
    for _ in range(_LEVELS + 1):
        yield text
        plainer = _ESCAPE.sub(_unescape, text)
        if plainer == text:
            return
        text = plainer


def _unescape(match: re.Match[bytes]) -> bytes:
    high, low, unit, letter = match.groups()
    if letter is not None:
        return _CONTROLS.get(letter, letter)
    units = bytes.fromhex((unit or high + low).decode())
    return units.decode("utf-16-be", "surrogatepass").encode("utf-8", "surrogatepass")


def _decode_percent(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" ")) if b"%" in text or b"+" in text else text


def _decode_entities(text: bytes) -> bytes:
    if b"&" not in text:
        return text
    return html.unescape(text.decode("latin-1")).encode("latin-1", "ignore")


def _decode_runs(text: bytes) -> Iterator[bytes]:
    """Yield all runs of base64 and of hex, decoded at each alignment."""
    yield b" ".join(decoded for run in _BASE64.findall(text) for decoded in _decode_base64(run))
    yield b" ".join(decoded for run in _HEX.findall(text) for decoded in _decode_hex(run))


def _decode_base64(run: bytes) -> Iterator[bytes]:
    standard = run.translate(_TO_STANDARD)
    for start in range(4):
        whole = (len(standard) - start) // 4 * 4
        rest = standard[start : start + whole]
        yield base64.b64decode(rest)
        tail = standard[start + whole :]
        if len(tail) > 1:
            yield base64.b64decode(standard[start:] + b"=" * (4 - len(tail)))


def _decode_hex(run: bytes) -> Iterator[bytes]:
    for start in range(2):
        yield binascii.unhexlify(run[start : start + (len(run) - start) // 2 * 2])
