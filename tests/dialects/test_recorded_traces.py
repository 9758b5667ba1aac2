"""Traces of recorded streams, if present: the repository has only facts about them, no texts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runreel.core.trace.model import Trace
from runreel.model import Request
from support.build import make_request
from support.golden import GOLDEN
from support.sample_data import FOLDER
from support.traces import check_pieces, trace_file

STREAMS = FOLDER / "streams"
APIS = ("anthropic", "assistants", "chat", "responses")
RECORDED = sorted(path for api in APIS for path in STREAMS.glob(f"{api}-*.sse"))


def read_request(path: Path) -> Request:
    """Read the request beside a stream; without one, it is that of a thread and a run."""
    file = path.with_suffix(".request.json")
    fields = json.loads(file.read_bytes()) if file.exists() else {}
    body = json.dumps(fields.get("body")).encode() if fields.get("body") else b"{}"
    target = fields.get("path", "/v1/threads/runs").encode()
    return make_request(fields.get("method", "POST"), target, body=body)


def iter_facts(trace: Trace) -> Iterator[str]:
    kinds = Counter(event.kind.value for event in trace.events)
    yield f"{trace.dialect} {trace.operation}"
    yield f"events {dict(sorted(kinds.items()))}"
    for block in (*trace.conversation, *trace.blocks):
        labels = " ".join(filter(None, (block.kind.value, block.role, block.name)))
        yield f"{labels}: {len(block.text)} characters in {len(block.pieces)} pieces"
    usage = {name: value for name, value in trace.usage._asdict().items() if value is not None}
    yield f"usage {usage}"
    yield f"terminal event {trace.end.terminal_event}, status {trace.end.status}"
    yield f"alarm {trace.end.is_alarm}, ids {sorted(name for name, _ in trace.ids)}"
    yield from (f"problem {path}: {message}" for path, message in trace.problems)


@pytest.mark.sample_data
@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_facts_of_a_recorded_stream(path: Path, expect: Callable[[Path, str], None]) -> None:
    request = read_request(path)
    trace = trace_file(request, path)
    check_pieces(trace, request.body, path.read_bytes())
    expect(GOLDEN / "recorded" / f"{path.stem}.txt", "\n".join((*iter_facts(trace), "")))
