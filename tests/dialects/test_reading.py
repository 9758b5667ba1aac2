"""What can be read out of one exchange, and which exchanges belong to one run."""

from __future__ import annotations

import json

import pytest

from runreel.core.report.run_ids import Ids
from runreel.dialects.reading import is_of_run, named_ids, read
from runreel.model import Answer, Exchange, Head, Problem, Request
from support.build import STARTED_NS, make_answer, make_exchange, make_head, make_request

JSON = ((b"Content-Type", b"application/json"),)
RUN = Ids("thread_1", "run_1")


def answered(**values: object) -> Answer:
    return make_answer(json.dumps(values).encode(), headers=JSON)


def a_run(run_id: str, thread_id: str = "thread_1") -> Answer:
    return answered(object="thread.run", id=run_id, thread_id=thread_id, status="queued")


def test_problems_kept_and_problems_found_are_told_once_each() -> None:
    found = Problem("temperature", "is more than 2, the documented maximum")
    kept = (Problem("headers.x", "was not handed on"), found)
    request = make_request(body=b'{"assistant_id": "a", "temperature": 3, "x": 1}')
    exchange = make_exchange(head=make_head(request=request, problems=kept))
    unknown = Problem("x", "is not a documented field")
    assert read(exchange).problems == (*kept, unknown)


def test_a_call_of_another_api_is_read_too() -> None:
    request = make_request("GET", b"/other", body=b"")
    reading = read(make_exchange(request=request, answer=answered(a=1)))
    assert (reading.run, reading.problems, reading.moments) == (None, (), ())
    assert reading.document(first_ns=STARTED_NS)["run"] is None


def test_the_document_holds_what_was_read() -> None:
    document = read(make_exchange()).document(first_ns=STARTED_NS - 5_000)
    run = document["run"]
    assert isinstance(run, dict)
    assert run["fields"] == {"assistant_id": "asst_1", "stream": True}
    assert "problems" not in run
    assert document["after_us"] == 5


def test_a_created_run_is_named_by_its_answer() -> None:
    assert named_ids(make_request(), a_run("run_1")) == RUN


CALLS = [
    ("the call that created it", "POST", b"/threads/thread_1/runs", a_run("run_1"), True),
    ("one that created another", "POST", b"/threads/thread_1/runs", a_run("run_2"), False),
    ("one that created none", "POST", b"/threads/thread_1/runs", answered(error={}), False),
    ("thread and run at once", "POST", b"/v1/threads/runs", a_run("run_1"), True),
    ("of another thread", "POST", b"/v1/threads/runs", a_run("run_2", "thread_2"), False),
    ("messages", "GET", b"/threads/thread_1/messages", answered(data=[]), True),
    (
        "the thread",
        "POST",
        b"/v1/threads",
        answered(object="thread", id="thread_1"),
        True,
    ),
    ("the assistant", "POST", b"/v1/assistants", answered(object="assistant", id="a"), False),
]


@pytest.mark.parametrize(
    ("method", "target", "answer", "is_one"), [c[1:] for c in CALLS], ids=[c[0] for c in CALLS]
)
def test_calls_of_a_run(method: str, target: bytes, answer: Answer, is_one: bool) -> None:
    exchange = call(make_request(method, target), answer)
    assert is_of_run(exchange.head, RUN, lambda _: exchange.answer) is is_one


PATHS = [
    ("a poll", b"/threads/thread_1/runs/run_1", True),
    ("a poll of another run", b"/threads/thread_1/runs/run_2", False),
    ("tool outputs", b"/threads/thread_1/runs/run_1/submit_tool_outputs", True),
    ("another thread's messages", b"/threads/thread_2/messages", False),
]


@pytest.mark.parametrize(("target", "is_one"), [c[1:] for c in PATHS], ids=[c[0] for c in PATHS])
def test_where_the_path_tells_the_answer_is_not_read(target: bytes, is_one: bool) -> None:
    assert is_of_run(call(make_request("POST", target), a_run("")).head, RUN, unread) is is_one


def test_the_answer_asked_for_is_the_call_s_own() -> None:
    head: Head = make_head(number=7, request=make_request())
    asked_for: list[int] = []

    def answer_of(number: int) -> Answer:
        asked_for.append(number)
        return a_run("run_1")

    assert is_of_run(head, RUN, answer_of)
    assert asked_for == [7]


def call(request: Request, answer: Answer) -> Exchange:
    return make_exchange(request=request, answer=answer)


def unread(number: int) -> Answer:
    raise AssertionError(f"answer {number} was read")
