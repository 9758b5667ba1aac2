"""Strands: the strings of a stream, sorted by their member, their kind of event, and their ids.

Each string of an event that may be a piece of a text is one of a strand's pieces. These two events
have four strands::

    {"type": "delta", "message_id": "m1", "delta": "Hel", "note": "draft"}
    {"type": "delta", "message_id": "m2", "delta": "Goo", "note": "draft"}

They are ``delta`` of ``m1``, ``delta`` of ``m2``, ``note`` of ``m1``, and ``note`` of ``m2``. Later
events of the same ids add pieces to them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from functools import cached_property, lru_cache
from itertools import chain, groupby
from typing import NamedTuple, TypeAlias

from runreel.core.redact.streams.event_shape import UnlikeLabels
from runreel.core.redact.streams.labels import (
    EVENT_NAME,
    KIND_MEMBERS,
    Label,
    LabelCounts,
    LabelPath,
    PieceLabels,
    find_recurring_paths,
    is_label,
)
from runreel.core.redact.texts.text import TextBuilder, TextKind
from runreel.core.redact.texts.views import unescape_json
from runreel.core.regex.lazy_pattern import compile_later

_CONSTANT_MEMBERS = frozenset(
    {"model", "role", "status", "name", "finish_reason", "system_fingerprint", "service_tier"}
)
"""Members that have the same value in every event of a message, so that no value is a piece."""

_PADDING = frozenset({"obfuscation"})
"""Members of random letters, with which an API hides the length of a piece."""

PIECE_NAMES = frozenset(
    (
        *("answer", "arguments", "body", "chunk", "code", "completion", "content", "data", "delta"),
        *("fragment", "generated_text", "input", "logs", "message", "output", "output_text"),
        *("part", "partial_json", "piece", "reasoning", "reasoning_content", "refusal", "response"),
        *("rest", "result", "tail", "text", "thinking", "token", "transcript", "value"),
    )
)
"""Names under which APIs send pieces. In an event with one of them, other strings are no pieces of
a text that goes through several members."""

_STRING = rb'"((?:[^"\\]++|\\.)*+)"'
_MEMBER_OR_STRING = compile_later(
    rb"%b(?:(\s*+:\s*+)(?:%b|(-?[0-9][0-9.eE+-]*+))?+)?+" % (_STRING, _STRING), re.DOTALL
)
"""A name, with its value if that is a string or a number; or a string in an array."""

_MIN_CONSTANT = 3
_MIN_REPETITIONS = 3
"""A string that comes twice is a constant if it has this many bytes, and else if it comes this
often: two equal pieces of a text are short."""


def may_be_piece(name: str) -> bool:
    """Return whether a string under this name may be a piece of a text."""
    is_known = name in _CONSTANT_MEMBERS or name in _PADDING or name in KIND_MEMBERS
    return not is_known and not is_label(name)


class Strand:
    """The pieces of one member of one kind of event, with the same ids around it."""

    def __init__(
        self,
        name: str,
        kinds: Sequence[Label],
        ids: Sequence[Label],
        *,
        is_channel: bool,
        is_main: bool,
        notation: TextKind = TextKind.JSON_STRING,
    ) -> None:
        """``is_channel``: several pieces are searched as one text, without any reading.

        ``is_main``: the member's name is one under which pieces are usually sent, or its event has
        no such member.
        """
        self.name = name
        self.kinds = kinds
        self.ids = ids
        self.is_main = is_main
        self.notation = notation
        self.text = TextBuilder()
        self._is_channel = is_channel

    @property
    def is_searched(self) -> bool:
        """True if its pieces are searched as one text without any reading."""
        return self._is_channel and not self.text.is_single_piece

    @property
    def is_constant(self) -> bool:
        """True if it is the same string again and again, and so no text in pieces."""
        return self.text.is_repeated(_MIN_CONSTANT, _MIN_REPETITIONS)

    @property
    def piece_count(self) -> int:
        """The number of pieces."""
        return self.text.piece_count

    @property
    def origin(self) -> int:
        """The offset in the body of the first piece."""
        return self.text.first_origin

    @property
    def last_origin(self) -> int:
        """The offset in the body of the last piece."""
        return self.text.last_origin

    @property
    def data(self) -> bytes:
        """All pieces, joined."""
        return self.text.data

    def iter_pieces(self) -> Iterator[tuple[int, bytes]]:
        """Yield the origin and the bytes of each piece."""
        return self.text.iter_pieces()


class LooseStrings(Strand):
    """Strings of one member, each in an event that has a label of its own.

    They would be strands of one piece each. But if these labels never recur, no reading tells the
    strings apart, so that they can as well be one strand whose pieces are not searched as one text.
    """

    def __init__(self, name: str, labels: UnlikeLabels, *, is_channel: bool, is_main: bool) -> None:
        """Start without any string; ``labels`` are those of all strings that will be added.

        The other arguments are those of ``Strand``. Of the labels that differ in each event, no
        reading selects any, so those of the first event will do.
        """
        kinds, ids, _ = labels.read(0)
        super().__init__(name, kinds, ids, is_channel=False, is_main=is_main)
        self.labels = labels
        self.makes_channels = is_channel

    @property
    def is_constant(self) -> bool:
        """False, as for a strand of one piece."""
        return False

    def may_stay(self, counts: LabelCounts, recurring: Set[LabelPath]) -> bool:
        """Return whether no string shares a strand with another one, and no reading tells it apart.

        ``recurring`` are the paths of labels that recur.
        """
        unlike = [*self.labels.iter_unlike()]
        return recurring.isdisjoint(path for path, _ in unlike) and any(
            {*map(counts[path].get, values)} == {1} for path, values in unlike
        )


class SingleString:
    """A strand of one piece, in an event that was not split."""

    __slots__ = ("data", "ids", "is_main", "name", "origin")

    kinds: Sequence[Label] = ()
    notation = TextKind.JSON_STRING
    is_searched = False
    piece_count = 1

    def __init__(
        self, name: str, ids: Sequence[Label], origin: int, data: bytes, *, is_main: bool
    ) -> None:
        """``origin`` is its offset in the body; the other arguments are those of ``Strand``."""
        self.name = name
        self.ids = ids
        self.origin = origin
        self.data = data
        self.is_main = is_main

    @property
    def last_origin(self) -> int:
        """The offset in the body of the last piece."""
        return self.origin

    def iter_pieces(self) -> Iterator[tuple[int, bytes]]:
        """Yield the origin and the bytes of the only piece."""
        yield self.origin, self.data


class _Name(NamedTuple):
    """The name of a member, and what it tells."""

    text: str
    is_label: bool
    may_be_piece: bool


@lru_cache(4096)
def _read_name(raw: bytes) -> _Name:
    text = unescape_json(raw).decode("utf-8", "replace")
    return _Name(text, is_label(text), may_be_piece(text))


AnyStrand: TypeAlias = Strand | SingleString

_String: TypeAlias = tuple[_Name, int, int]
"""The name of a string that may be a piece, and where it starts and ends."""


def _iter_strings(
    raw: bytes, ranges: Iterable[tuple[int, int]], ids: list[Label]
) -> Iterator[_String]:
    """Yield the strings that may be pieces; add the labels between them to ``ids``."""
    name = _Name("", is_label=False, may_be_piece=True)
    for match in (each for span in ranges for each in _MEMBER_OR_STRING.finditer(raw, *span)):
        group = 3 if match[2] else 1
        if match[2]:
            name = _read_name(match[1])
        if name.is_label:
            ids.append(((name.text,), match[group] or match[4] or b""))
        elif match[group] and name.may_be_piece:
            yield name, *match.span(group)


def _get_name(string: _String) -> _Name:
    return string[0]


def _build_run(
    raw: bytes, name: str, ids: Sequence[Label], strings: Iterator[_String]
) -> AnyStrand:
    """Return the strand of strings of one name; they are as many as there are, or a single one."""
    _, start, end = next(strings)
    second = next(strings, None)
    if second is None:
        return SingleString(name, ids, start, raw[start:end], is_main=True)
    strand = Strand(name, (), ids, is_channel=False, is_main=True)
    strand.text.add(raw[start:end], start)
    for _, start, end in chain((second,), strings):
        strand.text.add(raw[start:end], start)
    return strand


class _Repetitions:
    """The strings of a document that come again: constants, and no pieces of a text."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._repeated: set[bytes] = set()

    def watch(self, raw: bytes, strings: Iterable[_String]) -> Iterator[_String]:
        """Yield the same strings, and note which of them come again."""
        for string in strings:
            name, start, end = string
            if end - start >= _MIN_CONSTANT:
                key = _build_key(name.text, raw[start:end])
                (self._repeated if key in self._seen else self._seen).add(key)
            yield string

    def drop(self, runs: Iterable[AnyStrand]) -> Iterator[AnyStrand]:
        """Yield these strands without such strings; the first of them is no piece either."""
        self._seen.clear()
        for run in runs:
            if not self._repeated or not self._is_any_repeated(run):
                yield run
            elif (rest := self._rebuild(run)).piece_count:
                yield rest

    def _is_any_repeated(self, run: AnyStrand) -> bool:
        return any(self._is_repeated(run.name, data) for _, data in run.iter_pieces())

    def _is_repeated(self, name: str, data: bytes) -> bool:
        return _build_key(name, data) in self._repeated

    def _rebuild(self, run: AnyStrand) -> Strand:
        strand = Strand(run.name, (), run.ids, is_channel=False, is_main=run.is_main)
        for origin, data in run.iter_pieces():
            if not self._is_repeated(run.name, data):
                strand.text.add(data, origin)
        return strand


