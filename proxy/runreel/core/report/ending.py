"""The end of an answer, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runreel.core.report.timeline import TimelineEntry
from runreel.model import Answer, End, Exchange

_END_TEXTS: Mapping[End, str] = {
    End.RESET: "the upstream reset the connection",
    End.CLOSED: "the upstream closed the unfinished answer",
    End.TIMEOUT: "the upstream stopped sending",
    End.CLIENT_LEFT: "the client left",
    End.SHUTDOWN: "the proxy was stopped",
}


def describe_end(exchange: Exchange, timeline: Sequence[TimelineEntry]) -> str:
    """Describe the end: ``complete``, ``the upstream reset the connection after 3 events`` …"""
    head = exchange.head
    if head.end is End.COMPLETE:
        return "complete"
    if head.whole:
        return f"{_END_TEXTS[head.end]}; the rest of the answer was still recorded"
    return f"{_END_TEXTS[head.end]}{_describe_progress(exchange.answer, timeline)}"


def _describe_progress(answer: Answer, timeline: Sequence[TimelineEntry]) -> str:
    if answer.omitted:
        return ""
    if not timeline:
        return f" after {_format_count(len(answer.body), 'byte')}"
    is_broken = not timeline[-1].stream_event.event.complete
    part = " and part of another" if is_broken else ""
    return f" after {_format_count(len(timeline) - is_broken, 'event')}{part}"


def _format_count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
