"""A cassette as text that stays the same when it is recorded again.

Ids are numbered in the order in which they occur, moments are masked, texts are whole however they
were cut into events, and concurrent calls are in an order that their contents decide. So a diff of
two such texts, line by line, shows what has changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from runreel.core.dialect import Dialect
from runreel.core.diff.align.alignment import RecordedCall
from runreel.core.diff.align.call_key import mask_answer
from runreel.core.diff.align.stable_order import iter_in_stable_order
from runreel.core.diff.changes.answer_changes import ANSWER_HEADERS
from runreel.core.diff.changes.exchange_changes import find_piece_names, find_text_names
from runreel.core.diff.changes.request_changes import REQUEST_HEADERS, get_header
from runreel.core.diff.changes.stream_items import StreamRun, group_runs_of_text, list_items
from runreel.core.diff.ids.folding import Folding
from runreel.core.diff.ids.id_map import IdMap
from runreel.core.diff.ids.members import is_moment
from runreel.core.diff.ids.tokens import TOKEN, Clocks
from runreel.core.http.stream_reader import MAX_COMPARED_EVENTS
from runreel.core.report.pretty import format_json_lines
from runreel.core.report.visible import escape_controls
from runreel.core.trace.build import build_trace
from runreel.core.trace.model import Trace
from runreel.model import Exchange, Headers, OmittedReason, Request

_SENTENCE_END = re.compile(r"(?<=[.!?:;]) +|\n")
_MOMENT = re.compile(r'"([A-Za-z_]+)":\s?(?:[0-9]{9,19}(?:\.[0-9]+)?|"[0-9]{4}-[0-9-]+T[^"\\]*")')
_PREFIX = re.compile(r"([A-Za-z]{1,20})[_-]")
_MIN_LENGTH = 4
"""Characters of an id that is numbered; shorter ones are words too often."""


class StableNames:
    """Numbers ids in the order in which they occur."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._ids = IdMap({}, self._names)
        self._odd: list[str] = []
        """Ids of the present exchange that are no words, such as signatures."""

    def add(self, ids: Sequence[str]) -> None:
        """Begin an exchange with these ids; give a name to each that has none yet."""
        self._odd = [each for each in dict.fromkeys(ids) if not TOKEN.fullmatch(each)]
        for each in ids:
            if each not in self._names and len(each) >= _MIN_LENGTH:
                match = _PREFIX.match(each)
                prefix = "id" if match is None else match[1]
                self._counts[prefix] = self._counts.get(prefix, 0) + 1
                self._names[each] = f"{prefix}#{self._counts[prefix]}"

    def rename(self, text: str) -> str:
        """Return a text, such as JSON, with the names of its ids."""
        for each in self._odd:
            text = text.replace(each, self._names.get(each, each))
        renamed = self._ids.translate_json(text)
        return _MOMENT.sub(lambda match: _mask_moment(match[0], match[1]), renamed)


def _mask_moment(text: str, name: str) -> str:
    return f'"{name}": "(moment)"' if is_moment(name) else text


class StableText:
    """Formats the exchanges of a cassette."""

    def __init__(
        self, read: Callable[[int], Exchange], find_dialect: Callable[[Request], Dialect]
    ) -> None:
        """``read`` returns the exchange with a number."""
        self._read = read
        self._find_dialect = find_dialect
        self._names = StableNames()

    def iter_lines(self, calls: Sequence[RecordedCall]) -> Iterator[str]:
        """Yield the lines of all calls, safe to print.

        Of polls in a row that got the same answer, one is shown.
        """
        before: list[str] = []
        for call in iter_in_stable_order(calls, self._read_ids):
            exchange = self._read(call.number)
            self._names.add([*call.key.ids, *mask_answer(exchange.answer.body)[1]])
            lines = [self._names.rename(line) for line in self._iter_exchange(call, exchange)]
            if lines != before or not call.is_polled:
                yield from map(escape_controls, lines)
            before = lines

    def _read_ids(self, call: RecordedCall) -> Sequence[str]:
        return mask_answer(self._read(call.number).answer.body)[1]

    def _iter_exchange(self, call: RecordedCall, exchange: Exchange) -> Iterator[str]:
        request, answer = exchange.head.request, exchange.answer
        yield f"=== {call.key.call}"
        yield f"{request.method} {request.target.decode('utf-8', 'replace')}"
        yield from _iter_headers(REQUEST_HEADERS, request.headers)
        yield from _iter_body(request.body, request.omitted)
        yield ""
        yield f"--- {answer.status}"
        yield from _iter_headers(ANSWER_HEADERS, answer.headers)
        yield from self._iter_answer(exchange)
        yield ""

    def _iter_answer(self, exchange: Exchange) -> Iterator[str]:
        dialect = self._find_dialect(exchange.head.request)
        trace = build_trace(
            exchange, dialect, places=False, conversation=False, max_events=MAX_COMPARED_EVENTS
        )
        if trace.is_stream:
            names = find_text_names(dialect.trace_table) | find_piece_names(dialect)
            folding = Folding(IdMap({}, {}), Clocks(0)).for_answers(dialect.channels.noise)
            items = list_items(exchange.answer, trace, names, folding, None)
            for run in group_runs_of_text(items):
                yield from _iter_run(run)
        else:
            yield from _iter_body(exchange.answer.body, exchange.answer.omitted)
        yield f"end: {_describe_end(trace)}"


def _iter_headers(names: Iterable[str], headers: Headers) -> Iterator[str]:
    """Yield those of the named headers that are there, in the order of the names."""
    present = {name.lower() for name, _ in headers}
    for name in names:
        if name.encode() in present:
            yield f"{name}: {get_header(name, headers)}"


def _describe_end(trace: Trace) -> str:
    state = trace.end.connection.value if not trace.end.is_whole else "complete"
    lacks_end = trace.end.needs_terminal and not trace.end.terminal_event
    return f"{state}, without the last event of its API" if lacks_end else state


def _iter_run(run: StreamRun) -> Iterator[str]:
    """Yield an event, or the text that several events add to."""
    name, data = run.shape
    yield f"event {name}".rstrip()
    if not run.first.adds_text and data:
        yield f"    {data}"
    for text in run.texts:
        yield from (f"    | {line}" for line in _SENTENCE_END.split(text))


def _iter_body(body: bytes, omitted: OmittedReason | None) -> Iterator[str]:
    if omitted is not None:
        yield f"    (a body that was not kept: {omitted})"
    elif body:
        text = body.decode("utf-8", "replace")
        lines = format_json_lines(_sort_members(text))
        yield from (f"    {line}" for line in (text.splitlines() if lines is None else lines))


def _sort_members(text: str) -> str:
    """Return JSON with its members in alphabetical order; another text as it is."""
    try:
        return json.dumps(json.loads(text), sort_keys=True, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
