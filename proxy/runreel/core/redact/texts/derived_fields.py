"""Leaves that say again what a text says: log-probabilities, and the offsets of annotations.

Log-probabilities spell a text out, token by token, with the bytes of each and with what else might
have stood there (API reference, "logprobs"). Annotations say between which characters of a text
they stand (API reference, "annotations"). Where a placeholder takes a secret's place, the tokens
share it as the pieces of the text do, bytes and alternatives are blanked, and offsets are moved;
nothing changes its shape.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from runreel.core.redact.search.engine import ENGINE
from runreel.core.redact.texts.json_leaves import Leaf, LeafPath
from runreel.core.redact.texts.spans import Edit, Span
from runreel.core.redact.texts.text import Text, TextKind
from runreel.core.redact.texts.views import unescape_json

_LOGPROBS = "logprobs"
_ANNOTATIONS = "annotations"
_OFFSET_NAMES = frozenset({"start_index", "end_index"})
_HINT = ENGINE.compile(rb'"(?:start|end)_index"|"logprobs"[ \t\r\n]*:[ \t\r\n]*[\[{]|\\u00[4-7]')
"""Letters of a name may be escaped as well."""

_ANNOTATED_NAMES = ("value", "text", "content")
"""What a text is called beside its annotations."""

_MAX_OFFSET_DIGITS = 18
"""Digits."""


class DerivedField(NamedTuple):
    """A leaf, and the one that it says again; places are those in the body."""

    start: int
    end: int
    source_start: int
    source_end: int
    is_string: bool
    is_offset: bool


class OffsetEdit(NamedTuple):
    """An offset that moves with the secrets before it."""

    edit: Edit
    placeholders: tuple[bytes, ...]
    """Those that stand before it."""


class _Extent(NamedTuple):
    """A secret in a text, in characters, and what takes its place."""

    begin: int
    end: int
    placeholder: bytes


def may_have_derived_fields(data: bytes) -> bool:
    """Whether there may be any in what is JSON: a quick look."""
    return next(_HINT.finditer(data), None) is not None


def find_token_entry(path: LeafPath) -> LeafPath | None:
    """The log-probabilities of which token a leaf is part of; None if it is part of none."""
    if _LOGPROBS not in path:
        return None
    begin = path.index(_LOGPROBS) + 1
    place = next((at for at in range(begin, len(path)) if isinstance(path[at], int)), None)
    return None if place is None else path[: place + 1]


def is_logprob_token(leaf: Leaf) -> bool:
    """Whether the leaf is a token of a text itself, and not one that might have been."""
    entry = find_token_entry(leaf.path)
    return entry is not None and leaf.path == (*entry, "token")


def find_derived_fields(leaves: Sequence[Leaf], event_start: int) -> Iterator[DerivedField]:
    """Those among the leaves of one JSON text, which begins ``at`` this byte of the body."""
    if not any(_LOGPROBS in leaf.path or leaf.name in _OFFSET_NAMES for leaf in leaves):
        return
    tokens = {leaf.path[:-1]: leaf for leaf in leaves if is_logprob_token(leaf)}
    texts = {leaf.path: leaf for leaf in leaves if leaf.is_string and leaf.name in _ANNOTATED_NAMES}
    for leaf in leaves:
        token = tokens.get(find_token_entry(leaf.path) or ())
        if token is not None and token is not leaf and _repeats_token(leaf):
            yield _build_field(leaf, token, event_start, is_offset=False)
        elif leaf.name in _OFFSET_NAMES and _ANNOTATIONS in leaf.path and not leaf.is_string:
            owner = leaf.path[: leaf.path.index(_ANNOTATIONS)]
            text = next(
                (texts[(*owner, name)] for name in _ANNOTATED_NAMES if (*owner, name) in texts),
                None,
            )
            if text is not None:
                yield _build_field(leaf, text, event_start, is_offset=True)


def _repeats_token(leaf: Leaf) -> bool:
    """Whether it says anything: the bytes of a token may be null."""
    return leaf.name in ("token", "bytes") and (leaf.is_string or isinstance(leaf.path[-1], int))


def _build_field(leaf: Leaf, source: Leaf, event_start: int, *, is_offset: bool) -> DerivedField:
    return DerivedField(
        start=event_start + leaf.start,
        end=event_start + leaf.end,
        source_start=event_start + source.start,
        source_end=event_start + source.end,
        is_string=leaf.is_string,
        is_offset=is_offset,
    )


def blank_derived_fields(fields: Iterable[DerivedField], edits: Sequence[Edit]) -> Iterator[Edit]:
    """The edits that blank what would spell a secret again; ``edits`` in order."""
    for one in fields:
        says_a_secret = not one.is_offset and _overlaps_edit(
            edits, one.source_start, one.source_end
        )
        if says_a_secret and not _overlaps_edit(edits, one.start, one.end):
            yield Edit(one.start, one.end, b"" if one.is_string else b"0")


def _overlaps_edit(edits: Sequence[Edit], start: int, end: int) -> bool:
    place = bisect_left(edits, (start,))
    return place < len(edits) and edits[place].start < end


def shift_offsets(
    fields: Iterable[DerivedField], body: bytes, texts: Sequence[tuple[Text, Sequence[Span]]]
) -> Iterator[OffsetEdit]:
    """The offsets that must move, since placeholders are longer or shorter than secrets."""
    extents = lru_cache(None)(lambda index, start, end: _measure_extents(*texts[index], start, end))
    for one in fields:
        digits = body[one.start : one.end]
        if one.is_offset and digits.isdigit() and len(digits) <= _MAX_OFFSET_DIGITS:
            for index, (text, spans) in enumerate(texts):
                place = text.find_offset(one.source_start) if spans else None
                if place is not None:
                    yield from _shift_offset(
                        one, int(digits), extents(index, *_find_counted_range(text, place, one))
                    )


def _find_counted_range(text: Text, place: int, field: DerivedField) -> tuple[int, int]:
    """Between which bytes of the text characters are counted: a channel's are from its start."""
    if text.kind is TextKind.JSON:
        return place, place + field.source_end - field.source_start
    return 0, len(text.data)


def _measure_extents(text: Text, spans: Sequence[Span], start: int, end: int) -> list[_Extent]:
    """The spans between these bytes of the text, in characters from the first of them."""
    extents: list[_Extent] = []
    at, count = start, 0
    for span in spans:
        if start <= span.start and span.end <= end:
            begin = count + _count_characters(text.data[at : span.start])
            count = begin + _count_characters(text.data[span.start : span.end])
            at = span.end
            extents.append(_Extent(begin, count, span.placeholder))
    return extents


def _shift_offset(
    field: DerivedField, offset: int, extents: Iterable[_Extent]
) -> Iterator[OffsetEdit]:
    """The offset, if a placeholder stands before it; one in a secret moves to its beginning."""
    shift = 0
    before: list[bytes] = []
    for begin, end, placeholder in extents:
        if end > offset:
            offset = min(offset, begin)
            break
        shift += len(placeholder) - (end - begin)
        before.append(placeholder)
    if before:
        yield OffsetEdit(Edit(field.start, field.end, b"%d" % (offset + shift)), tuple(before))


def _count_characters(content: bytes) -> int:
    """How many characters a JSON string has."""
    return len(unescape_json(content).decode("utf-8", "replace"))
