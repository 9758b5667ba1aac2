"""The meaning of requests and their streams, as text that a reviewer can read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from runreel.core.dialect import CallMeaning
from runreel.core.report.trace_document import build_outline_document
from runreel.dialects import find_dialect
from support.golden import GOLDEN, read_request
from support.traces import trace_file

FOLDER = GOLDEN / "assistants"
CASES = sorted(path.name for path in FOLDER.iterdir())


@pytest.mark.parametrize("case", CASES)
def test_the_meaning_of_a_request_and_its_stream(
    case: str, expect: Callable[[Path, str], None]
) -> None:
    request = read_request(FOLDER / case / "request.json")
    dialect = find_dialect(request)
    trace = trace_file(request, FOLDER / case / "stream.sse")
    outline = build_outline_document(trace)
    lines = [*iter_call_lines(dialect.interpret(request)), *iter_outline_lines(outline)]
    expect(FOLDER / case / "expected.txt", "\n".join([dialect.name, *lines, ""]))


def iter_call_lines(call: CallMeaning) -> Iterator[str]:
    yield f"operation {call.operation}"
    yield f"scope {call.scope!r}"
    yield f"summary {dump_sorted(call.summary)}"
    for problem in call.problems:
        yield f"problem {problem.path}: {problem.message}"


def iter_outline_lines(outline: Mapping[str, Any]) -> Iterator[str]:
    yield f"ids {dump_sorted(outline['ids'])}"
    yield f"status {outline['status']!r}"
    for text in outline["texts"]:
        yield f"text {text!r}"
    for call in outline["tool_calls"]:
        labels = f"{call['kind']} {call['id']} {call['name']!r}"
        yield f"{labels} {call['arguments']!r} -> {call['output']!r}"


def dump_sorted(values: Mapping[str, object]) -> str:
    return json.dumps(values, sort_keys=True)
