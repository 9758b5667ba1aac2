"""Keys that are cut off: half a key is a leak as well, but too short for its rule.

A model reaches its limit, an answer breaks off, a tool shortens its output. So where something says
that a text is cut off, its last words are searched again, with endings of all lengths.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from runreel.core.redact.finders.by_pattern import (
    PatternMatch,
    find_matches,
    find_matches_at_end,
)
from runreel.core.redact.finders.credential import Credential
from runreel.core.redact.finders.detector import Detector
from runreel.core.redact.search.engine import ENGINE
from runreel.core.redact.texts.ranges import Ranges
from runreel.core.redact.texts.text import Text
from runreel.core.regex.lazy_pattern import compile_later

_LIMIT = ENGINE.compile(
    rb':\s*"(?:length|max_tokens|MAX_TOKENS|max_output_tokens|model_length|incomplete)"'
)
"""The reason with which APIs end a text that has reached a limit."""

_MARK = ENGINE.compile(rb"\.\.\.|\xe2\x80\xa6|\\u2026|[\[(<{](?:[Tt]runc|[Cc]ut)")
"""A sign that people and programs write in the place of what they leave out."""

_MAX_WORD = 200
_OF_WORD = rb"[A-Za-z0-9_+/=.:@%$~|!*^-]"
_LAST_WORD = compile_later(rb"%b{12,%d}\Z" % (_OF_WORD, _MAX_WORD))
_BEFORE_QUOTE = compile_later(rb"(?<!%b)%b{12,}+(?=\\*[\"'`]|\Z)" % (_OF_WORD, _OF_WORD))
"""A word of any length, which is read once: a body may be one word of megabytes."""

_LABEL_WITHIN = 48
"""Bytes before the word that may say what it is."""

_MIXED = compile_later(
    rb"(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])|(?=.{0,200}?[a-z][A-Z])(?=.{0,200}?[_:+.-])"
)
"""Words with digits, or with capitals and the end of a prefix in them."""
_MIN_KEY = 12

_MAX_WORDS = 16
"""The last words of one text that are searched with endings: each costs a hundred searches."""


def says_cut_off(texts: Iterable[Text]) -> bool:
    """Return whether one of the texts of a body says that it has reached a limit."""
    return any(next(_LIMIT.finditer(_get_condensed(text)), None) for text in texts)


def iter_cut_words(text: Text, *, is_cut_off: bool) -> Iterator[tuple[int, int]]:
    """Yield the range of each word that a mark cuts off.

    ``is_cut_off``: the strings of the text may be cut off at their ends, too.
    """
    if not is_cut_off and next(_MARK.finditer(_get_condensed(text)), None) is None:
        return
    yield from _iter_words_before_marks(text.data)
    if is_cut_off:
        for word in _BEFORE_QUOTE.finditer(text.data):
            yield max(word.start(), word.end() - _MAX_WORD), word.end()


def find_cut_off(
    text: Text,
    words: Iterable[tuple[int, int]],
    secrets: Iterable[Credential | PatternMatch],
    detector: Detector,
) -> Iterator[PatternMatch]:
    """Yield the keys among these words that are cut off, and overlap none of the secrets."""
    taken = Ranges((each.start, each.end) for each in secrets)
    spans = (
        (start, end)
        for start, end in words
        if _MIXED.match(text.data, start, end) and not taken.overlaps(start, end)
    )
    for start, end in deque(spans, maxlen=_MAX_WORDS):
        first = max(start - _LABEL_WITHIN, 0)
        for match in _find_at_end(Text(text.data[first:end], text.kind), detector):
            if len(match.value) >= _MIN_KEY and not match.rule.is_general:
                yield match._replace(start=match.start + first, end=match.end + first)


def _find_at_end(text: Text, detector: Detector) -> Iterator[PatternMatch]:
    """Yield the keys that the end of a text cuts off, and the labelled values up to there.

    With the mark behind it, a value looks like a stand-in: ``password: abc…``.
    """
    yield from find_matches_at_end(text, detector)
    for match in find_matches(text, detector):
        if match.end == len(text.data) and not match.rule.is_personal:
            yield match


def _get_condensed(text: Text) -> bytes:
    """Return bytes that have every string of the text."""
    return text.data if text.condensed is None else text.condensed.data


def _iter_words_before_marks(data: bytes) -> Iterator[tuple[int, int]]:
    for mark in _MARK.finditer(data):
        end, _ = mark.span(0)
        first = max(end - _MAX_WORD, 0)
        before = data[first:end].rstrip(b" .")
        word = _LAST_WORD.search(before)
        if word is not None:
            yield first + word.start(), first + word.end()
