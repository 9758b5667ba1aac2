from __future__ import annotations

import pytest
from msgspec import UNSET

from runreel.dialects.assistants.messages import NewMessage
from runreel.dialects.assistants.requests import (
    AutoTruncation,
    CreateRunRequest,
    CreateThreadAndRunRequest,
    LastMessages,
    SubmitToolOutputsRequest,
)
from runreel.dialects.base.checking import check_object

Sent = dict[str, object]

RUNS: list[tuple[str, Sent, list[str]]] = [
    ("only the required field", {"assistant_id": "asst_1"}, []),
    ("no assistant", {}, ["assistant_id"]),
    ("an assistant that is null", {"assistant_id": None}, ["assistant_id"]),
    (
        "every nullable field is null",
        {
            "assistant_id": "asst_1",
            "model": None,
            "instructions": None,
            "additional_instructions": None,
            "additional_messages": None,
            "tools": None,
            "metadata": None,
            "temperature": None,
            "top_p": None,
            "stream": None,
            "max_prompt_tokens": None,
            "max_completion_tokens": None,
            "truncation_strategy": None,
            "tool_choice": None,
            "response_format": None,
            "reasoning_effort": None,
        },
        [],
    ),
    (
        "the limits of all ranges",
        {
            "assistant_id": "asst_1",
            "temperature": 2,
            "top_p": 0,
            "max_prompt_tokens": 256,
            "truncation_strategy": {"type": "last_messages", "last_messages": 1},
            "reasoning_effort": "xhigh",
            "parallel_tool_calls": False,
        },
        [],
    ),
    (
        "beyond the limits",
        {
            "assistant_id": "asst_1",
            "temperature": -0.1,
            "top_p": 1.01,
            "max_prompt_tokens": 255,
            "max_completion_tokens": 16,
            "truncation_strategy": {"type": "last_messages", "last_messages": 0},
            "reasoning_effort": "huge",
            "parallel_tool_calls": None,
        },
        [
            "temperature",
            "top_p",
            "max_prompt_tokens",
            "max_completion_tokens",
            "truncation_strategy.last_messages",
            "reasoning_effort",
            "parallel_tool_calls",
        ],
    ),
    (
        "a stream flag that is a string",
        {"assistant_id": "asst_1", "stream": "true"},
        ["stream"],
    ),
    (
        "last messages without their number",
        {"assistant_id": "asst_1", "truncation_strategy": {"type": "last_messages"}},
        ["truncation_strategy.last_messages"],
    ),
    (
        "automatic truncation, as in answers",
        {"assistant_id": "a", "truncation_strategy": {"type": "auto", "last_messages": None}},
        [],
    ),
    ("a format by word", {"assistant_id": "a", "response_format": "auto"}, []),
    ("a format by object", {"assistant_id": "a", "response_format": {"type": "text"}}, []),
    (
        "a schema",
        {
            "assistant_id": "a",
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "a", "schema": {"type": "object"}, "strict": None},
            },
        },
        [],
    ),
    (
        "a schema without a name",
        {"assistant_id": "a", "response_format": {"type": "json_schema", "json_schema": {}}},
        ["response_format.json_schema.name"],
    ),
    ("an unknown format", {"assistant_id": "a", "response_format": "json"}, ["response_format"]),
    (
        "fields of the other operation",
        {"assistant_id": "a", "thread": {}, "tool_resources": {}},
        ["thread", "tool_resources"],
    ),
    (
        "a message without its role",
        {"assistant_id": "a", "additional_messages": [{"content": "x"}]},
        ["additional_messages[0].role"],
    ),
]

OUTPUTS: list[tuple[str, Sent, list[str]]] = [
    ("one", {"tool_outputs": [{"tool_call_id": "call_1", "output": "x"}], "stream": True}, []),
    ("an empty one", {"tool_outputs": [{}], "stream": None}, []),
    ("none", {}, ["tool_outputs"]),
    ("one that is not a string", {"tool_outputs": [{"output": {}}]}, ["tool_outputs[0].output"]),
]


@pytest.mark.parametrize(("reason", "sent", "paths"), RUNS, ids=[row[0] for row in RUNS])
def test_the_problems_of_a_run(reason: str, sent: Sent, paths: list[str]) -> None:
    assert [problem.path for problem in check_object(CreateRunRequest, sent)[1]] == paths


@pytest.mark.parametrize(("reason", "sent", "paths"), OUTPUTS, ids=[row[0] for row in OUTPUTS])
def test_the_problems_of_tool_outputs(reason: str, sent: Sent, paths: list[str]) -> None:
    assert [problem.path for problem in check_object(SubmitToolOutputsRequest, sent)[1]] == paths


def test_a_thread_and_its_run_have_other_fields() -> None:
    sent: Sent = {"assistant_id": "a", "thread": {"messages": []}, "additional_messages": []}
    body, problems = check_object(CreateThreadAndRunRequest, sent)
    assert body is not None
    assert body.extra == {"additional_messages": []}
    assert [problem.path for problem in problems] == ["additional_messages"]


def test_the_message_calls_a_minimum_the_documented_one() -> None:
    _, problems = check_object(CreateRunRequest, {"assistant_id": "a", "max_prompt_tokens": 16})
    assert problems[0].message == "is less than 256, the documented minimum"


def test_the_result_is_typed() -> None:
    body, _ = check_object(
        CreateRunRequest,
        {
            "assistant_id": "asst_1",
            "model": None,
            "additional_messages": [{"role": "user", "content": "hello"}],
            "truncation_strategy": {"type": "last_messages", "last_messages": 3},
        },
    )
    assert body == CreateRunRequest(
        assistant_id="asst_1",
        model=None,
        additional_messages=(NewMessage(role="user", content="hello"),),
        truncation_strategy=LastMessages(last_messages=3),
    )
    assert body.truncation_strategy != AutoTruncation(last_messages=3)
    assert body.temperature is UNSET
