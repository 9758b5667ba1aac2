"""The JSON objects in an answer's body, whether it came as one document or as events.

An answer is whatever a server sent: what is no JSON object is passed over, and a field of an
unexpected type reads as absent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

from runreel.core.http import sse
from runreel.model import Answer

ParsedObject: TypeAlias = Mapping[str, object]


class AnswerDocument(NamedTuple):
    """One JSON object, and the name of the event it came in; empty where it came in none."""

    event: str
    value: ParsedObject


def iter_documents(answer: Answer) -> Iterator[AnswerDocument]:
    """Give the JSON objects of an answer, those of a list one by one."""
    if _is_stream(answer):
        found = (
            (item.event.event, _parse_document(item.event.data))
            for item in sse.parse_events(answer.body)
        )
        yield from (AnswerDocument(event, value) for event, value in found if value is not None)
        return
    value = _parse_document(answer.body)
    if value is not None:
        yield from (AnswerDocument("", item) for item in get_objects(value, "data") or [value])


def get_object(value: ParsedObject, name: str) -> ParsedObject:
    """Give the object under this name; an empty one where there is none."""
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def get_objects(value: ParsedObject, name: str) -> list[ParsedObject]:
    """Give the objects in the array under this name."""
    found = value.get(name)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def get_text(value: ParsedObject, name: str) -> str:
    """Give the string under this name; an empty one where there is none."""
    found = value.get(name)
    return found if isinstance(found, str) else ""


def get_index(value: ParsedObject) -> int:
    """Give the ``index`` of a delta; 0 where there is none."""
    found = value.get("index")
    return found if isinstance(found, int) else 0


def repair_surrogates(pieces: str) -> str:
    """Mend joined text: surrogate pairs that were split over deltas, U+FFFD for lone halves."""
    return pieces.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _is_stream(answer: Answer) -> bool:
    """Whether it is a stream by its type, or by its first bytes where the type is wrong."""
    return answer.body.startswith((b"event:", b"data:")) or any(
        name.lower() == b"content-type" and value.lower().startswith(b"text/event-stream")
        for name, value in answer.headers
    )


def _parse_document(body: str | bytes) -> ParsedObject | None:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
