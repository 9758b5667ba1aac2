"""One conversation, held by every real client: live through the proxy, then from the cassette.

All clients must get the same transcript, and each must get the same answers again, with headers,
after the upstream has shut down.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from runreel.config import Config, ReplaySettings
from runreel.simulator import serve_simulator
from support.canary import KEY
from support.proxy import read_exchanges, serve_recording, serve_replay
from support.wrapped import NODE_OPTIONS

pytestmark = [pytest.mark.clients, pytest.mark.slow]

HERE = Path(__file__).parent
SCRIPTS = HERE / "scripts"
TRANSCRIPT = json.loads((HERE / "transcript.json").read_text(encoding="utf-8"))

UNCHANGED_HEADERS = Config(replay=ReplaySettings(shorten_waits=False))
"""Keeps all headers as recorded, including those with waiting times."""

PYTHON = [sys.executable, "-W", "ignore::DeprecationWarning"]
OPENAI = [*PYTHON, str(SCRIPTS / "with_openai.py")]
HTTP = [*PYTHON, str(SCRIPTS / "with_http.py")]

OPERATIONS = {
    "assistants.create",
    "threads.create",
    "messages.create",
    "runs.create",
    "runs.retrieve",
    "steps.list",
    "messages.list",
    "runs.submit_tool_outputs",
    "threads.create_and_run",
    "files.create",
    "files.content",
    "models.list",
}

CLIENTS = [
    ("openai, newest", [*OPENAI, "sync"]),
    ("openai, newest, async", [*OPENAI, "async"]),
    ("openai, newest, for Azure", [*OPENAI, "azure"]),
    ("httpx", [*HTTP, "httpx"]),
    ("httpx, async", [*HTTP, "httpx-async"]),
]


async def run_client(command: list[str], base_url: str, key: str, **variables: str) -> Any:
    """Run a client's script and return its JSON; the server and the key are in its environment."""
    environment = {
        **os.environ,
        "OPENAI_BASE_URL": f"{base_url}/v1",
        "OPENAI_API_KEY": key,
        "AZURE_OPENAI_ENDPOINT": base_url,
        "AZURE_OPENAI_API_KEY": key,
        "OPENAI_API_VERSION": "2024-05-01-preview",
        "NO_PROXY": "127.0.0.1",
        **variables,
    }
    client = await asyncio.create_subprocess_exec(
        *command,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await client.communicate()
    assert client.returncode == 0, errors.decode()
    return json.loads(output)


async def check_client(command: list[str], cassette: Path, variables: Mapping[str, str]) -> Any:
    """Hold the conversation live and from the cassette, compare both, return the live result."""
    async with serve_simulator() as upstream, serve_recording(upstream, cassette) as proxy:
        live = await run_client(command, proxy.url, KEY, **variables)
    async with serve_replay(cassette, config=UNCHANGED_HEADERS) as (url, player):
        played = await run_client(command, url, "another-key", **variables)
    recorded = read_exchanges(cassette)
    assert live["transcript"] == TRANSCRIPT
    assert played == live
    assert {exchange.head.operation for exchange in recorded} == OPERATIONS
    assert (player.tally.replayed, player.tally.miss_count) == (len(recorded), 0)
    assert len(recorded) == len(live["wire"])
    return live


@pytest.mark.parametrize(("name", "command"), CLIENTS, ids=[row[0] for row in CLIENTS])
async def test_a_client_of_this_environment(tmp_path: Path, name: str, command: list[str]) -> None:
    await check_client(command, tmp_path / "c.cassette", {})


@pytest.mark.usefixtures("curl")
async def test_curl(tmp_path: Path) -> None:
    await check_client([*HTTP, "curl"], tmp_path / "c.cassette", {})


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_older_openai(tmp_path: Path, old_openai: Path, kind: str) -> None:
    variables = {"PYTHONPATH": str(old_openai)}
    live = await check_client([*OPENAI, kind], tmp_path / "c.cassette", variables)
    assert live["version"].startswith(("1.", "2."))


async def test_openai_for_node(tmp_path: Path, node_modules: Path) -> None:
    script = shutil.copy(SCRIPTS / "with_openai.mjs", tmp_path)
    (tmp_path / "node_modules").symlink_to(node_modules)
    await check_client(["node", *NODE_OPTIONS, str(script)], tmp_path / "c.cassette", {})
