"""Shapes: what events have in common that are the same JSON with other scalars.

Two events of one shape, with the values of its columns in brackets::

    data: {"id": "[msg_1]", "seq": [7], "delta": "[Hel]"}
    data: {"id": "[msg_2]", "seq": [8], "delta": "[lo]"}

A column has the values of one member in all of these events. Whatever follows from the other bytes,
such as paths and names, is worked out once for a shape (``EventShape``), and events of one shape
are read column by column (``EventRows``), in far fewer steps than one by one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from enum import Enum
from typing import NamedTuple, TypeAlias, TypeVar

from runreel.core.redact.streams.labels import (
    EventLabels,
    LabelCounts,
    LabelPath,
    PieceLabels,
    drop_positions,
)
from runreel.core.redact.texts.leaf import Leaf
from runreel.core.redact.texts.token_lists import find_token_entry
from runreel.core.regex.lazy_pattern import compile_later

_SCALAR = compile_later(
    rb'(": ?"?)((?<=")[^"\\\r\n]*+(?:\\[^\r\n][^"\\\r\n]*+)*+(?=")|(?<!")-?[0-9][0-9.eE+-]*+)'
)
"""A string or a number that is the value of a member, and what precedes it: the end of the name, a
colon, and a quote if it is a string."""

_STRINGS = compile_later(rb'[^"\\\r]*+(?:\\[^\r\n][^"\\\r]*+)*+')
_NUMBERS = compile_later(rb"-?[0-9][0-9.eE+-]*+(?:\n-?[0-9][0-9.eE+-]*+)*+")
"""Values of one column, joined by line ends; no value has one."""

_MAX_SHAPED = 1 << 16
"""Bytes. Longer events are read one by one: splitting one at once would block other threads."""

_MAX_ALIKE = 256
"""Events that are split together."""
_MAX_ALIKE_BYTES = 1 << 11
"""Bytes of such an event: a longer one may have so many columns that this takes longer."""
_MIN_ALIKE = 4
"""Fewer events are split faster one by one."""

_T = TypeVar("_T")


class Column(NamedTuple):
    """The place of a value that each event of a shape has for itself."""

    number: int
    """The number of columns before it."""


Source: TypeAlias = bytes | Column
"""The bytes of a scalar if all events of the shape share them, else its column."""

ShapeKey: TypeAlias = tuple[bytes, ...]
"""The identity of a shape: the parts of an event between the values of its columns."""

SplitEvent: TypeAlias = tuple[ShapeKey, Sequence[bytes]]
"""The identity of an event's shape, and the values of its columns."""


class SplitEvents(NamedTuple):
    """Adjacent events of one shape, with the values of the columns of each."""

    key: ShapeKey
    raws: Sequence[bytes]
    values: Sequence[Sequence[bytes]]


SourceLabel: TypeAlias = tuple[LabelPath, Source]


class PieceRole(Enum):
    """The text that a piece belongs to."""

    CHANNEL = "channel"
    TOKEN = "token"  # noqa: S105 - of a text
    OTHER = "other"
    """No text of its own: the string stays in the rest, and is joined by readings only."""


class Piece(NamedTuple):
    """A string that may be a piece of a longer text, by its place in each event of a shape."""

    leaf: Leaf
    """The string in the first event."""
    columns_before: int
    source: Source
    role: PieceRole
    ids: Sequence[SourceLabel]
    """The ids around it."""
    path: Sequence[object]
    """The path that its text has; a ``Source`` takes the place of a position in an array."""
    label_columns: Sequence[int]
    """Numbers of the columns whose values tell its text apart from others."""
    is_alone: bool
    """True if no other piece has the same path, so that its text has one piece in each event."""


def split_event(raw: bytes) -> SplitEvent:
    """Split an event at the values of its columns; a very long one is not split."""
    if len(raw) > _MAX_SHAPED:
        return (raw,), []
    parts = _SCALAR.split(raw)
    values = parts[2::3]
    del parts[2::3]
    return tuple(parts), values


