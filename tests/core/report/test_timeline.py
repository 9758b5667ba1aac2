"""When each event came, and what it said in a few words."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.dialect import Outline, ToolCall
from runreel.core.http import sse
from runreel.core.report.timeline import build_timeline, count_events, is_stream, summarize_event
from runreel.dialects import Plain, find_dialect
from runreel.model import Answer, Frame
from support.build import make_answer, make_exchange, make_request


def moments_of(answer: Answer) -> list[tuple[int, int, int]]:
    moments = build_timeline(make_exchange(answer=answer), Plain())
    return [(moment.at_us, moment.gap_us, moment.stream_event.length) for moment in moments]


CASES = [
    ("an event in a frame of its own", [(5, b"data: a\n\n")], [(5, 5, 9)]),
    ("two in one frame", [(5, b"data: a\n\ndata: b\n\n")], [(5, 5, 9), (5, 0, 9)]),
    ("one in two frames came with the last", [(5, b"data: a"), (9, b"\n\n")], [(9, 9, 9)]),
    (
        "its frame brought the start of the next too",
        [(5, b"data: a\n\nda"), (9, b"ta: b\n\n")],
        [(5, 5, 9), (9, 4, 9)],
    ),
    ("a frame without bytes is none", [(5, b"data: a\n\n"), (9, b"")], [(5, 5, 9)]),
    ("nor one before", [(1, b""), (5, b"data: a\n\n")], [(5, 5, 9)]),
    ("a broken last one", [(5, b"data: a\n\n"), (9, b"da")], [(5, 5, 9), (9, 4, 2)]),
    ("a comment is listed", [(5, b": ping\n\n")], [(5, 5, 8)]),
    ("no body", [], []),
]


@pytest.mark.parametrize(("frames", "found"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_an_event_comes_with_its_last_byte(
    frames: list[tuple[int, bytes]], found: list[tuple[int, int, int]]
) -> None:
    answer = make_answer(
        b"".join(data for _, data in frames),
        frames=tuple(Frame(at, len(data), True) for at, data in frames),
    )
    assert moments_of(answer) == found
    assert count_events(answer) == len(found)


@given(st.lists(st.binary(max_size=4).map(lambda data: data.translate(bytes(b"da:\n" * 64)))))
def test_moments_never_go_back_and_cover_the_body(chunks: list[bytes]) -> None:
    moments = build_timeline(make_exchange(answer=make_answer(b"", *chunks)), Plain())
    assert sum(moment.stream_event.length for moment in moments) == sum(map(len, chunks))
    assert all(moment.gap_us >= 0 for moment in moments)
    assert [moment.number for moment in moments] == list(range(1, len(moments) + 1))


STREAMS = [
    ("by its type", b"Content-Type", b"text/event-stream; charset=utf-8", b"", True),
    ("whatever the case", b"content-TYPE", b"Text/Event-Stream", b"", True),
    ("by its first bytes", b"Content-Type", b"text/plain", b"data: a\n\n", True),
    ("JSON is none", b"Content-Type", b"application/json", b'{"data": 1}', False),
]


@pytest.mark.parametrize(
    ("name", "value", "body", "is_one"), [c[1:] for c in STREAMS], ids=[c[0] for c in STREAMS]
)
def test_what_is_a_stream(name: bytes, value: bytes, body: bytes, is_one: bool) -> None:
    answer = make_answer(body, headers=((name, value),))
    assert is_stream(answer) is is_one
    assert bool(build_timeline(make_exchange(answer=answer), Plain())) is (is_one and bool(body))
    if not is_one:
        assert count_events(answer) == 0


def delta(kind: str, value: object) -> str:
    return json.dumps({"id": "x_1", "object": kind, "delta": value})


def tool_delta(**function: str) -> str:
    call = {"index": 0, "type": "function", "function": function}
    return delta("thread.run.step.delta", {"step_details": {"tool_calls": [call]}})


SAID = [
    (
        "a piece of text, with its blanks",
        delta("thread.message.delta", {"content": [{"text": {"value": " it's\n"}}]}),
        '" it\'s\\n"',
    ),
    ("a call begins", tool_delta(name="get_weather", arguments=""), "get_weather"),
    ("a piece of arguments", tool_delta(arguments='{"ci'), "'{\"ci'"),
    ("an output", tool_delta(name="f", arguments="{}", output="22"), "f '{}' -> '22'"),
    ("a piece of an output", tool_delta(output="22"), "-> '22'"),
    ("a call without anything", tool_delta(), "function"),
    ("a status", '{"object": "thread.run", "id": "run_1", "status": "queued"}', "queued"),
    ("of anything", '{"object": "other", "status": "done"}', "done"),
    ("an id where there is nothing else", '{"object": "thread", "id": "thread_1"}', "thread_1"),
    ("no JSON", "[DONE]", "[DONE]"),
    ("JSON that is no object", "[1]", "[1]"),
    ("a status that is no text", '{"status": 1}', '{"status": 1}'),
    ("JSON nested too deeply", "[" * 100_000, "[" * 100_000),
]


@pytest.mark.parametrize(("data", "said"), [c[1:] for c in SAID], ids=[c[0] for c in SAID])
def test_what_an_event_says(data: str, said: str) -> None:
    answer = make_answer(f"data: {data}\n\n".encode())
    request = make_request()
    [moment] = build_timeline(make_exchange(request=request, answer=answer), find_dialect(request))
    assert moment.gist == said


UNSPOKEN = [
    ("a comment", b": ping\n\n", ": ping"),
    ("two", b": a\n: b\n\n", ": a : b"),
    ("a time to reconnect", b"retry: 100\n\n", "retry: 100"),
    ("empty data", b"data\n\n", ""),
    ("a blank line", b"\n", ""),
]


@pytest.mark.parametrize(("raw", "said"), [c[1:] for c in UNSPOKEN], ids=[c[0] for c in UNSPOKEN])
def test_what_an_event_without_data_says(raw: bytes, said: str) -> None:
    assert summarize_event(sse.parse_event(raw), Outline()) == said


def test_a_status_its_calls_and_its_texts_stand_together() -> None:
    call = ToolCall(id="c", kind="function", name="f", arguments="{}")
    outline = Outline(texts=("a", "b"), tool_calls=(call,), status="requires_action")
    assert (
        summarize_event(sse.parse_event(b"data: {}\n\n"), outline)
        == "requires_action f '{}' 'a' 'b'"
    )
