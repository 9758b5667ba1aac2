"""Reads what an answer says, event by event or from its body, by the table of an API."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from runreel.core.http.binary.message_stream import find_message_layout
from runreel.core.http.binary.packed_event import PACKED_NAME, find_packed_event
from runreel.core.http.sse import SseEvent, StreamEvent
from runreel.core.http.stream_reader import LAST_EVENTS, TOO_MANY_EVENTS, read_stream
from runreel.core.redact.texts.sse_event import find_event_data
from runreel.core.trace.blocks import GrowingBlock, LocatedText, repair_surrogates
from runreel.core.trace.events.event_template import EventExample, EventTemplates, PieceRange
from runreel.core.trace.facts import IdSet, UsageReports, find_scalars
from runreel.core.trace.locate import JsonRange, JsonSource
from runreel.core.trace.model import BlockKind, EventKind
from runreel.core.trace.paths import EACH, Element, JsonScope
from runreel.core.trace.rules import (
    CompiledMark,
    CompiledTable,
    EventRules,
    ReadMembers,
    compile_table,
)
from runreel.core.trace.table import ANY_ERROR, TraceTable
from runreel.core.trace.transcript import EventTexts, GrowingPiece, Transcript
from runreel.model import Answer, Problem

_KEEPALIVE_COMMENTS = ("ping", "keep-alive", "keepalive", "heartbeat", "processing")
"""Words of comments that are signs of life, such as ``: OPENROUTER PROCESSING``."""

_MAX_SUMMARY = 200
"""Most characters of an event's data in its summary."""

FIRST_ERROR_STATUS = 400

_UNPARSED = object()
_MAX_PROBLEMS = 100
"""Most problems of one stream that are listed."""


class EventMeaning(NamedTuple):
    """The meaning of one event."""

    kind: EventKind
    text: str
    name: str
    """As in ``TraceEvent``."""
    blocks: tuple[GrowingBlock, ...] = ()


class _ValueMeaning(NamedTuple):
    """The meaning of an event's or a body's JSON."""

    meaning: EventMeaning
    members: ReadMembers
    only_piece: GrowingPiece | None
    """The piece of a text, if the event says nothing else."""


class _RepeatedMeaning(NamedTuple):
    """The reading of successive events that differ only in the piece of a text."""

    block: GrowingBlock
    name: str
    blocks: tuple[GrowingBlock, ...]


