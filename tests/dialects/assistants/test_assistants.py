from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.dialect import CallMeaning
from runreel.core.trace.build import build_trace
from runreel.dialects.assistants import Assistants
from runreel.model import Problem
from support.build import make_answer, make_exchange, make_request

RUN = b'{"assistant_id": "asst_1", "model": "model-a", "stream": true, "instructions": "x"}'

CALLS: list[tuple[str, str, bytes, bytes, CallMeaning]] = [
    (
        "a run: ids, model and whether it streams, but no free text",
        "POST",
        b"/v1/threads/thread_1/runs",
        RUN,
        CallMeaning(
            operation="runs.create",
            scope="thread_1",
            summary={
                "thread_id": "thread_1",
                "assistant_id": "asst_1",
                "model": "model-a",
                "stream": True,
            },
        ),
    ),
    (
        "null and missing fields are left out",
        "POST",
        b"/threads/runs",
        b'{"assistant_id": "asst_1", "model": null}',
        CallMeaning("threads.create_and_run", "", {"assistant_id": "asst_1"}),
    ),
    (
        "a field of another type is left out",
        "POST",
        b"/threads/runs",
        b'{"assistant_id": "asst_1", "model": ["x"]}',
        CallMeaning(
            "threads.create_and_run",
            "",
            {"assistant_id": "asst_1"},
            (Problem("model", "must be a string or null, not an array"),),
        ),
    ),
    (
        "tool outputs",
        "POST",
        b"/openai/threads/t/runs/r/submit_tool_outputs?api-version=1",
        b'{"tool_outputs": [], "stream": false}',
        CallMeaning(
            "runs.submit_tool_outputs", "t", {"thread_id": "t", "run_id": "r", "stream": False}
        ),
    ),
    (
        "polling",
        "GET",
        b"/v1/threads/t/runs/r",
        b"",
        CallMeaning("runs.retrieve", "t", {"thread_id": "t", "run_id": "r"}),
    ),
    (
        "other bodies are not parsed",
        "POST",
        b"/v1/files",
        b"--boundary",
        CallMeaning("files.create", ""),
    ),
    ("an unknown method", "PATCH", b"/v1/threads/t", b"", CallMeaning("", "t", {"thread_id": "t"})),
    ("another API's path", "POST", b"/v1/responses", b"", CallMeaning("", "")),
    (
        "a body that is not JSON",
        "POST",
        b"/v1/threads/t/runs",
        b"oops",
        CallMeaning(
            "runs.create",
            "t",
            {"thread_id": "t"},
            (Problem("body", "is not JSON (line 1, column 1)"),),
        ),
    ),
]


@pytest.mark.parametrize(
    ("reason", "method", "target", "body", "call"), CALLS, ids=[row[0] for row in CALLS]
)
def test_the_meaning_of_a_request(
    reason: str, method: str, target: bytes, body: bytes, call: CallMeaning
) -> None:
    request = make_request(method, target, body=body)
    assert Assistants().interpret(request) == call
    assert Assistants().find_scope(request) == call.scope


def test_an_error_has_the_format_that_sdks_print() -> None:
    document = json.loads(Assistants().build_error("nothing matches", "miss"))
    assert document["error"]["message"] == "nothing matches"
    assert set(document["error"]) == {"message", "type", "param", "code"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "index",
                    "object",
                    "delta",
                    "content",
                    "text",
                    "value",
                    "type",
                    "data",
                    "step_details",
                    "tool_calls",
                    "function",
                    "tools",
                    "assistant_id",
                    "metadata",
                ]
            )
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
KINDS = st.sampled_from(
    [
        "thread.message",
        "thread.message.delta",
        "thread.run",
        "thread.run.step",
        "thread.run.step.delta",
    ]
)


@given(JSON)
def test_no_request_raises(body: object) -> None:
    request = make_request(body=json.dumps(body).encode())
    assert Assistants().interpret(request).operation == "runs.create"


@given(st.lists(st.tuples(KINDS, st.dictionaries(st.text(max_size=3), JSON) | JSON), max_size=4))
def test_no_answer_raises(items: list[tuple[str, object]]) -> None:
    documents = [{"object": kind, "delta": item, "content": item} for kind, item in items]
    stream = "".join(f"data: {json.dumps(document)}\n\n" for document in documents).encode()
    answer = make_answer(stream)
    assert Assistants().find_created(make_request(), answer) == ""
    trace = build_trace(make_exchange(answer=answer), Assistants())
    for block in trace.blocks:
        assert block.text.encode()


THREADS = [
    ("a thread", b'{"object": "thread", "id": "t1"}', "t1"),
    ("a run in a new thread", b'{"object": "thread.run", "id": "r", "thread_id": "t1"}', "t1"),
    ("a stream", b'data: {"object": "thread", "id": "t1"}\n\ndata: {"thread_id": "t1"}\n\n', "t1"),
    ("two", b'{"data": [{"thread_id": "t1"}, {"thread_id": "t2"}]}', ""),
    ("none", b'{"object": "assistant", "id": "a"}', ""),
    ("no JSON", b"{", ""),
]


@pytest.mark.parametrize(("body", "thread"), [c[1:] for c in THREADS], ids=[c[0] for c in THREADS])
def test_the_thread_that_an_answer_creates(body: bytes, thread: str) -> None:
    assert Assistants().find_created(make_request(), make_answer(body, headers=())) == thread
