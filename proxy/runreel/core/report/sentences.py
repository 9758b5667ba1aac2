"""Log events as sentences for people: one line for an exchange, wrapped lines for a warning.

The names and the fields of the events are documented for programs; the sentences may change. All
fields must have been escaped (``escape_line``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from runreel.core.report.columns import count_columns, cut_end, cut_middle, wrap
from runreel.core.report.units import format_duration, format_size

_EXCHANGES: Mapping[str, str] = {
    "exchange_recorded": "recorded",
    "exchange_replayed": "replayed",
    "exchange_passed": "passed on",
}
"""First words of the lines about exchanges."""

_TEMPLATES: Mapping[str, str] = {
    "address_in_body": "{method} {path}: {place}: {hint}",
    "base_url_mistake": "status {status} for {method} {path}: {hint}",
    "cassette_note": "{cassette}: {note}",
    "client_left_early": "the client left before the answer to {method} {path}",
    "control_is_off": "the control API is off on {listen}, because {why}",
    "exchange_abandoned": "{method} {path} was not recorded: it ended before its answer ({why})",
    "exchange_lost": "exchange {exchange} ({method}) was not recorded: {cause}",
    "exchange_unplayable": "exchange {exchange} cannot be replayed: {why}",
    "exchanges_unplayed": "{count} of the exchanges were not played: {exchanges}",
    "listening": "listening on {url}",
    "no_request_came": "no request came to {url}: {hint}",
    "request_failed": "a request failed with status {status}: {cause} {where}",
    "request_refused": "a request was refused with status {status}: {cause}",
    "session_ended": "session {session} ended: {recorded} recorded, {replayed} replayed, "
    "{missed} missed",
    "signature_covers_host": "{hint}",
    "torn_tail": "{cassette}: the record at byte {offset} is incomplete and was left out",
    "upstream_failed": "{method} {path}: {cause}",
}
_SECONDARY = {"event", "level", "timestamp", "hint"}
"""Fields that do not stand in the list of an event without a template."""

_MIN_CALL = 10
"""Columns that a method and a path get at least, in the place of what stands behind them."""


class Sentence(NamedTuple):
    """A log event in words."""

    label: str
    """The beginning of the first line, which says what kind of event it is."""
    lines: list[str]


def format_event(event: Mapping[str, Any], width: int | None = None) -> Sentence:
    """Return the sentence for a log event, in lines of at most ``width`` columns."""
    label = _EXCHANGES.get(event["event"])
    if label and {"method", "path"} <= event.keys():
        return Sentence(label, [_format_exchange(label, event, width)])
    if event["event"] == "miss":
        link = f"  {event.get('inspect', '')}"
        has_room = width is None or count_columns(link) <= width
        links = [link] if "inspect" in event and has_room else []
        return Sentence("miss:", [_cut(f"miss: {_describe_miss(event)}", width), *links])
    text = _format_session(event) + _describe(event)
    level = event.get("level", "info")
    if level in {"info", "debug"}:
        return Sentence(text.partition(" ")[0], wrap(text, width))
    return Sentence(f"{level}:", wrap(f"{level}: {text}", width))


def _format_exchange(label: str, event: Mapping[str, Any], width: int | None) -> str:
    number = f" {event['exchange']}" if "exchange" in event else ""
    start = f"{label}{number}: {_format_session(event)}{event.get('status', '')} "
    notes = "".join(f", {note}" for note in _iter_notes(event))
    call = f"{event['method']} {event['path']}"
    line = start + call + notes
    if width is None or count_columns(line) <= width:
        return _add_details(line, event, width)
    room = width - count_columns(start) - count_columns(notes)
    return _cut(start + cut_middle(call, max(room, _MIN_CALL)) + notes, width)


def _add_details(line: str, event: Mapping[str, Any], width: int | None) -> str:
    """Append time, size and the address of the page, as far as there is room for them."""
    details = [
        *([format_duration(round(event["seconds"] * 1_000_000))] if "seconds" in event else []),
        *([format_size(event["bytes"])] if "bytes" in event else []),
    ]
    if details:
        line = _append(line, f"({', '.join(details)})", width)
    return _append(line, event["inspect"], width) if "inspect" in event else line


def _append(line: str, text: str, width: int | None) -> str:
    """Append a text to a line, if there is room for it."""
    longer = f"{line} {text}"
    return longer if width is None or count_columns(longer) <= width else line


def _iter_notes(event: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is unusual about an exchange."""
    if event.get("end", "complete") != "complete":
        yield f"end: {event['end']}"
    if event.get("omitted"):
        yield f"not kept: {event['omitted']}"
    if event.get("problems"):
        yield f"{event['problems']} problem{'' if event['problems'] == 1 else 's'}"


def _describe_miss(event: Mapping[str, Any]) -> str:
    call = f"{_format_session(event)}{event.get('method')} {event.get('path')}"
    nearest = event.get("nearest")
    if nearest is None:
        return f"{call}: nothing like it is recorded"
    if event.get("refused"):
        return f"{call}: exchange {nearest} is the same call, but may not answer now"
    places = ", ".join(event.get("differs", ()))
    return f"{call}: exchange {nearest} differs in {places or 'its redaction'}"


def _describe(event: Mapping[str, Any]) -> str:
    template = _TEMPLATES.get(event["event"])
    if template is not None:
        try:
            return template.format_map(event) + _list_variables(event)
        except KeyError:  # an event of the same name with other fields
            pass
    fields = ", ".join(f"{name}={value}" for name, value in event.items() if name not in _SECONDARY)
    text = f"{event['event']}: {fields}" if fields else str(event["event"])
    return f"{text}. {event['hint']}" if "hint" in event else text


def _list_variables(event: Mapping[str, Any]) -> str:
    variables = event.get("variables", ())
    return f". Set were {', '.join(variables)}" if variables else ""


def _format_session(event: Mapping[str, Any]) -> str:
    """Return the name of a session by name in brackets; the default session needs none."""
    name = event.get("session", "default")
    return "" if name == "default" or event["event"] == "session_ended" else f"[{name}] "


def _cut(text: str, width: int | None) -> str:
    return text if width is None else cut_end(text, width)
