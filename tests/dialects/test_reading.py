"""What can be read out of one exchange, and which exchanges belong to one run."""

from __future__ import annotations

import json

import pytest

from runreel.core.report.run_ids import RunIds
from runreel.dialects.reading import find_run_ids, is_part_of_run, read_exchange
from runreel.model import Answer, Exchange, ExchangeHead, Problem, Request
from support.build import STARTED_NS, make_answer, make_exchange, make_head, make_request

JSON = ((b"Content-Type", b"application/json"),)
RUN = RunIds("thread_1", "run_1")


def make_json_answer(**values: object) -> Answer:
    return make_answer(json.dumps(values).encode(), headers=JSON)


def make_run_answer(run_id: str, thread_id: str = "thread_1") -> Answer:
    return make_json_answer(object="thread.run", id=run_id, thread_id=thread_id, status="queued")


def test_problems_kept_and_problems_found_are_told_once_each() -> None:
    found = Problem("temperature", "is more than 2, the documented maximum")
    kept = (Problem("headers.x", "was not handed on"), found)
    request = make_request(body=b'{"assistant_id": "a", "temperature": 3, "x": 1}')
    exchange = make_exchange(head=make_head(request=request, problems=kept))
    unknown = Problem("x", "is not a documented field")
    assert read_exchange(exchange).problems == (*kept, unknown)


def test_a_call_of_another_api_is_read_too() -> None:
    request = make_request("GET", b"/other", body=b"")
    reading = read_exchange(make_exchange(request=request, answer=make_json_answer(a=1)))
    assert (reading.run, reading.problems, reading.timeline) == (None, (), ())
    assert reading.build_document(first_ns=STARTED_NS)["run"] is None


def test_the_document_holds_what_was_read() -> None:
    document = read_exchange(make_exchange()).build_document(first_ns=STARTED_NS - 5_000)
    run = document["run"]
    assert isinstance(run, dict)
    assert run["fields"] == {"assistant_id": "asst_1", "stream": True}
    assert "problems" not in run
    assert document["after_us"] == 5


def test_a_created_run_is_named_by_its_answer() -> None:
    assert find_run_ids(make_request(), make_run_answer("run_1")) == RUN


CALLS = [
    ("the call that created it", "POST", b"/threads/thread_1/runs", make_run_answer("run_1"), True),
    (
        "one that created another",
        "POST",
        b"/threads/thread_1/runs",
        make_run_answer("run_2"),
        False,
    ),
    ("one that created none", "POST", b"/threads/thread_1/runs", make_json_answer(error={}), False),
    ("thread and run at once", "POST", b"/v1/threads/runs", make_run_answer("run_1"), True),
    ("of another thread", "POST", b"/v1/threads/runs", make_run_answer("run_2", "thread_2"), False),
    ("messages", "GET", b"/threads/thread_1/messages", make_json_answer(data=[]), True),
    (
        "the thread",
        "POST",
        b"/v1/threads",
        make_json_answer(object="thread", id="thread_1"),
        True,
    ),
    (
        "the assistant",
        "POST",
        b"/v1/assistants",
        make_json_answer(object="assistant", id="a"),
        False,
    ),
]


@pytest.mark.parametrize(
    ("method", "target", "answer", "is_one"), [c[1:] for c in CALLS], ids=[c[0] for c in CALLS]
)
def test_calls_of_a_run(method: str, target: bytes, answer: Answer, is_one: bool) -> None:
    exchange = make_call(make_request(method, target), answer)
    assert is_part_of_run(exchange.head, RUN, lambda _: exchange.answer) is is_one


PATHS = [
    ("a poll", b"/threads/thread_1/runs/run_1", True),
    ("a poll of another run", b"/threads/thread_1/runs/run_2", False),
    ("tool outputs", b"/threads/thread_1/runs/run_1/submit_tool_outputs", True),
    ("another thread's messages", b"/threads/thread_2/messages", False),
]


@pytest.mark.parametrize(("target", "is_one"), [c[1:] for c in PATHS], ids=[c[0] for c in PATHS])
def test_where_the_path_tells_the_answer_is_not_read(target: bytes, is_one: bool) -> None:
    assert (
        is_part_of_run(
            make_call(make_request("POST", target), make_run_answer("")).head, RUN, fail_to_load
        )
        is is_one
    )


def test_the_answer_asked_for_is_the_call_s_own() -> None:
    head: ExchangeHead = make_head(number=7, request=make_request())
    asked_for: list[int] = []

    def answer_of(number: int) -> Answer:
        asked_for.append(number)
        return make_run_answer("run_1")

    assert is_part_of_run(head, RUN, answer_of)
    assert asked_for == [7]


def make_call(request: Request, answer: Answer) -> Exchange:
    return make_exchange(request=request, answer=answer)


def fail_to_load(number: int) -> Answer:
    raise AssertionError(f"answer {number} was read")
