"""One exchange as a page of text, in sections."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import NamedTuple

from runreel.cli.terminal import Cell, escape_line, format_duration, format_size, format_table
from runreel.cli.text_blocks import (
    format_body,
    format_json,
    format_line,
    format_pairs,
    format_text,
    shorten,
)
from runreel.core.dialect import ToolCall
from runreel.core.report.documents import decode_utf8_or_latin1, format_time, to_plain_json
from runreel.core.report.ending import describe_end
from runreel.core.report.timeline import TimelineEntry
from runreel.dialects.assistants.run_request_fields import RunRequestFields
from runreel.dialects.exchange_reading import ExchangeReading
from runreel.model import Exchange, Headers, LedgerEntry, Request

_MAX_EVENTS = 60
"""Most rows of a timeline, unless the full page is requested."""

TIMELINE_COLUMNS = ("#", "AT ms", "GAP ms", "BYTES", "EVENT", "DATA")


class PageSection(NamedTuple):
    """A title and the lines below it, safe to print."""

    title: str
    lines: list[str]


def iter_sections(reading: ExchangeReading, *, full: bool) -> Iterator[PageSection]:
    """Yield the sections of the page, without empty ones; ``full`` shortens nothing."""
    exchange = reading.exchange
    request = exchange.head.request
    yield PageSection(_format_title(exchange), _format_facts(exchange, full=full))
    yield PageSection("REQUEST", list(_format_request(request, full=full)))
    if reading.run is not None:
        yield PageSection("RUN", list(_format_run(reading.run, full=full)))
    if reading.problems:
        yield PageSection(
            "PROBLEMS", [format_line(f"{path}: {problem}") for path, problem in reading.problems]
        )
    yield PageSection("ANSWER", list(_format_answer(reading, full=full)))
    if reading.timeline:
        yield PageSection("TIMELINE", _format_timeline(reading.timeline, full=full))
    for text in reading.outline.texts:
        yield PageSection("TEXT", list(format_text(text, full=full)))
    if reading.outline.tool_calls:
        yield PageSection(
            "TOOL CALLS", list(_format_tool_calls(reading.outline.tool_calls, full=full))
        )
    yield PageSection("OUTCOME", list(_format_outcome(reading, full=full)))
    if exchange.head.ledger:
        yield PageSection(
            "REDACTED", [format_line(_format_ledger_entry(entry)) for entry in exchange.head.ledger]
        )


def _format_title(exchange: Exchange) -> str:
    name = exchange.head.operation
    return escape_line(f"EXCHANGE {exchange.head.number}{f'  {name}' if name else ''}")


def _format_facts(exchange: Exchange, *, full: bool) -> list[str]:
    started = format_time(exchange.head.timings.started_ns)
    return format_pairs({"started": started, "session": exchange.head.session}, full=full)


def _format_request(request: Request, *, full: bool) -> Iterator[str]:
    yield format_line(
        shorten(f"{request.method} {decode_utf8_or_latin1(request.target)}", full=full)
    )
    yield from _format_headers(request.headers, full=full)
    yield from format_body(request.body, request.omitted, full=full)


def _format_answer(reading: ExchangeReading, *, full: bool) -> Iterator[str]:
    answer = reading.exchange.answer
    yield format_line(f"{answer.status} {decode_utf8_or_latin1(answer.reason)}".rstrip())
    yield from _format_headers(answer.headers, full=full)
    if not reading.timeline:
        yield from format_body(answer.body, answer.omitted, full=full)


def _format_timeline(timeline: Sequence[TimelineEntry], *, full: bool) -> list[str]:
    shown = timeline if full else timeline[:_MAX_EVENTS]
    rest = len(timeline) - len(shown)
    note = [f"  … {rest} more events; --events shows all"] if rest else []
    return [*format_timeline_table(shown, full=full).splitlines(), *note]


def format_timeline_table(timeline: Sequence[TimelineEntry], *, full: bool) -> str:
    """Format a table with one row for each event; with ``full``, wider than the terminal."""
    rows = [_build_timeline_row(entry, full=full) for entry in timeline]
    return format_table(rows, TIMELINE_COLUMNS, stream=StringIO() if full else None)


def _build_timeline_row(entry: TimelineEntry, *, full: bool) -> tuple[Cell, ...]:
    event = entry.stream_event.event
    has_name = event.data or event.dispatched or event.event != "message"
    gist = shorten(entry.gist, full=full)
    return (
        entry.number,
        round(entry.at_us / 1000, 1),
        round(entry.gap_us / 1000, 1),
        entry.stream_event.length,
        event.event if has_name else "",
        gist if event.complete else f"(incomplete) {gist}",
    )


def _format_run(run: RunRequestFields, *, full: bool) -> Iterator[str]:
    ids = {"thread_id": run.thread_id, "run_id": run.run_id}
    fields = {name: _format_field(name, value) for name, value in run.fields.items()}
    unknown = {f"{name} (unknown)": _format_field("", value) for name, value in run.unknown.items()}
    include = {"include": ", ".join(run.include)} if run.include else {}
    path_ids = {name: value for name, value in ids.items() if value}
    yield from format_pairs({**path_ids, **fields, **unknown, **include}, full=full)
    if not run.fields and not run.unknown:
        yield "  (no fields)"


def _format_field(name: str, value: object) -> str:
    """Format a field's value: tools by name, one-line texts unchanged, everything else as JSON."""
    match name, value:
        case "tools", list():
            return ", ".join(map(_format_tool, value))
        case "tool_choice", dict():
            return _format_tool(value)
        case _, str() if value.isprintable():
            return value
    return json.dumps(to_plain_json(value), ensure_ascii=False)


def _format_tool(tool: object) -> str:
    match tool:
        case {"type": "function", "function": {"name": str(name)}}:
            return f"function {name}"
        case {"type": str(kind)}:
            return kind
    return json.dumps(to_plain_json(tool), ensure_ascii=False)


def _format_tool_calls(calls: Iterable[ToolCall], *, full: bool) -> Iterator[str]:
    for call in calls:
        yield format_line(" ".join(filter(None, (call.kind, call.name, call.id))))
        for name, text in (("arguments", call.arguments), ("output", call.output)):
            if text:
                yield f"    {name}"
                yield from (f"    {line}" for line in format_json(text, full=full))


def _format_outcome(reading: ExchangeReading, *, full: bool) -> Iterator[str]:
    head, outline = reading.exchange.head, reading.outline
    stored = "the whole answer" if head.whole else "part of the answer"
    omitted = reading.exchange.answer.omitted
    ids = (f"{name.removesuffix('_id')} {value}" for name, value in outline.ids.items())
    values = {
        "status": outline.status,
        "ids": ", ".join(ids),
        "ended": describe_end(reading.exchange, reading.timeline),
        "stored": "the answer without its body"
        if omitted
        else f"{stored}, {format_size(head.size)}",
        "head after": format_duration(head.timings.head_us),
        "end after": format_duration(head.timings.end_us),
    }
    yield from format_pairs({name: value for name, value in values.items() if value}, full=full)


def _format_ledger_entry(entry: LedgerEntry) -> str:
    times = "once" if entry.count == 1 else f"{entry.count} times"
    return f"{entry.where}: {entry.rule}, {times}"


def _format_headers(headers: Headers, *, full: bool) -> Iterator[str]:
    for name, value in headers:
        yield format_line(
            shorten(f"{decode_utf8_or_latin1(name)}: {decode_utf8_or_latin1(value)}", full=full)
        )