def _build_key(name: str, data: bytes) -> bytes:
    """Return the bytes that a string shares with its repetitions."""
    return b'%b"%b' % (name.encode(), data)


class Strands:
    """The strands of one stream."""

    def __init__(self, usual_names: Set[str]) -> None:
        """``usual_names``: further names under which pieces are usually sent."""
        self._usual_names = usual_names | PIECE_NAMES
        self._by_key: dict[object, Strand] = {}
        self._single_strings: list[SingleString] = []
        self._runs: list[AnyStrand] = []
        self._loose_strings: list[LooseStrings] = []
        self._label_counts: defaultdict[LabelPath, Counter[bytes]] = defaultdict(Counter)

    def list_varying(self) -> list[AnyStrand]:
        """Return the strands that are not the same string again and again."""
        counts = Counter((string.name, string.data) for string in self._single_strings)
        return [
            *(strand for strand in self._by_key.values() if not strand.is_constant),
            *self._loose_strings,
            *self._runs,
            *(
                string
                for string in self._single_strings
                if counts[string.name, string.data] == 1 or len(string.data) < _MIN_CONSTANT
            ),
        ]

    def list_channels(self) -> list[Strand]:
        """Return the strands whose pieces are searched as one text."""
        channels = [strand for strand in self._by_key.values() if strand.is_searched]
        return sorted(channels, key=lambda strand: strand.origin)

    @cached_property
    def recurring_paths(self) -> Set[LabelPath]:
        """The paths of labels that recur; to be asked for when all events have been added."""
        return find_recurring_paths(self._label_counts)

    def add_loose(
        self, name: str, labels: UnlikeLabels, beside: Sequence[str], *, is_channel: bool
    ) -> LooseStrings:
        """Return a strand for strings with these labels, to whose text the caller adds them.

        The other arguments are those of ``get``.
        """
        is_main = self._is_main(name, beside)
        strings = LooseStrings(name, labels, is_channel=is_channel, is_main=is_main)
        self._loose_strings.append(strings)
        return strings

    def settle(self) -> None:
        """Divide loose strings into strands where their labels recur; all events must be added."""
        candidates, self._loose_strings = self._loose_strings, []
        for strings in candidates:
            if strings.may_stay(self._label_counts, self.recurring_paths):
                self._loose_strings.append(strings)
            else:
                self._divide(strings)

    def _divide(self, strings: LooseStrings) -> None:
        for row, (origin, data) in enumerate(strings.iter_pieces()):
            strand = self._get(
                strings.name,
                strings.labels.read(row),
                is_main=strings.is_main,
                is_channel=strings.makes_channels,
            )
            strand.text.add(data, origin)

    def sort_pieces(self) -> None:
        """Bring the pieces of each strand into the order of the body."""
        for strand in self._by_key.values():
            if strand.notation is TextKind.JSON_STRING:  # lines of plain text are in order
                strand.text.sort_pieces()

    def count_labels(self) -> LabelCounts:
        """Return the number of events with each label."""
        return self._label_counts

    def add_counts(self, counts: LabelCounts) -> None:
        """Add the numbers of further events with each label."""
        for path, values in counts.items():
            self._label_counts[path].update(values)

    def add_whole(self, raw: bytes, ranges: Iterable[tuple[int, int]], offset: int) -> None:
        """Add the strings of an event that was not split, as far as they may be pieces.

        All ids of the event count, since reading its structure would take too long.
        """
        ids: list[Label] = []
        strings = [*_iter_strings(raw, ranges, ids)]
        self._count(ids)
        is_usual = self.has_usual(name.text for name, _, _ in strings)
        self._single_strings += [
            SingleString(
                name.text,
                ids,
                offset + start,
                raw[start:end],
                is_main=not is_usual or name.text in self._usual_names,
            )
            for name, start, end in strings
        ]

    def _count(self, ids: Iterable[Label]) -> None:
        """Count one more event with these labels."""
        for path, value in set(ids):
            self._label_counts[path][value] += 1

    def add_document(self, raw: bytes) -> None:
        """Add the strings of a whole document as ``add_whole`` does; there may be millions.

        Strings of one name that follow one another share a strand, whose pieces are not searched as
        one text.
        """
        ids: list[Label] = []
        repetitions = _Repetitions()
        runs = [
            _build_run(raw, name.text, ids, repetitions.watch(raw, run))
            for name, run in groupby(_iter_strings(raw, [(0, len(raw))], ids), _get_name)
        ]
        self._count(ids)
        is_usual = self.has_usual(run.name for run in runs)
        for run in runs:
            run.is_main = not is_usual or run.name in self._usual_names
        self._runs += repetitions.drop(runs)

    def has_usual(self, names: Iterable[str]) -> bool:
        """Return whether one of these is a name under which pieces are usually sent."""
        return not self._usual_names.isdisjoint(names)

    def get(
        self, name: str, labels: PieceLabels, beside: Sequence[str], *, is_channel: bool
    ) -> Strand:
        """Return the strand of a string, to whose text the caller adds it.

        ``beside``: the names of all strings of its event that may be pieces.
        ``is_channel``: it is searched joined with the others of its strand.
        """
        return self._get(name, labels, is_main=self._is_main(name, beside), is_channel=is_channel)

    def _is_main(self, name: str, beside: Sequence[str]) -> bool:
        return name in self._usual_names or not self.has_usual(beside)

    def _get(self, name: str, labels: PieceLabels, *, is_main: bool, is_channel: bool) -> Strand:
        kinds, ids, path = labels
        key = (*kinds, *ids, path, is_channel)
        strand = self._by_key.get(key)
        if strand is None:
            strand = self._by_key[key] = Strand(
                name, kinds, ids, is_channel=is_channel, is_main=is_main
            )
        strand.is_main |= is_main  # of any of its events, whichever was read first
        return strand

    def get_lines(self, name: bytes) -> Strand:
        """Return the strand of the lines of plain text in events of this name."""
        strand = self._by_key.get(name)
        if strand is None:
            kinds = [(EVENT_NAME, name)]
            strand = self._by_key[name] = Strand(
                "", kinds, (), is_channel=True, is_main=True, notation=TextKind.PLAIN
            )
        return strand
