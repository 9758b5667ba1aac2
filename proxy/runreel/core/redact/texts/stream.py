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
    Companion,
    companions,
    may_have_companions,
    token_entry,
)
from runreel.core.redact.texts.joined import Joined
from runreel.core.redact.texts.json_leaves import Leaf, Path, leaves
from runreel.core.redact.texts.repeats import Repeated, Repeats
from runreel.core.redact.texts.skeleton import NAME, NOISE, NUMBER, PIECE, Hole, Template
from runreel.core.redact.texts.sse_event import (
    FIRST_OF_JSON,
    is_json,
    is_json_of_one_place,
    said_by,
)
from runreel.core.redact.texts.text import NOWHERE, Kind, Text

_KINDS = frozenset({"type", "object", "event"})
"""Members at the top of an event that say what kind it is of."""

_PROPERTIES = frozenset(
    {"model", "role", "status", "name", "finish_reason", "system_fingerprint", "service_tier"}
)
"""Members that say something of the whole, and are said again and again."""

_PLACE = "index"
"""The member that says which of several an object is, wherever it stands in its array."""

_TEMPLATES = 16

_LONGEST_REPEATED = 1 << 16
"""Bytes of an event; longer ones are not like others."""

_ROW = 256
_SHORTEST_ROW = 3
"""How many events that are alike are taken at once: with fewer it is not worth it, with more one
step would hold up other threads."""

_AT = attrgetter("at")
_T = TypeVar("_T")

_Key: TypeAlias = tuple[object, ...]
_Span: TypeAlias = tuple[int, int]
_Taken: TypeAlias = "tuple[Joined, _Span]"


class _Event(NamedTuple):
    """An event that is like none before it, or was met before any like it."""

    raw: bytes
    at: int
    taken: Sequence[_Taken]
    """What of it went into which text."""


