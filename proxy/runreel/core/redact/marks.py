"""Marks of the placeholders in an answer, from which a replay restores known values.

A mark holds a placeholder, the offset and length of each of its pieces, the length that each piece
of the value had, and the value's encoding. So a client that sends the same values as the recording
client gets the bytes of the live answer. A mark holds nothing of the value itself.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, chain, islice, pairwise

from runreel.core.cassette.packing import MAX_ITEMS
from runreel.core.redact.encoding import BASE_ENCODINGS, START, UNKNOWN, detect_encoding, encode
from runreel.core.redact.part import EditedPart, Replacement
from runreel.core.redact.texts.derived_fields import OffsetEdit
from runreel.core.redact.texts.spans import Edit, split_by_weight
from runreel.core.redact.vault import Vault
from runreel.core.regex.lazy_pattern import compile_later
from runreel.model import PlaceholderMark

IN_BODY = -1
"""The ``header`` of a mark in the body."""

OFFSET = "offset"
"""The encoding in the mark of an annotation's offset, which depends on the mark's placeholders."""

_SEPARATOR = b" "

_CHARACTER = rb"[\xc0-\xff][\x80-\xbf]+|."
_ESCAPE = rb"\\u[0-9a-fA-F]{4}|\\."
_LONG_ESCAPE = rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|%[0-9a-fA-F]{2}"
"""Escapes that some servers cut in two: a surrogate pair, a percent-encoded byte."""

_CHARACTER_UNITS = compile_later(_CHARACTER, re.DOTALL)
_JSON_UNITS = compile_later(_ESCAPE + b"|" + _CHARACTER, re.DOTALL)
_WHOLE_UNITS = compile_later(_LONG_ESCAPE + b"|" + _ESCAPE + b"|" + _CHARACTER, re.DOTALL)
"""Match one unit, which is not cut: of plain text; of JSON; of either, with all long escapes."""

_ANY_UNITS = compile_later(rb".", re.DOTALL)
"""Matches one byte: a truncated body may end within a character."""

ValuesByPlaceholder = Mapping[bytes, bytes]
"""The values of placeholders."""


def build_marks(
    part: EditedPart,
    vault: Vault,
    *,
    header: int = IN_BODY,
    previous: Iterable[PlaceholderMark] = (),
) -> list[PlaceholderMark]:
    """Return the marks of one part of an answer, ordered by their first pieces.

    ``header`` is the index of the header. ``previous`` are marks of an earlier redaction; they are
    kept unless an edit overlaps them. Marks beyond those that a cassette holds are left out.
    """
    shifts = _Shifts(part.edits)
    new = (
        _build_mark(part.data, replacement, shifts, vault, header)
        for replacement in sorted(part.replacements, key=lambda each: each.edits[0].start)
    )
    offsets = (_build_offset_mark(offset, shifts, header) for offset in part.offsets)
    old = (_shift_mark(mark, part.edits, shifts) for mark in previous if mark.header == header)
    marks = [*islice(filter(None, new), MAX_ITEMS), *offsets, *filter(None, old)]
    return sorted(marks, key=lambda mark: mark.pieces)[:MAX_ITEMS]


def _build_mark(
    data: bytes, replacement: Replacement, shifts: _Shifts, vault: Vault, header: int
) -> PlaceholderMark | None:
    """Return the mark; None if the value is unknown or 0 stands for the placeholder."""
    placeholder, edits = replacement.span.placeholder, replacement.edits
    value = vault.get_value(placeholder)
    is_written = b"".join(edit.data for edit in edits) == placeholder
    if value is None or not is_written:
        return None
    raw = b"".join(data[edit.start : edit.end] for edit in edits)
    pieces = chain.from_iterable(_locate_piece(edit, shifts) for edit in edits)
    encoding = detect_encoding(value, raw, in_json=replacement.in_json)
    return PlaceholderMark(header, placeholder, encoding, tuple(pieces))


def _build_offset_mark(offset: OffsetEdit, shifts: _Shifts, header: int) -> PlaceholderMark:
    placeholders = _SEPARATOR.join(offset.placeholders)
    return PlaceholderMark(header, placeholders, OFFSET, _locate_piece(offset.edit, shifts))


def _locate_piece(edit: Edit, shifts: _Shifts) -> tuple[int, int, int]:
    """Return offset and length of a piece of a placeholder, and the number of bytes it replaces."""
    shift = shifts.sums[shifts.count_before(edit.start)]
    return edit.start + shift, len(edit.data), edit.end - edit.start


class _Shifts:
    """The shifts of offsets by edits, which are in order and do not overlap."""

    def __init__(self, edits: Sequence[Edit]) -> None:
        self._starts = array("q", (edit.start for edit in edits))
        growths = (len(edit.data) - (edit.end - edit.start) for edit in edits)
        self.sums = array("q", accumulate(growths, initial=0))
        """The shift after each number of edits."""

    def count_before(self, offset: int) -> int:
        """Return the number of edits that begin before this offset."""
        return bisect_left(self._starts, offset)


def _shift_mark(
    mark: PlaceholderMark, edits: Sequence[Edit], shifts: _Shifts
) -> PlaceholderMark | None:
    """Return the mark with its offsets after the edits; None if an edit overlaps it."""
    pieces: list[int] = []
    for start, length, value_length in _split_triples(mark):
        count = shifts.count_before(start + length)
        if count and edits[count - 1].end > start:
            return None
        pieces += (start + shifts.sums[count], length, value_length)
    return mark._replace(pieces=tuple(pieces))


def build_restoring_edits(
    data: bytes, marks: Iterable[PlaceholderMark], values: ValuesByPlaceholder
) -> list[Edit]:
    """Return the edits of the stored bytes that put known values back, in order.

    Marks that do not fit the bytes are ignored, since a cassette is untrusted input.
    """
    edits = sorted(edit for mark in marks for edit in _iter_restoring_edits(data, mark, values))
    disjoint: list[Edit] = []
    for edit in edits:
        if not disjoint or disjoint[-1].end <= edit.start:
            disjoint.append(edit)
    return disjoint


def _iter_restoring_edits(
    data: bytes, mark: PlaceholderMark, values: ValuesByPlaceholder
) -> Iterator[Edit]:
    """Yield an edit for each piece of the mark; none if it does not fit or its value is unknown."""
    triples = _split_triples(mark)
    ranges = [(start, start + length) for start, length, _ in triples]
    if not ranges or any(end > len(data) for _, end in ranges):
        return
    raw = _encode_original(mark, b"".join(data[start:end] for start, end in ranges), values)
    if raw is not None:
        encoding = mark.encoding.removeprefix(START)
        units = _CHARACTER_UNITS if encoding in BASE_ENCODINGS else _JSON_UNITS
        lengths = [value_length for _, _, value_length in triples]
        if encoding != mark.encoding:
            is_truncated = ranges[-1][1] == len(data)
            raw = _take_beginning(raw, sum(lengths), _ANY_UNITS if is_truncated else units)
        cuts = _compute_cuts(raw, units, ranges, lengths)
        for (start, end), (first, last) in zip(ranges, pairwise(cuts), strict=True):
            yield Edit(start, end, raw[first:last])


def _encode_original(
    mark: PlaceholderMark, stored: bytes, values: ValuesByPlaceholder
) -> bytes | None:
    """Return the bytes to put in place of the stored ones; None if these stay."""
    if mark.encoding == OFFSET:
        return _compute_offset(mark.placeholder.split(_SEPARATOR), stored, values)
    value = values.get(mark.placeholder)
    if value is None or mark.encoding == UNKNOWN or stored != mark.placeholder:
        return None
    return encode(value, mark.encoding.removeprefix(START))


def _take_beginning(raw: bytes, length: int, units: re.Pattern[bytes]) -> bytes:
    """Return as many whole units as these bytes have room for."""
    ends = (end for end in _find_unit_ends(units, raw) if end <= length)
    return raw[: max(ends, default=0)]


def _compute_offset(
    placeholders: Iterable[bytes], stored: bytes, values: ValuesByPlaceholder
) -> bytes | None:
    """Return an annotation's offset with values in place of the placeholders before it."""
    shift = 0
    for placeholder in placeholders:
        value = values.get(placeholder)
        if value is not None:
            shift += len(value.decode("utf-8", "replace")) - len(placeholder)
    return b"%d" % max(int(stored) + shift, 0) if stored.isdigit() and len(stored) < 19 else None