def split_events(raws: Sequence[bytes]) -> Iterator[SplitEvents]:
    """Split each event as ``split_event`` does; those that are alike take fewer steps."""
    at = 0
    while at < len(raws):
        first = split_event(raws[at])
        alike = _select_alike(raws, at, first)
        at += len(alike)
        values = _split_alike(alike, first) if len(alike) >= _MIN_ALIKE else None
        if values is not None:
            yield SplitEvents(first[0], alike, values)
            continue
        yield SplitEvents(first[0], alike[:1], [first[1]])
        for raw in alike[1:]:
            key, own = split_event(raw)
            yield SplitEvents(key, [raw], [own])


def _select_alike(raws: Sequence[bytes], at: int, first: SplitEvent) -> Sequence[bytes]:
    """Return the event at ``at`` and those after it that begin and end as it does.

    ``first`` is that event, split.
    """
    parts, _ = first
    start, end = b"".join(parts[:2]), parts[-1]
    stop = at + 1
    for raw in raws[stop : at + _MAX_ALIKE]:
        if not (raw.startswith(start) and raw.endswith(end) and len(raw) <= _MAX_ALIKE_BYTES):
            break
        stop += 1
    return raws[at:stop]


def _split_alike(raws: Sequence[bytes], first: SplitEvent) -> Sequence[Sequence[bytes]] | None:
    """Return the values of events that have the shape of the first one; None if any has not.

    Columns in which the first two and the last event are equal are taken for parts of the shape.
    """
    key, values = first
    samples = first, split_event(raws[1]), split_event(raws[-1])
    if any(other != key for other, _ in samples):
        return None
    rows = zip(*(row for _, row in samples), strict=True)
    varying = dict.fromkeys(number for number, row in enumerate(rows) if len({*row}) > 1)
    divided = _divide(raws, _join_borders(key, values, varying.keys())) if varying else None
    if divided is None:
        return None
    columns: list[Sequence[bytes]] = [[value] * len(raws) for value in values]
    for number, column in zip(varying, divided, strict=True):
        if not _are_scalars(column, key[2 * number + 1]):
            return None
        columns[number] = column
    return [*zip(*columns, strict=True)]


def _are_scalars(values: Sequence[bytes], prefix: bytes) -> bool:
    """Return whether these are strings or numbers, as the bytes that precede each of them tell."""
    lines = b"\n".join(values)
    pattern = _STRINGS if prefix.endswith(b'"') else _NUMBERS
    return lines.count(b"\n") < len(values) and pattern.fullmatch(lines) is not None


def _join_borders(key: ShapeKey, values: Sequence[bytes], varying: Set[int]) -> list[bytes]:
    """Return the bytes around the ``varying`` columns of an event."""
    parts = [b"".join(key[:2])]
    for number, value in enumerate(values):
        after = b"".join(key[2 * number + 2 : 2 * number + 4])
        if number in varying:
            parts.append(after)
        else:
            parts[-1] += value + after
    return parts


def _divide(raws: Sequence[bytes], borders: Sequence[bytes]) -> list[Sequence[bytes]] | None:
    """Return what is between these borders in all events, column by column.

    Return None if an event has not all of them.
    """
    start, *inner, end = borders
    margin = len(start) + len(end)
    are_alike = [raw.startswith(start) and raw.endswith(end) and len(raw) >= margin for raw in raws]
    if not all(are_alike):
        return None
    rests: Sequence[bytes] = [raw[len(start) : len(raw) - len(end)] for raw in raws]
    columns = []
    for border in inner:
        column, separators, rests = zip(*[rest.partition(border) for rest in rests], strict=True)
        if not all(separators):
            return None
        columns.append(column)
    return [*columns, rests]


