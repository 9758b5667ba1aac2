"""One exchange as a page of text, in sections."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Final

from runreel.cli.terminal import escape_line, format_duration, format_size
from runreel.cli.text_blocks import format_body, format_line, format_pairs, is_long, shorten
from runreel.cli.trace_page import (
    PageSection,
    format_timeline,
    format_timing,
    format_usage,
    iter_blocks,
    iter_conversation,
)
from runreel.core.report.documents import decode_utf8_or_latin1, format_time, to_plain_json
from runreel.core.report.ending import describe_end
from runreel.dialects.assistants.run_request_fields import RunRequestFields
from runreel.dialects.exchange_reading import ExchangeReading
from runreel.model import Exchange, Headers, LedgerEntry, Request

SECTIONS: Final = (
    *("facts", "request", "body", "conversation", "run", "problems", "answer", "timeline"),
    *("text", "reasoning", "tools", "usage", "timing", "outcome", "redacted"),
)
"""Names of the sections of a page."""


def iter_sections(
    reading: ExchangeReading, *, full: bool, only: Collection[str] = ()
) -> Iterator[PageSection]:
    """Yield the sections of the page, without empty ones; ``full`` shortens nothing.

    ``only`` names the sections to yield; empty: those that suit the exchange. Of a short request,
    the body is shown, of a long one its conversation.
    """
    shown = only or _choose_sections(reading, full=full)
    for section in _iter_all(reading, full=full, shown=shown):
        if section.name in shown:
            yield section


def _choose_sections(reading: ExchangeReading, *, full: bool) -> Collection[str]:
    request = reading.exchange.head.request
    has_long_body = bool(reading.trace.conversation) and is_long(request.body)
    hidden = "body" if has_long_body and not full else "conversation"
    return [name for name in SECTIONS if name != hidden]


def _iter_all(
    reading: ExchangeReading, *, full: bool, shown: Collection[str]
) -> Iterator[PageSection]:
    exchange, trace = reading.exchange, reading.trace
    yield PageSection("facts", _format_title(exchange), _format_facts(exchange, full=full))
    yield from _iter_request(reading, full=full, shown=shown)
    if trace.problems:
        lines = [format_line(f"{path}: {problem}") for path, problem in trace.problems]
        yield PageSection("problems", "PROBLEMS", lines)
    yield PageSection("answer", "ANSWER", [*_format_answer(reading, full=full)])
    if trace.events:
        yield PageSection("timeline", "TIMELINE", format_timeline(trace, full=full))
    yield from iter_blocks(trace.blocks, full=full)
    for name, lines in (("usage", format_usage(trace)), ("timing", format_timing(trace))):
        if lines:
            yield PageSection(name, name.upper(), lines)
    yield PageSection("outcome", "OUTCOME", [*_format_outcome(reading, full=full)])
    if exchange.head.ledger:
        lines = [format_line(_format_ledger_entry(entry)) for entry in exchange.head.ledger]
        yield PageSection("redacted", "REDACTED", lines)


def _iter_request(
    reading: ExchangeReading, *, full: bool, shown: Collection[str]
) -> Iterator[PageSection]:
    request = reading.exchange.head.request
    body = format_body(request.body, request.omitted, full=full)
    if "request" in shown:
        with_body = body if "body" in shown else [*_describe_body(request)]
        yield PageSection("request", "REQUEST", [*_format_request(request, full=full), *with_body])
    elif body:
        yield PageSection("body", "REQUEST BODY", body[1:])
    if "conversation" in shown:
        yield from iter_conversation(reading.trace, full=full)
    if reading.run is not None:
        yield PageSection("run", "RUN", [*_format_run(reading.run, full=full)])


def _describe_body(request: Request) -> Iterator[str]:
    if request.body:
        yield ""
        yield f"  ({format_size(len(request.body))} of JSON; --only body shows it)"


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


def _format_answer(reading: ExchangeReading, *, full: bool) -> Iterator[str]:
    answer = reading.exchange.answer
    yield format_line(f"{answer.status} {decode_utf8_or_latin1(answer.reason)}".rstrip())
    yield from _format_headers(answer.headers, full=full)
    if not reading.trace.events:
        yield from format_body(answer.body, answer.omitted, full=full)


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


def _format_outcome(reading: ExchangeReading, *, full: bool) -> Iterator[str]:
    head, trace = reading.exchange.head, reading.trace
    stored = "the whole answer" if head.whole else "part of the answer"
    omitted = reading.exchange.answer.omitted
    ids = (f"{name.removesuffix('_id')} {value}" for name, value in trace.ids)
    values = {
        "status": trace.end.status,
        "error": trace.end.error,
        "ids": ", ".join(ids),
        "ended": describe_end(reading.exchange, reading.events, trace.end),
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
