"""A test suite that uses the pytest plugin, run by pytest inside pytest, and its upstream."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

CLIENT_CODE = '''
"""The code under test: a client that reads the SDK's variables and needs only Python."""

import json, os, urllib.request


def ask(text, base_url=None, **more):
    url = f"{base_url or os.environ['OPENAI_BASE_URL']}/chat"
    headers = {"Content-Type": "application/json", "Authorization": "Bearer any"}
    body = json.dumps({"text": text, **more}).encode()
    with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:
        return json.loads(answer.read())


def ask_quietly(text):
    """Ask as code that ignores errors does."""
    try:
        return ask(text)
    except OSError:
        return None
'''


class NumberingUpstream:
    """An upstream that numbers its answers."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                upstream.paths.append(self.path)
                answer = json.dumps({"number": len(upstream.paths), "asked": body["text"]})
                self.send_response(500 if body["text"] == "break" else 200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer.encode())

            def log_message(self, format: str, *args: Any) -> None:
                """Log nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def call_count(self) -> int:
        """The number of requests so far."""
        return len(self.paths)


class Suite:
    """A test suite in its own folder."""

    def __init__(self, pytester: pytest.Pytester, upstream: NumberingUpstream) -> None:
        self._pytester = pytester
        self._upstream = upstream
        self.folder = pytester.path
        self.write("asking.py", CLIENT_CODE)
        self.write(
            "pytest.ini",
            "[pytest]\npythonpath = .\nasyncio_mode = auto\n"
            "asyncio_default_fixture_loop_scope = function\n",
        )

    def write(self, name: str, *texts: str) -> None:
        """Write a file, and create its folders."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(texts), encoding="utf-8")

    def write_tests(self, *texts: str, name: str = "test_app.py") -> None:
        """Write a test file that can use the client."""
        preamble = "import pytest\nfrom asking import ask, ask_quietly\n"
        self.write(name, preamble, *texts)

    def add_settings(self, *lines: str) -> None:
        """Add lines to the ini file."""
        path = self.folder / "pytest.ini"
        path.write_text("\n".join((path.read_text(encoding="utf-8"), *lines)), encoding="utf-8")

    def run(self, *arguments: str) -> pytest.RunResult:
        """Run the suite in this process."""
        return self._pytester.runpytest_inprocess("-p", "no:cacheprovider", *arguments)

    def run_in_subprocess(self, *arguments: str) -> pytest.RunResult:
        """Run the suite in a separate process."""
        return self._pytester.runpytest_subprocess("-p", "no:cacheprovider", *arguments)

    def record(self, *arguments: str, in_subprocess: bool = False) -> pytest.RunResult:
        """Record the suite, in this process or ``in_subprocess``."""
        run = self.run_in_subprocess if in_subprocess else self.run
        upstream = f"--runreel-upstream={self._upstream.url}"
        return run("--runreel-mode=record", upstream, *arguments)

    def list_cassettes(self) -> list[str]:
        """Return the paths of all cassettes, relative to the folder of the suite."""
        paths = self.folder.rglob("*.cassette")
        return sorted(str(path.relative_to(self.folder)) for path in paths)

    def cassette_path(self, name: str) -> Path:
        """Return the path of a test's cassette."""
        return self.folder / "cassettes" / f"{name}.cassette"
