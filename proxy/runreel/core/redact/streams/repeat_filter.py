"""A filter for repeated events: an optimisation of ``Stream``, which changes no channel.

Most events of a stream repeat an earlier one, except for their piece and their numbers. The filter
absorbs them: it adds the piece to its channel, and the numbers to a text of their own
(``Skeleton``). Their other bytes are not searched, since they are those of the earlier event; a
secret found there is replaced in all repetitions (``EventRepeats``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from operator import attrgetter

from runreel.core.redact.streams.skeleton import NAME, NOISE, NUMBER, PIECE, Skeleton, Slot
from runreel.core.redact.streams.strands import is_label
from runreel.core.redact.texts.json_leaves import Leaf
from runreel.core.redact.texts.repeats import EventRepeats, RepeatedEvent
from runreel.core.redact.texts.text import Text, TextBuilder, TextKind

_MAX_SKELETONS = 16

_MAX_REPEATED = 1 << 16
"""Bytes; no skeletons are made of longer events."""

_MAX_BATCH = 256
_MIN_BATCH = 3
"""Events that are matched at once: fewer are not worth it, more would block other threads."""

_GET_START = attrgetter("start")


class RepeatFilter:
    """Absorbs the events of a stream that repeat an earlier one."""

    def __init__(self, noise_members: Set[str]) -> None:
        """Strings of ``noise_members`` are random letters, and need no search.

        An event repeats another one only if numbers that tell texts apart are the same in both.
        """
        self._noise_members = noise_members
        self._offset = 0
        self._numbers = TextBuilder()
        self._skeletons: list[Skeleton] = []
        """The one that matched last comes first."""
        self._repeated_events: list[RepeatedEvent] = []
        """Events of skeletons that are no longer in use."""

    def iter_new(self, events: Sequence[bytes]) -> Iterator[tuple[bytes, int]]:
        """Absorb the next events that repeat an earlier one; yield the others, with their offsets.

        The caller may ``remember`` an event that it gets, before it asks for the next one.
        """
        index = 0
        while index < len(events):
            yield from self._iter_unlike(events[index : index + 1])
            index += 1
            batch = self._select_batch(events, index)
            if not self._absorb_batch(batch):
                yield from self._iter_unlike(batch)
            index += len(batch)

    def _iter_unlike(self, events: Sequence[bytes]) -> Iterator[tuple[bytes, int]]:
        """Do the same as ``iter_new``, one event after the other."""
        for raw in events:
            offset = self._offset
            self._offset += len(raw)
            if not self.absorb(raw, offset):
                yield raw, offset

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

    def absorb(self, raw: bytes, offset: int) -> bool:
        """Return whether the event repeats an earlier one; if so, add its slot values to texts."""
        for index, skeleton in enumerate(self._skeletons):
            ranges = skeleton.match(raw)
            if ranges is not None:
                skeleton.add(raw, offset, ranges)
                if index:
                    self._skeletons.insert(0, self._skeletons.pop(index))
                return True
        return False

    def remember(
        self, raw: bytes, offset: int, leaves: Iterable[Leaf], piece: Leaf, channel: TextBuilder
    ) -> None:
        """Absorb later events that repeat this one.

        ``piece`` is the only one of its leaves that was added to a channel.
        """
        if len(raw) > _MAX_REPEATED or not piece.is_complete:
            return
        slots, tail = self._build_slots(raw, leaves, piece, channel)
        skeleton = Skeleton(slots, tail, RepeatedEvent(offset, offset + len(raw), [], []))
        ranges = skeleton.match(raw)
        if ranges is None:
            return
        skeleton.event.slots.extend(ranges)
        if len(self._skeletons) == _MAX_SKELETONS:
            self._retire(self._skeletons.pop())
        self._skeletons.insert(0, skeleton)

    def _build_slots(
        self, raw: bytes, leaves: Iterable[Leaf], piece: Leaf, channel: TextBuilder
    ) -> tuple[Sequence[Slot], bytes]:
        """Return the slots of an event, and the bytes after the last one."""
        slots: list[Slot] = []
        at = 0
        for leaf in leaves:
            prefix = raw[at : leaf.start]
            is_piece = leaf is piece
            slot = (
                Slot(prefix, 0, PIECE, channel) if is_piece else self._build_slot(prefix, raw, leaf)
            )
            if slot is not None:
                slots.append(slot)
                at = leaf.end
        return slots, raw[at:]

    def _build_slot(self, prefix: bytes, raw: bytes, leaf: Leaf) -> Slot | None:
        """Return a slot for a leaf that is not a piece; None if it must not differ."""
        if leaf.is_string:
            return Slot(prefix, 0, NOISE, None) if leaf.name in self._noise_members else None
        name = NAME.search(prefix)
        is_number = NUMBER.fullmatch(raw, leaf.start, leaf.end) is not None
        if name is None or not is_number or is_label(leaf.name):
            return None
        return Slot(prefix, len(name[0]), NUMBER, self._numbers)

    def _retire(self, skeleton: Skeleton) -> None:
        """Keep the event of a skeleton if other events repeat it."""
        if skeleton.event.batches:
            self._repeated_events.append(skeleton.event)

    def build_numbers(self) -> Text:
        """Return the text of all numbers of absorbed events."""
        return self._numbers.build(TextKind.PLAIN)

    def build_repeats(self) -> EventRepeats:
        """Return all repeated events; may be called once."""
        for skeleton in self._skeletons:
            self._retire(skeleton)
        return EventRepeats(sorted(self._repeated_events, key=_GET_START))
