"""Marks: what an answer keeps of its secrets, so that whoever knows them can put them back.

A mark says which placeholder stands where, in how many pieces, how long each piece was and how the
value was spelled: so a client that sends the same values gets the bytes of the live answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, chain, pairwise

from runreel.core.redact.encoding import BASE_ENCODINGS, UNKNOWN, detect_encoding, encode
from runreel.core.redact.part import EditedPart, Replacement
from runreel.core.redact.texts.derived_fields import OffsetEdit
from runreel.core.redact.texts.spans import Edit, split_by_weight
from runreel.core.redact.vault import Vault
from runreel.model import PlaceholderMark

IN_BODY = -1

OFFSET = "offset"
"""The spelling of an annotation's offset, which moves with the placeholders that its mark names."""

_SEPARATOR = b" "

_CHARACTER = rb"[\xc0-\xff][\x80-\xbf]+|."
_ESCAPE = rb"\\u[0-9a-fA-F]{4}|\\."
_LONG_ESCAPE = rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|%[0-9a-fA-F]{2}"
"""What some servers cut in two: a surrogate pair, a percent-encoded byte."""

_CHARACTER_UNITS = re.compile(_CHARACTER, re.DOTALL)
_JSON_UNITS = re.compile(_ESCAPE + b"|" + _CHARACTER, re.DOTALL)
_WHOLE_UNITS = re.compile(_LONG_ESCAPE + b"|" + _ESCAPE + b"|" + _CHARACTER, re.DOTALL)

ValuesByPlaceholder = Mapping[bytes, bytes]
"""What placeholders stand for."""


def build_marks(
    part: EditedPart,
    vault: Vault,
    *,
    header: int = IN_BODY,
    previous: Iterable[PlaceholderMark] = (),
) -> list[PlaceholderMark]:
    """The marks of one part of an answer, by the places where their first pieces stand.

    What was redacted ``before`` keeps its marks where no edit overlaps it.
    """
    shifts = _compute_shifts(part.edits)
    new = (_build_mark(part.data, each, shifts, vault, header) for each in part.replacements)
    offsets = (_build_offset_mark(each, shifts, header) for each in part.offsets)
    old = (_shift_mark(mark, part.edits) for mark in previous if mark.header == header)
    return sorted(filter(None, (*new, *offsets, *old)), key=lambda mark: mark.pieces)


def _build_mark(
    data: bytes, replacement: Replacement, shifts: Mapping[int, int], vault: Vault, header: int
) -> PlaceholderMark | None:
    placeholder, edits = replacement.span.placeholder, replacement.edits
    value = vault.get_value(placeholder)
    is_there = b"".join(edit.data for edit in edits) == placeholder
    if value is None or not is_there:
        return None
    raw = b"".join(data[edit.start : edit.end] for edit in edits)
    pieces = chain.from_iterable(_locate_piece(edit, shifts) for edit in edits)
    spelling = detect_encoding(value, raw, in_json=replacement.in_json)
    return PlaceholderMark(header, placeholder, spelling, tuple(pieces))


def _build_offset_mark(
    offset: OffsetEdit, shifts: Mapping[int, int], header: int
) -> PlaceholderMark:
    placeholders = _SEPARATOR.join(offset.placeholders)
    return PlaceholderMark(header, placeholders, OFFSET, _locate_piece(offset.edit, shifts))


def _locate_piece(edit: Edit, shifts: Mapping[int, int]) -> tuple[int, int, int]:
    return edit.start + shifts[edit.start], len(edit.data), edit.end - edit.start


def _compute_shifts(edits: Iterable[Edit]) -> dict[int, int]:
    """By where each edit starts: how far the edits before it have moved it."""
    shifts: dict[int, int] = {}
    shift = 0
    for start, end, data in edits:
        shifts[start] = shift
        shift += len(data) - (end - start)
    return shifts


