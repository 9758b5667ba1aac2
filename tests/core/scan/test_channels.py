"""Which pieces of a stream make one text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runreel.core.scan.channels import iter_channels
from runreel.core.scan.streams import StreamItem


def joined(*events: tuple[str, Any]) -> list[str]:
    said = [
        StreamItem(name, data if isinstance(data, str) else json.dumps(data), 0, 0)
        for name, data in events
    ]
    return [b"".join(piece.text for piece in pieces).decode() for pieces in iter_channels(said)]


def content(index: int, text: str) -> dict[str, Any]:
    return {"index": index, "type": "text", "text": {"value": text}}


def call(index: int, arguments: str) -> dict[str, Any]:
    return {"index": index, "function": {"arguments": arguments}}


CASES = [
    (
        "a run's message, two contents",
        [
            ("thread.message.delta", {"id": "m", "delta": {"content": [content(0, "a")]}}),
            (
                "thread.message.delta",
                {"id": "m", "delta": {"content": [content(1, "x"), content(0, "b")]}},
            ),
            ("thread.message.delta", {"id": "m", "delta": {"content": [content(1, "y")]}}),
        ],
        ["ab", "xy"],
    ),
    (
        "two messages",
        [
            ("thread.message.delta", {"id": each, "delta": {"content": [content(0, text)]}})
            for each, text in (("m", "a"), ("n", "x"), ("m", "b"), ("n", "y"))
        ],
        ["ab", "xy"],
    ),
    (
        "a chat's choices and calls",
        [
            ("message", {"choices": [{"index": 0, "delta": {"content": "a"}}]}),
            ("message", {"choices": [{"index": 1, "delta": {"tool_calls": [call(0, "x")]}}]}),
            ("message", {"choices": [{"index": 0, "delta": {"content": "b"}}]}),
            ("message", {"choices": [{"index": 1, "delta": {"tool_calls": [call(0, "y")]}}]}),
        ],
        ["ab", "xy"],
    ),
    (
        "Responses: the name tells the kind, the ids tell the item",
        [
            ("response.output_text.delta", {"item_id": "i", "delta": "a"}),
            ("response.output_text.delta", {"item_id": "j", "delta": "x"}),
            ("response.output_text.delta", {"item_id": "i", "delta": "b"}),
            ("response.output_text.done", {"item_id": "i", "text": "ab"}),
        ],
        ["ab"],
    ),
    (
        "Anthropic's blocks",
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
    ("what is always the same", [("x", {"object": "o", "status": "s"})] * 2, []),
    ("ids", [("x", {"id": "a"}), ("x", {"id": "b"})], []),
    ("noise", [("x", {"obfuscation": "a"}), ("x", {"obfuscation": "b"})], []),
    (
        "the tokens of log-probabilities",
        [("x", {"logprobs": {"content": [{"token": "a"}, {"token": "b"}]}})] * 2,
        ["abab"],
    ),
    ("one piece alone", [("x", {"text": "a"})], []),
    ("numbers of members", [("x", {"text": 1}), ("x", {"text": 2})], []),
    (
        "lines that look like JSON",
        [("x", "a"), ("x", "3"), ("x", "null"), ("x", '"b"')],
        ["a3nullb"],
    ),
    ("nested beyond all measure", [("x", "[" * 100_000)], []),
]


@pytest.mark.parametrize(("events", "texts"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_channels(events: list[tuple[str, Any]], texts: list[str]) -> None:
    assert joined(*events) == texts


def test_what_is_nested_too_deeply_is_left_out() -> None:
    deep: Any = "a"
    for _ in range(100):
        deep = {"text": deep}
    assert joined(("x", deep), ("x", deep)) == []
