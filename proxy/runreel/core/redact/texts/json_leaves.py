"""Where the scalars of a JSON text stand, and under which path; a text that breaks off is no error.

A parser that gives values cannot say where they stood, so this one gives places alone. It reads
tokens (RFC 8259) and keeps a stack, and takes what comes: what it is given may be the first half of
an event, or no JSON at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from runreel.core.redact.texts.views import unescape_json

LeafPath = tuple[str | int, ...]
"""Names of members and places in arrays, from the outermost."""

_MAX_ESCAPES = 16_384
"""Reading so many takes a fraction of a millisecond, in which no other thread can do anything."""

_ESCAPES = rb'(?:\\.[^"\\]*+){0,%d}+' % _MAX_ESCAPES

_TOKEN = re.compile(rb'"([^"\\]*+%b)("?)|[{}\[\],]|[^\s"{}\[\],:]++' % _ESCAPES, re.DOTALL)
"""A string, a sign, another scalar. A colon says nothing that its place does not."""
_MORE = re.compile(rb'%b("?)' % _ESCAPES, re.DOTALL)
_CLOSED = re.compile(rb'"(.*)(")', re.DOTALL)
_OPEN = re.compile(rb'"(.*)()', re.DOTALL)
_MAX_DEPTH = 256


class Leaf(NamedTuple):
    """One scalar: a string without its quotes, a number, ``true``."""

    path: LeafPath
    start: int
    end: int
    is_string: bool
    is_complete: bool
    """False for a string whose closing quote is not there."""

    @property
    def name(self) -> str:
        """The name of the member that holds it, itself or in an array."""
        if self.path and isinstance(self.path[-1], str):
            return self.path[-1]
        return next((step for step in reversed(self.path) if isinstance(step, str)), "")


def iter_leaves(data: bytes, regions: Iterable[tuple[int, int]]) -> Iterator[Leaf]:
    """The scalars of the JSON text that these regions of ``data`` hold one after the other.

    What is nested beyond 256 levels is passed over.
    """
    place = _PathTracker()
    for start, end in regions:
        for token in _iter_tokens(data, start, end):
            leaf = place.read(token)
            if leaf is not None:
                yield leaf


def _iter_tokens(data: bytes, start: int, end: int) -> Iterator[re.Match[bytes]]:
    """The tokens of a region."""
    tokens = _TOKEN.finditer(data, start, end)
    if data.count(b"\\", start, end) > _MAX_ESCAPES:
        return _iter_tokens_in_steps(data, tokens, end)
    return tokens


def _iter_tokens_in_steps(
    data: bytes, tokens: Iterator[re.Match[bytes]], end: int
) -> Iterator[re.Match[bytes]]:
    """The tokens, with strings that are read in steps."""
    while (token := next(tokens, None)) is not None:
        may_go_on = token.lastindex and not token[2] and token.end() < end
        if may_go_on:
            token = _complete_string(data, token, end)
            tokens = _TOKEN.finditer(data, token.end(), end)
        yield token


def _complete_string(data: bytes, token: re.Match[bytes], end: int) -> re.Match[bytes]:
    """The string that begins so, if it has more escapes than are read at once."""
    behind, quote = token.end(), b""
    while not quote and (more := _MORE.match(data, behind, end)) and more.end() > behind:
        behind, quote = more.end(), more[1]
    whole = _CLOSED if quote else _OPEN
    return whole.fullmatch(data, token.start(), behind) or token


class _PathTracker:
    """Where in a JSON text the next token stands."""

    def __init__(self) -> None:
        self._path: list[str | int] = []
        self._expects_name: list[bool] = []
        """For each open object or array, whether a member's name comes next; never in an array."""
        self._too_deep = 0

    def read(self, token: re.Match[bytes]) -> Leaf | None:
        """What the token is, if it is a scalar."""
        sign = token[0] if token.lastindex is None else b""
        if sign == b",":
            self._start_next_item()
        elif sign in (b"{", b"["):
            self._open(sign)
        elif sign in (b"}", b"]"):
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

    def _build_leaf(self, token: re.Match[bytes]) -> Leaf:
        if token[1] is None:
            return Leaf((*self._path,), *token.span(), is_string=False, is_complete=True)
        return Leaf((*self._path,), *token.span(1), is_string=True, is_complete=bool(token[2]))