class EventShape:
    """The structure of some events, read from the first of them."""

    def __init__(
        self,
        raw: bytes,
        name: bytes,
        leaves: Sequence[Leaf],
        roles: Mapping[int, PieceRole],
        columns: Sequence[Leaf],
        *,
        noise: Set[str] = frozenset(),
    ) -> None:
        """``name`` is the event's name, and ``leaves`` are all of its scalars.

        ``roles``: those of its pieces, by their offsets. ``columns``: the leaves that may differ;
        without any, it is the shape of this event alone. ``noise``: as for ``EventLabels``.
        """
        self.raw = raw
        self.columns = columns
        self._column_of = {leaf.start: Column(number) for number, leaf in enumerate(columns)}
        self._starts = [leaf.start for leaf in columns]
        labels = EventLabels(leaves, name, self._find_source, noise)
        self.kinds = labels.kinds
        self.labels: defaultdict[LabelPath, list[Source]] = defaultdict(list)
        """The sources of all labels, by their paths."""
        for path, source in labels.list_all():
            self.labels[path].append(source)
        strings = [leaf for leaf in leaves if leaf.start in roles and leaf.is_string]
        self.piece_names = [leaf.name for leaf in strings]
        self._piece_paths = Counter(drop_positions(leaf.path) for leaf in strings)
        self.pieces = [self._plan_piece(leaf, roles[leaf.start], labels) for leaf in strings]

    def _find_source(self, leaf: Leaf) -> Source:
        return self._column_of.get(leaf.start) or self.raw[leaf.start : leaf.end]

    def _plan_piece(self, leaf: Leaf, role: PieceRole, labels: EventLabels[Source]) -> Piece:
        entry = find_token_entry(leaf.path) if role is PieceRole.TOKEN else None
        if entry is None:
            around, path = leaf.path, labels.normalize_path(leaf.path)
        else:  # all tokens of one list share a text
            around, path = entry, (entry[:-1], leaf.path[len(entry) :])
        columns_before = bisect_left(self._starts, leaf.start)
        ids = labels.collect_ids(around)
        sources = {source for _, source in (*self.kinds, *ids)} | {*path}
        label_columns = [each.number for each in sources if isinstance(each, Column)]
        source = self._find_source(leaf)
        is_alone = role is not PieceRole.TOKEN and self._piece_paths[drop_positions(leaf.path)] == 1
        return Piece(leaf, columns_before, source, role, ids, path, label_columns, is_alone)


def find_columns(raw: bytes, leaves: Sequence[Leaf]) -> Sequence[Leaf] | None:
    """Return the columns of an event's shape; None if one of them is not a scalar of its JSON."""
    by_span = {(leaf.start, leaf.end): leaf for leaf in leaves}
    columns = [by_span.get(match.span(2)) for match in _SCALAR.finditer(raw)]
    return None if None in columns else [leaf for leaf in columns if leaf is not None]


