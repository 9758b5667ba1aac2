r"""Templates of successive events in which nothing is new but a piece of a text.

Most events of most streams are of this kind::

    data: {"id": "c1", "seq": 7, "delta": "Hel"}\n\n
    data: {"id": "c1", "seq": 8, "delta": "lo"}\n\n

If no rule of the API's table reads ``seq``, then the second event means the same as the first one,
with another text. A template is made from two such events. It finds the text in a third one by
comparing bytes, which takes a tenth of the time of parsing it and applying all rules. An event
that differs anywhere else does not match, and is read by the rules.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Hashable, Iterator, Sequence, Set
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from runreel.core.http.sse import SseEvent

_HEAD = re.compile(rb'(?:event: ?[^"\r\n]*+\r?\n)?(?:data: ?|[0-9a-z]{1,2}:)?(?=[{\[])')
"""The beginning of an event, before the JSON."""

_STRINGS = re.compile(
    rb'"(?:([^"\\\r\n]*+)": ?(?:"((?:[^"\\\r\n]++|\\[^\r\n])*+)"|(-?[0-9][0-9.eE+-]*+))'
    rb'|(?:[^"\\\r\n]++|\\[^\r\n])*+")'
)
"""A member whose value is a string (2) or a number (3), by its name (1); or any other string."""

_MEMBER_NAME, _STRING_VALUE, _NUMBER_VALUE = 1, 2, 3

_STRING = re.compile(rb'(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+')
"""The content of a string that any JSON parser accepts."""

_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]{0,17}+)(?:\.[0-9]{1,17}+)?+")
_DATA_LINE = b"\ndata:"
_MAX_TEMPLATES = 4
"""Most templates of one stream: for texts that arrive in turn."""
_MAX_FAILURES = 50
"""Events without a template, after which no more are made."""

_MEMBER_MARK = b'":'
_ESCAPED_MARK = b'\\":'
"""Part of each member, and the same in a text; events with other numbers of members are not
compared."""

T = TypeVar("T")

_Matches: TypeAlias = Callable[[bytes, int, int], object]
"""Returns None if a range of the event is no value of the right type."""


class PieceRange(NamedTuple):
    """A piece of a text, and its range in the bytes of the event, without quotes."""

    text: str
    start: int
    end: int


class _Gap(NamedTuple):
    """A value that differs from event to event, and the bytes up to the next one."""

    matches: _Matches
    is_text: bool
    after: bytes
    after_length: int


class EventTemplate:
    """The bytes that some events share, and the gaps between them."""

    def __init__(self, before: bytes, gaps: tuple[_Gap, ...]) -> None:
        self._before = before
        self._before_length = len(before)
        self._gaps = gaps

    def find_piece(self, raw: bytes, start: int) -> PieceRange | None:
        """Return the text of an event; None if the event is another one.

        What is before ``start`` is not compared.
        """
        if not raw.startswith(self._before, start):
            return None
        at, text_start, text_end = start + self._before_length, 0, 0
        for matches, is_text, after, length in self._gaps:
            end = raw.find(after, at)
            if end < 0 or matches(raw, at, end) is None:
                return None
            if is_text:
                text_start, text_end = at, end
            at = end + length
        return _read_piece(raw, text_start, text_end) if at == len(raw) else None


def build_template(
    event: bytes, text: PieceRange, later: bytes, read_members: Set[str]
) -> EventTemplate | None:
    """Return the template of two events; None if they differ in more than it allows.

    ``text`` is the text of the first one; ``read_members`` are the names of all members that matter
    to a rule.
    """
    values, others = list(_iter_members(event)), list(_iter_members(later))
    if len(values) != len(others):
        return None
    pairs = [
        _ValuePair(value, other, value.span(value.lastindex or 0) == (text.start, text.end))
        for value, other in zip(values, others, strict=True)
        if value[0] != other[0] or value.end() == text.end + 1
    ]
    if not all(pair.may_differ(read_members) for pair in pairs):
        return None
    if not any(pair.is_text for pair in pairs):
        return None
    parts = _cut_out(event, [pair.span for pair in pairs])
    if parts != _cut_out(later, [pair.other_span for pair in pairs]):
        return None
    gaps = (
        _Gap(pair.matches, pair.is_text, after, len(after))
        for pair, after in zip(pairs, parts[1:], strict=True)
    )
    return EventTemplate(parts[0], tuple(gaps))


class _ValuePair(NamedTuple):
    """A member of two events."""

    value: re.Match[bytes]
    other: re.Match[bytes]
    is_text: bool

    def may_differ(self, read_members: Set[str]) -> bool:
        """Return whether the values may differ in events that mean the same."""
        name = self.value[_MEMBER_NAME]
        if name != self.other[_MEMBER_NAME] or self.value.lastindex != self.other.lastindex:
            return False
        return self.is_text or name.decode("utf-8", "replace") not in read_members

    @property
    def matches(self) -> _Matches:
        """A function that says whether a value is of the same type."""
        is_number = self.value.lastindex == _NUMBER_VALUE
        return (_NUMBER if is_number else _STRING).fullmatch

    @property
    def span(self) -> tuple[int, int]:
        """Range of the value in the first event."""
        return self.value.span(self.value.lastindex or 0)

    @property
    def other_span(self) -> tuple[int, int]:
        """Range of the value in the other event."""
        return self.other.span(self.other.lastindex or 0)


def _cut_out(event: bytes, spans: Sequence[tuple[int, int]]) -> list[bytes]:
    """Return what is around these ranges."""
    borders = [0, *(at for span in spans for at in span), len(event)]
    return [event[borders[index] : borders[index + 1]] for index in range(0, len(borders), 2)]


def _iter_members(raw: bytes) -> Iterator[re.Match[bytes]]:
    head = _HEAD.match(raw)
    if head is None:
        return iter(())
    return (match for match in _STRINGS.finditer(raw, head.end()) if match.lastindex)


def _read_piece(raw: bytes, start: int, end: int) -> PieceRange | None:
    """Return a text that is not empty and valid UTF-8."""
    try:
        text = raw[start:end].decode()
        text = json.loads(f'"{text}"') if "\\" in text else text
    except ValueError:
        return None
    return PieceRange(text, start, end) if text else None


class EventExample(NamedTuple, Generic[T]):
    """An event that later ones may repeat."""

    event: SseEvent
    raw: bytes
    text: PieceRange
    read_members: Set[str]
    """The names of all members that matter to a rule."""
    meaning: T

    def build_template(self, event: SseEvent, raw: bytes) -> EventTemplate | None:
        """Return a template that also matches another event; None if there is none."""
        if event.event != self.event.event or (event.id is None) is not (self.event.id is None):
            return None
        if _count_members(raw) != _count_members(self.raw):
            return None
        start, other_start = _find_start(self.event, self.raw), _find_start(event, raw)
        text = PieceRange(self.text.text, self.text.start - start, self.text.end - start)
        return build_template(self.raw[start:], text, raw[other_start:], self.read_members)


def _count_members(raw: bytes) -> int:
    return raw.count(_MEMBER_MARK) - raw.count(_ESCAPED_MARK)


class _TemplateEntry(NamedTuple, Generic[T]):
    template: EventTemplate
    name: str
    has_id: bool
    meaning: T


class EventTemplates(Generic[T]):
    """The templates of one stream, each with what its events mean apart from the text."""

    def __init__(self) -> None:
        self._entries: list[_TemplateEntry[T]] = []
        self._examples: dict[Hashable, EventExample[T]] = {}
        self._failures = 0

    def find_plain(self, raw: bytes) -> tuple[T, PieceRange] | None:
        """Return the meaning and the text of an event that has a template, and no id."""
        for entry in self._entries:
            template, _, has_id, meaning = entry
            piece = None if has_id else template.find_piece(raw, 0)
            if piece is not None:
                if entry is not self._entries[0]:
                    self._move_to_front(entry)
                return meaning, piece
        return None

    def find(self, event: SseEvent, raw: bytes) -> tuple[T, PieceRange] | None:
        """Return the meaning and the text of an event that repeats another one."""
        if not self._entries and not self._examples:
            return None
        start = _find_start(event, raw)
        for entry in self._entries:
            piece = entry.template.find_piece(raw, start)
            if piece is not None and entry.name == event.event:
                if entry is not self._entries[0]:
                    self._move_to_front(entry)
                return entry.meaning, piece
        return self._find_by_example(event, raw, start)

    def _move_to_front(self, entry: _TemplateEntry[T]) -> None:
        self._entries.remove(entry)
        self._entries.insert(0, entry)

    def _find_by_example(
        self, event: SseEvent, raw: bytes, start: int
    ) -> tuple[T, PieceRange] | None:
        for key, example in self._examples.items():
            template = example.build_template(event, raw)
            piece = None if template is None else template.find_piece(raw, start)
            if template is not None and piece is not None:
                del self._examples[key]
                has_id, meaning = event.id is not None, example.meaning
                self._entries.insert(0, _TemplateEntry(template, event.event, has_id, meaning))
                del self._entries[_MAX_TEMPLATES:]
                return meaning, piece
        self._failures += bool(self._examples)
        return None

    def add_example(self, key: Hashable, example: EventExample[T]) -> None:
        """Remember an event. ``key`` is that of the longer text, of which its text is a piece."""
        if self._failures >= _MAX_FAILURES:
            self._examples.clear()
            return
        if len(self._examples) >= _MAX_TEMPLATES:
            self._examples.clear()
        self._examples[key] = example

    def forget(self) -> None:
        """Drop everything, since what events mean may have changed."""
        self._entries.clear()
        self._examples.clear()


def _find_start(event: SseEvent, raw: bytes) -> int:
    """Return the offset from which on events are compared: ids of their own are passed over."""
    return 0 if event.id is None else raw.find(_DATA_LINE) + 1
