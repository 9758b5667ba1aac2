"""Real client libraries find the proxy by the variables of docs/clients.md, each by one alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from runreel.core.client_variables import BASE_URLS, build_base_urls, build_dummy_keys
from support.wrapped import NODE_OPTIONS

pytestmark = pytest.mark.clients

SCRIPTS = Path(__file__).parent / "scripts"
PAGE = Path(__file__).parents[2] / "docs" / "clients.md"
CHAT = "/v1/chat/completions"
AZURE = "/openai/deployments/m/chat/completions"
CASES = [
    ("python", "openai", "OPENAI_BASE_URL", CHAT),
    ("python", "azure_openai", "AZURE_OPENAI_ENDPOINT", AZURE),
    ("python", "anthropic", "ANTHROPIC_BASE_URL", "/v1/messages"),
    ("python", "anthropic_bedrock", "ANTHROPIC_BEDROCK_BASE_URL", "/model/m/invoke"),
    ("python", "anthropic_vertex", "ANTHROPIC_VERTEX_BASE_URL", "/v1/projects/p/"),
    ("python", "google_genai", "GOOGLE_GEMINI_BASE_URL", "/v1/models/m:generateContent"),
    ("python", "google_genai_vertex", "GOOGLE_VERTEX_BASE_URL", "/v1beta1/projects/p/"),
    ("python", "groq", "GROQ_BASE_URL", "/openai/v1/chat/completions"),
    ("python", "cohere", "CO_API_URL", "/v2/chat"),
    ("python", "ollama", "OLLAMA_HOST", "/api/chat"),
    ("python", "boto3_bedrock", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "/model/m/converse"),
    ("python", "litellm_openai", "OPENAI_API_BASE", CHAT),
    ("python", "litellm_openai", "OPENAI_BASE_URL", CHAT),
    ("python", "litellm_azure", "AZURE_API_BASE", AZURE),
    ("python", "litellm_anthropic", "ANTHROPIC_API_BASE", "/v1/messages"),
    ("python", "litellm_gemini", "GEMINI_API_BASE", "/v1beta/models/m:generateContent"),
    ("python", "litellm_groq", "GROQ_API_BASE", "/openai/v1/chat/completions"),
    ("python", "litellm_mistral", "MISTRAL_AZURE_API_BASE", CHAT),
    ("python", "litellm_ollama", "OLLAMA_API_BASE", "/api/"),
    ("python", "langchain_openai", "OPENAI_API_BASE", CHAT),
    ("python", "langchain_azure", "AZURE_OPENAI_ENDPOINT", AZURE),
    ("python", "langchain_anthropic", "ANTHROPIC_BASE_URL", "/v1/messages"),
    ("python", "langchain_mistral", "MISTRAL_BASE_URL", CHAT),
    ("python", "langchain_google", "GOOGLE_GEMINI_BASE_URL", "/v1/models/m:generateContent"),
    ("python", "langchain_ollama", "OLLAMA_HOST", "/api/chat"),
    ("node", "openai", "OPENAI_BASE_URL", CHAT),
    ("node", "azure_openai", "AZURE_OPENAI_ENDPOINT", AZURE),
    ("node", "anthropic", "ANTHROPIC_BASE_URL", "/v1/messages"),
    ("node", "google_genai", "GOOGLE_GEMINI_BASE_URL", "/v1beta/models/m:generateContent"),
    ("node", "groq", "GROQ_BASE_URL", "/openai/v1/chat/completions"),
    ("node", "ai_sdk_openai", "OPENAI_BASE_URL", "/v1/responses"),
]
PACKAGES = {"python": "python_packages", "node": "node_modules"}
NOT_WITH_ALL = {("node", "azure_openai")}
"""Clients that take OPENAI_BASE_URL for theirs if it is set too: docs/clients.md says so."""


class PathServer:
    """A server that keeps the paths of requests, and answers each with an error."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        server = self

        class PathHandler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                server.paths.append(self.path)
                self.send_response(400)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Log nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), PathHandler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def server() -> Iterator[PathServer]:
    server = PathServer()
    Thread(target=server.server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.server.shutdown()
    server.server.server_close()


def call(language: str, client: str, packages: Path, variables: dict[str, str]) -> None:
    """Call the API with a client, in a process whose environment leads to no API but this."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = {**inherited, **build_dummy_keys({}), "NO_PROXY": "127.0.0.1", **variables}
    if language == "python":
        environment["PYTHONPATH"] = str(packages)
        command = [sys.executable, str(SCRIPTS / "with_variables.py"), client]
    else:
        script = str(SCRIPTS / "with_variables.mjs")
        command = ["node", *NODE_OPTIONS, script, client, str(packages)]
    subprocess.run(command, env=environment, timeout=100, check=True)  # noqa: S603 - our own script


@pytest.mark.parametrize(
    ("language", "client", "variable", "path"), CASES, ids=[" ".join(row[:3]) for row in CASES]
)
def test_a_client_follows_its_variable(
    request: pytest.FixtureRequest,
    server: PathServer,
    language: str,
    client: str,
    variable: str,
    path: str,
) -> None:
    packages = request.getfixturevalue(PACKAGES[language])
    variables = build_base_urls(server.url, has_path=False)
    call(language, client, packages, {variable: variables[variable]})
    alone = list(server.paths)
    assert alone
    assert alone[0].startswith(path)
    if (language, client) not in NOT_WITH_ALL:
        call(language, client, packages, variables)
        assert server.paths[len(alone)].startswith(path)


def test_every_variable_is_tried_and_documented() -> None:
    assert {variable for _, _, variable, _ in CASES} == {*BASE_URLS}
    text = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([A-Z_]+)` \|\s*`?([^|`]*?)`?\s*\|", text, re.MULTILINE)
    assert {name: path.strip() for name, path in rows} == {**BASE_URLS}
