"""The texts of a stream, joined from the pieces in its events.

A model sends a text in pieces, one in each event, and may send several texts at once. The pieces of
one text form a channel: the same member of the same kind of event, with the same ids around it.
Everything else of a stream is one more text, the rest. Channels and strings of the rest may be
pieces of a longer text, too; ``readings`` joins them further.

Two things make it fast and change no channel: ``RepeatFilter`` absorbs events that repeat an
earlier one, and the first event of each name is split only if a second one of that name follows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias, TypeVar

from runreel.core.dialect import Channels
from runreel.core.redact.streams.repeat_filter import RepeatFilter
from runreel.core.redact.streams.strands import (
    INDEX,
    EventLabels,
    Strands,
    may_be_piece,
)
from runreel.core.redact.texts.derived_fields import (
    DerivedField,
    find_derived_fields,
    find_token_entry,
    is_token,
    may_have_derived_fields,
)
from runreel.core.redact.texts.json_leaves import Leaf, iter_leaves
from runreel.core.redact.texts.repeats import EventRepeats
from runreel.core.redact.texts.sse_event import (
    JSON_START,
    find_event_data,
    has_unique_paths,
    is_json,
)
from runreel.core.redact.texts.text import NO_ORIGIN, Text, TextBuilder, TextKind

_JSON = TextKind.JSON_STRING

_MAX_EQUAL = 4
"""Bytes. Two equal pieces of a text may follow one another if they are so short; the same longer
string in several events is a constant."""

_T = TypeVar("_T")

_Range: TypeAlias = tuple[int, int]
_Extract: TypeAlias = "tuple[TextBuilder, _Range]"


class _StoredEvent(NamedTuple):
    """An event that repeats no earlier one."""

    raw: bytes
    offset: int
    extracts: Sequence[_Extract]
    """Ranges of the event, and the texts that they were added to."""


class _WholeEvent(NamedTuple):
    """An event that is not split unless another one of its name follows."""

    place: int
    """Its index among the stored events."""
    ranges: Sequence[_Range]
    """The ranges of its data."""


class _Pieces(NamedTuple):
    """The strings of an event that may be pieces of longer texts."""

    tokens: Sequence[Leaf]
    """Tokens of log-probabilities."""
    channels: Sequence[Leaf]
    """Pieces of channels."""
    others: Sequence[Leaf]
    """Strings that stay in the rest, and are joined by readings only."""


class StreamTexts(NamedTuple):
    """The texts of a stream."""

    rest: Text
    """Everything that is in no other text."""
    numbers: Text
    """The numbers of events that repeat an earlier one."""
    channels: Sequence[Text]
    """Texts in several pieces: channels, tokens, and lines of plain text."""
    strands: Strands
    """The same pieces, and the strings of the rest, to be joined in other ways."""
    repeats: EventRepeats
    """The events that repeat an earlier one, of which only the pieces are in texts."""


class Stream:
    """Splits the events of a stream into texts."""

    def __init__(self, channels: Channels, announces_secret: Callable[[Leaf], bool]) -> None:
        """``announces_secret`` tells whether a leaf's name or path marks its value as a secret."""
        self.derived_fields: list[DerivedField] = []
        self.has_invalid_json = False
        """True if an event looked like JSON and is not, so that it was split somehow."""
        self._channels = channels
        self._announces_secret = announces_secret
        self._strands = Strands(channels.pieces)
        self._token_texts: dict[object, TextBuilder] = {}
        self._events: list[_StoredEvent] = []
        self._first_events: dict[bytes, _WholeEvent | None] = {}
        """By name: the only event of this name; None once a second one has arrived."""
        self._repeat_filter = RepeatFilter(channels.noise)

    def feed(self, events: Sequence[bytes]) -> None:
        """Add the next events, each with all of its bytes."""
        for raw, offset in self._repeat_filter.iter_new(events):
            self._add_event(raw, offset)

    def finish(self) -> StreamTexts:
        """Return all texts of the events. May be called once.

        A channel of a single piece is left in the rest.
        """
        for first in self._first_events.values():
            if first is not None:
                raw, offset, _ = self._events[first.place]
                self._strands.add_whole(raw, first.ranges, offset)
        rest = TextBuilder()
        for raw, offset, extracts in _drain(self._events):
            ranges = (span for text, span in extracts if not text.is_single_piece)
            rest.add_remainder(raw, offset, ranges)
        repeats = self._repeat_filter.build_repeats()
        return StreamTexts(
            rest.build(TextKind.JSON, repeats=repeats),
            self._repeat_filter.build_numbers(),
            [
                *(
                    text.build(TextKind.JSON_STRING, is_channel=True)
                    for text in self._token_texts.values()
                ),
                *(
                    strand.text.build(strand.notation, is_channel=True)
                    for strand in self._strands.list_channels()
                ),
            ],
            self._strands,
            repeats,
        )

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
            self._first_events[name] = _WholeEvent(len(self._events), ranges)
        elif self._split_first(name) and self._repeat_filter.absorb(raw, offset):
            return  # it repeats the first event, which is only now split
        else:
            extracts = self._add_json(raw, offset, ranges, name)
            self.has_invalid_json = self.has_invalid_json or not is_json(raw, ranges)
        self._events.append(_StoredEvent(raw, offset, extracts))

    def _may_stay_whole(self, raw: bytes, ranges: Sequence[_Range], name: bytes) -> bool:
        """Return whether the event need not be split unless another one of its name follows."""
        is_new = name not in self._first_events and not may_have_derived_fields(raw)
        return is_new and has_unique_paths(raw, ranges, INDEX)

    def _split_first(self, name: bytes) -> bool:
        """Split the event that was kept whole because it was the first of its name, if any."""
        first = self._first_events.get(name)
        self._first_events[name] = None
        if first is None:
            return False
        raw, offset, _ = self._events[first.place]
        extracts = self._add_json(raw, offset, first.ranges, name)
        self._events[first.place] = _StoredEvent(raw, offset, extracts)
        return True

    def _add_lines(
        self, raw: bytes, offset: int, ranges: Sequence[_Range], name: bytes
    ) -> Sequence[_Extract]:
        """Add the lines of an event of plain text, joined by line ends, and return them."""
        if not ranges:
            return ()
        lines = self._strands.get_lines(name).text
        for index, (start, end) in enumerate(ranges):
            if index:
                lines.add(b"\n", NO_ORIGIN)
            lines.add(raw[start:end], offset + start)
        return [(lines, span) for span in ranges]

    def _add_json(
        self, raw: bytes, offset: int, ranges: Sequence[_Range], name: bytes
    ) -> Sequence[_Extract]:
        """Add the strings of an event to their texts, and return those that leave the rest."""
        leaves = list(iter_leaves(raw, ranges))
        derived_fields = list(find_derived_fields(leaves, offset))
        self.derived_fields += derived_fields
        labels = EventLabels(raw, leaves, name, self._channels.noise)
        self._strands.add_event(labels)
        pieces = self._select_pieces(leaves)
        extracts = [
            *((leaf, self._get_token_text(leaf, labels)) for leaf in pieces.tokens),
            *self._add_pieces(raw, offset, pieces, labels),
        ]
        extracts.sort(key=lambda extract: extract[0].start)
        for leaf, text in extracts:
            text.add(raw[leaf.start : leaf.end], offset + leaf.start)
        are_constants = all(leaf.end - leaf.start > _MAX_EQUAL for leaf in pieces.others)
        if len(extracts) == 1 and are_constants and not derived_fields:
            self._repeat_filter.remember(raw, offset, leaves, *extracts[0])
        return [(text, (leaf.start, leaf.end)) for leaf, text in extracts]

    def _add_pieces(
        self, raw: bytes, offset: int, pieces: _Pieces, labels: EventLabels
    ) -> list[tuple[Leaf, TextBuilder]]:
        """Add the strings that stay in the rest to their strands; return the text of the others."""
        names = (leaf.name for leaf in (*pieces.channels, *pieces.others))
        is_usual = self._strands.has_usual(names)
        for leaf in pieces.others:
            self._strands.add_string(leaf, labels, raw, offset, is_usual=is_usual)
        return [
            (leaf, self._strands.enter_channel(leaf, labels, is_usual=is_usual).text)
            for leaf in pieces.channels
        ]

    def _get_token_text(self, leaf: Leaf, labels: EventLabels) -> TextBuilder:
        """Return the text of a token; all tokens of one list share a text."""
        entry = find_token_entry(leaf.path) or ()
        key = (*labels.kinds, *labels.collect_ids(entry), entry[:-1], leaf.path[len(entry) :])
        return self._token_texts.setdefault(key, TextBuilder(is_kept_apart=True))

    def _select_pieces(self, leaves: Sequence[Leaf]) -> _Pieces:
        """Return the strings that may be pieces of longer texts.

        The pieces of channels are those in members that are known to hold them. Without any, they
        are all strings.
        """
        strings = [
            leaf
            for leaf in leaves
            if leaf.is_string and not find_token_entry(leaf.path) and self._may_be_piece(leaf)
        ]
        known = [leaf for leaf in strings if leaf.name in self._channels.pieces]
        channels = known or [leaf for leaf in strings if not self._announces_secret(leaf)]
        starts = {leaf.start for leaf in channels}
        return _Pieces(
            [leaf for leaf in leaves if leaf.is_string and is_token(leaf)],
            channels,
            [leaf for leaf in strings if leaf.start not in starts and leaf.end > leaf.start],
        )

    def _may_be_piece(self, leaf: Leaf) -> bool:
        if leaf.name in self._channels.noise:
            return False
        return leaf.name in self._channels.pieces or may_be_piece(leaf.name)


def _drain(items: list[_T]) -> Iterator[_T]:
    """Yield all items, removing each; freeing so many at once would block other threads."""
    items.reverse()
    while items:
        yield items.pop()
