"""Secrets that are JSON numbers: 0 replaces them, since a placeholder would not be valid JSON.

The whole number is replaced, even if only a part of it is secret: half a number and half a
placeholder are not JSON either. Numbers are recognised in JSON, in JSON in a JSON string, and in
pieces of JSON in prose.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from runreel.core.redact.finders.by_path import PATH_RULE
from runreel.core.redact.texts.spans import Span
from runreel.core.redact.texts.text import Text, TextKind
from runreel.core.regex.lazy_pattern import compile_later

ZERO = b"0"

_NUMBER_BYTES = b"0123456789.eE+-"
_DIGITS = rb"-?[0-9][0-9.eE+-]*+"
_SPACE = rb"(?:\s|\\+[nrt])*+"
"""White space, also escaped, as between the members of JSON in a JSON string."""

_NUMBER = compile_later(_DIGITS)
_AFTER_NAME_OR_BRACKET = compile_later(
    rb'(?:"%b:|\[)%b(?:%b%b,%b)*+\Z' % (_SPACE, _SPACE, _DIGITS, _SPACE, _SPACE)
)
_AFTER_COMMA = compile_later(rb",%b\Z" % _SPACE)
_BEFORE_END = compile_later(rb"%b(?:[,}\]]|\Z)" % _SPACE)
_LINE_END = compile_later(rb"[ \t\r]*+(?:\n|\Z)")
_LOOK_BEHIND = 256
"""Bytes before a number that are examined: its name, or earlier numbers of its array."""

_QUOTE_OR_LINE_END = compile_later(rb'"(?:(?=%b([{\[])))?|\n' % _SPACE)
"""A quote, with the bracket after it, if any; or a line end."""
_JSON_LINE = compile_later(rb"(?:\xef\xbb\xbf)?(?:data:|[0-9a-z]{1,2}:)?\s*+[{\[]")
_MAX_BACKSLASHES = 64
"""Backslashes before a quote that are counted."""


def use_zero_for_numbers(spans: Iterable[Span], text: Text) -> Iterator[Span]:
    """Yield the spans of a text, in order; those in bare numbers cover all of them, to become 0."""
    strings = _JsonStrings(text)
    reached = 0
    for span in spans:
        if span.start < reached:
            continue  # in the same number
        number = _find_bare_number(span, text.data, strings)
        is_whole = number is not None and number[0] >= reached
        replaced = Span(*number, ZERO, span.rule) if number and is_whole else span
        reached = replaced.end
        yield replaced


def _find_bare_number(span: Span, data: bytes, strings: _JsonStrings) -> tuple[int, int] | None:
    """Return the range of the JSON number that holds the span; None if it is not in one."""
    if data[span.start : span.end].strip(_NUMBER_BYTES):
        return None
    start, end = _extend_to_number(span, data)
    if _NUMBER.fullmatch(data, start, end) is None:
        return None
    if span.rule == PATH_RULE:  # always a whole leaf
        return None if data[start - 1 : start] == b'"' else (start, end)
    is_bare = strings.is_line(start, end) or strings.is_element(start, end)
    return (start, end) if is_bare else None


def _extend_to_number(span: Span, data: bytes) -> tuple[int, int]:
    """Return the range of all bytes around the span that a number may consist of."""
    start, end = span.start, span.end
    while start and data[start - 1] in _NUMBER_BYTES:
        start -= 1
    while end < len(data) and data[end] in _NUMBER_BYTES:
        end += 1
    return start, end


class _JsonStrings:
    """The strings of a text that is JSON or contains JSON, read once from its beginning.

    A quote of JSON has no backslash before it, one of JSON in a JSON string has one, then three,
    seven and so on. So a quote's backslashes tell whether it opens or closes a string, and which.
    """

    def __init__(self, text: Text) -> None:
        self._data = text.data
        self._is_json = _JSON_LINE.match(text.data) is not None
        self._has_only_numbers = text.kind is TextKind.JSON and not self._is_json
        self._is_json_line = False
        self._has_lines = text.kind is not TextKind.JSON_STRING
        self._open = [] if self._has_lines else [self._is_json]
        """For each open string, from the outermost: True if its content is JSON."""
        self._reached = 0

    def is_line(self, start: int, end: int) -> bool:
        """Return whether the number is a line of its own, in a text of such lines."""
        if not self._has_only_numbers:
            return False
        before = self._data[max(start - _LOOK_BEHIND, 0) : start].rstrip(b" \t\r")
        return before[-1:] in (b"", b"\n") and _LINE_END.match(self._data, end) is not None

    def is_element(self, start: int, end: int) -> bool:
        """Return whether the number is the value of a member or an item of an array."""
        if _BEFORE_END.match(self._data, end) is None:
            return False
        first = max(start - _LOOK_BEHIND, 0)
        if _AFTER_NAME_OR_BRACKET.search(self._data, first, start):
            return True
        is_item = _AFTER_COMMA.search(self._data, first, start) is not None
        return is_item and self.is_outside(start)

    def is_outside(self, position: int) -> bool:
        """Return whether a position is in JSON, and in none of its strings.

        Call this with rising positions only.
        """
        for match in _QUOTE_OR_LINE_END.finditer(self._data, self._reached, position):
            if match[0] != b"\n":
                self._read_quote(_find_level(self._data, match.start()), match[1] is not None)
            elif self._has_lines:  # no string of JSON contains a line end
                self._open.clear()
                self._is_json_line = _JSON_LINE.match(self._data, match.end()) is not None
        self._reached = position
        return self._open[-1] if self._open else self._is_json or self._is_json_line

    def _read_quote(self, level: int, is_json: bool) -> None:
        """Open or close a string; ``is_json``: a bracket follows the quote."""
        if level < len(self._open):
            del self._open[level:]
        elif level == len(self._open):
            self._open.append(is_json)


def _find_level(data: bytes, quote: int) -> int:
    """Return in how many strings a quote is nested: 0 without backslashes, 1 with one, 2 with 3."""
    before = data[max(quote - _MAX_BACKSLASHES, 0) : quote]
    backslashes = len(before) - len(before.rstrip(b"\\"))
    level = 0
    while backslashes % 2:  # the last one escapes the quote, and each pair before it is one
        backslashes //= 2
        level += 1
    return level
