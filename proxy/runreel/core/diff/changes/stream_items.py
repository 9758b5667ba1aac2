"""The events of a stream in the form in which two streams are compared.

An event is its name and its data without texts, padding and moments, and beside it the texts. How a
server cuts a text into events means nothing, so events that only add to the same text are one run.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from runreel.core.diff.ids.folding import Folding
from runreel.core.diff.ids.id_map import IdMap
from runreel.core.diff.ids.members import USAGE, is_moment
from runreel.core.http.stream_reader import read_stream
from runreel.core.jsonpath import JsonPath
from runreel.core.match.canonical_json import CanonicalJson, parse_canonical
from runreel.core.match.pruning import prune
from runreel.core.trace.model import EventKind, Trace, TraceEvent
from runreel.model import Answer

_DECODER = json.JSONDecoder(strict=False)
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
            return prune(parse_canonical(self.data.encode("utf-8", "replace")), self.ignored)
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
    """Return the events of a stream without signs of life; ``ids`` translates the right side."""
    stripper = _Stripper(text_names, folding, ignored)
    events = read_stream(answer.headers, answer.body) or ()
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
    last = max((index for index, item in enumerate(items) if item.has_usage), default=-1)
    last = last if is_whole else len(items)
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


class _Stripper:
    """Separates the texts of events from what the events do."""

    def __init__(
        self, text_names: frozenset[str], folding: Folding, ignored: Sequence[JsonPath]
    ) -> None:
        self._text_names = text_names
        self._folding = folding
        self._ignored = ignored
        self._last: tuple[EventKind, str, StreamItem] | None = None

    def build_item(self, event: TraceEvent, data: str, ids: IdMap | None) -> StreamItem:
        """Return the item of an event; what equals the event before it is not read again."""
        last = self._last
        if last is not None and last[0] is event.kind and last[1] == data:
            return last[2]._replace(event=event)
        item = self._read_item(event, data if ids is None else ids.translate_json(data))
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