def _shift_mark(mark: PlaceholderMark, edits: Sequence[Edit]) -> PlaceholderMark | None:
    """Where the mark stands once the edits are made; None if one of them overlaps it."""
    pieces: list[int] = []
    for at, length, was in _split_triples(mark):
        before = [edit for edit in edits if edit.start < at + length]
        if before and before[-1].end > at:
            return None
        shift = sum(len(edit.data) - (edit.end - edit.start) for edit in before)
        pieces += (at + shift, length, was)
    return mark._replace(pieces=tuple(pieces))


def build_restoring_edits(
    data: bytes, marks: Iterable[PlaceholderMark], values: ValuesByPlaceholder
) -> list[Edit]:
    """The edits of the stored bytes that put known values back, in order.

    A mark that does not fit the bytes is passed over: a cassette is untrusted input.
    """
    edits = sorted(edit for mark in marks for edit in _iter_restoring_edits(data, mark, values))
    apart: list[Edit] = []
    for edit in edits:
        if not apart or apart[-1].end <= edit.start:
            apart.append(edit)
    return apart


def _iter_restoring_edits(
    data: bytes, mark: PlaceholderMark, values: ValuesByPlaceholder
) -> Iterator[Edit]:
    places = [(at, at + length) for at, length, _ in _split_triples(mark)]
    if not places or any(end > len(data) for _, end in places):
        return
    raw = _encode_original(mark, b"".join(data[at:end] for at, end in places), values)
    if raw is not None:
        units = _CHARACTER_UNITS if mark.encoding in BASE_ENCODINGS else _JSON_UNITS
        cuts = _compute_cuts(raw, units, places, [was for _, _, was in _split_triples(mark)])
        for (at, end), (first, last) in zip(places, pairwise(cuts), strict=True):
            yield Edit(at, end, raw[first:last])


def _encode_original(
    mark: PlaceholderMark, stored: bytes, values: ValuesByPlaceholder
) -> bytes | None:
    """What stands in place of the stored bytes, once the values are known; None if nothing does."""
    if mark.encoding == OFFSET:
        return _compute_offset(mark.placeholder.split(_SEPARATOR), stored, values)
    value = values.get(mark.placeholder)
    if value is None or mark.encoding == UNKNOWN or stored != mark.placeholder:
        return None
    return encode(value, mark.encoding)


def _compute_offset(
    placeholders: Iterable[bytes], stored: bytes, values: ValuesByPlaceholder
) -> bytes | None:
    shift = 0
    for placeholder in placeholders:
        value = values.get(placeholder)
        if value is not None:
            shift += len(value.decode("utf-8", "replace")) - len(placeholder)
    return b"%d" % max(int(stored) + shift, 0) if stored.isdigit() and len(stored) < 19 else None


def _split_triples(mark: PlaceholderMark) -> list[tuple[int, int, int]]:
    return list(zip(*[iter(mark.pieces)] * 3, strict=True))


def _compute_cuts(
    raw: bytes,
    units: re.Pattern[bytes],
    places: Sequence[tuple[int, int]],
    lengths: Sequence[int],
) -> list[int]:
    """Where the value is cut: as it was, or, if it must be another one, in the same proportion.

    ``units``: what no event can have held a part of. No character and no escape is broken anew.
    """
    cuts = list(accumulate(lengths, initial=0))
    if cuts[-1] == len(raw) and _find_inner_cuts(cuts, places) <= {*_find_unit_ends(units, raw)}:
        return cuts
    ends = _find_unit_ends(_WHOLE_UNITS, raw)
    return [ends[place] for place in accumulate(split_by_weight(len(ends) - 1, lengths), initial=0)]


def _find_inner_cuts(cuts: Sequence[int], places: Sequence[tuple[int, int]]) -> set[int]:
    """The cuts between pieces with something between them: all but those where a frame ended."""
    neighbours = zip(cuts[1:-1], pairwise(places), strict=True)
    return {cut for cut, ((_, end), (start, _)) in neighbours if end != start}


def _find_unit_ends(pattern: re.Pattern[bytes], raw: bytes) -> list[int]:
    return list(accumulate(map(len, pattern.findall(raw)), initial=0))
