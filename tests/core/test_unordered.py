"""Outputs of tools mean the same in any order; everything else does not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.match.matching import Matching
from runreel.core.match.rules import MatchRules
from runreel.core.unordered import UnorderedItems, sort_body, sort_unordered
from runreel.dialects import find_dialect
from support.build import make_request

SUBMIT = b"/v1/threads/thread_1/runs/run_1/submit_tool_outputs"
RUN = b"/threads/1c5ec7a8-1111-4a11-8111-111111111111/runs"
CHAT, RESPONSES, ANTHROPIC = b"/v1/chat/completions", b"/v1/responses", b"/v1/messages"


def make_outputs(kind: str, *names: str) -> list[Any]:
    """Return the outputs of these calls, as an API takes them."""
    if kind == "chat":
        return [{"role": "tool", "tool_call_id": name, "content": name} for name in names]
    if kind == "responses":
        outputs = "function_call_output", "custom_tool_call_output"
        return [{"type": outputs[name == "b"], "call_id": name, "output": name} for name in names]
    if kind == "anthropic":
        return [{"type": "tool_result", "tool_use_id": name, "content": name} for name in names]
    return [{"tool_call_id": name, "output": name} for name in names]


CALL = {"type": "function_call", "call_id": "z"}
USER = {"role": "user", "content": "x"}


def make_body(kind: str, *names: str) -> dict[str, Any]:
    outputs = make_outputs(kind, *names)
    match kind:
        case "chat":
            return {"messages": [USER, {"role": "assistant"}, *outputs, USER, *outputs]}
        case "responses":
            return {"input": [CALL, CALL, *outputs]}
        case "anthropic":
            return {"messages": [USER, {"role": "user", "content": [*outputs, {"type": "text"}]}]}
        case "langgraph":
            return {"assistant_id": "a", "input": {"messages": [{"type": "ai"}, *outputs]}}
    return {"tool_outputs": outputs}


TARGETS = {
    "assistants": SUBMIT,
    "langgraph": RUN,
    "chat": CHAT,
    "responses": RESPONSES,
    "anthropic": ANTHROPIC,
}


@pytest.mark.parametrize("kind", TARGETS)
def test_outputs_in_another_order_are_the_same_call(kind: str) -> None:
    matching = Matching(find_dialect)
    one, other, longer = (
        make_request(target=TARGETS[kind], body=json.dumps(make_body(kind, *names)).encode())
        for names in ("abc", "cab", "abca")
    )
    assert matching.fingerprint(one) == matching.fingerprint(other)
    assert matching.fingerprint(one) != matching.fingerprint(longer)
    assert matching.find_differences(one, other).listed == ()
    assert matching.sort_body(other).body == matching.sort_body(one).body


OTHERS = [
    (
        "messages that are not adjacent",
        CHAT,
        {"messages": [*make_outputs("chat", "a"), USER, *make_outputs("chat", "b")]},
        {"messages": [*make_outputs("chat", "b"), USER, *make_outputs("chat", "a")]},
    ),
    (
        "calls",
        RESPONSES,
        {"input": [{**CALL, "call_id": "a"}, CALL]},
        {"input": [CALL, {**CALL, "call_id": "a"}]},
    ),
    (
        "swapped outputs",
        SUBMIT,
        {"tool_outputs": [{"tool_call_id": "a", "output": "1"}, {"tool_call_id": "b"}]},
        {"tool_outputs": [{"tool_call_id": "a"}, {"tool_call_id": "b", "output": "1"}]},
    ),
    (
        "ids that are none",
        SUBMIT,
        {"tool_outputs": [{"tool_call_id": 1}, {"tool_call_id": [2]}, 3]},
        {"tool_outputs": [{"tool_call_id": [2]}, {"tool_call_id": 1}, 3]},
    ),
    (
        "kinds that are none",
        ANTHROPIC,
        {"messages": [{"content": [{"type": [], "tool_use_id": "b"}, {"tool_use_id": "a"}]}]},
        {"messages": [{"content": [{"tool_use_id": "a"}, {"type": [], "tool_use_id": "b"}]}]},
    ),
]


@pytest.mark.parametrize(
    ("reason", "target", "one", "other"), OTHERS, ids=[row[0] for row in OTHERS]
)
def test_the_order_of_everything_else_counts(
    reason: str, target: bytes, one: object, other: object
) -> None:
    matching = Matching(find_dialect)
    fingerprints = [
        matching.fingerprint(make_request(target=target, body=json.dumps(body).encode()))
        for body in (one, other)
    ]
    assert len(set(fingerprints)) == 2


def test_where_ids_are_ignored_the_order_counts() -> None:
    matching = Matching(find_dialect, MatchRules.parse(["$.tool_outputs[*].tool_call_id"]))
    one, other = (
        make_request(target=SUBMIT, body=json.dumps(make_body("assistants", *names)).encode())
        for names in ("ab", "ba")
    )
    assert matching.fingerprint(one) != matching.fingerprint(other)


UNSORTED = [
    ("in order", json.dumps({"a": [{"id": "1"}, {"id": "2"}]}).encode()),
    ("without ids", b'{"a": [3, 2, 1]}'),
    ("not JSON", b'{"a": [{"id": '),
    ("nested too deep", b"[" * 99_999 + b'"id"'),
    ("no array", b'{"a": {"id": "1"}}'),
    ("another value", b'"id"'),
]


@pytest.mark.parametrize(("reason", "body"), UNSORTED, ids=[row[0] for row in UNSORTED])
def test_a_body_in_order_stays_as_it_is(reason: str, body: bytes) -> None:
    request = make_request(body=body)
    assert sort_body(request, [UnorderedItems(("a",), "id")]) is request


@given(st.lists(st.sampled_from([{"id": "1"}, {"id": "2"}, {"id": "3"}, {"x": 1}, 5]), max_size=8))
def test_sorting_keeps_all_elements_and_sorts_again_to_the_same(array: list[Any]) -> None:
    value = {"a": [*array]}
    sort_unordered(value, [UnorderedItems(("a",), "id")])
    once = [*value["a"]]
    assert sorted(map(str, once)) == sorted(map(str, array))
    assert sort_unordered(value, [UnorderedItems(("a",), "id")]) is False
    assert value["a"] == once
