from __future__ import annotations

import pytest

from runreel.dialects.assistants.messages import NewMessage, NewThread
from runreel.dialects.base.checking import check_object

Sent = dict[str, object]

MESSAGES: list[tuple[str, Sent, list[str]]] = [
    ("a text", {"role": "user", "content": "hello"}, []),
    (
        "parts of every kind",
        {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "hello"},
                {"type": "image_file", "image_file": {"file_id": "file_1", "detail": "low"}},
                {"type": "image_url", "image_url": {"url": "https://x.example/a.png"}},
            ],
        },
        [],
    ),
    ("nothing", {}, ["role", "content"]),
    ("another role", {"role": "system", "content": ""}, ["role"]),
    ("no parts", {"role": "user", "content": []}, ["content"]),
    ("content that is an object", {"role": "user", "content": {}}, ["content"]),
    (
        "parts without a required field",
        {
            "role": "user",
            "content": [{"type": "text"}, {"type": "image_url", "image_url": {}}, {"type": "x"}],
        },
        ["content[0].text", "content[1].image_url.url", "content[2].type"],
    ),
    (
        "an unknown detail",
        {
            "role": "user",
            "content": [{"type": "image_file", "image_file": {"file_id": "f", "detail": "x"}}],
        },
        ["content[0].image_file.detail"],
    ),
    (
        "attachments",
        {
            "role": "user",
            "content": "",
            "attachments": [
                {"file_id": "f", "tools": [{"type": "file_search"}, {"type": "code_interpreter"}]}
            ],
        },
        [],
    ),
    (
        "an attachment for a function",
        {"role": "user", "content": "", "attachments": [{"tools": [{"type": "function"}]}]},
        ["attachments[0].tools[0].type"],
    ),
    ("no attachments, no metadata", {"role": "user", "content": "", "attachments": None}, []),
    (
        "the largest metadata",
        {"role": "user", "content": "", "metadata": {f"{n:064}": "x" * 512 for n in range(16)}},
        [],
    ),
    (
        "too much metadata",
        {"role": "user", "content": "", "metadata": {f"{n}": "" for n in range(17)}},
        ["metadata"],
    ),
    (
        "names and values that are too long, and one that is not a string",
        {"role": "user", "content": "", "metadata": {"k" * 65: "", "a": "x" * 513, "b": 1}},
        [f"metadata.{'k' * 64}…", "metadata.a", "metadata.b"],
    ),
]

THREADS: list[tuple[str, Sent, list[str]]] = [
    ("empty", {}, []),
    ("a message", {"messages": [{"role": "user", "content": "hello"}], "metadata": None}, []),
    ("a broken one", {"messages": [{"role": "user"}]}, ["messages[0].content"]),
    (
        "a new vector store",
        {
            "tool_resources": {
                "file_search": {
                    "vector_stores": [
                        {
                            "file_ids": ["file_1"],
                            "chunking_strategy": {
                                "type": "static",
                                "static": {
                                    "max_chunk_size_tokens": 99,
                                    "chunk_overlap_tokens": 1,
                                },
                            },
                        }
                    ]
                }
            }
        },
        [
            "tool_resources.file_search.vector_stores[0]"
            ".chunking_strategy.static.max_chunk_size_tokens"
        ],
    ),
    (
        "two vector stores",
        {"tool_resources": {"file_search": {"vector_stores": [{}, {}]}}},
        ["tool_resources.file_search.vector_stores"],
    ),
]


@pytest.mark.parametrize(("reason", "sent", "paths"), MESSAGES, ids=[row[0] for row in MESSAGES])
def test_the_problems_of_a_message(reason: str, sent: Sent, paths: list[str]) -> None:
    assert [problem.path for problem in check_object(NewMessage, sent)[1]] == paths


@pytest.mark.parametrize(("reason", "sent", "paths"), THREADS, ids=[row[0] for row in THREADS])
def test_the_problems_of_a_thread(reason: str, sent: Sent, paths: list[str]) -> None:
    assert [problem.path for problem in check_object(NewThread, sent)[1]] == paths
