"""Commands for curl, run by a shell against a server that says what it got."""

from __future__ import annotations

import json
import os
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from runreel.core.interop.curl_command import format_curl
from runreel.model import Headers, Request

JSON: Headers = ((b"Content-Type", b"application/json"),)
KEY = "a key $HOME `x` \"with\" 'quotes'"


class _Mirror(BaseHTTPRequestHandler):
    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        seen = {
            "method": self.command,
            "target": self.path,
            "headers": [[name.lower(), value] for name, value in self.headers.items()],
            "body": b64encode(body).decode(),
        }
        data = json.dumps(seen).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_DELETE = _answer

    def log_message(self, format: str, *args: object) -> None:
        """Write no log."""


@contextmanager
def serve_mirror() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Mirror) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def run_in_shell(command: str) -> dict[str, object]:
    """Run the command as a user pastes it, with keys in the environment."""
    keys = {"OPENAI_API_KEY": KEY, "ANTHROPIC_API_KEY": KEY, "GEMINI_API_KEY": "k"}
    done = subprocess.run(
        ["/bin/sh"],
        input=command.encode(),
        capture_output=True,
        check=True,
        timeout=30,
        env={**os.environ, **keys},
    )
    seen: dict[str, object] = json.loads(done.stdout)
    return seen


ROWS = [
    ("JSON", "POST", b"/v1/x", JSON, b'{"stream": true, "a": "\'quotes\' $HOME `id` \\n"}'),
    ("characters beyond ASCII", "POST", b"/v1/x", JSON, '{"a": "é 🎉"}'.encode()),
    ("a body that names a file to curl", "POST", b"/v1/x", JSON, b"@/etc/passwd"),
    ("several lines, the last one ended", "POST", b"/v1/x", JSON, b"{\n  \n}\n"),
    ("bytes that are not text", "POST", b"/v1/x", JSON, b"\xff\x00\x01'"),
    ("more than an argument may have", "POST", b"/v1/x", JSON, b"'x" * 100_000),
    ("no body", "GET", b"/v1/x?a=%20b&c=d'e", (), b""),
    ("another method", "DELETE", b"/v1/x", ((b"X-Note", b"it's"),), b""),
]


@pytest.mark.parametrize(
    ("why", "method", "target", "headers", "body"), ROWS, ids=[row[0] for row in ROWS]
)
def test_curl_sends_the_same_request(
    why: str, method: str, target: bytes, headers: Headers, body: bytes
) -> None:
    with serve_mirror() as url:
        seen = run_in_shell(format_curl(Request(method, target, headers, body), url))
    assert (seen["method"], str(seen["target"]).encode()) == (method, target)
    assert b64decode(str(seen["body"])) == body
    names = [[name.decode().lower(), value.decode()] for name, value in headers]
    received = seen["headers"]
    assert isinstance(received, list)
    assert [pair for pair in received if pair in names] == names


KEYS = [
    ("OpenAI", b"Authorization", b"Bearer REDACTED-authorization-1", f"Bearer {KEY}"),
    ("Anthropic", b"x-api-key", b"REDACTED-api-key-2", KEY),
]


@pytest.mark.parametrize(("why", "name", "value", "expected"), KEYS, ids=[row[0] for row in KEYS])
def test_keys_come_from_the_environment(why: str, name: bytes, value: bytes, expected: str) -> None:
    with serve_mirror() as url:
        command = format_curl(Request("GET", b"/v1/x", ((name, value),)), url)
        seen = run_in_shell(command)
    assert [name.decode().lower(), expected] in seen["headers"]  # type: ignore[operator]
    assert "REDACTED" not in command


def test_a_key_in_the_query() -> None:
    with serve_mirror() as url:
        seen = run_in_shell(
            format_curl(Request("GET", b"/v1beta/m:g?alt=sse&key=REDACTED-key-1&a=b", ()), url)
        )
    assert seen["target"] == "/v1beta/m:g?alt=sse&key=k&a=b"


def test_other_placeholders_stay() -> None:
    command = format_curl(Request("POST", b"/x", JSON, b'{"to": "REDACTED-email-1"}'), "http://h")
    assert "REDACTED-email-1" in command
    assert "$" not in command


def test_a_stream_is_shown_as_it_comes() -> None:
    assert "-sSN" in format_curl(Request("POST", b"/x", JSON, b'{"stream":true}'), "http://h")
    assert "-sSN" not in format_curl(Request("POST", b"/x", JSON, b"{}"), "http://h")
