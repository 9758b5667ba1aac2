"""HAR files (HTTP Archive 1.2, http://www.softwareishard.com/blog/har-12-spec/), already parsed.

Bodies in HAR are decoded. Chrome stores the events of a stream apart, with their times, in
``_eventSourceMessages``, and often no text of the body; the stream is then built from them.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import accumulate
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from runreel.core.interop.foreign import ForeignExchange, ForeignFormatError, ForeignRecording
from runreel.core.interop.values import MemberReader, build_headers
from runreel.model import Frame, Headers

_MESSAGES = "_eventSourceMessages"
_US = 1_000_000
_WEB = frozenset({"http", "https"})
_NO_LINE_ENDS = dict.fromkeys(range(32), " ")


class _Body(NamedTuple):
    """A body, with its pieces if their times are known."""

    data: bytes
    frames: tuple[Frame, ...] = ()


class _SkippedError(Exception):
    """An entry that cannot be replayed; ``args[0]`` says why."""


def is_har(document: object) -> bool:
    """Return whether a parsed file looks like a HAR file."""
    return isinstance(document, dict) and isinstance(document.get("log"), dict)


def read_har(document: object) -> ForeignRecording:
    """Return the exchanges of a parsed file. Raise ``ForeignFormatError`` with the place.

    Entries without an answer or without a stored body are left out, with a note.
    """
    entries = MemberReader(document, "the file").get_object("log").get_list("entries")
    exchanges: list[ForeignExchange] = []
    notes: list[str] = []
    for index, entry in enumerate(entries):
        place = f"log.entries[{index}]"
        try:
            exchanges.append(_read_entry(MemberReader(entry, place)))
        except _SkippedError as skipped:
            notes.append(f"{place} was left out: {skipped.args[0]}")
    return ForeignRecording(exchanges, notes)


def _read_entry(entry: MemberReader) -> ForeignExchange:
    request, response = entry.get_object("request"), entry.get_object("response")
    _check_entry(request, response)
    started_ns = _read_time(entry)
    timings = entry.get_object("timings") if entry.has("timings") else MemberReader({}, "timings")
    head_us = sum(
        round(timings.get_number(name) * 1000)
        for name in ("blocked", "dns", "connect", "send", "wait")
    )
    end_us = max(head_us, round(entry.get_number("time") * 1000))
    body = _read_answer_body(entry, response, started_ns=started_ns, end_us=end_us)
    return ForeignExchange(
        method=request.get_token("method").upper(),
        url=request.get_url("url"),
        headers=_read_headers(request),
        body=_read_request_body(request),
        status=response.get_status("status"),
        reason=_read_reason(response),
        answer_headers=_drop_codings(_read_headers(response)),
        answer_body=body.data,
        frames=body.frames,
        started_ns=started_ns,
        head_us=head_us,
        end_us=max(end_us, *(frame.dt_us for frame in body.frames), 0),
    )


def _check_entry(request: MemberReader, response: MemberReader) -> None:
    """Raise ``_SkippedError`` for an entry that is no exchange of HTTP, or has no answer."""
    scheme = urlsplit(request.get_text("url")[:16]).scheme
    if scheme not in _WEB:
        raise _SkippedError("its URL is not one of http or https")
    if response.get("status") in (0, None):
        raise _SkippedError("it has no answer")
    if response.get("status") == 101:
        raise _SkippedError("it is a WebSocket")


def _read_headers(message: MemberReader) -> Headers:
    readers = [MemberReader(each, "a header") for each in message.get_list("headers")]
    return build_headers(
        ((each.get_text("name"), each.get_text("value")) for each in readers), "a message"
    )


def _drop_codings(headers: Headers) -> Headers:
    """Return the headers without codings: the text in HAR is decoded."""
    return tuple(pair for pair in headers if pair[0].lower() != b"content-encoding")


def _read_reason(response: MemberReader) -> bytes:
    return response.get_text("statusText").translate(_NO_LINE_ENDS).strip().encode()


def _read_request_body(request: MemberReader) -> bytes:
    if not request.has("postData"):
        return b""
    data = request.get_object("postData")
    text = data.get_text("text")
    if text:
        return _decode_text(text, data.get("encoding"))
    params = [MemberReader(each, "a parameter") for each in data.get_list("params")]
    return urlencode([(each.get_text("name"), each.get_text("value")) for each in params]).encode()


def _read_answer_body(
    entry: MemberReader, response: MemberReader, *, started_ns: int | None, end_us: int
) -> _Body:
    content = response.get_object("content") if response.has("content") else None
    text = "" if content is None else content.get_text("text")
    messages = [MemberReader(each, "an event") for each in entry.get_list(_MESSAGES)]
    if messages and not text:
        return _build_stream(messages, started_ns, end_us)
    data = _decode_text(text, None if content is None else content.get("encoding"))
    if not data and content is not None and content.get_number("size") > 0:
        raise _SkippedError("the body of its answer was not saved")
    return _match_times(data, messages, started_ns)


def _decode_text(text: str, encoding: object) -> bytes:
    if encoding != "base64":
        return text.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(text)
    except ValueError:
        raise ForeignFormatError("a body is not valid base64") from None


def _build_stream(messages: Sequence[MemberReader], started_ns: int | None, end_us: int) -> _Body:
    """Return a stream with these events, each of which is a frame of its own."""
    pieces = [_format_event(message) for message in messages]
    times = [_read_message_time(message, started_ns, end_us) for message in messages]
    frames = (
        Frame(dt_us, len(piece), end_of_chunk=False)
        for dt_us, piece in zip(_make_ascending(times), pieces, strict=True)
    )
    return _Body(b"".join(pieces), tuple(frames))


def _match_times(data: bytes, messages: Sequence[MemberReader], started_ns: int | None) -> _Body:
    """Return the body with the times of its events, if it has as many as there are messages."""
    events = data.split(b"\n\n")
    if events[-1] == b"":
        events.pop()
    if not messages or len(events) != len(messages):
        return _Body(data)
    times = _make_ascending(_read_message_time(each, started_ns, 0) for each in messages)
    lengths = [len(event) + 2 for event in events]
    lengths[-1] += len(data) - sum(lengths)
    return _Body(
        data,
        tuple(
            Frame(dt_us, length, end_of_chunk=False)
            for dt_us, length in zip(times, lengths, strict=True)
        ),
    )


def _make_ascending(times: Iterable[int]) -> list[int]:
    """Return the times with each at least as late as the one before it."""
    return list(accumulate(times, max))


def _format_event(message: MemberReader) -> bytes:
    name, id_ = message.get_text("eventName"), message.get_text("eventId")
    lines = [f"event: {name}"] if name not in ("", "message") else []
    lines += [f"id: {id_}"] if id_ else []
    lines += [f"data: {line}" for line in message.get_text("data").split("\n")]
    return ("\n".join(lines) + "\n\n").encode("utf-8", "surrogatepass")


def _read_message_time(message: MemberReader, started_ns: int | None, default_us: int) -> int:
    """Return the time of an event, given in seconds since 1970, relative to the request."""
    seconds = message.get_number("time")
    if not seconds or started_ns is None:
        return default_us
    return max(0, round(seconds * _US) - started_ns // 1000)


def _read_time(entry: MemberReader) -> int | None:
    """Return ``startedDateTime`` (ISO 8601) in nanoseconds since 1970; None if it is none."""
    try:
        moment = datetime.fromisoformat(entry.get_text("startedDateTime"))
    except ValueError:
        return None
    in_utc = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(in_utc.timestamp() * _US) * 1000
