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
from functools import lru_cache
from itertools import chain
from typing import NamedTuple, TypeAlias

from runreel.core.redact.texts.json_leaves import Leaf, LeafPath
from runreel.core.redact.texts.text import TextBuilder, TextKind
from runreel.core.redact.texts.views import unescape_json

Label: TypeAlias = tuple[tuple[str, ...], bytes]
"""The path, without positions in arrays, and the value of a member that may tell texts apart."""

KIND_MEMBERS = frozenset({"type", "object", "event"})
"""Members at the top of an event that give its kind."""

INDEX = "index"
"""The member that identifies an object of an array, whatever its position in the array."""

_EVENT_NAME = ("",)
"""The path of the label for the name of a server-sent event."""

_ID_NAME = re.compile(
    r"(?:.*[_.-])?(?:id|index|idx|uuid|guid)|.*[a-z0-9](?:I[dD]|Index|Idx|U[uU][iI][dD])"
)
_OTHER_LABELS = frozenset(
    {"author", "channel", "namespace", "node", "langgraph_node", "langgraph_checkpoint_ns"}
)
_CONSTANT_MEMBERS = frozenset(
    {"model", "role", "status", "name", "finish_reason", "system_fingerprint", "service_tier"}
)
"""Members that have the same value in every event of a message, so that no value is a piece."""

_PADDING = frozenset({"obfuscation"})
"""Members of random letters, with which an API hides the length of a piece."""

