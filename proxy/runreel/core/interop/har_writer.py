"""Exchanges as a HAR file (HTTP Archive 1.2), with the events of streams as Chrome stores them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from urllib.parse import parse_qsl

from runreel.core.http.headers import find_header, get_content_type
from runreel.core.http.stream_reader import read_stream
from runreel.core.report.documents import ReportDocument, decode_utf8_or_latin1, format_time
from runreel.core.trace.model import TraceEvent
from runreel.model import Exchange, Headers, Request

_HTTP = "HTTP/1.1"


def build_har(version: str) -> ReportDocument:
    """Return a HAR file without entries, made by this ``version`` of runreel."""
    creator = {"name": "runreel", "version": version}
    return {"log": {"version": "1.2", "creator": creator, "entries": []}}


def build_entry(exchange: Exchange, events: Sequence[TraceEvent], upstream: str) -> ReportDocument:
    """Return the entry of an exchange; ``events`` are those of its trace.

    Milliseconds are fractions where the recording is that precise.
    """
    timings = exchange.head.timings
    head_ms, total_ms = timings.head_us / 1000, timings.end_us / 1000
    entry: ReportDocument = {
        "startedDateTime": format_time(timings.started_ns, precision="microseconds"),
        "time": total_ms,
        "request": _build_request(exchange.head.request, upstream),
        "response": _build_response(exchange),
        "cache": {},
        "timings": {"send": 0, "wait": head_ms, "receive": max(0.0, total_ms - head_ms)},
        "comment": f"exchange {exchange.head.number}, {exchange.head.end}",
    }
    if events:
        entry["_resourceType"] = "eventsource"
        entry["_eventSourceMessages"] = _build_messages(exchange, events)
    return entry


def _build_request(request: Request, upstream: str) -> ReportDocument:
    target = decode_utf8_or_latin1(request.target)
    query = parse_qsl(target.partition("?")[2], keep_blank_values=True)
    document: ReportDocument = {
        "method": request.method,
        "url": f"{upstream}{target}",
        "httpVersion": _HTTP,
        "cookies": [],
        "headers": _build_pairs(request.headers),
        "queryString": [{"name": name, "value": value} for name, value in query],
        "headersSize": -1,
        "bodySize": len(request.body),
    }
    if request.body:
        media_type = decode_utf8_or_latin1(get_content_type(request.headers))
        document["postData"] = {"mimeType": media_type, **_build_text(request.body)}
    return document


def _build_response(exchange: Exchange) -> ReportDocument:
    answer = exchange.answer
    location = find_header(answer.headers, b"location") or b""
    return {
        "status": answer.status,
        "statusText": decode_utf8_or_latin1(answer.reason),
        "httpVersion": _HTTP,
        "cookies": [],
        "headers": _build_pairs(answer.headers),
        "content": {
            "size": len(answer.body),
            "mimeType": decode_utf8_or_latin1(get_content_type(answer.headers)),
            **_build_text(answer.body),
        },
        "redirectURL": decode_utf8_or_latin1(location),
        "headersSize": -1,
        "bodySize": len(answer.body),
    }


def _build_pairs(headers: Headers) -> list[dict[str, str]]:
    return [
        {"name": decode_utf8_or_latin1(name), "value": decode_utf8_or_latin1(value)}
        for name, value in headers
    ]


def _build_text(body: bytes) -> dict[str, str]:
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"text": b64encode(body).decode(), "encoding": "base64"}


def _build_messages(exchange: Exchange, events: Sequence[TraceEvent]) -> list[ReportDocument]:
    """Return the events that a browser would dispatch, with their times in seconds since 1970."""
    started = exchange.head.timings.started_ns / 1e9
    stream = read_stream(exchange.answer.headers, exchange.answer.body) or ()
    return [
        {
            "time": started + event.at_us / 1e6,
            "eventName": item.event.event,
            "eventId": item.event.id or "",
            "data": item.event.data,
        }
        for event, item in zip(events, stream, strict=True)
        if item.event.dispatched
    ]
