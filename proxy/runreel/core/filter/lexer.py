"""Split the text of a filter into tokens: parentheses and words.

A word ends at a space or a parenthesis, except within double quotes, in which a backslash escapes
a quote or itself. ``text:"a b"`` is one word of two parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from runreel.core.filter.mistake import build_filter_error

_SPACES = re.compile(r"\s*")
_PLAIN = re.compile(r'[^\s()"]+')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class WordPart(NamedTuple):
    """A part of a word, quoted or not."""

    text: str
    """The text, without quotes and escapes."""
    start: int
    end: int
    is_quoted: bool


class Token(NamedTuple):
    """A parenthesis, or a word with its parts."""

    text: str
    """``(``, ``)``, or the word as it was written."""
    start: int
    end: int
    parts: tuple[WordPart, ...] = ()

    @property
    def keyword(self) -> str:
        """The word in lower case; empty if any part of it is quoted."""
        return "" if any(part.is_quoted for part in self.parts) else self.text.lower()


def split_tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a filter; raise ``FilterError`` for a quote that is not closed."""
    position = _skip_spaces(text, 0)
    while position < len(text):
        if text[position] in "()":
            token = Token(text[position], position, position + 1)
        else:
            token = _read_word(text, position)
        yield token
        position = _skip_spaces(text, token.end)


def _skip_spaces(text: str, position: int) -> int:
    match = _SPACES.match(text, position)
    return position if match is None else match.end()


def _read_word(text: str, start: int) -> Token:
    parts: list[WordPart] = []
    position = start
    while position < len(text) and not text[position].isspace() and text[position] not in "()":
        part = _read_part(text, position)
        parts.append(part)
        position = part.end
    return Token(text[start:position], start, position, tuple(parts))


def _read_part(text: str, start: int) -> WordPart:
    if plain := _PLAIN.match(text, start):
        return WordPart(plain[0], start, plain.end(), is_quoted=False)
    quoted = _QUOTED.match(text, start)
    if quoted is None:
        reason = 'a quote is not closed; write "…", and \\" for a quote inside'
        raise build_filter_error(text, reason, start, len(text))
    return WordPart(_ESCAPED.sub(r"\1", quoted[1]), start, quoted.end(), is_quoted=True)
