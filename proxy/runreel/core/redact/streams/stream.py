"""The texts of a stream, joined from the pieces in its events.

A model sends a text in pieces, one in each event, and may send several texts at once. The pieces of
one text form a channel: the same member of the same kind of event, with the same ids around it.
Everything else of a stream is one more text, the rest. Channels and strings of the rest may be
pieces of a longer text, too; ``readings`` joins them further.

Two things make it fast and change no channel: events of one shape are read together
(``EventShape``), and an event is not split at all if it is the only one of its name. What events of
one shape share need not be searched in each of them, so the rest has a condensed form as well.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence, Set
from itertools import accumulate, islice
from operator import le
from typing import NamedTuple, TypeAlias, TypeVar

from runreel.core.dialect import Channels
from runreel.core.redact.streams.event_shape import (
    Column,
    EventRows,
    EventShape,
    Piece,
    PieceRole,
    ShapeKey,
    SplitEvents,
    find_columns,
    split_events,
)
from runreel.core.redact.streams.labels import INDEX
from runreel.core.redact.streams.strands import Strands, may_be_piece
from runreel.core.redact.texts.derived_fields import (
    DerivedField,
    find_derived_fields,
    may_have_derived_fields,
)
from runreel.core.redact.texts.json_leaves import iter_leaves
from runreel.core.redact.texts.leaf import Leaf
from runreel.core.redact.texts.sse_event import (
    JSON_START,
    find_event_data,
    has_unique_paths,
    is_json,
)
from runreel.core.redact.texts.text import NO_ORIGIN, Condensed, Text, TextBuilder, TextKind
from runreel.core.redact.texts.token_lists import find_token_entry, is_token

_MAX_SHAPES = 1024
"""Shapes of one stream that later events are compared with."""

_MAX_ROWS = 256
"""Events of one shape, from which on they are read: very many would take more memory and block
other threads."""

_SEPARATOR = b'"\n"'
"""No pattern and no name crosses it."""

_MIN_CONDENSED = 2
"""A condensed text must be shorter by this factor to be searched first."""

_T = TypeVar("_T")

_Range: TypeAlias = tuple[int, int]


class _EventGroup:
    """Events of one shape that are to be read together."""

    def __init__(self, name: bytes, key: ShapeKey) -> None:
        """``name`` is the events' name, and ``key`` identifies their shape."""
        self.name = name
        self.key = key
        self.count = 0
        """The number of all events so far."""
        self.shape: EventShape | None = None
        """None if no two events can be read together, or none has been read yet."""
        self.raws: list[bytes] = []
        self.offsets: list[int] = []
        self.values: list[Sequence[bytes]] = []

    def add(self, events: SplitEvents, offsets: Sequence[int]) -> None:
        """Add events, which begin at these offsets of the body."""
        self.count += len(offsets)
        self.raws += events.raws
        self.offsets += offsets
        self.values += events.values


class StreamTexts(NamedTuple):
    """The texts of a stream."""

    rest: Text
    """Everything that is in no other text."""
    channels: Sequence[Text]
    """Texts in several pieces: channels, tokens, and lines of plain text."""
    strands: Strands
    """The same pieces, and the strings of the rest, to be joined in other ways."""


