"""Examples of secrets, generated from templates, so that no file contains anything like a key.

``{b64u:20}`` is replaced by twenty pseudo-random characters of an alphabet, always the same ones.
``«...»`` marks the secret if it is not the whole example.
"""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LOWER = _UPPER.lower()
_DIGITS = "0123456789"
ALPHABETS = {
    "digits": _DIGITS,
    "hex": _DIGITS + "abcdef",
    "HEX": _DIGITS + "ABCDEF",
    "lower": _LOWER + _DIGITS,
    "upper": _UPPER + _DIGITS,
    "base32": _UPPER + "234567",
    "letters": _UPPER + _LOWER,
    "alnum": _UPPER + _LOWER + _DIGITS,
    "b64": _UPPER + _LOWER + _DIGITS + "+/",
    "b64u": _UPPER + _LOWER + _DIGITS + "-_",
}
_PART = re.compile(r"\{(" + "|".join(ALPHABETS) + r"):([0-9]+)\}")
_SECRET = re.compile(r"«(.*?)»", re.DOTALL)


class Example(NamedTuple):
    """A text with secrets."""

    text: str
    spans: tuple[tuple[int, int], ...]


def build_example(template: str) -> Example:
    """Generate the text of a template, and the spans of the secrets that it marks.

    The whole text is the secret if the template marks none.
    """
    filled = _PART.sub(lambda part: _draw_characters(part[1], int(part[2]), template), template)
    pieces = _SECRET.split(filled)
    text = "".join(pieces)
    if len(pieces) == 1:
        return Example(text, ((0, len(text.encode())),))
    ends = [len("".join(pieces[:count]).encode()) for count in range(1, len(pieces))]
    return Example(text, tuple(zip(ends[::2], ends[1::2], strict=True)))


def _draw_characters(alphabet: str, count: int, seed: str) -> str:
    """Return ``count`` pseudo-random characters of an alphabet.

    From nine characters on, the third from the end and the eighth of the alphabet are among them:
    in most alphabets characters of two kinds.
    """
    letters = ALPHABETS[alphabet]
    stream = hashlib.shake_256(f"{alphabet} {count} {seed}".encode()).digest(count)
    text = "".join(letters[byte % len(letters)] for byte in stream)
    return f"{text[:1]}{letters[-3]}{letters[7]}{text[3:]}" if count > 8 else text