class EventRows:
    """Some events of one shape, in the order of the body."""

    def __init__(
        self,
        shape: EventShape,
        raws: Sequence[bytes],
        offsets: Sequence[int],
        values: Sequence[Sequence[bytes]],
    ) -> None:
        """``offsets`` are those of the events, and ``values`` those of the columns in each."""
        self.shape = shape
        self.raws = raws
        self.offsets = offsets
        self.columns = list(zip(*values, strict=True))
        self._is_constant = [column.count(column[0]) == len(column) for column in self.columns]
        """For each column, whether all events have the same value."""
        self._bases = [offsets, *self._iter_bases()]

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.raws)

    def read(self, source: Source, row: int) -> bytes:
        """Return a scalar of an event."""
        return self.columns[source.number][row] if isinstance(source, Column) else source

    def read_labels(self, piece: Piece, row: int) -> PieceLabels:
        """Return the labels of a piece in an event."""
        return _read_labels(self.shape.kinds, piece, self.columns, row)

    def find_unlike(self, piece: Piece) -> Set[int]:
        """Return the columns of a piece's labels that have another value in each event."""
        return {number for number in piece.label_columns if self._is_unlike(number)}

    def select_labels(self, piece: Piece, unlike: Set[int], rows: Sequence[int]) -> UnlikeLabels:
        """Return the labels of a piece in these events, which differ in ``unlike`` columns only."""
        columns = {each: _select(self.columns[each], rows) for each in piece.label_columns}
        return UnlikeLabels(self.shape.kinds, piece, columns, unlike)

    def count_labels(self) -> LabelCounts:
        """Return the number of events with each label."""
        return {path: self._count_values(each) for path, each in self.shape.labels.items()}

    def _count_values(self, sources: Sequence[Source]) -> Mapping[bytes, int]:
        """Return the number of events with each value, which may be in any of these places."""
        if len(sources) > 1:
            columns = [self.read_all(source, range(len(self))) for source in sources]
            return Counter(value for row in zip(*columns, strict=True) for value in {*row})
        [source] = sources
        if not isinstance(source, Column):
            return {source: len(self)}
        column = self.columns[source.number]
        return {column[0]: len(self)} if self._is_constant[source.number] else Counter(column)

    def read_all(self, source: Source, rows: Sequence[int]) -> Sequence[bytes]:
        """Return a scalar of each of these events."""
        if not isinstance(source, Column):
            return [source] * len(rows)
        return _select(self.columns[source.number], rows)

    def locate(self, offset: int, columns_before: int, rows: Sequence[int]) -> Sequence[int]:
        """Return the offset in the body of the same place in each of these events.

        ``offset`` is that in the shape's first event, after so many columns.
        """
        return [base + offset for base in _select(self._bases[columns_before], rows)]

    def iter_columns(self, omitted: Set[int]) -> Iterator[bytes]:
        """Yield JSON with the members of columns that differ, each value once.

        Those of ``omitted`` columns are left out. The first event has all else that is in these
        events, and also the names of these members.
        """
        raw = self.shape.raw
        for number, leaf in enumerate(self.shape.columns):
            if number not in omitted and not self._is_constant[number]:
                before = raw[leaf.name_span[0] - 1 : leaf.start]
                after = raw[leaf.end : leaf.end + 1] + b","
                values = dict.fromkeys(self.columns[number])
                yield before + (after + before).join(values) + after

    def group_by(self, columns: Sequence[int]) -> list[Sequence[int]]:
        """Return groups of events that have the same values in these columns."""
        varying = [self.columns[number] for number in columns if not self._is_constant[number]]
        if not varying:
            return [range(len(self))]
        groups: dict[tuple[bytes, ...], list[int]] = {}
        for row, key in enumerate(zip(*varying, strict=True)):
            groups.setdefault(key, []).append(row)
        return [*groups.values()]

    def _is_unlike(self, number: int) -> bool:
        column = self.columns[number]
        return len(set(column)) == len(column) > 1

    def _iter_bases(self) -> Iterator[Sequence[int]]:
        """Yield after each column what its events' offsets would be, were the values in the first
        event as long as theirs.
        """
        bases = self.offsets
        for number, (leaf, column) in enumerate(zip(self.shape.columns, self.columns, strict=True)):
            length = leaf.end - leaf.start
            if not self._is_constant[number]:
                pairs = zip(bases, column, strict=True)
                bases = [base + len(value) - length for base, value in pairs]
            elif len(column[0]) != length:
                bases = [base + len(column[0]) - length for base in bases]
            yield bases


class UnlikeLabels:
    """The labels of a piece in events of which no two have the same labels."""

    def __init__(
        self,
        kinds: Sequence[SourceLabel],
        piece: Piece,
        columns: Mapping[int, Sequence[bytes]],
        unlike: Set[int],
    ) -> None:
        """``columns`` are those of the labels; the ``unlike`` ones have another value each time."""
        self._kinds = kinds
        self._piece = piece
        self._columns = columns
        self._unlike = unlike

    def read(self, row: int) -> PieceLabels:
        """Return the labels in an event."""
        return _read_labels(self._kinds, self._piece, self._columns, row)

    def iter_unlike(self) -> Iterator[tuple[LabelPath, Sequence[bytes]]]:
        """Yield the path of each label with another value each time, and these values."""
        for path, source in (*self._kinds, *self._piece.ids):
            if isinstance(source, Column) and source.number in self._unlike:
                yield path, self._columns[source.number]


def _read_labels(
    kinds: Sequence[SourceLabel],
    piece: Piece,
    columns: Mapping[int, Sequence[bytes]] | Sequence[Sequence[bytes]],
    row: int,
) -> PieceLabels:
    """Return the labels of a piece in an event, given the columns of its shape."""
    own_kinds, ids = (
        [
            (path, columns[source.number][row] if isinstance(source, Column) else source)
            for path, source in labels
        ]
        for labels in (kinds, piece.ids)
    )
    path = [columns[step.number][row] if isinstance(step, Column) else step for step in piece.path]
    return own_kinds, ids, tuple(path)


def _select(items: Sequence[_T], rows: Sequence[int]) -> Sequence[_T]:
    if len(rows) == len(items):
        return items
    return [items[row] for row in rows]