class Stream:
    """Takes the events of a stream apart."""

    def __init__(self, channels: Channels, announces: Callable[[Leaf], bool]) -> None:
        """``announces``: whether a member's name, or its place, says that its value is a secret."""
        self.companions: list[Companion] = []
        self.is_odd = False
        """Whether an event looked like JSON and was none: then its texts may be none either."""
        self._channels = channels
        self._announces = announces
        self._named = _KINDS | channels.apart | {_PLACE}
        self._apart = sorted(_KINDS | channels.apart)
        self._spoken: dict[_Key, Joined] = {}
        self._lines: dict[bytes, Joined] = {}
        self._events: list[_Event] = []
        self._alone: dict[bytes, int | None] = {}
        """By their names: the places of events that came once; None of those that came again."""
        self._repeated: list[Repeated] = []
        self._templates: list[Template] = []
        self._numbers = Joined()
        self._at = 0

    def take_all(self, events: Sequence[bytes]) -> None:
        """Take the events that come next; the same as to ``take`` each of them, only quicker."""
        place = 0
        while place < len(events):
            self.take(events[place])
            place += 1
            row = self._row(events, place)
            if not self._takes_row(row):
                for raw in row:
                    self.take(raw)
            place += len(row)

    def _row(self, events: Sequence[bytes], first: int) -> Sequence[bytes]:
        """The next events as far as they seem to be like the one that was taken last."""
        if not self._templates:
            return ()
        return self._templates[0].row(events[first : first + _ROW])

    def _takes_row(self, row: Sequence[bytes]) -> bool:
        if len(row) < _SHORTEST_ROW or not self._templates[0].take_row(row, self._at):
            return False
        self._at += sum(map(len, row))
        return True

    def take(self, raw: bytes) -> None:
        """Take the next event, with all of its bytes."""
        if not self._repeats(raw):
            self._take(raw)
        self._at += len(raw)

    def texts(self) -> list[Text]:
        """All texts of the events taken, once. What came in one piece is left in its event."""
        rest = Joined()
        for raw, at, taken in _drained(self._events):
            rest.add_all_but(raw, at, (span for text, span in taken if not text.is_one_piece))
        repeated = [each for each in _drained(self._repeated) if each.others]
        return [
            rest.text(Kind.DOCUMENT, repeats=Repeats(sorted(repeated, key=_AT))),
            self._numbers.text(Kind.PLAIN),
            *_goes_on(self._spoken, Kind.CONTENT),
            *_goes_on(self._lines, Kind.PLAIN),
        ]

    def _repeats(self, raw: bytes) -> bool:
        """Whether the event is like one before; then what is its own is taken alone."""
        for place, template in enumerate(self._templates):
            spans = template.fills(raw)
            if spans is not None:
                template.take(raw, self._at, spans)
                if place:
                    self._templates.insert(0, self._templates.pop(place))
                return True
        return False

    def _take(self, raw: bytes) -> None:
        event, said = said_by(raw)
        taken: Iterable[_Taken] = ()
        if not (said and FIRST_OF_JSON.match(raw, said[0][0])):
            taken = self._take_lines(raw, said, event)
        elif self._may_be_alone(raw, said, event):
            self._alone[event] = len(self._events)
        elif self._takes_first(event) and self._repeats(raw):
            return
        else:
            taken = self._take_json(raw, self._at, said, event)
            self.is_odd = self.is_odd or not is_json(raw, said)
        self._events.append(_Event(raw, self._at, list(taken)))

    def _may_be_alone(self, raw: bytes, said: Sequence[_Span], event: bytes) -> bool:
        """Whether nothing is to be told from the parts of the event, unless another one follows."""
        is_new = event not in self._alone and not may_have_companions(raw)
        return is_new and is_json_of_one_place(raw, said, _PLACE)

    def _takes_first(self, event: bytes) -> bool:
        """Take the event apart that has been the only one of its name, if there is one."""
        place = self._alone.get(event)
        self._alone[event] = None
        if place is None:
            return False
        raw, at, _ = self._events[place]
        taken = list(self._take_json(raw, at, said_by(raw)[1], event))
        self._events[place] = _Event(raw, at, taken)
        return True

    def _take_lines(self, raw: bytes, said: Sequence[_Span], event: bytes) -> Iterator[_Taken]:
        """Lines of text: those of one event are joined by line ends, those of several by none."""
        lines = self._lines.setdefault(event, Joined())
        for place, (start, end) in enumerate(said):
            if place:
                lines.add(b"\n", NOWHERE)
            lines.add(raw[start:end], self._at + start)
            yield lines, (start, end)

    def _take_json(
        self, raw: bytes, at: int, said: Sequence[_Span], event: bytes
    ) -> Iterator[_Taken]:
        found = list(leaves(raw, said))
        pieces = self._pieces(found)
        named = {leaf.path: raw[leaf.start : leaf.end] for leaf in found if self._names(leaf)}
        also = list(companions(found, at))
        self.companions += also
        for leaf in pieces:
            key = (event, *self._key(leaf.path, named))
            is_token = token_entry(leaf.path) is not None
            text = self._spoken.setdefault(key, Joined(is_apart=is_token))
            text.add(raw[leaf.start : leaf.end], at + leaf.start)
            may_be_repeated = len(raw) <= _LONGEST_REPEATED and not also
            if len(pieces) == 1 and leaf.is_whole and may_be_repeated:
                self._remember(raw, at, self._template(raw, leaf, found, text))
            yield text, (leaf.start, leaf.end)

    def _pieces(self, found: Iterable[Leaf]) -> Sequence[Leaf]:
        """The leaves that may go on in other events: of an unknown kind of event, all strings."""
        strings = [leaf for leaf in found if leaf.is_string]
        others = [leaf for leaf in strings if token_entry(leaf.path) is None]
        tokens = [leaf for leaf in strings if token_entry(leaf.path) and leaf.name == "token"]
        known = [leaf for leaf in others if leaf.name in self._channels.pieces]
        said = known or [leaf for leaf in others if self._may_go_on(leaf)]
        return sorted(tokens + said, key=lambda leaf: leaf.start)

    def _may_go_on(self, leaf: Leaf) -> bool:
        return leaf.name not in self._named | _PROPERTIES and not self._announces(leaf)

    def _names(self, leaf: Leaf) -> bool:
        return bool(leaf.path) and leaf.path[-1] in self._named

    def _key(self, path: Path, named: dict[Path, bytes]) -> Iterator[object]:
        """What tells the channel of the leaf at this path from others."""
        yield from (named.get((name,)) for name in self._apart)
        entry = token_entry(path)
        for depth, step in enumerate(path, start=1):
            is_next_token = entry is not None and depth == len(entry)
            if isinstance(step, str) or is_next_token:
                yield None if is_next_token else step
            else:
                yield named.get((*path[:depth], _PLACE), step)

    def _template(self, raw: bytes, piece: Leaf, found: Iterable[Leaf], spoken: Joined) -> Template:
        holes: list[Hole] = []
        at = 0
        for leaf in found:
            is_piece = leaf is piece
            hole = Hole(raw[at : leaf.start], 0, PIECE, spoken) if is_piece else None
            hole = hole or self._hole(raw, at, leaf)
            if hole is not None:
                holes.append(hole)
                at = leaf.end
        return Template(holes, raw[at:], [])

    def _hole(self, raw: bytes, at: int, leaf: Leaf) -> Hole | None:
        """The hole, the next one from ``at``, for a leaf that is no piece; None if it has none."""
        before = raw[at : leaf.start]
        if leaf.is_string:
            return Hole(before, 0, NOISE, None) if leaf.name in self._channels.noise else None
        name = NAME.search(before)
        may_differ = leaf.name not in self._named and NUMBER.fullmatch(raw, leaf.start, leaf.end)
        return Hole(before, len(name[0]), NUMBER, self._numbers) if name and may_differ else None

    def _remember(self, raw: bytes, at: int, template: Template) -> None:
        holes = template.fills(raw)
        if holes is not None:
            repeated = Repeated(at, at + len(raw), holes, template.others)
            self._repeated.append(repeated)
            del self._templates[_TEMPLATES - 1 :]
            self._templates.insert(0, template)


def _drained(items: list[_T]) -> Iterator[_T]:
    """All items in order; each is let go of: so many at once would hold other threads up."""
    items.reverse()
    while items:
        yield items.pop()


def _goes_on(joined: Mapping[Any, Joined], kind: Kind) -> Iterator[Text]:
    """Those of the texts that came in more than one piece."""
    for text in joined.values():
        if not text.is_one_piece:
            yield text.text(kind, is_said=True)
