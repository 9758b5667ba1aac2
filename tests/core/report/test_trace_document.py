"""Traces as JSON documents: the outline of an answer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import pytest

from runreel.core.report.trace_document import build_outline_document
from runreel.dialects import find_dialect
from runreel.dialects.exchange_reading import trace_exchange
from runreel.model import Answer, OmittedReason
from support.build import make_answer, make_exchange, make_request
from support.requests import JSON

Document: TypeAlias = Mapping[str, object]

FUNCTION = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "f", "arguments": "{}", "output": "x"},
}
CALL = {"id": "call_1", "kind": "function", "name": "f", "arguments": "{}", "output": "x"}


def make_outline(
    *,
    texts: Sequence[str] = (),
    tool_calls: Sequence[object] = (),
    ids: Mapping[str, str] | None = None,
    status: str = "",
) -> Document:
    return {
        "status": status,
        "ids": ids or {},
        "texts": [*texts],
        "tool_calls": [*tool_calls],
    }


def outline_answer(answer: Answer) -> Document:
    """Return the outline of an answer to a request that names no ids itself."""
    request = make_request(target=b"/v1/threads/runs", body=b"")
    exchange = make_exchange(request=request, answer=answer)
    return build_outline_document(trace_exchange(exchange, find_dialect))


def make_message(name: str, *parts: object) -> dict[str, object]:
    return {"id": name, "object": "thread.message", "thread_id": "t", "content": list(parts)}


def make_text_part(value: object) -> dict[str, object]:
    return {"type": "text", "text": {"value": value, "annotations": []}}


def make_action(*calls: object) -> dict[str, object]:
    return {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": list(calls)}}


def make_message_delta(part: object) -> dict[str, object]:
    return {"id": "m", "object": "thread.message.delta", "delta": {"content": [part]}}


def make_step_delta(call: object) -> dict[str, object]:
    delta = {"step_details": {"type": "tool_calls", "tool_calls": [call]}}
    return {"id": "s", "object": "thread.run.step.delta", "delta": delta}


ANSWERS: list[tuple[str, object, Document]] = [
    (
        "a run that requires action",
        {"id": "r", "object": "thread.run", "thread_id": "t", "status": "requires_action"}
        | {"assistant_id": "a", "required_action": make_action(FUNCTION)},
        make_outline(
            tool_calls=(CALL,),
            ids={"assistant_id": "a", "run_id": "r", "thread_id": "t"},
            status="requires_action",
        ),
    ),
    (
        "many runs have neither a single id nor a single status",
        {
            "object": "list",
            "data": [
                {"id": "r1", "object": "thread.run", "thread_id": "t", "status": "completed"},
                {"id": "r2", "object": "thread.run", "thread_id": "t", "status": "failed"},
            ],
        },
        make_outline(ids={"thread_id": "t"}),
    ),
    (
        "a list of messages, in its order",
        {
            "object": "list",
            "data": [
                make_message("m2", make_text_part("b"), make_text_part("c")),
                make_message("m1", make_text_part("a")),
            ],
        },
        make_outline(texts=("b\nc", "a"), ids={"thread_id": "t"}),
    ),
    (
        "parts without text",
        make_message(
            "m", {"type": "image_file", "image_file": {"file_id": "f"}}, make_text_part(None), 1
        ),
        make_outline(ids={"message_id": "m", "thread_id": "t"}),
    ),
    (
        "a refusal, and a text as in requests",
        make_message("m", {"type": "refusal", "refusal": "no"}, {"type": "text", "text": "yes"}),
        make_outline(texts=("no\nyes",), ids={"message_id": "m", "thread_id": "t"}),
    ),
    (
        "steps",
        {
            "object": "list",
            "data": [
                {
                    "id": "s",
                    "object": "thread.run.step",
                    "run_id": "r",
                    "status": "completed",
                    "step_details": {
                        "type": "tool_calls",
                        "tool_calls": [FUNCTION, {**FUNCTION, "id": "call_2"}],
                    },
                }
            ],
        },
        make_outline(
            tool_calls=(CALL, {**CALL, "id": "call_2"}), ids={"run_id": "r", "step_id": "s"}
        ),
    ),
    ("a thread", {"id": "t", "object": "thread"}, make_outline(ids={"thread_id": "t"})),
    (
        "a deletion",
        {"id": "a", "object": "assistant.deleted", "deleted": True},
        make_outline(ids={"assistant_id": "a"}),
    ),
    (
        "an error",
        {"error": {"message": "No thread found.", "type": "invalid_request_error"}},
        make_outline(texts=("No thread found.",)),
    ),
    ("an unknown object", {"object": "thread.future", "id": "x"}, make_outline()),
    ("an object without a kind", {"object": {}, "id": "x"}, make_outline()),
    ("a list", [1], make_outline()),
    ("nothing", None, make_outline()),
]

STREAMS: list[tuple[str, list[object], Document]] = [
    (
        "a whole message is not added to its deltas",
        [
            make_message_delta(make_text_part("a")),
            make_message("m", make_text_part("a")),
        ],
        make_outline(texts=("a",), ids={"message_id": "m", "thread_id": "t"}),
    ),
    (
        "a whole part is used if only another part had deltas",
        [
            make_message_delta(make_text_part("a")),
            make_message("m", make_text_part("a"), make_text_part("b")),
        ],
        make_outline(texts=("a\nb",), ids={"message_id": "m", "thread_id": "t"}),
    ),
    (
        "a pair of surrogates in two deltas",
        [
            make_message_delta(make_text_part("\ud83d")),
            make_message_delta(make_text_part("\ude00")),
        ],
        make_outline(texts=("😀",), ids={"message_id": "m"}),
    ),
    (
        "an id and a name repeated in each delta, an output only in the whole",
        [
            make_step_delta({**FUNCTION, "function": {"name": "f", "arguments": "{"}}),
            make_step_delta({**FUNCTION, "function": {"name": "f", "arguments": "}"}}),
            {"id": "s", "object": "thread.run.step", "step_details": {"tool_calls": [FUNCTION]}},
            {
                "id": "r",
                "object": "thread.run",
                "status": "x",
                "required_action": make_action(FUNCTION),
            },
        ],
        make_outline(tool_calls=(CALL,), ids={"run_id": "r", "step_id": "s"}, status="x"),
    ),
    (
        "a type that only the first piece has",
        [make_step_delta(FUNCTION), make_step_delta({"index": 0, "function": {"arguments": "[]"}})],
        make_outline(tool_calls=({**CALL, "arguments": "{}[]"},), ids={"step_id": "s"}),
    ),
    (
        "the last status counts",
        [{"id": "r", "object": "thread.run", "status": status} for status in ("queued", "failed")],
        make_outline(ids={"run_id": "r"}, status="failed"),
    ),
]


@pytest.mark.parametrize(("reason", "value", "expected"), ANSWERS, ids=[row[0] for row in ANSWERS])
def test_the_outline_of_a_json_answer(reason: str, value: object, expected: Document) -> None:
    assert outline_answer(make_answer(json.dumps(value).encode(), headers=JSON)) == expected


@pytest.mark.parametrize(("reason", "items", "expected"), STREAMS, ids=[row[0] for row in STREAMS])
def test_the_outline_of_a_stream(reason: str, items: list[object], expected: Document) -> None:
    stream = "".join(f"event: x\ndata: {json.dumps(item)}\n\n" for item in items)
    assert outline_answer(make_answer(stream.encode())) == expected


def test_the_data_of_an_error_event_is_the_error() -> None:
    stream = b'event: error\ndata: {"message": "Sorry.", "code": null}\n\n'
    assert outline_answer(make_answer(stream)) == make_outline(texts=("Sorry.",))


def test_the_outline_of_a_body_that_was_not_stored_is_empty() -> None:
    assert outline_answer(make_answer(omitted=OmittedReason.MAX_BODY)) == make_outline()
