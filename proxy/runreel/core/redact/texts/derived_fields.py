"""Leaves that are derived from a text: log-probabilities, and the offsets of annotations.

Log-probabilities repeat a text token by token, with the bytes of each token and its most likely
alternatives (API reference, "logprobs"): as objects, or in the older format as an array of tokens,
and beside it an array of objects whose members have the alternatives as names. Annotations hold the
offsets, in characters, of the part of a text that they refer to (API reference, "annotations"). So
where a placeholder replaces a secret, the tokens share it as the pieces of the text do, bytes and
alternatives are blanked, and offsets are shifted. The shape of the JSON stays the same.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from runreel.core.redact.search.engine import ENGINE
from runreel.core.redact.texts.leaf import Leaf, LeafPath
from runreel.core.redact.texts.spans import Edit, Span
from runreel.core.redact.texts.text import Text, TextKind
from runreel.core.redact.texts.token_lists import (
    LOGPROBS,
    TOKENS,
    find_token_entry,
    is_logprob_token,
)
from runreel.core.redact.texts.views import unescape_json

_ALTERNATIVES = "top_logprobs"
"""In the older format, arrays of tokens and of objects with their alternatives."""
_ANNOTATIONS = "annotations"
_OFFSET_NAMES = frozenset({"start_index", "end_index"})
_HINT = ENGINE.compile(rb'"(?:start|end)_index"|"logprobs"[ \t\r\n]*:[ \t\r\n]*[\[{]|\\u00[4-7]')
"""The last choice is for names with escaped letters."""
_HINT_WORDS = (b"_index", b"logprobs", b"\\u00")
"""One of them is in every match, and these are found faster."""

_ANNOTATED_NAMES = ("value", "text", "content")
"""Names of the member that holds the text which the annotations beside it refer to."""

_MAX_OFFSET_DIGITS = 18


class DerivedField(NamedTuple):
    """A leaf that depends on another leaf, its source: a token or an annotated text."""

    start: int
    """An offset in the body, as are the next three."""
    end: int
    source_start: int
    source_end: int
    blank: bytes
    """The bytes that take its place if its source is redacted."""
    is_offset: bool
    """True for an offset into its source; False for a copy of it."""


class OffsetEdit(NamedTuple):
    """The new value of an annotation's offset."""

    edit: Edit
    placeholders: tuple[bytes, ...]
    """The placeholders before the offset in its text."""


class _Extent(NamedTuple):
    """The range of a secret in a text, in characters, and its placeholder."""

    start: int
    end: int
    placeholder: bytes


def may_have_derived_fields(data: bytes) -> bool:
    """Return whether there may be any derived fields in this JSON; a quick check."""
    may_match = any(word in data for word in _HINT_WORDS)
    return may_match and next(_HINT.finditer(data), None) is not None


def find_derived_fields(leaves: Sequence[Leaf], event_start: int) -> Iterator[DerivedField]:
    """Yield the derived fields among the leaves of one event, which begins at this offset."""
    if not any(LOGPROBS in leaf.path or leaf.name in _OFFSET_NAMES for leaf in leaves):
        return
    tokens = {find_token_entry(leaf.path): leaf for leaf in leaves if is_logprob_token(leaf)}
    texts = {leaf.path: leaf for leaf in leaves if leaf.is_string and leaf.name in _ANNOTATED_NAMES}
    for index, leaf in enumerate(leaves):
        entry = find_token_entry(leaf.path)
        token = tokens.get(entry)
        if token is not None and token is not leaf and _repeats_token(leaf):
            blank = b"" if leaf.is_string else b"0"
            yield _build_field((leaf.start, leaf.end), token, event_start, blank)
        elif entry is not None and (token := tokens.get(_find_older_entry(entry, leaf.path))):
            yield _build_field(leaf.name_span, token, event_start, b"%d" % index)
        elif leaf.name in _OFFSET_NAMES and _ANNOTATIONS in leaf.path and not leaf.is_string:
            owner = leaf.path[: leaf.path.index(_ANNOTATIONS)]
            candidates = (texts.get((*owner, name)) for name in _ANNOTATED_NAMES)
            text = next((leaf for leaf in candidates if leaf is not None), None)
            if text is not None:
                yield _build_field((leaf.start, leaf.end), text, event_start)


