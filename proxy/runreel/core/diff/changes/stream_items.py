"""The events of a stream in the form in which two streams are compared.

An event is its name and its data without texts, padding and moments, and beside it the texts. How a
server cuts a text into events means nothing, so events that only add to the same text are one run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from runreel.core.diff.ids.folding import Folding
from runreel.core.diff.ids.id_map import IdMap
from runreel.core.diff.ids.members import USAGE, is_moment
from runreel.core.http.stream_reader import MAX_COMPARED_EVENTS, read_stream
from runreel.core.jsonpath import JsonPath
from runreel.core.match.canonical_json import CanonicalJson
from runreel.core.match.pruning import parse_pruned, prune
from runreel.core.trace.model import EventKind, Trace, TraceEvent
from runreel.model import Answer

_DECODER = json.JSONDecoder(strict=False)
_IN_QUOTES = r'(?:[^"\\]++|\\.)*+'
_NUMBER = r"-?[0-9][0-9.eE+-]*+"
_MAX_FORMS = 100
"""Most forms of the events of one stream; APIs have some dozens."""
_MAX_MISSES = 500
"""Successive events of a form that is not known, after which none is sought any more."""
SIGNS_OF_LIFE = (EventKind.KEEPALIVE, EventKind.COMMENT)
"""Kinds of events that say nothing."""


class StreamItem(NamedTuple):
    """An event to compare; the ids are those of the left side."""

    event: TraceEvent
    data: str
    """The data, as JSON or not."""
    key: str
    """The data without texts; equal for events that do the same."""
    texts: tuple[str, ...]
    """The texts in the data."""
    is_complete: bool = True
    """False for the beginning of an event, after which the stream ended."""
    has_usage: bool = False
    """True if the object in the data has a member with tokens."""
    ignored: Sequence[JsonPath] = ()
    """The places in the data that do not count."""

    @property
    def value(self) -> CanonicalJson | None:
        """The data as canonical JSON; None if it is not JSON."""
        try:
            return parse_pruned(self.data.encode("utf-8", "replace"), self.ignored)
        except ValueError:
            return None

    @property
    def adds_text(self) -> bool:
        """True if the event does nothing but add to a text."""
        return self.event.kind is EventKind.CONTENT and bool(self.texts)

    @property
    def shape(self) -> tuple[str, str]:
        """Name and data without texts."""
        return self.event.name, self.key

    @property
    def content(self) -> tuple[str, str, tuple[str, ...]]:
        """Name, data and texts: equal for equal events."""
        return self.event.name, self.key, self.texts


class StreamRun(NamedTuple):
    """Successive events that add to the same text, or a single other event."""

    shape: tuple[str, str]
    items: tuple[StreamItem, ...]

    @property
    def first(self) -> StreamItem:
        """The first event."""
        return self.items[0]

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts; of events that add to one text, the whole."""
        if len(self.items) == 1:
            return self.first.texts
        return ("".join(text for item in self.items for text in item.texts),)

    @property
    def is_cut_text(self) -> bool:
        """True for pieces of blocks, whose texts are compared as wholes."""
        return self.first.adds_text and bool(self.first.event.blocks)

    def merge(self) -> StreamItem:
        """Return the run as if it were one event, at the place of the first one."""
        return self.first._replace(texts=self.texts)


def list_items(
    answer: Answer,
    trace: Trace,
    text_names: frozenset[str],
    folding: Folding,
    ids: IdMap | None,
    *,
    ignored: Sequence[JsonPath] = (),
) -> list[StreamItem]:
    """Return the events of a stream without signs of life; ``ids`` translates the right side.

    ``trace`` must be one of at most ``MAX_COMPARED_EVENTS``.
    """
    stripper = _Stripper(text_names, folding, ignored)
    events = read_stream(answer.headers, answer.body, MAX_COMPARED_EVENTS) or ()
    items = []
    for stream_event, event in zip(events, trace.events, strict=False):
        if event.kind not in SIGNS_OF_LIFE:
            item = stripper.build_item(event, stream_event.event.data, ids)
            is_complete = stream_event.event.complete
            items.append(item if is_complete else item._replace(is_complete=False))
    return _drop_usage_so_far(items, is_whole=trace.end.is_whole)


def _drop_usage_so_far(items: Sequence[StreamItem], *, is_whole: bool) -> list[StreamItem]:
    """Return the items, of whose reports of usage only that at the end counts.

    Those before it depend on how the texts were cut into events.
    """
    reports = [index for index, item in enumerate(items) if item.has_usage]
    if not reports:
        return [*items]
    last = reports[-1] if is_whole else len(items)
    return [
        _drop_usage(item) if item.has_usage and item.adds_text and index < last else item
        for index, item in enumerate(items)
    ]


def _drop_usage(item: StreamItem) -> StreamItem:
    members = json.loads(item.key)
    kept = {name: value for name, value in members.items() if name not in USAGE}
    return item._replace(key=_dump(kept))


def _dump(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def group_runs_of_text(items: Sequence[StreamItem]) -> list[StreamRun]:
    """Join the events that only add to the same text, with none but such events between them."""
    runs: list[StreamRun] = []
    for adds_text, group in groupby(items, lambda item: item.adds_text):
        if adds_text:
            by_shape: dict[tuple[str, str], list[StreamItem]] = {}
            for item in group:
                by_shape.setdefault(item.shape, []).append(item)
            runs += (StreamRun(shape, tuple(each)) for shape, each in by_shape.items())
        else:
            runs += (StreamRun(item.shape, (item,)) for item in group)
    return runs


@lru_cache(64)
def _compile_texts(names: frozenset[str]) -> re.Pattern[str]:
    """Compile a pattern that finds the members of these names with a text (2)."""
    return re.compile(rf'("(?:{_join_names(names)})": ?")({_IN_QUOTES})(?=")', re.DOTALL)


@lru_cache(64)
def _compile_noise(names: frozenset[str]) -> re.Pattern[str]:
    """Compile a pattern that finds the members of these names (1) with a text or a number."""
    return re.compile(rf'("(?:{_join_names(names)})": ?)(?:"{_IN_QUOTES}"|{_NUMBER})', re.DOTALL)


def _join_names(names: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(names))) or "(?!)"


