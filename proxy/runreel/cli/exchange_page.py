"""One exchange as a page of text, in sections."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import NamedTuple

from runreel.cli.terminal import Cell, duration, size, table, visible_line
from runreel.cli.text_blocks import body_lines, brief, json_lines, line, pairs, text_lines
from runreel.core.dialect import ToolCall
from runreel.core.report.documents import iso_time, legible, plain
from runreel.core.report.ending import ending
from runreel.core.report.timeline import Moment
from runreel.dialects.assistants.asked import Asked
from runreel.dialects.reading import Reading
from runreel.model import Exchange, Headers, Hit, Request

_EVENTS = 60
"""Rows of a timeline that is not wanted in full."""

TIMELINE_COLUMNS = ("#", "AT ms", "GAP ms", "BYTES", "EVENT", "DATA")


class Section(NamedTuple):
    """A title and the lines under it, safe to print."""

    title: str
    lines: list[str]


def page(reading: Reading, *, full: bool) -> Iterator[Section]:
    """All sections that have something to say; ``full`` cuts nothing."""
    exchange = reading.exchange
    request = exchange.head.request
    yield Section(_title(exchange), _facts(exchange, full=full))
    yield Section("REQUEST", list(_request_lines(request, full=full)))
    if reading.run is not None:
        yield Section("RUN", list(_run_lines(reading.run, full=full)))
    if reading.problems:
        yield Section("PROBLEMS", [line(f"{path}: {what}") for path, what in reading.problems])
    yield Section("ANSWER", list(_answer_lines(reading, full=full)))
    if reading.moments:
        yield Section("TIMELINE", _timeline_lines(reading.moments, full=full))
    for text in reading.outline.texts:
        yield Section("TEXT", list(text_lines(text, full=full)))
    if reading.outline.tool_calls:
        yield Section("TOOL CALLS", list(_tool_lines(reading.outline.tool_calls, full=full)))
    yield Section("OUTCOME", list(_outcome_lines(reading, full=full)))
    if exchange.head.ledger:
        yield Section("REDACTED", [line(_hit_text(hit)) for hit in exchange.head.ledger])


def _title(exchange: Exchange) -> str:
    name = exchange.head.operation
    return visible_line(f"EXCHANGE {exchange.head.number}{f'  {name}' if name else ''}")


def _facts(exchange: Exchange, *, full: bool) -> list[str]:
    started = iso_time(exchange.head.timings.started_ns)
    return pairs({"started": started, "session": exchange.head.session}, full=full)


def _request_lines(request: Request, *, full: bool) -> Iterator[str]:
    yield line(brief(f"{request.method} {legible(request.target)}", full=full))
    yield from _headers(request.headers, full=full)
    yield from body_lines(request.body, request.omitted, full=full)


def _answer_lines(reading: Reading, *, full: bool) -> Iterator[str]:
    answer = reading.exchange.answer
    yield line(f"{answer.status} {legible(answer.reason)}".rstrip())
    yield from _headers(answer.headers, full=full)
    if not reading.moments:
        yield from body_lines(answer.body, answer.omitted, full=full)


def _timeline_lines(moments: Sequence[Moment], *, full: bool) -> list[str]:
    listed = moments if full else moments[:_EVENTS]
    left_out = len(moments) - len(listed)
    more = [f"  … {left_out} more events; --events shows all"] if left_out else []
    return [*timeline_table(listed, full=full).splitlines(), *more]


def timeline_table(moments: Sequence[Moment], *, full: bool) -> str:
    """One row for each event; ``full`` lets rows be wider than the terminal."""
    rows = [_moment_row(moment, full=full) for moment in moments]
    return table(rows, TIMELINE_COLUMNS, stream=StringIO() if full else None)


def _moment_row(moment: Moment, *, full: bool) -> tuple[Cell, ...]:
    event = moment.item.event
    is_named = event.data or event.dispatched or event.event != "message"
    gist = brief(moment.gist, full=full)
    return (
        moment.number,
        round(moment.at_us / 1000, 1),
        round(moment.gap_us / 1000, 1),
        moment.item.length,
        event.event if is_named else "",
        gist if event.complete else f"(incomplete) {gist}",
    )


def _run_lines(run: Asked, *, full: bool) -> Iterator[str]:
    path_ids = {"thread_id": run.thread_id, "run_id": run.run_id}
    sent = {name: _field(name, value) for name, value in run.fields.items()}
    unknown = {f"{name} (unknown)": _field("", value) for name, value in run.unknown.items()}
    include = {"include": ", ".join(run.include)} if run.include else {}
    named = {name: value for name, value in path_ids.items() if value}
    values = {**named, **sent, **unknown, **include}
    yield from pairs(values, full=full)
    if not run.fields and not run.unknown:
        yield "  (no fields)"


def _field(name: str, value: object) -> str:
    """A field's value: tools by their names, texts of one line as they are, all else as JSON."""
    match name, value:
        case "tools", list():
            return ", ".join(map(_tool_name, value))
        case "tool_choice", dict():
            return _tool_name(value)
        case _, str() if value.isprintable():
            return value
    return json.dumps(plain(value), ensure_ascii=False)


def _tool_name(tool: object) -> str:
    match tool:
        case {"type": "function", "function": {"name": str(name)}}:
            return f"function {name}"
        case {"type": str(kind)}:
            return kind
    return json.dumps(plain(tool), ensure_ascii=False)


def _tool_lines(calls: Iterable[ToolCall], *, full: bool) -> Iterator[str]:
    for call in calls:
        yield line(" ".join(filter(None, (call.kind, call.name, call.id))))
        for name, text in (("arguments", call.arguments), ("output", call.output)):
            if text:
                yield f"    {name}"
                yield from (f"    {each}" for each in json_lines(text, full=full))


def _outcome_lines(reading: Reading, *, full: bool) -> Iterator[str]:
    head, outline = reading.exchange.head, reading.outline
    stored = "the whole answer" if head.whole else "a part of the answer"
    omitted = reading.exchange.answer.omitted
    ids = (f"{name.removesuffix('_id')} {value}" for name, value in outline.ids.items())
    values = {
        "status": outline.status,
        "ids": ", ".join(ids),
        "ended": ending(reading.exchange, reading.moments),
        "stored": "no body of the answer" if omitted else f"{stored}, {size(head.size)}",
        "head after": duration(head.timings.head_us),
        "end after": duration(head.timings.end_us),
    }
    yield from pairs({name: value for name, value in values.items() if value}, full=full)


def _hit_text(hit: Hit) -> str:
    times = "once" if hit.count == 1 else f"{hit.count} times"
    return f"{hit.where}: {hit.rule}, {times}"


def _headers(headers: Headers, *, full: bool) -> Iterator[str]:
    for name, value in headers:
        yield line(brief(f"{legible(name)}: {legible(value)}", full=full))
