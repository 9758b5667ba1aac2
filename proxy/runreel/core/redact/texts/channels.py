"""The texts of a body: of a stream, the channels that it speaks in (``Stream``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from runreel.core.dialect import Channels
from runreel.core.http import sse
from runreel.core.http.headers import get_content_type, is_form
from runreel.core.redact.texts.derived_fields import DerivedField, may_have_derived_fields
from runreel.core.redact.texts.json_leaves import Leaf
from runreel.core.redact.texts.sse_event import JSON_START, LINE_PREFIX, find_event_data
from runreel.core.redact.texts.stream import Stream
from runreel.core.redact.texts.text import Text, TextKind
from runreel.model import Headers


class BodyTexts(NamedTuple):
    """All that a body says."""

    texts: Sequence[Text]
    """No byte of the body stands in two of them."""
    derived_fields: Sequence[DerivedField]
    has_invalid_json: bool = False
    """Whether it was taken for a stream of JSON, and some of it is none."""


def extract_texts(
    headers: Headers,
    body: bytes,
    channels: Channels | None,
    announces_secret: Callable[[Leaf], bool],
) -> BodyTexts:
    """Take a body of any type apart.

    ``channels``: None for a body that says nothing in pieces, such as a request's. ``announces``:
    whether a member's name, or its place, says that its value is a secret.
    """
    events = None if channels is None else _split_events(headers, body)
    is_json = JSON_START.match(body) is not None
    if events is None and is_json and may_have_derived_fields(body):
        events, channels = (body,), Channels(frozenset(), frozenset())
    if events is None or channels is None:
        return BodyTexts([Text(body, _choose_kind(headers, is_json=is_json))], ())
    stream = Stream(channels, announces_secret)
    stream.feed_all(events)
    return BodyTexts(stream.finish(), stream.derived_fields, stream.has_invalid_json)


def iter_json_regions(headers: Headers, body: bytes) -> Iterator[Sequence[tuple[int, int]]]:
    """The regions of each JSON text in a body: of all of it, or of its events one by one."""
    events, at = _split_events(headers, body), 0
    for raw in (body,) if events is None else events:
        regions = [(0, len(raw))] if events is None else find_event_data(raw)[1]
        first = JSON_START.match(raw, regions[0][0]) if regions else None
        if first is not None:
            _, end = regions[0]
            whole = [(first.end() - 1, end), *regions[1:]]
            yield [(at + start, at + end) for start, end in whole]
        at += len(raw)


def _choose_kind(headers: Headers, *, is_json: bool) -> TextKind:
    if is_json:
        return TextKind.JSON
    return TextKind.FORM if is_form(headers) else TextKind.PLAIN


def _split_events(headers: Headers, body: bytes) -> Sequence[bytes] | None:
    """The events of a stream, raw, or its lines of JSON; None where the body is no stream."""
    media = get_content_type(headers).lower()
    if media.startswith(b"text/event-stream") or body.startswith((b"event:", b"data:", b"id:")):
        splitter = sse.SseSplitter()
        return (*splitter.feed(body), splitter.finish())
    is_in_lines = LINE_PREFIX.match(body) is not None or _is_json_lines(body)
    if b"ndjson" in media or b"jsonl" in media or is_in_lines:
        return body.splitlines(keepends=True)
    return None


def _is_json_lines(body: bytes) -> bool:
    """Whether the first line is an object, and one begins in the next."""
    end = body.find(b"\n")
    first, rest = body[: max(end, 0)].strip(), body[end + 1 : end + 2]
    return first.startswith(b"{") and first.endswith(b"}") and rest == b"{"
