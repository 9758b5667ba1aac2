"""Cassettes and exchanges as JSON documents, for programs and for views.

Keys stay what they are within one ``SCHEMA_VERSION``; new ones may come. Times are in whole
microseconds, moments in UTC. Bytes stand as text where they are UTF-8, else in base64.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import TypeAlias

from runreel.core.cassette import Damage, Header, Torn
from runreel.core.dialect import Outline
from runreel.core.report.ending import ending
from runreel.core.report.timeline import Moment
from runreel.model import Answer, Exchange, Head, Headers, Omitted, Problem, Request

SCHEMA_VERSION = 1

DEEPEST = 64
"""Levels of nesting in a document; JSON writers run out of stack at some hundreds."""

TOO_DEEP = "(nested too deeply to be shown here)"
"""Stands for what is nested more deeply; the body's own text has it."""

Document: TypeAlias = dict[str, object]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def iso_time(ns: int, *, precision: str = "milliseconds") -> str:
    """Nanoseconds since 1970 as ``2023-11-14T22:13:20.000Z``, or to ``seconds``."""
    moment = _EPOCH + timedelta(microseconds=ns // 1000)
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")


def legible(data: bytes) -> str:
    """Bytes of a head as text: UTF-8, else Latin-1, which reads anything."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def file_document(header: Header, torn: Torn | None, damages: Sequence[Damage]) -> Document:
    """What a cassette says of itself, and what is wrong with it."""
    return {
        "created": iso_time(header.created_ns),
        "writer": header.writer,
        "upstream": header.upstream,
        **flaws_document(torn, damages),
    }


def flaws_document(torn: Torn | None, damages: Sequence[Damage]) -> Document:
    """What is wrong with a cassette, by byte offset and length."""
    return {
        "torn": None if torn is None else torn._asdict(),
        "damages": [damage._asdict() for damage in damages],
    }


def head_document(head: Head, *, first_ns: int, events: int | None = None) -> Document:
    """One exchange in a list; ``first_ns`` is when the first of the list began."""
    return {
        "number": head.number,
        "session": head.session,
        "started": iso_time(head.timings.started_ns),
        "after_us": (head.timings.started_ns - first_ns) // 1000,
        "dialect": head.dialect,
        "operation": head.operation,
        "method": head.request.method,
        "target": legible(head.request.target),
        "status": head.status,
        "end": head.end.value,
        "whole": head.whole,
        "bytes": head.size,
        "events": events,
        "head_us": head.timings.head_us,
        "end_us": head.timings.end_us,
        "summary": plain(dict(head.summary)),
        "problems": [problem._asdict() for problem in head.problems],
        "redactions": [hit._asdict() for hit in head.ledger],
        "ruleset": head.ruleset,
    }


def exchange_document(
    exchange: Exchange,
    *,
    first_ns: int,
    moments: Sequence[Moment],
    outline: Outline,
    run: Mapping[str, object] | None,
    problems: Sequence[Problem],
) -> Document:
    """All that is known of one exchange: what a list says of it, and more.

    ``run`` is what a create-run request asks for; ``problems`` take the place of the head's.
    """
    head = exchange.head
    return {
        **head_document(head, first_ns=first_ns, events=len(moments)),
        "ending": ending(exchange, moments),
        "request": _request_document(head.request),
        "run": plain(run),
        "problems": [problem._asdict() for problem in problems],
        "answer": _answer_document(exchange.answer),
        "timeline": timeline_document(moments),
        "outline": {
            "status": outline.status,
            "ids": dict(outline.ids),
            "texts": outline.texts,
            "tool_calls": [asdict(call) for call in outline.tool_calls],
        },
    }


def timeline_document(moments: Sequence[Moment]) -> list[Document]:
    """The events of an answer."""
    return [
        {
            "number": moment.number,
            "at_us": moment.at_us,
            "gap_us": moment.gap_us,
            "offset": moment.item.offset,
            "length": moment.item.length,
            **moment.item.event._asdict(),
            "last_event_id": moment.item.last_event_id,
            "gist": moment.gist,
        }
        for moment in moments
    ]


def _request_document(request: Request) -> Document:
    return {
        "method": request.method,
        "target": legible(request.target),
        "headers": _headers(request.headers),
        "body": _body(request.body, request.omitted),
    }


def _answer_document(answer: Answer) -> Document:
    return {
        "status": answer.status,
        "reason": legible(answer.reason),
        "headers": _headers(answer.headers),
        "body": _body(answer.body, answer.omitted),
        "frames": [
            {"at_us": frame.dt_us, "length": frame.length, "end_of_chunk": frame.end_of_chunk}
            for frame in answer.frames
        ],
    }


def _headers(headers: Headers) -> list[tuple[str, str]]:
    return [(legible(name), legible(value)) for name, value in headers]


def _body(body: bytes, omitted: Omitted | None) -> Document:
    return {
        "size": len(body),
        "omitted": None if omitted is None else omitted.value,
        **_content(body),
    }


def _content(body: bytes) -> Document:
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"base64": b64encode(body).decode()}


def plain(value: object, *, levels: int = DEEPEST) -> object:
    """A value that any JSON writer can write: without infinities, and not nested without end."""
    match value:
        case float() if not isfinite(value):
            return str(value)
        case dict() | list() | tuple() if not levels:
            return TOO_DEEP
        case dict():
            return {name: plain(item, levels=levels - 1) for name, item in value.items()}
        case list() | tuple():
            return [plain(item, levels=levels - 1) for item in value]
    return value
