"""Replace the volatile parts of texts with the names of their kinds.

``Today is 2026-11-30.`` becomes ``Today is ⟨date⟩.``, so that two texts that differ in their
volatile parts only are equal, and both are still readable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from urllib.parse import quote_from_bytes, unquote_to_bytes

from msgspec import Struct

from runreel.core.placeholder import PREFIX
from runreel.core.redact.search.engine import ENGINE, RegexPattern
from runreel.core.regex.lazy_pattern import compile_later
from runreel.core.volatile.kinds import KINDS, VolatileKindRule

_OPEN, _CLOSE = "⟨".encode(), "⟩".encode()
_MARK = compile_later(_OPEN + rb"([a-z_]+)" + _CLOSE)
_WHOLE = compile_later("(?:⟨[a-z_]+⟩(?:,? |T|$))+")
_DIGIT = compile_later(rb"[0-9]")
_PATTERN_KIND = "pattern"
"""Name of the mark for what a pattern of the user has matched."""
_CACHED, _MAX_CACHED = 1024, 64
"""Texts whose masked form is kept, and their longest; names of members come again and again."""

_KEPT_IN_PATHS = "!$&'()*+,;=:@~"


class _Searcher(Struct, frozen=True):
    """The compiled patterns of one kind."""

    kind: str
    patterns: tuple[RegexPattern, ...]
    rule: VolatileKindRule | None
    """The rule of a built-in kind; None for a pattern of the user."""

    def find(self, text: bytes) -> Iterator[tuple[int, int]]:
        """Yield start and end of each volatile part, in order."""
        if self.rule is not None and self.rule.needs_digit and _DIGIT.search(text) is None:
            return
        spans = [(start, -end) for each in self.patterns for start, end in self._search(each, text)]
        last = 0
        for start, negative_end in sorted(spans):
            if start >= last:
                last = -negative_end
                yield start, last

    def _search(self, pattern: RegexPattern, text: bytes) -> Iterator[tuple[int, int]]:
        """Yield what one pattern finds; the context behind a part may be that before the next."""
        group = 0 if self.rule is None else 1
        position = 0
        while position <= len(text):
            match = next(pattern.finditer(text, position), None)
            if match is None:
                return
            start, end = match.span(group)
            position = max(end, match.span(0)[0] + 1)
            if start < end and self._is_volatile(text[start:end]):
                yield start, end

    def _is_volatile(self, part: bytes) -> bool:
        """Check a part; a placeholder is none, because it stands for a value that counts."""
        return PREFIX not in part and (self.rule is None or self.rule.is_volatile(part))


class MaskedTexts(Struct, frozen=True):
    """Two texts, masked."""

    one: str
    other: str
    kinds: tuple[str, ...]
    """The kinds of which they had different parts."""


class VolatileMask:
    """Masks what is of some kinds, or matches some patterns."""

    def __init__(self, kinds: Sequence[str], patterns: Sequence[RegexPattern] = ()) -> None:
        """``kinds`` are keys of ``KINDS``; whatever the ``patterns`` match is masked as well."""
        self._searchers = [
            *(_Searcher(_PATTERN_KIND, (each,), None) for each in patterns),
            *(_compile_kind(kind) for kind in KINDS if kind in kinds),
        ]
        self._mask_short = lru_cache(_CACHED)(self._mask_text)
        self._in_numbers = [
            searcher for searcher in self._searchers if searcher.rule and searcher.rule.in_numbers
        ]

    def apply(self, text: bytes) -> bytes:
        """Return UTF-8 text with a mark such as ``⟨date⟩`` in the place of each volatile part."""
        for searcher in self._searchers:
            text = _replace(text, searcher)
        return text

    def apply_to_text(self, text: str) -> str:
        """Mask text; half of a surrogate pair is kept."""
        return self._mask_short(text) if len(text) <= _MAX_CACHED else self._mask_text(text)

    def _mask_text(self, text: str) -> str:
        encoded = text.encode("utf-8", "surrogatepass")
        masked = self.apply(encoded)
        return text if masked == encoded else masked.decode("utf-8", "surrogatepass")

    def apply_to_number(self, digits: str) -> str:
        """Return the digits of a JSON number, or a mark if the whole number is volatile."""
        encoded = digits.encode()
        for searcher in self._in_numbers:
            if list(searcher.find(encoded)) == [(0, len(encoded))]:
                return _build_mark(searcher.kind).decode()
        return digits

    def find_differing(self, one: str, other: str) -> tuple[str, ...]:
        """Return the kinds in which two texts differ; none if they differ in anything else."""
        comparison = self.compare(one, other)
        return comparison.kinds if comparison.one == comparison.other else ()

    def compare(self, one: str, other: str) -> MaskedTexts:
        """Mask two texts, and collect the kinds in which they differ."""
        texts = [text.encode("utf-8", "surrogatepass") for text in (one, other)]
        kinds: list[str] = []
        for searcher in self._searchers:
            parts = [[text[slice(*span)] for span in searcher.find(text)] for text in texts]
            if parts[0] != parts[1]:
                kinds.append(searcher.kind)
            texts = [_replace(text, searcher) for text in texts]
        first, second = (text.decode("utf-8", "surrogatepass") for text in texts)
        return MaskedTexts(first, second, tuple(dict.fromkeys(kinds)))

    def apply_to_path(self, path: bytes) -> bytes:
        """Mask a percent-encoded path; other segments keep their spelling."""
        decoded = [unquote_to_bytes(segment) for segment in path.split(b"/")]
        if self.apply(b"/".join(decoded)) == b"/".join(decoded):
            return path
        return b"/".join(map(self._mask_segment, path.split(b"/"), decoded))

    def _mask_segment(self, segment: bytes, decoded: bytes) -> bytes:
        masked = self.apply(decoded)
        if masked == decoded:
            return segment
        pieces = re.split(b"(" + _MARK.pattern.replace(b"(", b"(?:") + b")", masked)
        return b"".join(
            piece if index % 2 else quote_from_bytes(piece, safe=_KEPT_IN_PATHS).encode()
            for index, piece in enumerate(pieces)
        )


def is_masked_whole(masked: str) -> bool:
    """Return whether a masked text has nothing but marks, as a date with its time has."""
    return _WHOLE.fullmatch(masked) is not None


def has_mark(text: bytes) -> bool:
    """Return whether a masked text has a mark."""
    return _MARK.search(text) is not None


def _replace(text: bytes, searcher: _Searcher) -> bytes:
    mark = _build_mark(searcher.kind)
    pieces: list[bytes] = []
    last = 0
    for start, end in searcher.find(text):
        pieces += (text[last:start], mark)
        last = end
    return b"".join((*pieces, text[last:])) if last else text


def _build_mark(kind: str) -> bytes:
    return _OPEN + kind.encode() + _CLOSE


@lru_cache
def _compile_kind(kind: str) -> _Searcher:
    rule = KINDS[kind]
    return _Searcher(kind, tuple(ENGINE.compile(each.encode()) for each in rule.patterns), rule)