class Stream:
    """Splits the events of a stream into texts."""

    def __init__(
        self,
        channels: Channels,
        announces_secret: Callable[[Leaf], bool],
        shapes: MutableMapping[ShapeKey, EventShape] | None = None,
    ) -> None:
        """``announces_secret`` tells whether a leaf's name or path marks its value as a secret.

        ``shapes``: those of earlier streams with the same two arguments; new ones are added.
        """
        self.derived_fields: list[DerivedField] = []
        self.has_invalid_json = False
        """True if an event looked like JSON and is not, so that it was split somehow."""
        self._channels = channels
        self._announces_secret = announces_secret
        self._events: list[bytes] = []
        self._offset = 0
        self._strands = Strands(channels.pieces)
        self._token_texts: dict[object, TextBuilder] = {}
        self._condensed: list[bytes] = []
        """All that is in the rest, without what comes again in events of one shape."""
        self._samples: list[bytes] = []
        """An event of each shape, which together have the names of all members."""
        self._groups: list[_EventGroup] = []
        self._groups_by_shape: dict[ShapeKey, _EventGroup] = {}
        self._shapes = {} if shapes is None else shapes

    def feed(self, events: Sequence[bytes]) -> None:
        """Add the next events, each with all of its bytes."""
        self._events += events
        for alike in split_events(events):
            *offsets, self._offset = accumulate(map(len, alike.raws), initial=self._offset)
            self._add_events(alike, offsets)

    def finish(self) -> StreamTexts:
        """Return all texts of the events. May be called once.

        A channel of a single piece is left in the rest.
        """
        counts: Counter[bytes] = Counter()
        for group in self._groups:
            counts[group.name] += group.count
        for group in _drain(self._groups):
            if counts[group.name] > 1 or not self._add_whole(group):
                self._read_group(group)
        self._strands.settle()
        self._strands.sort_pieces()
        channels = [
            *(_build_token_text(text) for text in self._token_texts.values()),
            *(
                strand.text.build(strand.notation, is_channel=True)
                for strand in self._strands.list_channels()
            ),
        ]
        return StreamTexts(self._build_rest(channels), channels, self._strands)

    def _build_rest(self, channels: Iterable[Text]) -> Text:
        """Return the text of all bytes that are in no channel."""
        body = b"".join(self._events)
        self._events.clear()
        starts, ends = array("q"), array("q")
        for text in channels:
            text_starts, text_ends = text.pieces.list_ranges()
            starts.extend(text_starts)
            ends.extend(text_ends)
        rest = TextBuilder()
        rest.add_remainder(body, _sort(starts), _sort(ends))
        condensed = _SEPARATOR.join(self._condensed)
        self._condensed.clear()
        if len(condensed) * _MIN_CONDENSED >= rest.size:
            return rest.build(TextKind.JSON)
        samples = _SEPARATOR.join(self._samples)
        return rest.build(TextKind.JSON, condensed=Condensed(condensed, samples))

    def _add_events(self, events: SplitEvents, offsets: Sequence[int]) -> None:
        """Add events of one shape to the others of this shape, or to the rest."""
        group = self._groups_by_shape.get(events.key) or self._make_group(events, offsets)
        if group is not None:
            group.add(events, offsets)
            if len(group.raws) >= _MAX_ROWS:
                self._read_group(group)

    def _make_group(self, events: SplitEvents, offsets: Sequence[int]) -> _EventGroup | None:
        """Make a group for these events; if they are not JSON, add them to the rest instead.

        If the first is JSON, so are the others, since all of one shape begin alike.
        """
        for raw, offset in zip(events.raws, offsets, strict=True):
            name, ranges = find_event_data(raw)
            if ranges and JSON_START.match(raw, ranges[0][0]):
                group = _EventGroup(name, events.key)
                self._groups.append(group)
                if events.values[0] and len(self._groups_by_shape) < _MAX_SHAPES:
                    self._groups_by_shape[events.key] = group
                return group
            self._add_lines(raw, offset, ranges, name)
            self._add_sample(raw)
        return None

    def _add_lines(self, raw: bytes, offset: int, ranges: list[_Range], name: bytes) -> None:
        """Add the lines of an event of plain text, joined by line ends; remove their ranges."""
        lines = self._strands.get_lines(name).text if ranges else TextBuilder()
        for index, (start, end) in enumerate(_drain(ranges)):
            if index:
                lines.add(b"\n", NO_ORIGIN)
            lines.add(raw[start:end], offset + start)

    def _add_whole(self, group: _EventGroup) -> bool:
        """Add the only event of its name without splitting it; return False if it must be split."""
        [raw], [offset] = group.raws, group.offsets
        _, ranges = find_event_data(raw)
        if may_have_derived_fields(raw) or not has_unique_paths(raw, ranges, INDEX):
            return False
        self._strands.add_whole(raw, ranges, offset)
        self._add_sample(raw)
        return True

    def _read_group(self, group: _EventGroup) -> None:
        """Read the events of a group that were added since the last time."""
        if not group.raws:
            return
        raws, offsets, values = group.raws, group.offsets, group.values
        group.raws, group.offsets, group.values = [], [], []
        if group.shape is None and group.count > 1:
            group.shape = self._shapes.get(group.key) or self._find_shape(raws[0])
            if group.shape is not None:
                self._shapes[group.key] = group.shape
        if group.shape is None:
            for raw, offset in zip(raws, offsets, strict=True):
                self._read_alone(raw, offset)
            return
        self._add_rows(EventRows(group.shape, raws, offsets, values))

    def _find_shape(self, raw: bytes) -> EventShape | None:
        """Return the shape of an event; None if others with the same bytes between their values may
        differ in more than these.
        """
        name, ranges = find_event_data(raw)
        leaves = [*iter_leaves(raw, ranges)]
        columns = find_columns(raw, leaves)
        has_derived = any(True for _ in find_derived_fields(leaves, 0))
        if columns is None or has_derived or not is_json(raw, ranges):
            return None
        return self._build_shape(raw, name, leaves, columns)

    def _build_shape(
        self, raw: bytes, name: bytes, leaves: Sequence[Leaf], columns: Sequence[Leaf]
    ) -> EventShape:
        roles, noise = self._choose_roles(leaves), self._channels.noise
        return EventShape(raw, name, leaves, roles, columns, noise=noise)

    def _read_alone(self, raw: bytes, offset: int) -> None:
        """Read an event of a shape of its own."""
        name, ranges = find_event_data(raw)
        leaves = [*iter_leaves(raw, ranges)]
        self.derived_fields += find_derived_fields(leaves, offset)
        self.has_invalid_json = self.has_invalid_json or not is_json(raw, ranges)
        shape = self._build_shape(raw, name, leaves, ())
        self._add_rows(EventRows(shape, [raw], [offset], [()]))

    def _add_rows(self, rows: EventRows) -> None:
        """Add the pieces of some events of one shape."""
        joined: set[int] = set()
        self._strands.add_counts(rows.count_labels())
        for piece in rows.shape.pieces:
            unlike = rows.find_unlike(piece) if piece.is_alone else frozenset()
            groups = rows.group_by([each for each in piece.label_columns if each not in unlike])
            for group in groups:
                self._add_pieces(rows, group, piece, unlike)
            is_channel = piece.role is PieceRole.CHANNEL and min(map(len, groups)) > 1
            if is_channel and not unlike and isinstance(piece.source, Column):
                joined.add(piece.source.number)
        self._add_sample(rows.raws[0])
        self._condensed += rows.iter_columns(joined)

    def _add_sample(self, raw: bytes) -> None:
        self._condensed.append(raw)
        self._samples.append(raw)

    def _add_pieces(
        self, rows: EventRows, group: Sequence[int], piece: Piece, unlike: Set[int]
    ) -> None:
        """Add a piece of each of these events, which have the same labels around it, to its text.

        ``unlike``: columns of further labels, which differ in each event. Strings that stay in the
        rest are left out if they are empty.
        """
        if piece.role is PieceRole.OTHER:
            group = [row for row in group if rows.read(piece.source, row)]
        if group:
            text = self._get_text(rows, group, piece, unlike)
            starts = rows.locate(piece.leaf.start, piece.columns_before, group)
            text.add_all(rows.read_all(piece.source, group), starts)

    def _get_text(
        self, rows: EventRows, group: Sequence[int], piece: Piece, unlike: Set[int]
    ) -> TextBuilder:
        """Return the text of a piece of some events; the arguments are those of ``_add_pieces``."""
        kinds, ids, path = rows.read_labels(piece, group[0])
        if piece.role is PieceRole.TOKEN:
            key = (*kinds, *ids, *path)
            return self._token_texts.setdefault(key, TextBuilder(is_kept_apart=True))
        name, beside = piece.leaf.name, rows.shape.piece_names
        is_channel = piece.role is PieceRole.CHANNEL
        if unlike:
            labels = rows.select_labels(piece, unlike, group)
            return self._strands.add_loose(name, labels, beside, is_channel=is_channel).text
        return self._strands.get(name, (kinds, ids, path), beside, is_channel=is_channel).text

    def _choose_roles(self, leaves: Sequence[Leaf]) -> Mapping[int, PieceRole]:
        """Return the role of each string that may be a piece of a longer text, by its offset.

        The pieces of channels are those in members that are known to hold them. Without any, they
        are all strings.
        """
        tokens = [leaf for leaf in leaves if leaf.is_string and is_token(leaf)]
        strings = [
            leaf
            for leaf in leaves
            if leaf.is_string and not find_token_entry(leaf.path) and self._may_be_piece(leaf)
        ]
        known = [leaf for leaf in strings if leaf.name in self._channels.pieces]
        channels = known or [leaf for leaf in strings if not self._announces_secret(leaf)]
        return {
            **{leaf.start: PieceRole.OTHER for leaf in strings},
            **{leaf.start: PieceRole.TOKEN for leaf in tokens},
            **{leaf.start: PieceRole.CHANNEL for leaf in channels},
        }

    def _may_be_piece(self, leaf: Leaf) -> bool:
        if leaf.name in self._channels.noise:
            return False
        return leaf.name in self._channels.pieces or may_be_piece(leaf.name)


def _build_token_text(text: TextBuilder) -> Text:
    text.sort_pieces()
    return text.build(TextKind.JSON_STRING, is_channel=True)


def _sort(offsets: array[int]) -> array[int]:
    """Return the offsets in order; a list of millions, to sort them, is made only if needed."""
    if all(map(le, offsets, islice(offsets, 1, None))):
        return offsets
    return array("q", sorted(offsets))


def _drain(items: list[_T]) -> Iterator[_T]:
    """Yield all items, removing each; freeing so many at once would block other threads."""
    items.reverse()
    while items:
        yield items.pop()
