"""Pieces of one text in a request: parts of a message, an array of strings, messages in pieces.

A request may hold a whole conversation, and its strings are seldom pieces of one text. So a reading
is built only around *seams*: borders of two strings at which the last word of one and the first
word of the other may be parts of one secret. Parts of a conversation that were searched before are
not searched again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from runreel.core.redact.search.searched_parts import SearchedParts
from runreel.core.redact.streams.readings import build_readings
from runreel.core.redact.streams.strands import PIECE_NAMES, Strands
from runreel.core.redact.texts.joined_text import JoinedText
from runreel.core.redact.texts.ranges import merge_ranges
from runreel.core.regex.lazy_pattern import compile_later

_LOOK_BEHIND = 1 << 10
"""Bytes before a part of a conversation in which the strings before its first one are."""
_AROUND = 1 << 11
"""Bytes on each side of a seam that are read."""

_STRING = re.compile(rb'"((?:[^"\\]++|\\.)*+)"(\s*+:\s*+)?+', re.DOTALL)
"""A string; it is a name if there is a colon after it."""
_NAMES = frozenset(name.encode() for name in PIECE_NAMES)
_OPEN_STRING = compile_later(rb'(?:[^"\\]++|\\.)*+"\s*+[,}\]]', re.DOTALL)
"""The rest of a string that begins before a part of a conversation."""

_LETTER = rb"[A-Za-z0-9_+/=.:@%$~|!*^&?#-]"
_FIRST_WORD = re.compile(rb"(?:%b|\\/|\\u00[2-7][0-9a-fA-F]){0,512}+" % _LETTER)
_LAST_WORD_REVERSED = re.compile(rb"(?:/\\|[0-9a-fA-F][2-7]00u\\|%b(?!\\)){0,512}+" % _LETTER)
_LONGEST_WORD = 512
"""Bytes. A longer word is data, such as a picture."""
_MIN_WORD = 8
_MIXED = re.compile(
    rb"(?=.*[0-9@])(?=.*[A-Za-z])|(?:.*?[a-z][A-Z]){2}|(?:.*?[A-Z][a-z]){3}", re.DOTALL
)
"""Letters with digits or an at sign, or both cases of letters in turn."""


class Seam(NamedTuple):
    """A border of two strings that a secret may cross, at the first byte of the second one."""

    start: int
    end: int


class RequestPieces:
    """Finds the pieces of texts in requests; it remembers parts of conversations."""

    def __init__(self, is_crossed: Callable[[JoinedText], bool]) -> None:
        """``is_crossed`` tells whether a secret crosses from one string of a reading to another."""
        self._is_crossed = is_crossed
        self._seams: SearchedParts[Seam] = SearchedParts(_LOOK_BEHIND)

    def read(self, body: bytes) -> list[JoinedText]:
        """Return the readings of the pieces of secrets in a JSON text."""
        seams = self._seams.find(body, self._find_crossed)
        return _read_around(body, seams) if seams else []

    def _find_crossed(self, data: bytes, _: int) -> Sequence[Seam]:
        """Return the seams in a part of a conversation that secrets cross."""
        is_open = not data.startswith((b"{", b"["))
        shift = int(is_open and _OPEN_STRING.match(data) is not None)
        whole = b'"' * shift + data
        seams = [*_find_seams(whole)]
        if seams and any(map(self._is_crossed, _read_around(whole, seams))):
            return [Seam(start - shift, end - shift) for start, end in seams]
        return ()


def _read_around(body: bytes, seams: Iterable[Seam]) -> list[JoinedText]:
    """Return the readings of the strings around some seams."""
    around = merge_ranges((seam.start - _AROUND, seam.end + _AROUND) for seam in seams)
    strands = Strands(frozenset())
    strands.add_whole(body, merge_ranges(_find_members(body, around)), 0)
    return build_readings(strands, is_document=True, is_conversation=True)


def _find_members(body: bytes, ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return ranges of whole members of JSON that include these, which are in order.

    A range that the members of the one before reach is added to these. So nothing is searched
    twice, however many there are.
    """
    members: list[tuple[int, int]] = []
    for start, end in ranges:
        first, reached = members.pop() if members and start <= members[-1][1] else (-1, -1)
        members.append(
            (
                _find_member_start(body, start) if first < 0 else first,
                reached if end <= reached else _find_member_end(body, end),
            )
        )
    return members


def _find_member_start(body: bytes, at: int) -> int:
    """Return the start of the last name before an offset.

    A quote before a colon is never within a string, where it would be escaped.
    """
    colon = body.rfind(b'":', 0, max(at, 0))
    return max(body.rfind(b'"', 0, max(colon, 0)), 0)


def _find_member_end(body: bytes, at: int) -> int:
    """Return the end of the next name from an offset on; that of the body if there is none."""
    colon = body.find(b'":', at)
    return len(body) if colon < 0 else colon


def _find_seams(data: bytes) -> Iterator[Seam]:
    """Yield the seams in a part of a conversation."""
    run, starts = b"", []
    for start, piece in _iter_pieces(data):
        first = _FIRST_WORD.match(piece)
        head = first[0] if first is not None else b""
        if run and head:
            starts.append(start)
        run += head
        if len(head) == len(piece) < _LONGEST_WORD and len(run) < _LONGEST_WORD:
            continue
        yield from _check_run(run, starts)
        last = _LAST_WORD_REVERSED.match(piece[: -_LONGEST_WORD - 1 : -1])
        run, starts = last[0][::-1] if last is not None else b"", []
        if len(run) >= _LONGEST_WORD:
            run = b""
    yield from _check_run(run, starts)


def _check_run(run: bytes, starts: Iterable[int]) -> Iterator[Seam]:
    """Yield the seams of a word that goes through several strings, if it may be a secret."""
    if len(run) >= _MIN_WORD and _MIXED.match(run):
        yield from (Seam(start, start + 1) for start in starts)


def _iter_pieces(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the strings that may be pieces: those under the usual names, and items of arrays."""
    is_usual, end_of_name = False, -1
    for match in _STRING.finditer(data):
        if match[2] is not None:
            is_usual, end_of_name = match[1] in _NAMES, match.end()
        elif is_usual or match.start() != end_of_name:
            yield match.start(1), match[1]