def _find_older_entry(entry: LeafPath, path: LeafPath) -> LeafPath | None:
    """Return the entry of the token to which the name of a member is an alternative.

    For ``("logprobs", "top_logprobs", 3, "ab")`` it is ``("logprobs", "tokens", 3)``.
    """
    is_name = entry[-3:-1] == (LOGPROBS, _ALTERNATIVES) and len(path) == len(entry) + 1
    return (*entry[:-2], TOKENS, entry[-1]) if is_name else None


def _repeats_token(leaf: Leaf) -> bool:
    """Return whether the leaf is a token or one of its bytes, which may be null instead."""
    return leaf.name in ("token", "bytes") and (leaf.is_string or isinstance(leaf.path[-1], int))


def _build_field(
    span: tuple[int, int], source: Leaf, event_start: int, blank: bytes | None = None
) -> DerivedField:
    """Return the field at ``span``, which is an offset if there is no ``blank`` for it."""
    return DerivedField(
        start=event_start + span[0],
        end=event_start + span[1],
        source_start=event_start + source.start,
        source_end=event_start + source.end,
        blank=blank or b"",
        is_offset=blank is None,
    )


def blank_derived_fields(fields: Iterable[DerivedField], edits: Sequence[Edit]) -> Iterator[Edit]:
    """Yield edits that blank the copies of redacted tokens; ``edits`` are in order."""
    for field in fields:
        is_copy = not field.is_offset and _has_edit(edits, field.source_start, field.source_end)
        if is_copy and not _has_edit(edits, field.start, field.end):
            yield Edit(field.start, field.end, field.blank)


def _has_edit(edits: Sequence[Edit], start: int, end: int) -> bool:
    """Return whether an edit begins in this range."""
    index = bisect_left(edits, (start,))
    return index < len(edits) and edits[index].start < end


def shift_offsets(
    fields: Iterable[DerivedField], body: bytes, texts: Sequence[tuple[Text, Sequence[Span]]]
) -> Iterator[OffsetEdit]:
    """Yield the offsets that change because placeholders are longer or shorter than secrets."""
    extents = lru_cache(None)(lambda index, start, end: _measure_extents(*texts[index], start, end))
    for field in fields:
        digits = body[field.start : field.end]
        if field.is_offset and digits.isdigit() and len(digits) <= _MAX_OFFSET_DIGITS:
            for index, (text, spans) in enumerate(texts):
                source = text.find_offset(field.source_start) if spans else None
                if source is not None:
                    start, end = _find_counted_range(text, source, field)
                    yield from _shift_offset(field, int(digits), extents(index, start, end))


def _find_counted_range(text: Text, source: int, field: DerivedField) -> tuple[int, int]:
    """Return the range of the text in which the field's characters are counted.

    It is the source leaf, which begins at ``source``; in a channel, it is the whole text.
    """
    if text.kind is TextKind.JSON:
        return source, source + field.source_end - field.source_start
    return 0, len(text.data)


def _measure_extents(text: Text, spans: Sequence[Span], start: int, end: int) -> list[_Extent]:
    """Return the extents of the spans within a range, in characters from its start."""
    extents: list[_Extent] = []
    at, count = start, 0
    for span in spans:
        if start <= span.start and span.end <= end:
            span_start = count + _count_characters(text.data[at : span.start])
            count = span_start + _count_characters(text.data[span.start : span.end])
            at = span.end
            extents.append(_Extent(span_start, count, span.placeholder))
    return extents


def _shift_offset(
    field: DerivedField, offset: int, extents: Iterable[_Extent]
) -> Iterator[OffsetEdit]:
    """Yield the new offset if a placeholder precedes it; an offset in a secret moves to its start.

    Yields nothing if the offset stays as it is.
    """
    shift = 0
    before: list[bytes] = []
    for start, end, placeholder in extents:
        if end > offset:
            offset = min(offset, start)
            break
        shift += len(placeholder) - (end - start)
        before.append(placeholder)
    if before:
        yield OffsetEdit(Edit(field.start, field.end, b"%d" % (offset + shift)), tuple(before))


def _count_characters(content: bytes) -> int:
    """Return the number of characters of a JSON string, given without its quotes."""
    return len(unescape_json(content).decode("utf-8", "replace"))
