"""The texts of a stream, joined from the pieces in its events.

A model sends a text in pieces, one in each event, and may send several texts at once. The pieces of
one text form a channel: the same member of the same kind of event, of the same message, call or
choice. Everything else of a stream is one more text, the rest.

Most events repeat an earlier one, except for their piece and their numbers. Of these, the rest
holds only the first; pieces and numbers of the others are added to their texts (``Skeleton``). The
first event of each name is split only if a second one of that name follows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias, TypeVar

from runreel.core.dialect import Channels
from runreel.core.redact.texts.derived_fields import (
    DerivedField,
    find_derived_fields,
    find_token_entry,
    may_have_derived_fields,
)
from runreel.core.redact.texts.joined import TextBuilder
from runreel.core.redact.texts.json_leaves import Leaf, LeafPath, iter_leaves
from runreel.core.redact.texts.repeats import EventRepeats, RepeatedEvent
from runreel.core.redact.texts.skeleton import NAME, NOISE, NUMBER, PIECE, Skeleton, Slot
from runreel.core.redact.texts.sse_event import (
    JSON_START,
    find_event_data,
    has_unique_paths,
    is_json,
)
from runreel.core.redact.texts.text import NO_ORIGIN, Text, TextKind

_KIND_MEMBERS = frozenset({"type", "object", "event"})
"""Members at the top of an event that give its kind."""

_CONSTANT_MEMBERS = frozenset(
    {"model", "role", "status", "name", "finish_reason", "system_fingerprint", "service_tier"}
)
"""Members that have the same value in every event of a message, so that no value is a piece."""

_INDEX = "index"
"""The member that identifies an object of an array, whatever its position in the array."""

_MAX_SKELETONS = 16

_MAX_REPEATED = 1 << 16
"""Bytes; no skeletons are made of longer events."""

_MAX_BATCH = 256
_MIN_BATCH = 3
"""Events that are matched at once: fewer are not worth it, more would block other threads."""

_GET_START = attrgetter("start")
_T = TypeVar("_T")

_ChannelKey: TypeAlias = tuple[object, ...]
_Range: TypeAlias = tuple[int, int]
_Extract: TypeAlias = "tuple[TextBuilder, _Range]"


class _StoredEvent(NamedTuple):
    """An event that repeats no earlier one."""

    raw: bytes
    start: int
    extracts: Sequence[_Extract]
    """Ranges of the event, and the texts that they were added to."""


class Stream:
    """Splits the events of a stream into texts."""

    def __init__(self, channels: Channels, announces_secret: Callable[[Leaf], bool]) -> None:
        """``announces_secret`` tells whether a leaf's name or path marks its value as a secret."""
        self.derived_fields: list[DerivedField] = []
        self.has_invalid_json = False
        """True if an event looked like JSON and is not, so that it was split somehow."""
        self._channels = channels
        self._announces_secret = announces_secret
        self._key_members = _KIND_MEMBERS | channels.discriminators | {_INDEX}
        self._top_key_members = sorted(_KIND_MEMBERS | channels.discriminators)
        self._channel_texts: dict[_ChannelKey, TextBuilder] = {}
        self._line_texts: dict[bytes, TextBuilder] = {}
        self._events: list[_StoredEvent] = []
        self._first_events: dict[bytes, int | None] = {}
        """By name: the index of the only event of this name; None once a second one has arrived."""
        self._repeated_events: list[RepeatedEvent] = []
        self._skeletons: list[Skeleton] = []
        self._numbers = TextBuilder()
        self._offset = 0

    def feed_all(self, events: Sequence[bytes]) -> None:
        """Add the next events; does the same as ``feed`` for each of them, but faster."""
        index = 0
        while index < len(events):
            self.feed(events[index])
            index += 1
            batch = self._select_batch(events, index)
            if not self._absorb_batch(batch):
                for raw in batch:
                    self.feed(raw)
            index += len(batch)

    def _select_batch(self, events: Sequence[bytes], first: int) -> Sequence[bytes]:
        """Return the next events, as far as they seem to match the latest skeleton."""
        if not self._skeletons:
            return ()
        return self._skeletons[0].select_batch(events[first : first + _MAX_BATCH])

    def _absorb_batch(self, batch: Sequence[bytes]) -> bool:
        if len(batch) < _MIN_BATCH or not self._skeletons[0].add_batch(batch, self._offset):
            return False
        self._offset += sum(map(len, batch))
        return True

    def feed(self, raw: bytes) -> None:
        """Add the next event, with all of its bytes."""
        if not self._absorb(raw):
            self._add_event(raw)
        self._offset += len(raw)

    def finish(self) -> list[Text]:
        """Return all texts of the events: the rest, numbers, channels and lines of plain text.

        May be called once. A channel of a single piece is left in the rest.
        """
        rest = TextBuilder()
        for raw, start, extracts in _drain(self._events):
            ranges = (span for text, span in extracts if not text.is_single_piece)
            rest.add_remainder(raw, start, ranges)
        repeated = [event for event in _drain(self._repeated_events) if event.batches]
        return [
            rest.build(TextKind.JSON, repeats=EventRepeats(sorted(repeated, key=_GET_START))),
            self._numbers.build(TextKind.PLAIN),
            *_iter_joined(self._channel_texts, TextKind.JSON_STRING),
            *_iter_joined(self._line_texts, TextKind.PLAIN),
        ]

    def _absorb(self, raw: bytes) -> bool:
        """Store the slot values of an event that matches a skeleton; return whether one does."""
        for index, skeleton in enumerate(self._skeletons):
            ranges = skeleton.match(raw)
            if ranges is not None:
                skeleton.add(raw, self._offset, ranges)
                if index:
                    self._skeletons.insert(0, self._skeletons.pop(index))
                return True
        return False

    def _add_event(self, raw: bytes) -> None:
        """Split an event that no skeleton matches, or keep it whole for now."""
        name, ranges = find_event_data(raw)
        extracts: Iterable[_Extract] = ()
        if not (ranges and JSON_START.match(raw, ranges[0][0])):
            extracts = self._add_lines(raw, ranges, name)
        elif self._may_stay_whole(raw, ranges, name):
            self._first_events[name] = len(self._events)
        elif self._split_first(name) and self._absorb(raw):
            return
        else:
            extracts = self._add_json(raw, self._offset, ranges, name)
            self.has_invalid_json = self.has_invalid_json or not is_json(raw, ranges)
        self._events.append(_StoredEvent(raw, self._offset, list(extracts)))

    def _may_stay_whole(self, raw: bytes, ranges: Sequence[_Range], name: bytes) -> bool:
        """Return whether the event need not be split unless another one of its name follows."""
        is_new = name not in self._first_events and not may_have_derived_fields(raw)
        return is_new and has_unique_paths(raw, ranges, _INDEX)

    def _split_first(self, name: bytes) -> bool:
        """Split the event that was kept whole because it was the first of its name, if any."""
        index = self._first_events.get(name)
        self._first_events[name] = None
        if index is None:
            return False
        raw, start, _ = self._events[index]
        extracts = list(self._add_json(raw, start, find_event_data(raw)[1], name))
        self._events[index] = _StoredEvent(raw, start, extracts)
        return True

    def _add_lines(self, raw: bytes, ranges: Sequence[_Range], name: bytes) -> Iterator[_Extract]:
        """Add lines of plain text, those of one event joined by line ends, and yield them."""
        lines = self._line_texts.setdefault(name, TextBuilder())
        for index, (start, end) in enumerate(ranges):
            if index:
                lines.add(b"\n", NO_ORIGIN)
            lines.add(raw[start:end], self._offset + start)
            yield lines, (start, end)

    def _add_json(
        self, raw: bytes, event_start: int, ranges: Sequence[_Range], name: bytes
    ) -> Iterator[_Extract]:
        """Add the pieces of an event to their channels, and yield them."""
        leaves = list(iter_leaves(raw, ranges))
        pieces = self._select_pieces(leaves)
        key_leaves = (leaf for leaf in leaves if self._is_key_member(leaf))
        key_values = {leaf.path: raw[leaf.start : leaf.end] for leaf in key_leaves}
        derived_fields = list(find_derived_fields(leaves, event_start))
        self.derived_fields += derived_fields
        for leaf in pieces:
            key = (name, *self._iter_key(leaf.path, key_values))
            is_token = find_token_entry(leaf.path) is not None
            text = self._channel_texts.setdefault(key, TextBuilder(is_kept_apart=is_token))
            text.add(raw[leaf.start : leaf.end], event_start + leaf.start)
            may_be_repeated = len(raw) <= _MAX_REPEATED and not derived_fields
            if len(pieces) == 1 and leaf.is_complete and may_be_repeated:
                skeleton = self._build_skeleton(raw, leaf, leaves, text)
                self._remember(raw, event_start, skeleton)
            yield text, (leaf.start, leaf.end)

    def _select_pieces(self, leaves: Iterable[Leaf]) -> Sequence[Leaf]:
        """Return the leaves that may be pieces of longer texts.

        Without a member that is known to hold pieces, any string of the event may be one.
        """
        strings = [leaf for leaf in leaves if leaf.is_string]
        others = [leaf for leaf in strings if find_token_entry(leaf.path) is None]
        tokens = [leaf for leaf in strings if find_token_entry(leaf.path) and leaf.name == "token"]
        known = [leaf for leaf in others if leaf.name in self._channels.pieces]
        pieces = known or [leaf for leaf in others if self._may_be_piece(leaf)]
        return sorted(tokens + pieces, key=lambda leaf: leaf.start)

    def _may_be_piece(self, leaf: Leaf) -> bool:
        is_known = leaf.name in self._key_members | _CONSTANT_MEMBERS
        return not is_known and not self._announces_secret(leaf)

    def _is_key_member(self, leaf: Leaf) -> bool:
        return bool(leaf.path) and leaf.path[-1] in self._key_members

    def _iter_key(self, path: LeafPath, key_values: dict[LeafPath, bytes]) -> Iterator[object]:
        """Yield the parts of a key that distinguish the channel of this leaf from others.

        These are the event's kind and ids, then the path, with an object's ``index`` in place of
        its position in an array. All tokens of one list share a channel.
        """
        yield from (key_values.get((member,)) for member in self._top_key_members)
        entry = find_token_entry(path)
        for depth, step in enumerate(path, start=1):
            is_next_token = entry is not None and depth == len(entry)
            if isinstance(step, str) or is_next_token:
                yield None if is_next_token else step
            else:
                yield key_values.get((*path[:depth], _INDEX), step)

    def _build_skeleton(
        self, raw: bytes, piece: Leaf, leaves: Iterable[Leaf], text: TextBuilder
    ) -> Skeleton:
        """Return the skeleton of an event whose only piece was added to ``text``."""
        slots: list[Slot] = []
        at = 0
        for leaf in leaves:
            is_piece = leaf is piece
            slot = Slot(raw[at : leaf.start], 0, PIECE, text) if is_piece else None
            slot = slot or self._build_slot(raw, at, leaf)
            if slot is not None:
                slots.append(slot)
                at = leaf.end
        return Skeleton(slots, raw[at:], [])

    def _build_slot(self, raw: bytes, at: int, leaf: Leaf) -> Slot | None:
        """Return a slot for a leaf that is not a piece; None if it must not differ.

        ``at`` is the end of the slot before it.
        """
        prefix = raw[at : leaf.start]
        if leaf.is_string:
            return Slot(prefix, 0, NOISE, None) if leaf.name in self._channels.noise else None
        name = NAME.search(prefix)
        is_number = NUMBER.fullmatch(raw, leaf.start, leaf.end) is not None
        if name is None or not is_number or leaf.name in self._key_members:
            return None
        return Slot(prefix, len(name[0]), NUMBER, self._numbers)

    def _remember(self, raw: bytes, event_start: int, skeleton: Skeleton) -> None:
        """Match later events with this skeleton, unless its own event does not match it."""
        slots = skeleton.match(raw)
        if slots is not None:
            event_end = event_start + len(raw)
            event = RepeatedEvent(event_start, event_end, slots, skeleton.batches)
            self._repeated_events.append(event)
            del self._skeletons[_MAX_SKELETONS - 1 :]
            self._skeletons.insert(0, skeleton)


def _drain(items: list[_T]) -> Iterator[_T]:
    """Yield all items, removing each; freeing so many at once would block other threads."""
    items.reverse()
    while items:
        yield items.pop()


def _iter_joined(builders: Mapping[Any, TextBuilder], kind: TextKind) -> Iterator[Text]:
    """Yield the texts of more than one piece."""
    for builder in builders.values():
        if not builder.is_single_piece:
            yield builder.build(kind, is_channel=True)
