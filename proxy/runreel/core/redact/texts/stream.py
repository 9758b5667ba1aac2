"""A stream's texts, joined from the pieces that its events bring.

A model says a text in pieces, one to an event, and may say several at once. The pieces of one text
are one channel: the same member of the same kind of event, of the same message, call or choice. All
else of a stream is one text more. Of the events in it that are alike but for their piece and their
numbers, it holds the first, and the numbers alone of the others: most of a stream is such
repetition, and need not be searched again (``Repeats``). An event of whose kind there is no other
says nothing in pieces, and is not taken apart.
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
"""Members at the top of an event that say what kind it is of."""

_CONSTANT_MEMBERS = frozenset(
    {"model", "role", "status", "name", "finish_reason", "system_fingerprint", "service_tier"}
)
"""Members that say something of the whole, and are said again and again."""

_INDEX = "index"
"""The member that says which of several an object is, wherever it stands in its array."""

_MAX_SKELETONS = 16

_MAX_REPEATED = 1 << 16
"""Bytes of an event; longer ones are not like others."""

_MAX_BATCH = 256
_MIN_BATCH = 3
"""How many events that are alike are taken at once: with fewer it is not worth it, with more one
step would hold up other threads."""

_GET_START = attrgetter("start")
_T = TypeVar("_T")

_ChannelKey: TypeAlias = tuple[object, ...]
_Range: TypeAlias = tuple[int, int]
_Extract: TypeAlias = "tuple[TextBuilder, _Range]"


class _StoredEvent(NamedTuple):
    """An event that is like none before it, or was met before any like it."""

    raw: bytes
    at: int
    extracted: Sequence[_Extract]
    """What of it went into which text."""


class Stream:
    """Takes the events of a stream apart."""

    def __init__(self, channels: Channels, announces_secret: Callable[[Leaf], bool]) -> None:
        """``announces``: whether a member's name, or its place, says that its value is a secret."""
        self.derived_fields: list[DerivedField] = []
        self.has_invalid_json = False
        """Whether an event looked like JSON and was none: then its texts may be none either."""
        self._channels = channels
        self._announces_secret = announces_secret
        self._key_members = _KIND_MEMBERS | channels.discriminators | {_INDEX}
        self._top_key_members = sorted(_KIND_MEMBERS | channels.discriminators)
        self._channel_texts: dict[_ChannelKey, TextBuilder] = {}
        self._line_texts: dict[bytes, TextBuilder] = {}
        self._events: list[_StoredEvent] = []
        self._first_events: dict[bytes, int | None] = {}
        """By their names: the places of events that came once; None of those that came again."""
        self._repeated_events: list[RepeatedEvent] = []
        self._skeletons: list[Skeleton] = []
        self._numbers = TextBuilder()
        self._offset = 0

    def feed_all(self, events: Sequence[bytes]) -> None:
        """Take the events that come next; the same as to ``take`` each of them, only quicker."""
        place = 0
        while place < len(events):
            self.feed(events[place])
            place += 1
            row = self._select_batch(events, place)
            if not self._absorb_batch(row):
                for raw in row:
                    self.feed(raw)
            place += len(row)

    def _select_batch(self, events: Sequence[bytes], first: int) -> Sequence[bytes]:
        """The next events as far as they seem to be like the one that was taken last."""
        if not self._skeletons:
            return ()
        return self._skeletons[0].select_batch(events[first : first + _MAX_BATCH])

    def _absorb_batch(self, batch: Sequence[bytes]) -> bool:
        if len(batch) < _MIN_BATCH or not self._skeletons[0].add_batch(batch, self._offset):
            return False
        self._offset += sum(map(len, batch))
        return True

    def feed(self, raw: bytes) -> None:
        """Take the next event, with all of its bytes."""
        if not self._absorb(raw):
            self._add_event(raw)
        self._offset += len(raw)

    def finish(self) -> list[Text]:
        """All texts of the events taken, once. What came in one piece is left in its event."""
        rest = TextBuilder()
        for raw, at, taken in _drain(self._events):
            rest.add_remainder(raw, at, (span for text, span in taken if not text.is_single_piece))
        repeated = [each for each in _drain(self._repeated_events) if each.batches]
        return [
            rest.build(TextKind.JSON, repeats=EventRepeats(sorted(repeated, key=_GET_START))),
            self._numbers.build(TextKind.PLAIN),
            *_iter_joined(self._channel_texts, TextKind.JSON_STRING),
            *_iter_joined(self._line_texts, TextKind.PLAIN),
        ]

    def _absorb(self, raw: bytes) -> bool:
        """Whether the event is like one before; then what is its own is taken alone."""
        for place, template in enumerate(self._skeletons):
            spans = template.match(raw)
            if spans is not None:
                template.add(raw, self._offset, spans)
                if place:
                    self._skeletons.insert(0, self._skeletons.pop(place))
                return True
        return False

    def _add_event(self, raw: bytes) -> None:
        event, said = find_event_data(raw)
        taken: Iterable[_Extract] = ()
        if not (said and JSON_START.match(raw, said[0][0])):
            taken = self._add_lines(raw, said, event)
        elif self._may_stay_whole(raw, said, event):
            self._first_events[event] = len(self._events)
        elif self._split_first(event) and self._absorb(raw):
            return
        else:
            taken = self._add_json(raw, self._offset, said, event)
            self.has_invalid_json = self.has_invalid_json or not is_json(raw, said)
        self._events.append(_StoredEvent(raw, self._offset, list(taken)))

    def _may_stay_whole(self, raw: bytes, ranges: Sequence[_Range], event: bytes) -> bool:
        """Whether nothing is to be told from the parts of the event, unless another one follows."""
        is_new = event not in self._first_events and not may_have_derived_fields(raw)
        return is_new and has_unique_paths(raw, ranges, _INDEX)

    def _split_first(self, event: bytes) -> bool:
        """Take the event apart that has been the only one of its name, if there is one."""
        place = self._first_events.get(event)
        self._first_events[event] = None
        if place is None:
            return False
        raw, at, _ = self._events[place]
        taken = list(self._add_json(raw, at, find_event_data(raw)[1], event))
        self._events[place] = _StoredEvent(raw, at, taken)
        return True

    def _add_lines(self, raw: bytes, ranges: Sequence[_Range], event: bytes) -> Iterator[_Extract]:
        """Lines of text: those of one event are joined by line ends, those of several by none."""
        lines = self._line_texts.setdefault(event, TextBuilder())
        for place, (start, end) in enumerate(ranges):
            if place:
                lines.add(b"\n", NO_ORIGIN)
            lines.add(raw[start:end], self._offset + start)
            yield lines, (start, end)

    def _add_json(
        self, raw: bytes, at: int, ranges: Sequence[_Range], event: bytes
    ) -> Iterator[_Extract]:
        found = list(iter_leaves(raw, ranges))
        pieces = self._select_pieces(found)
        named = {
            leaf.path: raw[leaf.start : leaf.end] for leaf in found if self._is_key_member(leaf)
        }
        also = list(find_derived_fields(found, at))
        self.derived_fields += also
        for leaf in pieces:
            key = (event, *self._build_key(leaf.path, named))
            is_token = find_token_entry(leaf.path) is not None
            text = self._channel_texts.setdefault(key, TextBuilder(is_kept_apart=is_token))
            text.add(raw[leaf.start : leaf.end], at + leaf.start)
            may_be_repeated = len(raw) <= _MAX_REPEATED and not also
            if len(pieces) == 1 and leaf.is_complete and may_be_repeated:
                self._remember(raw, at, self._build_skeleton(raw, leaf, found, text))
            yield text, (leaf.start, leaf.end)

    def _select_pieces(self, leaves: Iterable[Leaf]) -> Sequence[Leaf]:
        """The leaves that may go on in other events: of an unknown kind of event, all strings."""
        strings = [leaf for leaf in leaves if leaf.is_string]
        others = [leaf for leaf in strings if find_token_entry(leaf.path) is None]
        tokens = [leaf for leaf in strings if find_token_entry(leaf.path) and leaf.name == "token"]
        known = [leaf for leaf in others if leaf.name in self._channels.pieces]
        said = known or [leaf for leaf in others if self._may_be_piece(leaf)]
        return sorted(tokens + said, key=lambda leaf: leaf.start)

    def _may_be_piece(self, leaf: Leaf) -> bool:
        return (
            leaf.name not in self._key_members | _CONSTANT_MEMBERS
            and not self._announces_secret(leaf)
        )

    def _is_key_member(self, leaf: Leaf) -> bool:
        return bool(leaf.path) and leaf.path[-1] in self._key_members

    def _build_key(self, path: LeafPath, named: dict[LeafPath, bytes]) -> Iterator[object]:
        """What tells the channel of the leaf at this path from others."""
        yield from (named.get((name,)) for name in self._top_key_members)
        entry = find_token_entry(path)
        for depth, step in enumerate(path, start=1):
            is_next_token = entry is not None and depth == len(entry)
            if isinstance(step, str) or is_next_token:
                yield None if is_next_token else step
            else:
                yield named.get((*path[:depth], _INDEX), step)

    def _build_skeleton(
        self, raw: bytes, piece: Leaf, leaves: Iterable[Leaf], text: TextBuilder
    ) -> Skeleton:
        holes: list[Slot] = []
        at = 0
        for leaf in leaves:
            is_piece = leaf is piece
            hole = Slot(raw[at : leaf.start], 0, PIECE, text) if is_piece else None
            hole = hole or self._build_slot(raw, at, leaf)
            if hole is not None:
                holes.append(hole)
                at = leaf.end
        return Skeleton(holes, raw[at:], [])

    def _build_slot(self, raw: bytes, at: int, leaf: Leaf) -> Slot | None:
        """The hole, the next one from ``at``, for a leaf that is no piece; None if it has none."""
        before = raw[at : leaf.start]
        if leaf.is_string:
            return Slot(before, 0, NOISE, None) if leaf.name in self._channels.noise else None
        name = NAME.search(before)
        may_differ = leaf.name not in self._key_members and NUMBER.fullmatch(
            raw, leaf.start, leaf.end
        )
        return Slot(before, len(name[0]), NUMBER, self._numbers) if name and may_differ else None

    def _remember(self, raw: bytes, at: int, skeleton: Skeleton) -> None:
        holes = skeleton.match(raw)
        if holes is not None:
            repeated = RepeatedEvent(at, at + len(raw), holes, skeleton.batches)
            self._repeated_events.append(repeated)
            del self._skeletons[_MAX_SKELETONS - 1 :]
            self._skeletons.insert(0, skeleton)


def _drain(items: list[_T]) -> Iterator[_T]:
    """All items in order; each is let go of: so many at once would hold other threads up."""
    items.reverse()
    while items:
        yield items.pop()


def _iter_joined(joined: Mapping[Any, TextBuilder], kind: TextKind) -> Iterator[Text]:
    """Those of the texts that came in more than one piece."""
    for text in joined.values():
        if not text.is_single_piece:
            yield text.build(kind, is_channel=True)
