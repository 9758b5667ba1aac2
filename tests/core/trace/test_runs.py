"""Runs: which exchanges belong together, and what they say together."""

from __future__ import annotations

import pytest

from runreel.core.trace.model import BlockKind, Trace, TraceRun
from runreel.core.trace.runs import build_run_transcript, group_runs, measure_run
from support.trace_values import make_block, make_timing, make_trace


def make_call(number: int, operation: str = "x.create", **ids: str) -> Trace:
    trace = make_trace()
    return trace._replace(number=number, operation=operation, ids=tuple(ids.items()))


ROWS: list[tuple[str, list[Trace], list[TraceRun]]] = [
    ("nothing", [], []),
    ("calls without ids", [make_call(1), make_call(2)], []),
    (
        "a run with its polls, and its thread",
        [
            make_call(1, "threads.create", thread_id="t"),
            make_call(2, "runs.create", thread_id="t", run_id="r"),
            make_call(3, "runs.retrieve", thread_id="t", run_id="r"),
            make_call(4, "messages.list", thread_id="t"),
            make_call(5, "messages.list", thread_id="other"),
        ],
        [TraceRun("r", "run_id", (1, 2, 3, 4)), TraceRun("other", "thread_id", (5,))],
    ),
    (
        "two runs of one thread share its other calls",
        [
            make_call(1, "runs.create", thread_id="t", run_id="a"),
            make_call(2, "messages.create", thread_id="t"),
            make_call(3, "runs.create", thread_id="t", run_id="b"),
            make_call(4, "runs.list", thread_id="t"),
        ],
        [TraceRun("a", "run_id", (1, 2, 4)), TraceRun("b", "run_id", (2, 3, 4))],
    ),
    (
        "a run that was not created",
        [
            make_call(1, "runs.create", thread_id="t", run_id="a"),
            make_call(2, "runs.create", thread_id="t"),
            make_call(3, "threads.create_and_run", thread_id="t"),
        ],
        [TraceRun("a", "run_id", (1,))],
    ),
    (
        "a chain of responses",
        [
            make_call(1, response_id="a"),
            make_call(2, response_id="b", previous_response_id="a"),
            make_call(3, response_id="x"),
            make_call(4, response_id="c", previous_response_id="b"),
            make_call(5, previous_response_id="c"),
        ],
        [TraceRun("a", "response_id", (1, 2, 4, 5)), TraceRun("x", "response_id", (3,))],
    ),
    (
        "a chain whose beginning was not recorded",
        [make_call(1, response_id="b", previous_response_id="a")],
        [TraceRun("a", "response_id", (1,))],
    ),
    (
        "a circle",
        [
            make_call(1, response_id="a", previous_response_id="b"),
            make_call(2, response_id="b", previous_response_id="a"),
        ],
        [TraceRun("a", "response_id", (2,)), TraceRun("b", "response_id", (1,))],
    ),
    (
        "a session with its turns",
        [make_call(1, session_id="s"), make_call(2, session_id="s", turn_id="u")],
        [TraceRun("s", "session_id", (1, 2))],
    ),
    (
        "a conversation",
        [
            make_call(1, conversation_id="c"),
            make_call(2, conversation_id="c", response_id="a"),
            make_call(3, conversation_id="c", response_id="b"),
        ],
        [TraceRun("c", "conversation_id", (1, 2, 3))],
    ),
]


@pytest.mark.parametrize(
    ("traces", "runs"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_runs(traces: list[Trace], runs: list[TraceRun]) -> None:
    assert sorted(group_runs(traces)) == sorted(runs)


def say(number: int, asked: list[str], answered: list[str], operation: str = "x.create") -> Trace:
    trace = make_trace(*map(make_block, answered), conversation=[*map(make_block, asked)])
    return trace._replace(number=number, operation=operation)


def list_texts(*traces: Trace) -> list[tuple[int, bool, str]]:
    return [(number, asks, block.text) for number, asks, block in build_run_transcript(traces)]


def test_a_conversation_that_is_sent_again_is_shown_once() -> None:
    first, second = say(1, ["a"], ["b"]), say(2, ["a", "b", "a"], ["b"])
    assert list_texts(first, second) == [
        *((1, True, "a"), (1, False, "b")),
        *((2, True, "a"), (2, False, "b")),
    ]


def test_texts_that_are_only_read_again_are_shown_once() -> None:
    first, second = say(1, ["a"], ["b"]), say(2, [], ["a", "b", "c"], "messages.list")
    assert list_texts(first, second)[2:] == [(2, False, "c")]


def test_the_times_of_a_run() -> None:
    first = make_call(1)._replace(timing=make_timing())
    second = make_call(2)._replace(timing=make_timing(first_content_us=300))
    timing = measure_run([first, second], {1: 5_000_000, 2: 7_000_000})
    assert timing.exchanges_us == ((1, 0, 1_000_000), (2, 2_000, 1_002_000))
    assert (timing.first_content_us, timing.end_us) == (2_300, 1_002_000)
    assert measure_run([], {}).end_us == 0


def test_calls_of_tools_are_told_apart_by_their_ids() -> None:
    call = make_block("{}", BlockKind.TOOL_CALL)
    traces = [
        make_trace(call._replace(call_id="a"))._replace(number=1, operation="x.create"),
        make_trace(call._replace(call_id="b"))._replace(number=2, operation="runs.retrieve"),
    ]
    assert len(build_run_transcript(traces)) == 2


def test_what_an_answer_repeats_of_its_request_is_shown_once() -> None:
    assert list_texts(say(1, ["a"], ["a", "b"])) == [(1, True, "a"), (1, False, "b")]


def test_a_call_that_later_answers_repeat_is_shown_once() -> None:
    call = make_block("{}", BlockKind.TOOL_CALL)._replace(call_id="a")
    traces = [make_trace(call)._replace(number=number) for number in (1, 2)]
    assert [each.number for each in build_run_transcript(traces)] == [1]


def test_two_answers_with_the_same_words_are_both_shown() -> None:
    assert list_texts(say(1, ["a"], ["b"]), say(2, ["c"], ["b"]))[-1] == (2, False, "b")
