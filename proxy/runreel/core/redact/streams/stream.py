"""The texts of a stream, joined from the pieces in its events.

A model sends a text in pieces, one in each event, and may send several texts at once. The pieces of
one text form a channel: the same member of the same kind of event, of the same message, call or
choice. Everything else of a stream is one more text, the rest.

Two things make it fast and change no channel: ``RepeatFilter`` absorbs events that repeat an
earlier one, and the first event of each name is split only if a second one of that name follows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias, TypeVar

from runreel.core.dialect import Channels
from runreel.core.redact.streams.repeat_filter import RepeatFilter
from runreel.core.redact.streams.sse_event import (
    JSON_START,
    find_event_data,
    has_unique_paths,
    is_json,
)
from runreel.core.redact.texts.derived_fields import (
    DerivedField,
    find_derived_fields,
    find_token_entry,
    may_have_derived_fields,
)
from runreel.core.redact.texts.json_leaves import Leaf, LeafPath, iter_leaves
from runreel.core.redact.texts.text import NO_ORIGIN, Text, TextBuilder, TextKind

_KIND_MEMBERS = frozenset({"type", "object", "event"})
"""Members at the top of an event that give its kind."""

_CONSTANT_MEMBERS = frozenset(
    {"model", "role", "status", "name", "finish_reason", "system_fingerprint", "service_tier"}
)
"""Members that have the same value in every event of a message, so that no value is a piece."""

_INDEX = "index"
"""The member that identifies an object of an array, whatever its position in the array."""

_T = TypeVar("_T")

_ChannelKey: TypeAlias = tuple[object, ...]
_Range: TypeAlias = tuple[int, int]
_Extract: TypeAlias = "tuple[TextBuilder, _Range]"


class _StoredEvent(NamedTuple):
    """An event that repeats no earlier one."""

    raw: bytes
    offset: int
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
        self._repeat_filter = RepeatFilter(self._key_members, channels.noise)

    def feed(self, events: Sequence[bytes]) -> None:
        """Add the next events, each with all of its bytes."""
        for raw, offset in self._repeat_filter.iter_new(events):
            self._add_event(raw, offset)

    def finish(self) -> list[Text]:
        """Return all texts of the events: the rest, numbers, channels and lines of plain text.

        May be called once. A channel of a single piece is left in the rest.
        """
        rest = TextBuilder()
        for raw, offset, extracts in _drain(self._events):
            ranges = (span for text, span in extracts if not text.is_single_piece)
            rest.add_remainder(raw, offset, ranges)
        return [
            rest.build(TextKind.JSON, repeats=self._repeat_filter.build_repeats()),
            self._repeat_filter.build_numbers(),
            *_iter_joined(self._channel_texts, TextKind.JSON_STRING),
            *_iter_joined(self._line_texts, TextKind.PLAIN),
        ]

    def _add_event(self, raw: bytes, offset: int) -> None:
        """Split an event, or keep it whole for now."""
        if b'"' not in raw and b":" not in raw:  # neither a string nor a field
            self._events.append(_StoredEvent(raw, offset, ()))
            return
        name, ranges = find_event_data(raw)
        extracts: Sequence[_Extract] = ()
        if not (ranges and JSON_START.match(raw, ranges[0][0])):
            extracts = self._add_lines(raw, offset, ranges, name)
        elif self._may_stay_whole(raw, ranges, name):
            self._first_events[name] = len(self._events)
        elif self._split_first(name) and self._repeat_filter.absorb(raw, offset):
            return  # it repeats the first event, which is only now split
        else:
            extracts = self._add_json(raw, offset, ranges, name)
            self.has_invalid_json = self.has_invalid_json or not is_json(raw, ranges)
        self._events.append(_StoredEvent(raw, offset, extracts))

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
        raw, offset, _ = self._events[index]
        extracts = self._add_json(raw, offset, find_event_data(raw)[1], name)
        self._events[index] = _StoredEvent(raw, offset, extracts)
        return True

    def _add_lines(
        self, raw: bytes, offset: int, ranges: Sequence[_Range], name: bytes
    ) -> Sequence[_Extract]:
        """Add the lines of an event of plain text, joined by line ends, and return them."""
        lines = self._line_texts.setdefault(name, TextBuilder())
        for index, (start, end) in enumerate(ranges):
            if index:
                lines.add(b"\n", NO_ORIGIN)
            lines.add(raw[start:end], offset + start)
        return [(lines, span) for span in ranges]

    def _add_json(
        self, raw: bytes, offset: int, ranges: Sequence[_Range], name: bytes
    ) -> Sequence[_Extract]:
        """Add the pieces of an event to their channels, and return them."""
        leaves = list(iter_leaves(raw, ranges))
        derived_fields = list(find_derived_fields(leaves, offset))
        self.derived_fields += derived_fields
        pieces = self._select_pieces(leaves)
        texts = self._choose_texts(raw, leaves, pieces, name)
        for leaf, text in zip(pieces, texts, strict=True):
            text.add(raw[leaf.start : leaf.end], offset + leaf.start)
        if len(pieces) == 1 and not derived_fields:
            self._repeat_filter.remember(raw, offset, leaves, pieces[0], texts[0])
        return [(text, (leaf.start, leaf.end)) for leaf, text in zip(pieces, texts, strict=True)]

    def _choose_texts(
        self, raw: bytes, leaves: Iterable[Leaf], pieces: Sequence[Leaf], name: bytes
    ) -> list[TextBuilder]:
        """Return the text of the channel of each piece."""
        key_leaves = (leaf for leaf in leaves if self._is_key_member(leaf))
        key_values = {leaf.path: raw[leaf.start : leaf.end] for leaf in key_leaves}
        texts = []
        for leaf in pieces:
            key = (name, *self._iter_key(leaf.path, key_values))
            is_token = find_token_entry(leaf.path) is not None
            texts.append(self._channel_texts.setdefault(key, TextBuilder(is_kept_apart=is_token)))
        return texts

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
