"""Recording and replaying read no traces: they would cost time on every request's way."""

from __future__ import annotations

from pathlib import Path

import pytest

from runreel.core.trace import build, reader, rules
from support.client import ask, build_post
from support.proxy import serve_recording, serve_replay
from support.upstream import build_ok, serve_scripts

STREAM = b'data: {"choices": [{"delta": {"content": "a"}}]}\n\ndata: [DONE]\n\n'
REQUESTS = [
    build_post("/v1/chat/completions", b'{"model": "m", "stream": true}'),
    build_post("/v1/threads/thread_1/runs", b'{"assistant_id": "a", "stream": true}'),
    build_post("/v1/threads", b"{}"),
]


def forbid_traces(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("a trace was built")

    for owner, name in (
        (build, "build_trace"),
        (build.TraceBuilder, "__init__"),
        (reader.AnswerReader, "__init__"),
        (rules.CompiledTable, "__init__"),
    ):
        monkeypatch.setattr(owner, name, fail)


async def test_no_trace_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules.compile_table.cache_clear()
    forbid_traces(monkeypatch)
    path = tmp_path / "it.cassette"
    scripts = [[build_ok(STREAM)] for _ in REQUESTS]
    async with serve_scripts(*scripts) as upstream, serve_recording(upstream.url, path) as proxy:
        recorded = [await ask(proxy.url, request) for request in REQUESTS]
    async with serve_replay(path) as (url, _):
        replayed = [await ask(url, request) for request in REQUESTS]
    assert [answer.body for answer in recorded] == [STREAM] * 3
    assert [answer.body for answer in replayed] == [STREAM] * 3
