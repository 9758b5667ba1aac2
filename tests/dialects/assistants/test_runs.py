from __future__ import annotations

import pytest

from runreel.dialects.assistants.requests import (
    INCLUDES,
    CreateRunRequest,
    CreateThreadAndRunRequest,
    SubmitToolOutputsRequest,
)
from runreel.dialects.assistants.runs import read_run_request
from runreel.model import OmittedReason, Problem
from support.build import make_request

KINDS: list[tuple[str, bytes, bytes, str, type]] = [
    ("in a thread", b"/v1/threads/t%201/runs", b'{"assistant_id": "a"}', "t 1", CreateRunRequest),
    ("with its thread", b"/threads/runs", b'{"assistant_id": "a"}', "", CreateThreadAndRunRequest),
    (
        "continued",
        b"/openai/threads/t/runs/r/submit_tool_outputs?api-version=1",
        b'{"tool_outputs": []}',
        "t",
        SubmitToolOutputsRequest,
    ),
]

OTHERS = [
    ("its polling", "GET", b"/v1/threads/t/runs/r"),
    ("the list of runs", "GET", b"/v1/threads/t/runs"),
    ("another API", "POST", b"/v1/responses"),
]

INCLUDE = INCLUDES[0].encode()

QUERIES = [
    ("none", b"?api-version=1", 0, []),
    ("an array", b"?include[]=" + INCLUDE, 1, []),
    ("an array, encoded", b"?include%5B%5D=" + INCLUDE.replace(b"*", b"%2A"), 1, []),
    ("with positions", b"?include[0]=" + INCLUDE + b"&include[1]=" + INCLUDE, 2, []),
    ("a word", b"?include=" + INCLUDE, 1, []),
    ("unknown", b"?include[]=" + INCLUDE + b"&include[]=x", 2, ["query.include[1]"]),
    ("another name with the same start", b"?included=x&include[x]=y", 0, []),
]


@pytest.mark.parametrize(
    ("reason", "target", "body", "thread_id", "kind"), KINDS, ids=[row[0] for row in KINDS]
)
def test_a_request_that_creates_or_continues_a_run(
    reason: str, target: bytes, body: bytes, thread_id: str, kind: type
) -> None:
    view = read_run_request(make_request(target=target, body=body))
    assert view is not None
    assert isinstance(view.body, kind)
    assert (view.thread_id, view.problems) == (thread_id, ())


def test_the_id_of_the_run_that_is_continued() -> None:
    target = b"/threads/t/runs/r%2F1/submit_tool_outputs"
    view = read_run_request(make_request(target=target, body=b"{}"))
    assert view is not None
    assert (view.operation, view.run_id) == ("runs.submit_tool_outputs", "r/1")
    assert (view.body, view.problems) == (None, (Problem("tool_outputs", "is required"),))


@pytest.mark.parametrize("size", [10, 100_000], ids=["short", "too long to be cached"])
def test_the_same_body_gives_the_same_view(size: int) -> None:
    body = b'{"assistant_id": "asst_1", "nickname": "%s"}' % (b"a" * size)
    runs, other = b"/v1/threads/t/runs", b"/v1/threads/runs"
    views = [
        read_run_request(make_request(target=target, body=body)) for target in (runs, runs, other)
    ]
    first, second, created = (view for view in views if view is not None)
    assert first == second
    assert first.problems == (Problem("nickname", "is not a documented field"),)
    assert type(created.body) is not type(first.body)


@pytest.mark.parametrize(("reason", "method", "target"), OTHERS, ids=[row[0] for row in OTHERS])
def test_other_requests_have_no_view(reason: str, method: str, target: bytes) -> None:
    assert read_run_request(make_request(method, target)) is None


@pytest.mark.parametrize(
    ("reason", "query", "count", "paths"), QUERIES, ids=[row[0] for row in QUERIES]
)
def test_the_values_of_include_in_the_query(
    reason: str, query: bytes, count: int, paths: list[str]
) -> None:
    view = read_run_request(make_request(target=b"/v1/threads/t/runs" + query))
    assert view is not None
    assert len(view.include) == count
    assert [problem.path for problem in view.problems] == paths


def test_a_body_that_was_not_stored_is_one_problem() -> None:
    view = read_run_request(make_request(body=b"", omitted=OmittedReason.MAX_BODY))
    assert view is not None
    assert view.body is None
    assert [problem.path for problem in view.problems] == ["body"]


def test_problems_of_body_and_query_are_both_listed() -> None:
    target = b"/v1/threads/t/runs?include[]=x"
    view = read_run_request(make_request(target=target, body=b'{"temperature": 3}'))
    assert view is not None
    assert [problem.path for problem in view.problems] == [
        "temperature",
        "assistant_id",
        "query.include[0]",
    ]
