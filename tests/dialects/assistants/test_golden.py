"""Whole streams, and what is read out of them, as text that a reviewer can read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from runreel.core.dialect import Call, Outline
from runreel.dialects import dialect_of
from runreel.model import Request
from support.build import make_answer, make_request

GOLDEN = Path(__file__).parents[2] / "golden" / "assistants"
CASES = sorted(path.name for path in GOLDEN.iterdir())


@pytest.mark.parametrize("case", CASES)
def test_a_stream_and_its_request(case: str, expect: Callable[[Path, str], None]) -> None:
    request = read_request(GOLDEN / case / "request.json")
    stream = (GOLDEN / case / "stream.sse").read_bytes()
    dialect = dialect_of(request)
    outline = dialect.outline(request, make_answer(stream))
    lines = [*call_lines(dialect.read(request)), *outline_lines(outline)]
    expect(GOLDEN / case / "expected.txt", "\n".join([dialect.name, *lines, ""]))


def read_request(path: Path) -> Request:
    sent = json.loads(path.read_bytes())
    body = json.dumps(sent["body"]).encode()
    return make_request(sent["method"], sent["target"].encode(), body=body)


def call_lines(call: Call) -> Iterator[str]:
    yield f"operation {call.operation}"
    yield f"scope {call.scope!r}"
    yield f"summary {in_order(call.summary)}"
    for problem in call.problems:
        yield f"problem {problem.path}: {problem.message}"


def outline_lines(outline: Outline) -> Iterator[str]:
    yield f"ids {in_order(outline.ids)}"
    yield f"status {outline.status!r}"
    for text in outline.texts:
        yield f"text {text!r}"
    for call in outline.tool_calls:
        yield f"{call.kind} {call.id} {call.name!r} {call.arguments!r} -> {call.output!r}"


def in_order(values: Mapping[str, object]) -> str:
    return json.dumps(values, sort_keys=True)
