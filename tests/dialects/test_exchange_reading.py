"""The reading of an exchange, and the exchanges that belong to a run."""

from __future__ import annotations

import json

import pytest

from runreel.core.report.run_ids import RunIds
from runreel.dialects.exchange_reading import find_run_ids, is_part_of_run, read_exchange
from runreel.model import Answer, Exchange, ExchangeHead, Problem, Request
from support.build import STARTED_NS, make_answer, make_exchange, make_head, make_request
from support.requests import JSON

RUN = RunIds("thread_1", "run_1")


def make_json_answer(**values: object) -> Answer:
    return make_answer(json.dumps(values).encode(), headers=JSON)


def make_run_answer(run_id: str, thread_id: str = "thread_1") -> Answer:
    return make_json_answer(object="thread.run", id=run_id, thread_id=thread_id, status="queued")


def test_stored_and_new_problems_are_listed_once_each() -> None:
    repeated = Problem("temperature", "is more than 2, the documented maximum")
    stored = (Problem("headers.x", "was not forwarded"), repeated)
    request = make_request(body=b'{"assistant_id": "a", "temperature": 3, "x": 1}')
    exchange = make_exchange(head=make_head(request=request, problems=stored))
    unknown = Problem("x", "is not a documented field")
    assert read_exchange(exchange).problems == (*stored, unknown)


def test_a_call_of_another_api_has_no_run() -> None:
    request = make_request("GET", b"/other", body=b"")
    reading = read_exchange(make_exchange(request=request, answer=make_json_answer(a=1)))
    assert (reading.run, reading.problems, reading.timeline) == (None, (), ())
    assert reading.build_document(first_ns=STARTED_NS)["run"] is None


def test_the_document_contains_the_request_and_its_time() -> None:
    document = read_exchange(make_exchange()).build_document(first_ns=STARTED_NS - 5_000)
    run = document["run"]
    assert isinstance(run, dict)
    assert run["fields"] == {"assistant_id": "asst_1", "stream": True}
    assert "problems" not in run
    assert document["after_us"] == 5


def test_the_ids_of_a_created_run_come_from_the_answer() -> None:
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
    ("method", "target", "answer", "expected"),
    [row[1:] for row in CALLS],
    ids=[row[0] for row in CALLS],
)
def test_which_calls_are_part_of_a_run(
    method: str, target: bytes, answer: Answer, expected: bool
) -> None:
    exchange = make_call(make_request(method, target), answer)
    assert is_part_of_run(exchange.head, RUN, lambda _: exchange.answer) is expected


PATHS = [
    ("a poll", b"/threads/thread_1/runs/run_1", True),
    ("a poll of another run", b"/threads/thread_1/runs/run_2", False),
    ("tool outputs", b"/threads/thread_1/runs/run_1/submit_tool_outputs", True),
    ("another thread's messages", b"/threads/thread_2/messages", False),
]


@pytest.mark.parametrize(
    ("target", "expected"), [row[1:] for row in PATHS], ids=[row[0] for row in PATHS]
)
def test_the_answer_is_not_loaded_if_the_path_is_enough(target: bytes, expected: bool) -> None:
    assert (
        is_part_of_run(
            make_call(make_request("POST", target), make_run_answer("")).head, RUN, fail_to_load
        )
        is expected
    )


def test_the_answer_of_the_call_itself_is_loaded() -> None:
    head: ExchangeHead = make_head(number=7, request=make_request())
    loaded: list[int] = []

    def load_answer(number: int) -> Answer:
        loaded.append(number)
        return make_run_answer("run_1")

    assert is_part_of_run(head, RUN, load_answer)
    assert loaded == [7]


def make_call(request: Request, answer: Answer) -> Exchange:
    return make_exchange(request=request, answer=answer)


def fail_to_load(number: int) -> Answer:
    raise AssertionError(f"answer {number} was loaded")