def _split_triples(mark: PlaceholderMark) -> list[tuple[int, int, int]]:
    """Return offset, length and value length of each piece of a mark."""
    return list(zip(*[iter(mark.pieces)] * 3, strict=True))


def _compute_cuts(
    raw: bytes,
    units: re.Pattern[bytes],
    ranges: Sequence[tuple[int, int]],
    lengths: Sequence[int],
) -> list[int]:
    """Return the offsets at which the value is cut into pieces, from 0 to its end.

    The cuts are those of the live answer (``lengths``) if the value may be the same one, that is if
    its length fits and no cut is within one of its ``units``. Another value is cut in the same
    proportion, between whole units.
    """
    cuts = list(accumulate(lengths, initial=0))
    if cuts[-1] == len(raw) and _find_inner_cuts(cuts, ranges) <= {*_find_unit_ends(units, raw)}:
        return cuts
    ends = _find_unit_ends(_WHOLE_UNITS, raw)
    return [ends[index] for index in accumulate(split_by_weight(len(ends) - 1, lengths), initial=0)]


def _find_inner_cuts(cuts: Sequence[int], ranges: Sequence[tuple[int, int]]) -> set[int]:
    """Return the cuts between pieces that do not touch; frames may end within a unit."""
    neighbours = zip(cuts[1:-1], pairwise(ranges), strict=True)
    return {cut for cut, ((_, end), (start, _)) in neighbours if end != start}


def _find_unit_ends(units: re.Pattern[bytes], raw: bytes) -> list[int]:
    """Return 0 and the end of each unit of the bytes."""
    return list(accumulate(map(len, units.findall(raw)), initial=0))
