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
from runreel.dialects.checking import check_object

Sent = dict[str, object]

RUNS: list[tuple[str, Sent, list[str]]] = [
    ("the least", {"assistant_id": "asst_1"}, []),
    ("no assistant", {}, ["assistant_id"]),
    ("an assistant that is null", {"assistant_id": None}, ["assistant_id"]),
    (
        "everything null that may be",
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
        "the ends of all ranges",
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
        "beyond the ends",
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
        "a stream that is a word",
        {"assistant_id": "asst_1", "stream": "true"},
        ["stream"],
    ),
    (
        "last messages without their number",
        {"assistant_id": "asst_1", "truncation_strategy": {"type": "last_messages"}},
        ["truncation_strategy.last_messages"],
    ),
    (
        "automatic truncation, as answers show it",
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
        "what only the other call has",
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
    ("one that is no text", {"tool_outputs": [{"output": {}}]}, ["tool_outputs[0].output"]),
]


@pytest.mark.parametrize(("reason", "sent", "paths"), RUNS, ids=[c[0] for c in RUNS])
def test_a_run(reason: str, sent: Sent, paths: list[str]) -> None:
    assert [problem.path for problem in check_object(CreateRunRequest, sent)[1]] == paths


@pytest.mark.parametrize(("reason", "sent", "paths"), OUTPUTS, ids=[c[0] for c in OUTPUTS])
def test_tool_outputs(reason: str, sent: Sent, paths: list[str]) -> None:
    assert [problem.path for problem in check_object(SubmitToolOutputsRequest, sent)[1]] == paths


def test_a_thread_and_its_run() -> None:
    sent: Sent = {"assistant_id": "a", "thread": {"messages": []}, "additional_messages": []}
    found, problems = check_object(CreateThreadAndRunRequest, sent)
    assert found is not None
    assert found.extra == {"additional_messages": []}
    assert [problem.path for problem in problems] == ["additional_messages"]


def test_the_message_says_that_a_minimum_is_the_documented_one() -> None:
    _, problems = check_object(CreateRunRequest, {"assistant_id": "a", "max_prompt_tokens": 16})
    assert problems[0].message == "is less than 256, the documented minimum"


def test_the_view_is_typed() -> None:
    found, _ = check_object(
        CreateRunRequest,
        {
            "assistant_id": "asst_1",
            "model": None,
            "additional_messages": [{"role": "user", "content": "hello"}],
            "truncation_strategy": {"type": "last_messages", "last_messages": 3},
        },
    )
    assert found == CreateRunRequest(
        assistant_id="asst_1",
        model=None,
        additional_messages=(NewMessage(role="user", content="hello"),),
        truncation_strategy=LastMessages(last_messages=3),
    )
    assert found.truncation_strategy != AutoTruncation(last_messages=3)
    assert found.temperature is UNSET
