"""Marks: what an answer keeps of its secrets, so that whoever knows them can put them back.

A mark says which placeholder stands where, in how many pieces, how long each piece was and how the
value was spelled: so a client that sends the same values gets the bytes of the live answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, chain, pairwise

from runreel.core.redact.encoding import ENCODINGS, UNKNOWN, spelled, spelling_of
from runreel.core.redact.part import Part, Replacement
from runreel.core.redact.texts.derived_fields import Offset
from runreel.core.redact.texts.spans import Edit, shares
from runreel.core.redact.vault import Vault
from runreel.model import Mark

IN_BODY = -1

OFFSET = "offset"
"""The spelling of an annotation's offset, which moves with the placeholders that its mark names."""

_BETWEEN = b" "

_CHARACTER = rb"[\xc0-\xff][\x80-\xbf]+|."
_ESCAPE = rb"\\u[0-9a-fA-F]{4}|\\."
_LONGER = rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|%[0-9a-fA-F]{2}"
"""What some servers cut in two: a surrogate pair, a percent-encoded byte."""

_CHARACTERS = re.compile(_CHARACTER, re.DOTALL)
_QUOTED = re.compile(_ESCAPE + b"|" + _CHARACTER, re.DOTALL)
_UNBROKEN = re.compile(_LONGER + b"|" + _ESCAPE + b"|" + _CHARACTER, re.DOTALL)

Values = Mapping[bytes, bytes]
"""What placeholders stand for."""


def marks_of(
    part: Part, vault: Vault, *, header: int = IN_BODY, before: Iterable[Mark] = ()
) -> list[Mark]:
    """The marks of one part of an answer, by the places where their first pieces stand.

    What was redacted ``before`` keeps its marks where no edit overlaps it.
    """
    shifts = _shifts(part.edits)
    new = (_mark(part.data, each, shifts, vault, header) for each in part.replacements)
    offsets = (_offset_mark(each, shifts, header) for each in part.offsets)
    old = (_moved(mark, part.edits) for mark in before if mark.header == header)
    return sorted(filter(None, (*new, *offsets, *old)), key=lambda mark: mark.pieces)


def _mark(
    data: bytes, replacement: Replacement, shifts: Mapping[int, int], vault: Vault, header: int
) -> Mark | None:
    placeholder, edits = replacement.span.placeholder, replacement.edits
    value = vault.value(placeholder)
    is_there = b"".join(edit.data for edit in edits) == placeholder
    if value is None or not is_there:
        return None
    raw = b"".join(data[edit.start : edit.end] for edit in edits)
    pieces = chain.from_iterable(_piece(edit, shifts) for edit in edits)
    spelling = spelling_of(value, raw, in_json=replacement.in_json)
    return Mark(header, placeholder, spelling, tuple(pieces))


def _offset_mark(offset: Offset, shifts: Mapping[int, int], header: int) -> Mark:
    placeholders = _BETWEEN.join(offset.placeholders)
    return Mark(header, placeholders, OFFSET, _piece(offset.edit, shifts))


def _piece(edit: Edit, shifts: Mapping[int, int]) -> tuple[int, int, int]:
    return edit.start + shifts[edit.start], len(edit.data), edit.end - edit.start


def _shifts(edits: Iterable[Edit]) -> dict[int, int]:
    """By where each edit starts: how far the edits before it have moved it."""
    shifts: dict[int, int] = {}
    shift = 0
    for start, end, data in edits:
        shifts[start] = shift
        shift += len(data) - (end - start)
    return shifts


def _moved(mark: Mark, edits: Sequence[Edit]) -> Mark | None:
    """Where the mark stands once the edits are made; None if one of them overlaps it."""
    pieces: list[int] = []
    for at, length, was in _triples(mark):
        before = [edit for edit in edits if edit.start < at + length]
        if before and before[-1].end > at:
            return None
        shift = sum(len(edit.data) - (edit.end - edit.start) for edit in before)
        pieces += (at + shift, length, was)
    return mark._replace(pieces=tuple(pieces))


def edits_back(data: bytes, marks: Iterable[Mark], values: Values) -> list[Edit]:
    """The edits of the stored bytes that put known values back, in order.

    A mark that does not fit the bytes is passed over: a cassette is untrusted input.
    """
    edits = sorted(edit for mark in marks for edit in _back(data, mark, values))
    apart: list[Edit] = []
    for edit in edits:
        if not apart or apart[-1].end <= edit.start:
            apart.append(edit)
    return apart


def _back(data: bytes, mark: Mark, values: Values) -> Iterator[Edit]:
    places = [(at, at + length) for at, length, _ in _triples(mark)]
    if not places or any(end > len(data) for _, end in places):
        return
    raw = _raw(mark, b"".join(data[at:end] for at, end in places), values)
    if raw is not None:
        units = _CHARACTERS if mark.spelling in ENCODINGS else _QUOTED
        cuts = _cuts(raw, units, places, [was for _, _, was in _triples(mark)])
        for (at, end), (first, last) in zip(places, pairwise(cuts), strict=True):
            yield Edit(at, end, raw[first:last])


def _raw(mark: Mark, stored: bytes, values: Values) -> bytes | None:
    """What stands in place of the stored bytes, once the values are known; None if nothing does."""
    if mark.spelling == OFFSET:
        return _offset(mark.placeholder.split(_BETWEEN), stored, values)
    value = values.get(mark.placeholder)
    if value is None or mark.spelling == UNKNOWN or stored != mark.placeholder:
        return None
    return spelled(value, mark.spelling)


def _offset(placeholders: Iterable[bytes], stored: bytes, values: Values) -> bytes | None:
    shift = 0
    for placeholder in placeholders:
        value = values.get(placeholder)
        if value is not None:
            shift += len(value.decode("utf-8", "replace")) - len(placeholder)
    return b"%d" % max(int(stored) + shift, 0) if stored.isdigit() and len(stored) < 19 else None


def _triples(mark: Mark) -> list[tuple[int, int, int]]:
    return list(zip(*[iter(mark.pieces)] * 3, strict=True))


def _cuts(
    raw: bytes,
    units: re.Pattern[bytes],
    places: Sequence[tuple[int, int]],
    lengths: Sequence[int],
) -> list[int]:
    """Where the value is cut: as it was, or, if it must be another one, in the same proportion.

    ``units``: what no event can have held a part of. No character and no escape is broken anew.
    """
    cuts = list(accumulate(lengths, initial=0))
    if cuts[-1] == len(raw) and _joints(cuts, places) <= {*_ends(units, raw)}:
        return cuts
    ends = _ends(_UNBROKEN, raw)
    return [ends[place] for place in accumulate(shares(len(ends) - 1, lengths), initial=0)]


def _joints(cuts: Sequence[int], places: Sequence[tuple[int, int]]) -> set[int]:
    """The cuts between pieces with something between them: all but those where a frame ended."""
    neighbours = zip(cuts[1:-1], pairwise(places), strict=True)
    return {cut for cut, ((_, end), (start, _)) in neighbours if end != start}


def _ends(pattern: re.Pattern[bytes], raw: bytes) -> list[int]:
    return list(accumulate(map(len, pattern.findall(raw)), initial=0))
