"""HAR files: those of browsers and proxies, with streams, and what cannot be replayed."""

from __future__ import annotations

from typing import Any

import pytest

from runreel.core.interop.foreign import ForeignExchange, ForeignFormatError, ForeignRecording
from runreel.core.interop.har_reader import is_har, read_har

STARTED = "2026-11-30T10:00:00.250Z"
STARTED_NS = 1_796_032_800_250_000_000
SECONDS = STARTED_NS / 10**9


def entry(**changes: Any) -> dict[str, Any]:
    request = {"method": "POST", "url": "https://api.example/v1/x?y=1", "headers": []}
    response = {"status": 200, "statusText": "OK", "headers": [], "content": {"text": "{}"}}
    return {
        "startedDateTime": STARTED,
        "time": 40.5,
        "timings": {"blocked": -1, "dns": -1, "connect": 2, "send": 0.5, "wait": 20, "receive": 18},
        "request": {**request, **changes.pop("request", {})},
        "response": {**response, **changes.pop("response", {})},
        **changes,
    }


def read(*entries: object) -> ForeignRecording:
    return read_har({"log": {"entries": list(entries)}})


def read_one(**changes: Any) -> ForeignExchange:
    (exchange,) = read(entry(**changes)).exchanges
    return exchange


def test_times_are_those_of_the_file() -> None:
    exchange = read_one()
    assert exchange.started_ns == STARTED_NS
    assert (exchange.head_us, exchange.end_us) == (22_500, 40_500)


def test_a_body_is_decoded_and_its_header_says_so() -> None:
    header = {"name": "content-encoding", "value": "br"}
    exchange = read_one(response={"headers": [header], "content": {"text": "é"}})
    assert exchange.answer_body == "é".encode()
    assert exchange.answer_headers == ()


def test_base64() -> None:
    content = {"text": "/wA=", "encoding": "base64"}
    assert read_one(response={"content": content}).answer_body == b"\xff\x00"


def test_the_body_of_a_request() -> None:
    assert read_one(request={"postData": {"text": '{"a": 1}'}}).body == b'{"a": 1}'
    form = {"postData": {"text": "", "params": [{"name": "a b", "value": "c&d"}]}}
    assert read_one(request=form).body == b"a+b=c%26d"


MESSAGES = [
    {"time": SECONDS + 0.1, "eventName": "message", "eventId": "", "data": "one"},
    {"time": SECONDS + 0.3, "eventName": "tick", "eventId": "7", "data": "two\nlines"},
]
STREAM = b"data: one\n\nevent: tick\nid: 7\ndata: two\ndata: lines\n\n"


def test_a_stream_of_chrome_has_the_times_of_its_events() -> None:
    exchange = read_one(_eventSourceMessages=MESSAGES, response={"content": {"size": 0}})
    assert exchange.answer_body == STREAM
    assert [(frame.dt_us, frame.length) for frame in exchange.frames] == [
        (100_000, 11),
        (300_000, len(STREAM) - 11),
    ]
    assert exchange.end_us == 300_000


def test_the_text_of_a_stream_wins_over_its_events() -> None:
    text = STREAM.decode().replace("id: 7", "id:7")
    exchange = read_one(_eventSourceMessages=MESSAGES, response={"content": {"text": text}})
    assert exchange.answer_body == text.encode()
    assert [frame.dt_us for frame in exchange.frames] == [100_000, 300_000]
    assert sum(frame.length for frame in exchange.frames) == len(text)


def test_clocks_that_go_back_do_not_make_frames_go_back() -> None:
    late = [{**MESSAGES[0], "time": SECONDS + 0.5}, {**MESSAGES[1], "time": SECONDS - 3}]
    exchange = read_one(_eventSourceMessages=late, response={"content": {}})
    assert [frame.dt_us for frame in exchange.frames] == [500_000, 500_000]


LEFT_OUT = [
    ("a data URL", {"request": {"url": "data:text/plain,x"}}, "not one of http or https"),
    ("a request without an answer", {"response": {"status": 0}}, "it has no answer"),
    ("a WebSocket", {"response": {"status": 101}}, "it is a WebSocket"),
    (
        "a body that the browser did not save",
        {"response": {"content": {"size": 12, "mimeType": "text/plain"}}},
        "the body of its answer was not saved",
    ),
]


@pytest.mark.parametrize(("why", "changes", "note"), LEFT_OUT, ids=[row[0] for row in LEFT_OUT])
def test_what_cannot_be_replayed_is_left_out(why: str, changes: dict[str, Any], note: str) -> None:
    recording = read(entry(), entry(**changes))
    assert len(recording.exchanges) == 1
    (line,) = recording.notes
    assert line.startswith("log.entries[1] was left out: ")
    assert note in line


BROKEN = [
    ("no entry", {"log": {"entries": [7]}}, "log.entries[0] is not an object"),
    ("no request", {"log": {"entries": [{}]}}, "log.entries[0].request is not an object"),
    (
        "headers without names",
        {"log": {"entries": [entry(request={"headers": [{"value": "x"}]})]}},
        "a message has a name or a value that cannot be a header",
    ),
]


@pytest.mark.parametrize(("why", "document", "message"), BROKEN, ids=[row[0] for row in BROKEN])
def test_errors_name_the_place(why: str, document: object, message: str) -> None:
    with pytest.raises(ForeignFormatError) as caught:
        read_har(document)
    assert str(caught.value) == message


NUMBERS = [float("nan"), float("inf"), -5, "7", None, True, 10**400]


@pytest.mark.parametrize("number", NUMBERS, ids=repr)
def test_times_that_are_none(number: object) -> None:
    exchange = read_one(time=number, timings={"wait": number}, startedDateTime="yesterday")
    assert (exchange.started_ns, exchange.head_us, exchange.end_us) == (None, 0, 0)


def test_what_looks_like_a_har_file() -> None:
    assert is_har({"log": {}})
    assert not is_har({"log": []})
    assert not is_har({"interactions": []})
