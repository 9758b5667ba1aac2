from __future__ import annotations

import pytest

from runreel.dialects.assistants.requests import CreateThreadAndRunRequest
from runreel.dialects.base.checking import check_object

Sent = dict[str, object]

CASES: list[tuple[str, Sent, list[str]]] = [
    (
        "every tool",
        {
            "tools": [
                {"type": "code_interpreter"},
                {
                    "type": "file_search",
                    "file_search": {
                        "max_num_results": 50,
                        "ranking_options": {"ranker": "auto", "score_threshold": 0.5},
                    },
                },
                {
                    "type": "function",
                    "function": {
                        "name": "get-a_1",
                        "description": "x",
                        "parameters": {"type": "object"},
                        "strict": True,
                    },
                },
            ]
        },
        [],
    ),
    ("no tools", {"tools": None}, []),
    ("twenty tools", {"tools": [{"type": "code_interpreter"}] * 20}, []),
    ("one more", {"tools": [{"type": "code_interpreter"}] * 21}, ["tools"]),
    ("a tool without a type", {"tools": [{}]}, ["tools[0].type"]),
    (
        "an unknown tool",
        {"tools": [{"type": "code_interpreter"}, {"type": "x"}]},
        ["tools[1].type"],
    ),
    (
        "a function tool without a function",
        {"tools": [{"type": "function"}]},
        ["tools[0].function"],
    ),
    (
        "a function without a name",
        {"tools": [{"type": "function", "function": {}}]},
        ["tools[0].function.name"],
    ),
    (
        "a function with an invalid name",
        {"tools": [{"type": "function", "function": {"name": "a b"}}]},
        ["tools[0].function.name"],
    ),
    (
        "a function with a long name",
        {"tools": [{"type": "function", "function": {"name": "a" * 65}}]},
        ["tools[0].function.name"],
    ),
    (
        "too many search results, and no threshold",
        {
            "tools": [
                {
                    "type": "file_search",
                    "file_search": {"max_num_results": 51, "ranking_options": {"ranker": "x"}},
                }
            ]
        },
        [
            "tools[0].file_search.max_num_results",
            "tools[0].file_search.ranking_options.ranker",
            "tools[0].file_search.ranking_options.score_threshold",
        ],
    ),
    ("a choice by word", {"tool_choice": "required"}, []),
    ("a choice of any function", {"tool_choice": {"type": "function"}}, ["tool_choice.function"]),
    (
        "a choice of a function",
        {"tool_choice": {"type": "function", "function": {"name": "a"}}},
        [],
    ),
    ("a choice of a tool", {"tool_choice": {"type": "file_search"}}, []),
    ("an unknown choice", {"tool_choice": "any"}, ["tool_choice"]),
    ("an unknown tool chosen", {"tool_choice": {"type": "x"}}, ["tool_choice.type"]),
    (
        "resources",
        {
            "tool_resources": {
                "code_interpreter": {"file_ids": ["file_1"]},
                "file_search": {"vector_store_ids": ["vs_1"]},
            }
        },
        [],
    ),
    (
        "too many of them",
        {
            "tool_resources": {
                "code_interpreter": {"file_ids": ["file_1"] * 21},
                "file_search": {"vector_store_ids": ["vs_1", "vs_2"]},
            }
        },
        [
            "tool_resources.code_interpreter.file_ids",
            "tool_resources.file_search.vector_store_ids",
        ],
    ),
]


@pytest.mark.parametrize(("reason", "sent", "paths"), CASES, ids=[row[0] for row in CASES])
def test_the_paths_of_problems(reason: str, sent: Sent, paths: list[str]) -> None:
    _, problems = check_object(CreateThreadAndRunRequest, {"assistant_id": "asst_1", **sent})
    assert [problem.path for problem in problems] == paths
