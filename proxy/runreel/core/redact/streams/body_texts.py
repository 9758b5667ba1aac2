"""The texts of a body; those of a stream are its channels and the rest (``Stream``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping, Sequence
from typing import NamedTuple

from runreel.core.dialect import NO_CHANNELS, Channels
from runreel.core.http.headers import get_content_type, is_form
from runreel.core.http.stream_reader import split_stream
from runreel.core.redact.streams.event_shape import EventShape, ShapeKey
from runreel.core.redact.streams.readings import build_readings
from runreel.core.redact.streams.strands import Strands
from runreel.core.redact.streams.stream import Stream
from runreel.core.redact.texts.derived_fields import DerivedField, may_have_derived_fields
from runreel.core.redact.texts.joined_text import JoinedText
from runreel.core.redact.texts.leaf import Leaf
from runreel.core.redact.texts.sse_event import JSON_START, find_event_data
from runreel.core.redact.texts.text import Text, TextKind
from runreel.core.regex.lazy_pattern import compile_later
from runreel.model import Headers

_NUMBERS = compile_later(rb"(?:\s*+-?[0-9][0-9.eE+-]*+)++\s*+")


class BodyTexts(NamedTuple):
    """The texts of one body, and the fields that repeat parts of them."""

    texts: Sequence[Text]
    """No byte of the body is in two of them."""
    readings: Sequence[JoinedText]
    """Further ways to join pieces of these texts."""
    derived_fields: Sequence[DerivedField]
    has_invalid_json: bool = False
    """True if an event of the stream looked like JSON and is not."""


def extract_texts(
    headers: Headers,
    body: bytes,
    channels: Channels | None,
    announces_secret: Callable[[Leaf], bool],
    shapes: MutableMapping[ShapeKey, EventShape] | None = None,
    *,
    read_pieces: Callable[[bytes], Sequence[JoinedText]] | None = None,
) -> BodyTexts:
    """Split a body of any type into texts.

    ``channels`` is None for a body that is never a stream, such as a request's.
    ``announces_secret`` tells whether a leaf's name or path marks its value as a secret.
    ``shapes``: as for ``Stream``.
    ``read_pieces`` returns the readings of a request, which is one text without it.
    """
    may_stream = channels is not None
    events = split_stream(headers, body) if may_stream else None
    is_json = JSON_START.match(body) is not None
    if events is None and is_json and may_have_derived_fields(body):
        events, channels = (body,), NO_CHANNELS
    if events is None or channels is None:
        readings: Sequence[JoinedText] = ()
        if is_json and may_stream:
            readings = _read_document(body)
        elif is_json and read_pieces is not None:
            readings = read_pieces(body)
        is_json = is_json or _is_bare_number(headers, body)
        return BodyTexts([Text(body, _choose_kind(headers, is_json=is_json))], readings, ())
    stream = Stream(channels, announces_secret, shapes)
    stream.feed(events)
    del events  # many of them take more memory than the texts
    texts = stream.finish()
    primary = [texts.rest, *texts.channels]
    readings = build_readings(texts.strands)
    return BodyTexts(primary, readings, stream.derived_fields, stream.has_invalid_json)


def iter_json_regions(headers: Headers, body: bytes) -> Iterator[Sequence[tuple[int, int]]]:
    """Yield the regions of each JSON text in a body: the body itself, or each of its events."""
    events, event_start = split_stream(headers, body), 0
    for raw in (body,) if events is None else events:
        regions = [(0, len(raw))] if events is None else find_event_data(raw)[1]
        opening = JSON_START.match(raw, regions[0][0]) if regions else None
        if opening is not None:
            json_regions = [(opening.end() - 1, regions[0][1]), *regions[1:]]
            yield [(event_start + start, event_start + end) for start, end in json_regions]
        event_start += len(raw)


def _read_document(body: bytes) -> list[JoinedText]:
    """Return the readings of a JSON text that is no stream: it may contain a list of pieces."""
    strands = Strands(frozenset())
    strands.add_document(body)
    return build_readings(strands, is_document=True)


def _is_bare_number(headers: Headers, body: bytes) -> bool:
    """Return whether the body is declared to be JSON, and is a number or one number per line."""
    return b"json" in get_content_type(headers) and _NUMBERS.fullmatch(body) is not None


def _choose_kind(headers: Headers, *, is_json: bool) -> TextKind:
    if is_json:
        return TextKind.JSON
    return TextKind.FORM if is_form(headers) else TextKind.PLAIN