class AnswerReader:
    """The meaning of an answer, which grows with its events."""

    def __init__(self, compiled: CompiledTable, *, places: bool = True) -> None:
        """``places``: also find the bytes of all texts, which takes time."""
        self._compiled = compiled
        self._event_ids: dict[str, int] = {}
        self._templates: EventTemplates[_RepeatedMeaning] = EventTemplates()
        self._state: tuple[int, str, str] = (0, "", "")
        """The part of the state that events which repeat each other leave as it is."""
        self._silent: tuple[bytes, EventMeaning | None] = (b"", None)
        """The last event if it adds to no block, and its meaning: it means nothing again."""
        self.transcript = Transcript(places=places)
        self.usage = UsageReports()
        self.ids = IdSet()
        self.problems: list[Problem] = []
        self.model = ""
        self.status = ""
        self.error = ""
        self.terminal_event = 0

    @property
    def _table(self) -> TraceTable:
        return self._compiled.table

    def read_event(self, number: int, stream_event: StreamEvent, raw: bytes) -> EventMeaning:
        """Read the next event; ``raw`` is its bytes."""
        event = stream_event.event
        self._silent = b"", None
        if event.id:
            self._check_id(number, event.id)
        repeated = self._templates.find(event, raw)
        if repeated is not None:
            return self._repeat(number, stream_event.offset, *repeated)
        name = _choose_name(event.event)
        if not event.data and not event.dispatched:
            return EventMeaning(_classify_without_data(event), _describe_fields(event), name)
        if event.data in self._compiled.terminal_data:
            self.terminal_event = number
            return EventMeaning(EventKind.TERMINAL, event.data, name)
        value = _parse(event.data)
        if value is _UNPARSED:
            return self._read_unparsed(number, event)
        source = JsonSource(raw, _find_data, _find_packed(event, raw))
        scope = JsonScope(Element(value, (), (), ()), event.event, number)
        reading = self._read_value(scope, source, stream_event.offset, event.data)
        self._learn(stream_event, raw, reading)
        is_silent = event.id is None and reading.meaning.kind is EventKind.META
        if is_silent and not reading.meaning.blocks:
            self._silent = raw, reading.meaning
        return reading.meaning

    def repeat_event(self, number: int, offset: int, raw: bytes) -> EventMeaning | None:
        """Read the next event, given its bytes, if it repeats one before it; else return None."""
        if raw == self._silent[0]:
            return self._silent[1]
        repeated = self._templates.find_plain(raw)
        return None if repeated is None else self._repeat(number, offset, *repeated)

    def _repeat(
        self, number: int, offset: int, repeated: _RepeatedMeaning, piece: PieceRange
    ) -> EventMeaning:
        """Read an event as those before it, with another text."""
        text, start, end = piece
        repeated.block.add_piece(LocatedText(text, number, (offset + start, offset + end)))
        shown = text if text.isascii() else repair_surrogates(text)
        return EventMeaning(EventKind.CONTENT, shown, repeated.name, repeated.blocks)

    def _learn(self, stream_event: StreamEvent, raw: bytes, reading: _ValueMeaning) -> None:
        """Note an event that the next one may repeat."""
        state = self.transcript.block_count, self.model, self.status
        if state != self._state:
            self._templates.forget()
            self._state = state
        piece, members = reading.only_piece, reading.members
        if piece is None or piece.part.extent is None or not members.is_only_text(piece.member):
            return
        start, end = (at - stream_event.offset for at in piece.part.extent)
        text = PieceRange(piece.part.text, start, end)
        meaning = _RepeatedMeaning(piece.block, reading.meaning.name, (piece.block,))
        example = EventExample(stream_event.event, raw, text, members.names, meaning)
        self._templates.add_example(id(piece.block), example)

    def read_body(self, body: bytes, *, is_error: bool) -> None:
        """Read a body that is no stream. One that is not JSON says nothing.

        ``is_error``: the status says so; an error of unknown shape is searched for then.
        """
        value = _parse(body)
        if value is _UNPARSED:
            return
        source, root = JsonSource(body), Element(value, (), (), ())
        documents = self._list_documents(root)
        for document in documents:
            self._read_value(JsonScope(document), source, 0, "")
        if len(documents) > 1:  # what its objects report is not about this answer
            self.usage, self.model, self.status, self.error = UsageReports(), "", "", ""
        if is_error and not self.error:
            rules = compile_table(ANY_ERROR).find_rules("")
            texts = self.transcript.read(rules.texts, JsonScope(root), source)
            self.error = _join_texts(texts)

    def _list_documents(self, root: Element) -> Sequence[Element]:
        """Return the objects of a list, or the only value of a body."""
        member = self._table.list_member
        items = JsonScope(root).select((member, EACH)) if member else []
        return [item for item in items if isinstance(item.value, dict)] or [root]

    def _read_unparsed(self, number: int, event: SseEvent) -> EventMeaning:
        name = _choose_name(event.event)
        if event.event in self._table.keepalive:
            return EventMeaning(EventKind.KEEPALIVE, _shorten_data(event.data), name)
        if self._table.reads_any_data and event.complete:
            return EventMeaning(EventKind.CONTENT, event.data, name)
        self._add_problem(number, _describe_unparsed(number, event))
        return EventMeaning(EventKind.UNREADABLE, _shorten_data(event.data), name)

    def _read_value(
        self, scope: JsonScope, source: JsonSource, offset: int, data: str
    ) -> _ValueMeaning:
        """Read the JSON of an event or a body, whose bytes begin at ``offset``."""
        name = self._find_name(scope.root.value)
        rules = self._compiled.find_rules(name or scope.event)
        texts = self.transcript.read(rules.texts, scope, source, offset)
        self._report_mismatches(scope.number, texts)
        has_usage = self.usage.read(rules.usage, scope)
        summary = self._read_facts(rules, scope)
        is_terminal = any(_marks(mark, scope) for mark in rules.terminal)
        self.terminal_event = scope.number if is_terminal else self.terminal_event
        kind = self._classify(rules, texts, is_terminal=is_terminal, has_usage=has_usage)
        text = _join_texts(texts) or _join_names(texts) or summary or _shorten_data(data)
        if kind is EventKind.META and self._table.reads_any_data:
            kind, text = EventKind.CONTENT, data
        is_only_text = kind is EventKind.CONTENT and not (is_terminal or has_usage)
        return _ValueMeaning(
            EventMeaning(kind, text, _choose_name(scope.event, name, source), texts.blocks),
            rules.members,
            texts.only_piece if is_only_text else None,
        )

    def _find_name(self, value: object) -> str:
        if isinstance(value, dict):
            for member in self._table.kind_members:
                name = value.get(member)
                if isinstance(name, str):
                    return name
        return ""

    def _read_facts(self, rules: EventRules, scope: JsonScope) -> str:
        """Note ids, model and status; return the status, labels or ids, as a summary."""
        if not rules.may_have_facts(scope.root.value):
            return _find_status(scope.root.value)
        ids = find_scalars(rules.ids, scope)
        for name, value in ids:
            self.ids.add(name, value)
        for _, value in find_scalars(rules.models, scope):
            self.model = value
        status = " ".join(value for _, value in find_scalars(rules.status, scope))
        self.status = status or self.status
        summary = status or _find_status(scope.root.value)
        if summary:
            return summary
        about = find_scalars(rules.labels, scope) or ids
        return " ".join(dict.fromkeys(value for _, value in about))

    def _classify(
        self, rules: EventRules, texts: EventTexts, *, is_terminal: bool, has_usage: bool
    ) -> EventKind:
        errors = [text for kind, text in texts.added if kind is BlockKind.ERROR]
        if errors:
            self.error = errors[-1]
            return EventKind.ERROR
        if texts.added:
            return EventKind.CONTENT
        if is_terminal:
            return EventKind.TERMINAL
        if has_usage:
            return EventKind.USAGE
        return EventKind.KEEPALIVE if rules.is_keepalive else EventKind.META

    def _check_id(self, number: int, event_id: str) -> None:
        """Report an ``id:`` that an earlier event has."""
        first = self._event_ids.setdefault(event_id, number)
        if first != number:
            self._add_problem(number, f"has the same id as events[{first}]")

    def _report_mismatches(self, number: int, texts: EventTexts) -> None:
        for block in texts.mismatches:
            what = block.kind.value.replace("_", " ")
            self._add_problem(number, f"the pieces of the {what} do not add up to its whole text")

    def _add_problem(self, number: int, message: str) -> None:
        if len(self.problems) < _MAX_PROBLEMS:
            self.problems.append(Problem(f"events[{number}]", message))


