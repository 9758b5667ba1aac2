"""Pieces of a stream that are one text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runreel.core.scan.channels import iter_channels
from runreel.core.scan.streams import StreamItem


def join_channels(*events: tuple[str, Any]) -> list[str]:
    items = [
        StreamItem(name, data if isinstance(data, str) else json.dumps(data), 0, 0)
        for name, data in events
    ]
    return [b"".join(piece.text for piece in pieces).decode() for pieces in iter_channels(items)]


def build_content(index: int, text: str) -> dict[str, Any]:
    return {"index": index, "type": "text", "text": {"value": text}}


def build_call(index: int, arguments: str) -> dict[str, Any]:
    return {"index": index, "function": {"arguments": arguments}}


CASES = [
    (
        "two contents of a run's message",
        [
            ("thread.message.delta", {"id": "m", "delta": {"content": [build_content(0, "a")]}}),
            (
                "thread.message.delta",
                {"id": "m", "delta": {"content": [build_content(1, "x"), build_content(0, "b")]}},
            ),
            ("thread.message.delta", {"id": "m", "delta": {"content": [build_content(1, "y")]}}),
        ],
        ["ab", "xy"],
    ),
    (
        "two messages",
        [
            ("thread.message.delta", {"id": each, "delta": {"content": [build_content(0, text)]}})
            for each, text in (("m", "a"), ("n", "x"), ("m", "b"), ("n", "y"))
        ],
        ["ab", "xy"],
    ),
    (
        "choices and calls of a chat",
        [
            ("message", {"choices": [{"index": 0, "delta": {"content": "a"}}]}),
            ("message", {"choices": [{"index": 1, "delta": {"tool_calls": [build_call(0, "x")]}}]}),
            ("message", {"choices": [{"index": 0, "delta": {"content": "b"}}]}),
            ("message", {"choices": [{"index": 1, "delta": {"tool_calls": [build_call(0, "y")]}}]}),
        ],
        ["ab", "xy"],
    ),
    (
        "Responses: event names and item ids",
        [
            ("response.output_text.delta", {"item_id": "i", "delta": "a"}),
            ("response.output_text.delta", {"item_id": "j", "delta": "x"}),
            ("response.output_text.delta", {"item_id": "i", "delta": "b"}),
            ("response.output_text.done", {"item_id": "i", "text": "ab"}),
        ],
        ["ab"],
    ),
    (
        "blocks of Anthropic",
        [
            ("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": "a"}}),
            (
                "content_block_delta",
                {"index": 1, "delta": {"type": "input_json_delta", "partial_json": "x"}},
            ),
            ("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": "b"}}),
        ],
        ["ab"],
    ),
    ("an unknown stream", [("x", {"a": {"text": "a"}}), ("x", {"a": {"text": "b"}})], ["ab"]),
    ("lines of text", [("message", "a"), ("message", "{b"), ("message", "c")], ["a{bc"]),
    ("strings that are always the same", [("x", {"object": "o", "status": "s"})] * 2, []),
    ("ids", [("x", {"id": "a"}), ("x", {"id": "b"})], []),
    ("padding", [("x", {"obfuscation": "a"}), ("x", {"obfuscation": "b"})], []),
    (
        "the tokens of log-probabilities",
        [("x", {"logprobs": {"content": [{"token": "a"}, {"token": "b"}]}})] * 2,
        ["abab"],
    ),
    ("a single piece", [("x", {"text": "a"})], []),
    ("members that are numbers", [("x", {"text": 1}), ("x", {"text": 2})], []),
    (
        "lines that look like JSON",
        [("x", "a"), ("x", "3"), ("x", "null"), ("x", '"b"')],
        ["a3nullb"],
    ),
    ("nested beyond the limit of recursion", [("x", "[" * 100_000)], []),
]


@pytest.mark.parametrize(("events", "texts"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_pieces_are_joined(events: list[tuple[str, Any]], texts: list[str]) -> None:
    assert join_channels(*events) == texts


def test_values_nested_too_deeply_are_left_out() -> None:
    deep: Any = "a"
    for _ in range(100):
        deep = {"text": deep}
    assert join_channels(("x", deep), ("x", deep)) == []