class _EventForm(NamedTuple):
    """The data that several events share, around their texts."""

    item: StreamItem
    """The first of them."""
    parts: list[str]
    """Every third one is a text; the others have the ids of the left side."""


class _EventForms:
    """The forms of the events of a stream: most events repeat one before them with another text.

    Their data is not parsed again. It is cut at the texts; if the rest has been seen, the event
    differs from an earlier one in nothing else.
    """

    def __init__(self, text_names: frozenset[str], noise: frozenset[str]) -> None:
        self._texts = _compile_texts(text_names)
        self._noise = _compile_noise(noise)
        self._forms: dict[tuple[str, ...], _EventForm | None] = {}
        self._misses = 0

    def split(self, data: str) -> list[str]:
        """Return the data without noise, cut before and after each text."""
        if self._misses > _MAX_MISSES:
            return [data]
        return self._texts.split(self._noise.sub(r"\g<1>0", data))

    def find_item(
        self, parts: Sequence[str], event: TraceEvent, ids: IdMap | None
    ) -> StreamItem | None:
        """Return the item of an event, given its parts; None if it has to be parsed."""
        form = self._forms.get(_list_fixed(parts))
        texts = None if form is None else _read_texts(parts, ids)
        if form is None or texts is None:
            self._misses += 1
            return None
        self._misses = 0
        own_parts = form.parts.copy()
        own_parts[2::3] = texts.spelled
        item = form.item
        return StreamItem(
            *(event, "".join(own_parts), item.key, texts.values),
            has_usage=item.has_usage,
            ignored=item.ignored,
        )

    def learn(self, parts: Sequence[str], own_parts: list[str], item: StreamItem) -> None:
        """Note the form of an event, if its texts are those at which it was cut.

        ``own_parts`` are its parts with the ids of the left side.
        """
        texts = _read_texts(own_parts, None)
        if texts is not None and len(self._forms) < _MAX_FORMS:
            is_same = texts.values == item.texts
            self._forms[_list_fixed(parts)] = _EventForm(item, own_parts) if is_same else None


class _EventTexts(NamedTuple):
    """The texts of an event, with the ids of the left side."""

    spelled: list[str]
    """As they are in the JSON."""
    values: tuple[str, ...]


def _list_fixed(parts: Sequence[str]) -> tuple[str, ...]:
    """Return the parts that are not texts."""
    return (*parts[::3], *parts[1::3])


def _read_texts(parts: Sequence[str], ids: IdMap | None) -> _EventTexts | None:
    """Return the texts among the parts of an event; None if one of them is not valid JSON."""
    spelled = [each if ids is None else ids.translate_json(each) for each in parts[2::3]]
    try:
        values = [_DECODER.decode(f'"{each}"') if "\\" in each else each for each in spelled]
    except ValueError:
        return None
    return _EventTexts(spelled, tuple(values))


class _Stripper:
    """Separates the texts of events from what the events do."""

    def __init__(
        self, text_names: frozenset[str], folding: Folding, ignored: Sequence[JsonPath]
    ) -> None:
        self._text_names = text_names
        self._folding = folding
        self._ignored = ignored
        self._last: tuple[EventKind, str, StreamItem] | None = None
        self._forms = _EventForms(text_names, folding.noise)

    def build_item(self, event: TraceEvent, data: str, ids: IdMap | None) -> StreamItem:
        """Return the item of an event; what equals the event before it is not read again."""
        last = self._last
        if last is not None and last[0] is event.kind and last[1] == data:
            return last[2]._replace(event=event)
        parts = self._forms.split(data)
        item = self._forms.find_item(parts, event, ids)
        if item is None:
            own_parts = parts if ids is None else [*map(ids.translate_json, parts)]
            item = self._read_item(event, "".join(own_parts))
            self._forms.learn(parts, own_parts, item)
        self._last = event.kind, data, item
        return item

    def _read_item(self, event: TraceEvent, data: str) -> StreamItem:
        texts: list[str] = []
        try:
            value = _DECODER.decode(data)
            value = prune(value, self._ignored) if self._ignored else value
            key = _dump(self._strip(value, "", texts))
        except (ValueError, RecursionError):
            return StreamItem(event, data, data, ())
        has_usage = isinstance(value, dict) and not USAGE.isdisjoint(value)
        return StreamItem(
            event, data, key, tuple(texts), has_usage=has_usage, ignored=self._ignored
        )

    def _strip(self, value: object, name: str, texts: list[str]) -> object:
        if isinstance(value, list):
            return [self._strip(each, name, texts) for each in value]
        if isinstance(value, dict):
            return {
                key: self._strip(each, key, texts)
                for key, each in value.items()
                if not self._folding.is_noise(key)
            }
        if isinstance(value, str) and name in self._text_names:
            texts.append(value)
            return "⟨text⟩"
        return "⟨time⟩" if is_moment(name) and _is_moment_value(value) else value


def _is_moment_value(value: object) -> bool:
    """Return whether a scalar may be a moment: a number, or a text that begins with a year."""
    if isinstance(value, str):
        return value[:4].isdigit()
    return isinstance(value, int | float) and not isinstance(value, bool)
