"""The timeline of an answer, and summaries of its events."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.dialect import Outline, ToolCall
from runreel.core.http import sse
from runreel.core.report.timeline import build_timeline, count_events, summarize_event
from runreel.dialects import Plain, find_dialect
from runreel.model import Answer, Frame
from support.build import make_answer, make_exchange, make_request


def list_times(answer: Answer) -> list[tuple[int, int, int]]:
    timeline = build_timeline(make_exchange(answer=answer), Plain())
    return [(entry.at_us, entry.gap_us, entry.stream_event.length) for entry in timeline]


CASES = [
    ("an event in a frame of its own", [(5, b"data: a\n\n")], [(5, 5, 9)]),
    ("two in one frame", [(5, b"data: a\n\ndata: b\n\n")], [(5, 5, 9), (5, 0, 9)]),
    ("an event in two frames arrives with the last", [(5, b"data: a"), (9, b"\n\n")], [(9, 9, 9)]),
    (
        "a frame with the start of the next event too",
        [(5, b"data: a\n\nda"), (9, b"ta: b\n\n")],
        [(5, 5, 9), (9, 4, 9)],
    ),
    ("a frame without bytes after it", [(5, b"data: a\n\n"), (9, b"")], [(5, 5, 9)]),
    ("a frame without bytes before it", [(1, b""), (5, b"data: a\n\n")], [(5, 5, 9)]),
    ("an incomplete last event", [(5, b"data: a\n\n"), (9, b"da")], [(5, 5, 9), (9, 4, 2)]),
    ("a comment is listed", [(5, b": ping\n\n")], [(5, 5, 8)]),
    ("no body", [], []),
]


@pytest.mark.parametrize(("frames", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_an_event_arrives_with_its_last_byte(
    frames: list[tuple[int, bytes]], expected: list[tuple[int, int, int]]
) -> None:
    answer = make_answer(
        b"".join(data for _, data in frames),
        frames=tuple(Frame(at, len(data), True) for at, data in frames),
    )
    assert list_times(answer) == expected
    assert count_events(answer) == len(expected)


OBJECT = '{"object": "thread.run", "id": "run_1", "status": "queued"}'
FRAMINGS = [
    ("events after a comment", f": hi\n\ndata: {OBJECT}\n\n", [": hi", "queued"]),
    ("lines", f"{OBJECT}\n{OBJECT}\n", ["queued", "queued"]),
    ("a sequence", f"\x1e{OBJECT}\n\x1e{OBJECT}\n", ["queued", "queued"]),
    ("an array on lines", f"[{OBJECT},\n{OBJECT}]", ["queued", "queued"]),
]


@pytest.mark.parametrize(
    ("body", "summaries"), [c[1:] for c in FRAMINGS], ids=[c[0] for c in FRAMINGS]
)
def test_every_framing_has_a_timeline(body: str, summaries: list[str]) -> None:
    request = make_request()
    answer = make_answer(body.encode(), headers=((b"Content-Type", b"application/json"),))
    timeline = build_timeline(make_exchange(request=request, answer=answer), find_dialect(request))
    assert [entry.gist for entry in timeline] == summaries
    assert count_events(answer) == len(summaries)
    assert find_dialect(request).outline(request, answer).status == "queued"


@given(st.lists(st.binary(max_size=4).map(lambda data: data.translate(bytes(b"da:\n" * 64)))))
def test_times_never_go_back_and_events_cover_the_body(chunks: list[bytes]) -> None:
    timeline = build_timeline(make_exchange(answer=make_answer(b"", *chunks)), Plain())
    assert sum(entry.stream_event.length for entry in timeline) == sum(map(len, chunks))
    assert all(entry.gap_us >= 0 for entry in timeline)
    assert [entry.number for entry in timeline] == list(range(1, len(timeline) + 1))


STREAMS = [
    ("by its content type", b"Content-Type", b"text/event-stream", b": ping\n\n", True),
    ("by its first bytes", b"Content-Type", b"text/plain", b"data: a\n\n", True),
    ("JSON is not a stream", b"Content-Type", b"application/json", b'{"data": 1}', False),
]


@pytest.mark.parametrize(
    ("name", "value", "body", "expected"), [c[1:] for c in STREAMS], ids=[c[0] for c in STREAMS]
)
def test_only_event_streams_have_a_timeline(
    name: bytes, value: bytes, body: bytes, expected: bool
) -> None:
    answer = make_answer(body, headers=((name, value),))
    assert bool(build_timeline(make_exchange(answer=answer), Plain())) is expected
    assert bool(count_events(answer)) is expected


def make_delta(kind: str, value: object) -> str:
    return json.dumps({"id": "x_1", "object": kind, "delta": value})


def make_tool_delta(**function: str) -> str:
    call = {"index": 0, "type": "function", "function": function}
    return make_delta("thread.run.step.delta", {"step_details": {"tool_calls": [call]}})


SUMMARIES = [
    (
        "a piece of text, with its spaces",
        make_delta("thread.message.delta", {"content": [{"text": {"value": " it's\n"}}]}),
        '" it\'s\\n"',
    ),
    ("the start of a call", make_tool_delta(name="get_weather", arguments=""), "get_weather"),
    ("a piece of arguments", make_tool_delta(arguments='{"ci'), "'{\"ci'"),
    ("an output", make_tool_delta(name="f", arguments="{}", output="22"), "f '{}' -> '22'"),
    ("a piece of an output", make_tool_delta(output="22"), "-> '22'"),
    ("a call without anything", make_tool_delta(), "function"),
    ("a status", '{"object": "thread.run", "id": "run_1", "status": "queued"}', "queued"),
    ("a status of another object", '{"object": "other", "status": "done"}', "done"),
    ("an id if there is nothing else", '{"object": "thread", "id": "thread_1"}', "thread_1"),
    ("not JSON", "[DONE]", "[DONE]"),
    ("JSON that is not an object", "[1]", "[1]"),
    ("a status that is not a string", '{"status": 1}', '{"status": 1}'),
    ("JSON nested too deeply", "[" * 100_000, "[" * 100_000),
]


@pytest.mark.parametrize(
    ("data", "summary"), [c[1:] for c in SUMMARIES], ids=[c[0] for c in SUMMARIES]
)
def test_the_summary_of_an_event(data: str, summary: str) -> None:
    answer = make_answer(f"data: {data}\n\n".encode())
    request = make_request()
    [entry] = build_timeline(make_exchange(request=request, answer=answer), find_dialect(request))
    assert entry.gist == summary


WITHOUT_DATA = [
    ("a comment", b": ping\n\n", ": ping"),
    ("two", b": a\n: b\n\n", ": a : b"),
    ("a reconnection time", b"retry: 100\n\n", "retry: 100"),
    ("empty data", b"data\n\n", ""),
    ("a blank line", b"\n", ""),
]


@pytest.mark.parametrize(
    ("raw", "summary"), [c[1:] for c in WITHOUT_DATA], ids=[c[0] for c in WITHOUT_DATA]
)
def test_the_summary_of_an_event_without_data(raw: bytes, summary: str) -> None:
    assert summarize_event(sse.parse_event(raw), Outline()) == summary


def test_a_summary_has_the_status_calls_and_texts() -> None:
    call = ToolCall(id="c", kind="function", name="f", arguments="{}")
    outline = Outline(texts=("a", "b"), tool_calls=(call,), status="requires_action")
    assert (
        summarize_event(sse.parse_event(b"data: {}\n\n"), outline)
        == "requires_action f '{}' 'a' 'b'"
    )
