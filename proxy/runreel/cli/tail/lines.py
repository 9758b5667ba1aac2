"""The lines that ``tail`` prints for a call: for people, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from runreel.cli.tail.exchange import FollowedCall
from runreel.cli.terminal import escape_line, format_duration, style
from runreel.cli.trace_page import format_events
from runreel.core.report.trace_summary import name_end, summarize_trace

_COLORS = {
    "recorded": "green",
    "replayed": "green",
    "passed": "cyan",
}


def format_begin(note: Mapping[str, Any]) -> str:
    """Return the line about the begin of a call."""
    return style(f"{_format_place(note)}  {_format_call(note)}", fg="bright_black")


def format_end(note: Mapping[str, Any], call: FollowedCall, *, is_stored: bool) -> str:
    """Return the line about the end of a call; ``is_stored``: the call is the stored exchange."""
    outcome = str(note.get("outcome"))
    shown = style(escape_line(outcome), fg=_COLORS.get(outcome, "red"))
    number = f" #{note['exchange']}" if isinstance(note.get("exchange"), int) else ""
    words = (
        f"{_format_place(note)}  {_format_call(note)}",
        escape_line(str(note.get("path") or "")),
        f"{shown}{number}",
        _format_status(note, call, is_stored=is_stored),
        *(_iter_facts(call) if is_stored else ()),
        format_duration(_find_duration(note, call)),
    )
    return "  ".join(filter(None, words))


def _find_duration(note: Mapping[str, Any], call: FollowedCall) -> int:
    """Return microseconds: as recorded or, of a replay and of all others, as they took now."""
    duration = note.get("duration_us")
    is_now = note.get("outcome") != "recorded" and isinstance(duration, int)
    return int(str(duration)) if is_now else call.head.timings.end_us


def _format_place(note: Mapping[str, Any]) -> str:
    moment = str(note.get("at"))[11:23]
    return escape_line(f"{moment}  [{note.get('call')}] {note.get('session') or '-'}")


def _format_call(note: Mapping[str, Any]) -> str:
    return escape_line(f"{note.get('method')} {note.get('operation') or ''}".rstrip())


def _format_status(note: Mapping[str, Any], call: FollowedCall, *, is_stored: bool) -> str:
    status = str(note.get("status") or "")
    end = name_end(call.trace.end) if is_stored else str(note.get("end") or "")
    end = "" if end == "complete" else end
    text = escape_line(" ".join(filter(None, (status, end))))
    is_alarm = call.head.status >= 400 or (is_stored and call.trace.end.is_alarm)
    return style(text, fg="red") if is_alarm else text


def _iter_facts(call: FollowedCall) -> Iterator[str]:
    summary = summarize_trace(call.trace)
    yield escape_line(summary.model)
    if summary.first_content_us is not None:
        yield f"first {format_duration(summary.first_content_us)}"
    if summary.tokens:
        yield f"{summary.tokens} tokens"


def format_event_lines(call: FollowedCall) -> list[str]:
    """Return a table of the events of an exchange, indented; nothing if it has none."""
    if not call.trace.events:
        return []
    return [f"    {line}" for line in format_events(call.trace, call.trace.events, full=False)]


def iter_json_lines(
    note: Mapping[str, Any], document: Mapping[str, Any] | None, *, with_events: bool
) -> Iterator[str]:
    """Yield a JSON document for the end of a call, and one for each event of its answer."""
    answered = None if document is None else document["answered"]
    yield json.dumps({"type": "end", **note, "answered": answered})
    if document is None or not with_events:
        return
    place = {name: note.get(name) for name in ("call", "session", "exchange")}
    for event in document["timeline"]:
        yield json.dumps({"type": "event", **place, **event})