def read_answer(answer: Answer, table: TraceTable) -> AnswerReader:
    """Read an answer from its beginning to its end."""
    reader = AnswerReader(compile_table(table))
    events = read_stream(answer.headers, answer.body)
    if events is None:
        reader.read_body(answer.body, is_error=answer.status >= FIRST_ERROR_STATUS)
    for number, event in enumerate(events or (), start=1):
        reader.read_event(number, event, answer.body[event.offset : event.offset + event.length])
    return reader


def _marks(mark: CompiledMark, scope: JsonScope) -> bool:
    elements = scope.select(mark.steps)
    return any(all(each.holds(element, scope) for each in mark.conditions) for element in elements)


def _choose_name(of_stream: str, of_json: str = "", source: JsonSource | None = None) -> str:
    """Return the name of an event, of which there may be one in the stream and one in its JSON.

    That of a message that holds an event in base64 is not the event's.
    """
    is_packed = source is not None and source.packed is not None
    if of_stream == "message" or (is_packed and of_json):
        return of_json
    return of_stream


def _classify_without_data(event: SseEvent) -> EventKind:
    if not event.comments:
        return EventKind.META
    return EventKind.KEEPALIVE if _is_keepalive_comment(event) else EventKind.COMMENT


def _find_status(value: object) -> str:
    """Return the ``status`` of a JSON object, which most objects of most APIs have."""
    status = value.get("status") if isinstance(value, dict) else None
    return status if isinstance(status, str) else ""


def _join_texts(texts: EventTexts) -> str:
    return repair_surrogates(" ".join(text for _, text in texts.added))


def _join_names(texts: EventTexts) -> str:
    return repair_surrogates(" ".join(texts.names))


def _describe_unparsed(number: int, event: SseEvent) -> str:
    if event.event == TOO_MANY_EVENTS and not event.complete:
        count = number - 1 + LAST_EVENTS
        return f"takes the place of {event.data}: only {count} events of a stream are read"
    return "is not JSON" if event.complete else "is cut off"


def _find_packed(event: SseEvent, raw: bytes) -> JsonRange | None:
    """Return the range of the base64 that holds the event; None if nothing does."""
    is_message = event.event == PACKED_NAME and raw.startswith(b"\0")
    layout = find_message_layout(raw) if is_message else None
    packed = None if layout is None else find_packed_event(raw, layout)
    return None if packed is None else (packed.start, packed.end)


def _find_data(raw: bytes) -> Sequence[JsonRange]:
    return find_event_data(raw)[1]


def _parse(data: str | bytes) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return _UNPARSED


def _is_keepalive_comment(event: SseEvent) -> bool:
    """Return whether the comments of an event without data are signs of life."""
    words = " ".join(event.comments).lower()
    return not words.strip() or any(word in words for word in _KEEPALIVE_COMMENTS)


def _shorten_data(data: str) -> str:
    """Return the data of an event, cut to the length of a summary."""
    return data if len(data) <= _MAX_SUMMARY else f"{data[:_MAX_SUMMARY]}…"


def _describe_fields(event: SseEvent) -> str:
    """Return the fields of an event without data: its comments, id and reconnection time."""
    identity = () if event.id is None else (f"id: {event.id}",)
    retry = () if event.retry is None else (f"retry: {event.retry}",)
    return _shorten_data(" ".join((*(f": {each}" for each in event.comments), *identity, *retry)))
