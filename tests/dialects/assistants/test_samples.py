"""Real streams and examples of OpenAI's documentation, if present: the repository has no copy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runreel.core.http.sse import SseSplitter, parse_events
from runreel.core.trace.model import BlockKind
from runreel.dialects import find_dialect
from runreel.model import Request
from support.build import make_request
from support.cases import cut_at, feed_all
from support.sample_data import FOLDER as DATA
from support.traces import trace_file

STREAMS = sorted([*DATA.glob("streams/*.sse"), *DATA.glob("spec-examples/**/*.sse")])
RUN_STREAMS = [
    path for path in STREAMS if path.name.startswith(("assistants-", "create", "submit"))
]
PRINTED = {path.stem: path for path in STREAMS if path.parent.name == "as-printed"}
REQUESTS = sorted(DATA.glob("**/*.request.json"))

RUN_TRACES = [
    ("assistants-max-tokens", "incomplete", 1, 0),
    ("assistants-text-1", "completed", 1, 1),
    ("assistants-text-2", "completed", 1, 1),
    ("assistants-thread-and-run", "completed", 1, 0),
    ("createRun.streaming", "completed", 1, 0),
    ("createRun.streaming-with-functions", "completed", 1, 0),
    ("createThreadAndRun.streaming", "completed", 1, 0),
    ("createThreadAndRun.streaming-with-functions", "requires_action", 0, 1),
    ("submitToolOutputsToRun.streaming", "completed", 1, 1),
]

PROBLEMS = {"assistants-max-tokens.request.json": ["max_completion_tokens"]}
"""A documented limit that the real server does not enforce."""


def read_request(path: Path) -> Request:
    fields = json.loads(path.read_bytes())
    body = b"" if fields["body"] is None else json.dumps(fields["body"]).encode()
    return make_request(fields["method"], fields["path"].encode(), body=body)


@pytest.mark.sample_data
@pytest.mark.parametrize("path", STREAMS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_streams_are_split_without_loss(path: Path) -> None:
    body = path.read_bytes()
    raws, rest = feed_all(SseSplitter(), cut_at(body, range(0, len(body), 7)))
    assert b"".join(raws) + rest == body
    assert rest == b""
    assert len(parse_events(body)) == len(raws)


@pytest.mark.sample_data
@pytest.mark.parametrize(
    ("name", "status", "texts", "calls"), RUN_TRACES, ids=[row[0] for row in RUN_TRACES]
)
def test_the_traces_of_run_streams(name: str, status: str, texts: int, calls: int) -> None:
    path = next(path for path in RUN_STREAMS if path.stem == name and path not in PRINTED.values())
    trace = trace_file(make_request(), path)
    kinds = [block.kind for block in trace.blocks]
    call_kinds = [kind for kind in kinds if kind in (BlockKind.TOOL_CALL, BlockKind.CODE)]
    assert (trace.end.status, kinds.count(BlockKind.TEXT)) == (status, texts)
    assert len(call_kinds) == calls
    assert {"thread_id", "run_id"} <= dict(trace.ids).keys()
    if name.startswith("assistants-"):  # printed examples leave events out
        assert trace.problems == ()


@pytest.mark.sample_data
@pytest.mark.parametrize("name", sorted(PRINTED))
def test_an_event_with_broken_json_is_skipped(name: str) -> None:
    trace = trace_file(make_request(), PRINTED[name])
    assert "thread_id" in dict(trace.ids)


@pytest.mark.sample_data
@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: path.name)
def test_real_requests_have_only_known_problems(path: Path) -> None:
    call = find_dialect(read_request(path)).interpret(read_request(path))
    assert [problem.path for problem in call.problems] == PROBLEMS.get(path.name, [])
    belongs = path.parent.name == "spec-examples" or path.name.startswith("assistants")
    assert bool(call.operation) or not belongs
