"""The JSON objects in an answer's body, be that one JSON document or a stream of events.

Servers may send anything: data that is not a JSON object is skipped, and a member of an unexpected
type is treated as absent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

from runreel.core.http.stream_reader import read_stream
from runreel.model import Answer

ParsedObject: TypeAlias = Mapping[str, object]


class AnswerDocument(NamedTuple):
    """A JSON object and the type of its event; the type is empty outside of a stream."""

    event: str
    value: ParsedObject


def iter_documents(answer: Answer) -> Iterator[AnswerDocument]:
    """Yield the JSON objects of an answer; a list object yields its items one by one."""
    events = read_stream(answer.headers, answer.body)
    if events is not None:
        pairs = ((item.event.event, _parse_document(item.event.data)) for item in events)
        yield from (AnswerDocument(event, value) for event, value in pairs if value is not None)
        return
    value = _parse_document(answer.body)
    if value is not None:
        yield from (AnswerDocument("", item) for item in _get_objects(value, "data") or [value])


def get_text(value: ParsedObject, name: str) -> str:
    """Return the string in this member, or an empty one."""
    member = value.get(name)
    return member if isinstance(member, str) else ""


def _get_objects(value: ParsedObject, name: str) -> list[ParsedObject]:
    """Return the objects in the array in this member; other items are left out."""
    member = value.get(name)
    return [item for item in member if isinstance(item, dict)] if isinstance(member, list) else []


def _parse_document(body: str | bytes) -> ParsedObject | None:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
