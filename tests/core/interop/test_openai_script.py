"""Programs for the ``openai`` package, run against a server that notes their requests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from runreel.core.interop.openai_script import format_script
from runreel.errors import UsageError
from runreel.model import Request

CHAT = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": []}


@contextmanager
def serve_openai(requests: list[tuple[str, str, Any]]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            value = json.loads(body) if body else None
            requests.append((self.command, self.path, value))
            is_stream = value is not None and value.get("stream") is True
            data = b"data: [DONE]\n\n" if is_stream else json.dumps(CHAT).encode()
            self.send_response(200)
            media_type = "text/event-stream" if is_stream else "application/json"
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST

        def log_message(self, format: str, *args: object) -> None:
            """Write no log."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


MESSAGES = [{"role": "user", "content": 'it\'s\n"é" 🎉'}]
ROWS = [
    (
        "chat",
        ("chat", "chat.completions.create"),
        ("POST", b"/v1/chat/completions"),
        {"model": "m", "messages": MESSAGES, "temperature": 0.5},
        {},
    ),
    (
        "chat, streamed, with a member that the package does not know",
        ("chat", "chat.completions.create"),
        ("POST", b"/v1/chat/completions"),
        {"model": "m", "messages": MESSAGES, "stream": True, "top-k": None, "class": 1},
        {},
    ),
    (
        "a run",
        ("assistants", "runs.create"),
        ("POST", b"/v1/threads/thread_1/runs"),
        {"assistant_id": "asst_1", "instructions": "x" * 200, "stream": True},
        {"thread_id": "thread_1"},
    ),
    (
        "a call without a method in the table",
        ("assistants", "steps.list"),
        ("GET", b"/v1/threads/thread_1/runs/run_1/steps?limit=5"),
        None,
        {"thread_id": "thread_1", "run_id": "run_1"},
    ),
]


@pytest.mark.parametrize(
    ("why", "meaning", "line", "body", "ids"), ROWS, ids=[row[0] for row in ROWS]
)
def test_the_program_makes_the_same_call(
    why: str,
    meaning: tuple[str, str],
    line: tuple[str, bytes],
    body: dict[str, Any] | None,
    ids: dict[str, str],
    tmp_path: Path,
) -> None:
    requests: list[tuple[str, str, Any]] = []
    data = b"" if body is None else json.dumps(body).encode()
    with serve_openai(requests) as url:
        script = format_script(
            Request(*line, (), data),
            dialect=meaning[0],
            operation=meaning[1],
            ids=ids,
            upstream=url,
        )
        (tmp_path / "call.py").write_text(script, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "call.py"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "OPENAI_API_KEY": "any"},
        )
    assert done.returncode == 0, done.stderr
    assert requests == [(line[0], line[1].decode(), body)]


def test_other_apis_are_for_curl() -> None:
    with pytest.raises(UsageError, match="--to curl"):
        format_script(
            Request("POST", b"/v1/messages", (), b"{}"),
            dialect="anthropic",
            operation="messages.create",
            ids={},
            upstream="https://h",
        )


def test_a_body_that_is_not_json_is_for_curl() -> None:
    with pytest.raises(UsageError, match="not a JSON object; use --to curl"):
        format_script(
            Request("POST", b"/v1/files", (), b"--boundary"),
            dialect="assistants",
            operation="files.create",
            ids={},
            upstream="https://h",
        )
