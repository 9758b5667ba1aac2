"""The scalars of a JSON text: their paths and their offsets.

The standard library's parser returns values without offsets. This one returns paths and offsets,
and raises no errors: its input may be the first half of an event, or not JSON at all. It reads
tokens (RFC 8259) and keeps a stack of open objects and arrays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from runreel.core.redact.texts.leaf import Leaf
from runreel.core.redact.texts.views import unescape_json
from runreel.core.regex.lazy_pattern import compile_later

_MAX_ESCAPES = 16_384
"""Escapes that one call of ``re`` may match: it takes a fraction of a millisecond and blocks other
threads."""

_ESCAPES = rb'(?:\\.[^"\\]*+){0,%d}+' % _MAX_ESCAPES

_TOKEN = compile_later(rb'"([^"\\]*+%b)("?)|[{}\[\],]|[^\s"{}\[\],:]++' % _ESCAPES, re.DOTALL)
"""A string, a structural character or another scalar. Colons are skipped."""
_MORE = compile_later(rb'%b("?)' % _ESCAPES, re.DOTALL)
_CLOSED = compile_later(rb'"(.*)(")', re.DOTALL)
_OPEN = compile_later(rb'"(.*)()', re.DOTALL)
_MAX_DEPTH = 256


def iter_leaves(data: bytes, regions: Iterable[tuple[int, int]]) -> Iterator[Leaf]:
    """Yield the scalars of the JSON text that these regions of ``data`` make up together.

    Scalars nested more than 256 levels deep are left out.
    """
    tracker = _PathTracker()
    for start, end in regions:
        for token in _iter_tokens(data, start, end):
            leaf = tracker.read(token)
            if leaf is not None:
                yield leaf


def _iter_tokens(data: bytes, start: int, end: int) -> Iterator[re.Match[bytes]]:
    """Return the tokens of a region."""
    tokens = _TOKEN.finditer(data, start, end)
    if data.count(b"\\", start, end) > _MAX_ESCAPES:
        return _iter_tokens_in_steps(data, tokens, end)
    return tokens


def _iter_tokens_in_steps(
    data: bytes, tokens: Iterator[re.Match[bytes]], end: int
) -> Iterator[re.Match[bytes]]:
    """Yield the tokens; strings with very many escapes are matched in several calls."""
    while (token := next(tokens, None)) is not None:
        may_continue = token.lastindex and not token[2] and token.end() < end
        if may_continue:
            token = _complete_string(data, token, end)
            tokens = _TOKEN.finditer(data, token.end(), end)
        yield token


def _complete_string(data: bytes, token: re.Match[bytes], end: int) -> re.Match[bytes]:
    """Return a match of the whole string whose first part is ``token``."""
    string_end, quote = token.end(), b""
    while not quote and (more := _MORE.match(data, string_end, end)) and more.end() > string_end:
        string_end, quote = more.end(), more[1]
    pattern = _CLOSED if quote else _OPEN
    return pattern.fullmatch(data, token.start(), string_end) or token


class _PathTracker:
    """The path of the next token in a JSON text."""

    def __init__(self) -> None:
        self._path: list[str | int] = []
        self._expects_name: list[bool] = []
        """For each open object or array: True if a member's name comes next. Never in an array."""
        self._too_deep = 0
        self._name_span = 0, 0

    def read(self, token: re.Match[bytes]) -> Leaf | None:
        """Advance past the token; return a leaf if it is a scalar value."""
        other = token[0] if token.lastindex is None else b""
        if other == b",":
            self._start_next_item()
        elif other in (b"{", b"["):
            self._open(other)
        elif other in (b"}", b"]"):
            self._close()
        elif self._expects_name and self._expects_name[-1]:
            self._set_name(token)
        elif not self._too_deep:
            return self._build_leaf(token)
        return None

    def _open(self, bracket: bytes) -> None:
        if self._too_deep or len(self._path) >= _MAX_DEPTH:
            self._too_deep += 1
            return
        is_object = bracket == b"{"
        self._path.append("" if is_object else 0)
        self._expects_name.append(is_object)

    def _close(self) -> None:
        if self._too_deep:
            self._too_deep -= 1
        elif self._path:
            self._path.pop()
            self._expects_name.pop()

    def _start_next_item(self) -> None:
        if self._too_deep or not self._path:
            return
        step = self._path[-1]
        if isinstance(step, int):
            self._path[-1] = step + 1
        else:
            self._expects_name[-1] = True

    def _set_name(self, token: re.Match[bytes]) -> None:
        if not self._too_deep:
            self._path[-1] = unescape_json(token[1] or b"").decode("utf-8", "replace")
            self._expects_name[-1] = False
            self._name_span = token.span(1) if token.lastindex else token.span()

    def _build_leaf(self, token: re.Match[bytes]) -> Leaf:
        is_string = token[1] is not None
        start, end = token.span(int(is_string))
        is_complete = not is_string or bool(token[2])
        return Leaf((*self._path,), start, end, is_string, is_complete, self._name_span)