_USUAL_NAMES = frozenset(
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
_MEMBER_OR_STRING = re.compile(
    rb"%b(?:(\s*+:\s*+)(?:%b|(-?[0-9][0-9.eE+-]*+))?+)?+" % (_STRING, _STRING), re.DOTALL
)
"""A name, with its value if that is a string or a number; or a string in an array."""

_MIN_CONSTANT = 3
_MIN_REPETITIONS = 3
"""A string that comes twice is a constant if it has this many bytes, and else if it comes this
often: two equal pieces of a text are short."""


@lru_cache(4096)
def is_label(name: str) -> bool:
    """Return whether a member of this name may tell texts apart, as ids and indexes do."""
    return name in _OTHER_LABELS or _ID_NAME.fullmatch(name) is not None


def may_be_piece(name: str) -> bool:
    """Return whether a string under this name may be a piece of a text."""
    is_known = name in _CONSTANT_MEMBERS or name in _PADDING or name in KIND_MEMBERS
    return not is_known and not is_label(name)


class EventLabels:
    """The labels of one event: its kind, and the ids at any depth."""

    def __init__(
        self, raw: bytes, leaves: Iterable[Leaf], name: bytes, noise: Set[str] = frozenset()
    ) -> None:
        """``name`` is the event's name, and ``leaves`` are all of its scalars.

        ``noise`` are names of members that tell no texts apart, as they are new in each event.
        """
        self.kinds: list[Label] = [(_EVENT_NAME, name)]
        self._ids: defaultdict[LeafPath, list[Label]] = defaultdict(list)
        """By the innermost element of an array that the id is in."""
        self._indexes: dict[LeafPath, bytes] = {}
        for leaf in leaves:
            path, member = leaf.path, leaf.path[-1] if leaf.path else None
            if not isinstance(member, str):
                continue
            value = raw[leaf.start : leaf.end]
            if len(path) == 1 and member in KIND_MEMBERS:
                self.kinds.append(((member,), value))
            elif is_label(member) and member not in noise:
                self._ids[_find_element(path)].append((_drop_positions(path), value))
            if member == INDEX:
                self._indexes[path[:-1]] = value

    def list_all(self) -> set[Label]:
        """Return the kinds and all ids."""
        return {*self.kinds, *chain.from_iterable(self._ids.values())}

    def collect_ids(self, path: LeafPath) -> list[Label]:
        """Return the ids for a string at this path: all but those in other elements of arrays."""
        ids = [*self._ids.get((), ())]
        for depth, step in enumerate(path, start=1):
            if isinstance(step, int):
                ids += self._ids.get(path[:depth], ())
        return ids

    def normalize_path(self, path: LeafPath) -> tuple[object, ...]:
        """Return the path with an object's ``index`` in place of its position in an array.

        The strings of an array have no positions: they are pieces of one text, one after another.
        """
        if path and isinstance(path[-1], int):
            path = path[:-1]
        return tuple(
            self._indexes.get(path[:depth], step) if isinstance(step, int) else step
            for depth, step in enumerate(path, start=1)
        )


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
        self.split_count = 0
        """The number of pieces in events that repeat no earlier one."""
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


class Strands:
    """The strands of one stream."""

    def __init__(self, usual_names: Set[str]) -> None:
        """``usual_names``: further names under which pieces are usually sent."""
        self._usual_names = usual_names | _USUAL_NAMES
        self._by_key: dict[object, Strand] = {}
        self._single_strings: list[SingleString] = []
        self._label_counts: Counter[Label] = Counter()

    def list_varying(self) -> list[AnyStrand]:
        """Return the strands that are not the same string again and again."""
        counts = Counter((string.name, string.data) for string in self._single_strings)
        return [
            *(strand for strand in self._by_key.values() if not strand.is_constant),
            *(
                string
                for string in self._single_strings
                if counts[string.name, string.data] == 1 or len(string.data) < _MIN_CONSTANT
            ),
        ]

    def list_channels(self) -> list[Strand]:
        """Return the strands whose pieces are searched as one text."""
        return [strand for strand in self._by_key.values() if strand.is_searched]

    def count_labels(self) -> Counter[Label]:
        """Return the number of events with each label."""
        counts = self._label_counts.copy()
        for strand in self._by_key.values():
            repetitions = strand.piece_count - strand.split_count
            for label in (*strand.kinds, *strand.ids) if repetitions else ():
                counts[label] += repetitions
        return counts

    def add_event(self, labels: EventLabels) -> None:
        """Count the labels of an event that is split."""
        self._label_counts.update(labels.list_all())

    def enter_channel(self, leaf: Leaf, labels: EventLabels, *, is_usual: bool) -> Strand:
        """Count a string that is searched joined with the others of its strand; return the strand.

        The caller adds it to the strand's text.
        ``is_usual``: a name of the event is one under which pieces are usually sent.
        """
        strand = self._get(leaf, labels, is_channel=True, is_usual=is_usual)
        strand.split_count += 1
        return strand

    def add_string(
        self, leaf: Leaf, labels: EventLabels, raw: bytes, offset: int, *, is_usual: bool
    ) -> None:
        """Add a string of an event, which begins at this offset, that stays in the rest."""
        strand = self._get(leaf, labels, is_channel=False, is_usual=is_usual)
        strand.split_count += 1
        strand.text.add(raw[leaf.start : leaf.end], offset + leaf.start)

    def add_whole(self, raw: bytes, ranges: Iterable[tuple[int, int]], offset: int) -> None:
        """Add the strings of an event that was not split, as far as they may be pieces.

        All ids of the event count, since reading its structure would take too long.
        """
        ids: list[Label] = []
        strings: list[tuple[str, int, int]] = []
        name = _Name("", is_label=False, may_be_piece=True)
        for match in (each for span in ranges for each in _MEMBER_OR_STRING.finditer(raw, *span)):
            group = 3 if match[2] else 1
            if match[2]:
                name = _read_name(match[1])
            if name.is_label:
                ids.append(((name.text,), match[group] or match[4] or b""))
            elif match[group] and name.may_be_piece:
                strings.append((name.text, *match.span(group)))
        self._label_counts.update(set(ids))
        is_usual = self.has_usual(name for name, _, _ in strings)
        self._single_strings += [
            SingleString(
                name,
                ids,
                offset + start,
                raw[start:end],
                is_main=not is_usual or name in self._usual_names,
            )
            for name, start, end in strings
        ]

    def has_usual(self, names: Iterable[str]) -> bool:
        """Return whether one of these is a name under which pieces are usually sent."""
        return not self._usual_names.isdisjoint(names)

    def _get(self, leaf: Leaf, labels: EventLabels, *, is_channel: bool, is_usual: bool) -> Strand:
        ids = labels.collect_ids(leaf.path)
        key = (*labels.kinds, *ids, labels.normalize_path(leaf.path), is_channel)
        strand = self._by_key.get(key)
        if strand is None:
            is_main = not is_usual or leaf.name in self._usual_names
            strand = self._by_key[key] = Strand(
                leaf.name, labels.kinds, ids, is_channel=is_channel, is_main=is_main
            )
        return strand

    def get_lines(self, name: bytes) -> Strand:
        """Return the strand of the lines of plain text in events of this name."""
        strand = self._by_key.get(name)
        if strand is None:
            kinds = [(_EVENT_NAME, name)]
            strand = self._by_key[name] = Strand(
                "", kinds, (), is_channel=True, is_main=True, notation=TextKind.PLAIN
            )
        return strand


def _find_element(path: LeafPath) -> LeafPath:
    """Return the path of the innermost element of an array that this path leads through."""
    depths = range(len(path), 0, -1)
    return next((path[:depth] for depth in depths if isinstance(path[depth - 1], int)), ())


def _drop_positions(path: LeafPath) -> tuple[str, ...]:
    return tuple(step for step in path if isinstance(step, str))
