"""Client libraries of vendors: live through the proxy, then from the cassette, without a key."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from runreel.config import Speed
from runreel.model import End
from runreel.simulator import serve_simulator
from support.canary import KEY
from support.proxy import read_exchanges, serve_recording, serve_replay
from support.vendors import serve_vendors
from support.wrapped import NODE_OPTIONS

pytestmark = pytest.mark.clients

SCRIPTS = Path(__file__).parent / "scripts"

Upstream = Callable[[], AbstractAsyncContextManager[str]]

BEDROCK_CALLS = ["bedrock converse_stream", "bedrock invoke_model_with_response_stream"]
CLIENTS: list[tuple[str, Upstream, list[str]]] = [
    (
        "anthropic",
        serve_vendors,
        ["anthropic messages.create", "anthropic messages.count_tokens"],
    ),
    ("anthropic-on-bedrock", serve_vendors, ["bedrock invoke_model_with_response_stream"]),
    (
        "gemini",
        serve_vendors,
        ["gemini models.generate_content_stream", "gemini models.batch_embed_contents"],
    ),
    ("vertex", serve_vendors, ["gemini models.generate_content_stream"]),
    (
        "langgraph",
        serve_vendors,
        ["langgraph runs.stream", "langgraph runs.get", "langgraph runs.wait"],
    ),
    ("ollama", serve_vendors, ["ollama chat"]),
    ("bedrock", serve_vendors, BEDROCK_CALLS),
    ("bedrock-bearer", serve_vendors, BEDROCK_CALLS),
    ("cohere", serve_vendors, ["cohere chat", "cohere embed"]),
    (
        "mistral",
        serve_vendors,
        ["chat chat.completions.create", "mistral conversations.start"],
    ),
    (
        "chat",
        serve_vendors,
        [
            "chat chat.completions.create",
            "openai embeddings.create",
            "openai audio.transcriptions.create",
        ],
    ),
    (
        "managed-agents",
        serve_vendors,
        [
            "anthropic agents.create",
            "anthropic sessions.create",
            "anthropic sessions.events.stream",
            "anthropic sessions.events.send",
        ],
    ),
    ("openai-agents", serve_simulator, ["responses responses.create"] * 2),
    ("pydantic-ai", serve_simulator, ["responses responses.create"] * 2),
    ("langchain", serve_simulator, ["responses responses.create"]),
]


NODE_CLIENTS: list[tuple[str, Upstream, list[str]]] = [
    ("anthropic", serve_vendors, ["anthropic messages.create"]),
    ("gemini", serve_vendors, ["gemini models.generate_content_stream"]),
    ("openai", serve_vendors, ["chat chat.completions.create"]),
    ("responses", serve_simulator, ["responses responses.create"] * 2),
    ("ai-anthropic", serve_vendors, ["anthropic messages.create"]),
    ("ai-chat", serve_vendors, ["chat chat.completions.create"]),
    ("ai-responses", serve_simulator, ["responses responses.create"] * 2),
]


async def run_script(packages: Path, script: str, *args: str, **variables: str) -> Any:
    """Run a script with these packages and return its JSON."""
    command = [sys.executable, "-W", "ignore", str(SCRIPTS / script), *args]
    return await run_command(command, PYTHONPATH=str(packages), **variables)


async def run_command(command: Sequence[str], **variables: str) -> Any:
    """Run a command with these variables in its environment, and return its JSON."""
    own = {"NO_PROXY": "127.0.0.1", **variables}
    pipe = asyncio.subprocess.PIPE
    client = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, **own}, stdout=pipe, stderr=pipe
    )
    output, errors = await client.communicate()
    assert client.returncode == 0, errors.decode()
    return json.loads(output)


def list_calls(path: Path) -> list[str]:
    """Return dialect and operation of each exchange; check that no request had a problem."""
    heads = [exchange.head for exchange in read_exchanges(path)]
    assert [head.problems for head in heads] == [()] * len(heads)
    return [f"{head.dialect} {head.operation}" for head in heads]


@pytest.mark.parametrize(("name", "serve", "calls"), CLIENTS, ids=[row[0] for row in CLIENTS])
async def test_a_library_gets_the_same_again(
    tmp_path: Path, python_packages: Path, name: str, serve: Upstream, calls: list[str]
) -> None:
    async def talk(url: str, key: str) -> Any:
        return await run_script(python_packages, "with_vendors.py", name, SERVER=url, KEY=key)

    await check_library(tmp_path / "c.cassette", talk, serve, calls)


@pytest.mark.parametrize(
    ("name", "serve", "calls"), NODE_CLIENTS, ids=[row[0] for row in NODE_CLIENTS]
)
async def test_a_library_for_node_gets_the_same_again(
    tmp_path: Path, node_modules: Path, name: str, serve: Upstream, calls: list[str]
) -> None:
    script = shutil.copy(SCRIPTS / "with_sdks.mjs", tmp_path)
    (tmp_path / "node_modules").symlink_to(node_modules)

    async def talk(url: str, key: str) -> Any:
        command = ["node", *NODE_OPTIONS, str(script), name]
        return await run_command(command, SERVER=url, KEY=key)

    await check_library(tmp_path / "c.cassette", talk, serve, calls)


async def check_library(
    path: Path, talk: Callable[[str, str], Awaitable[Any]], serve: Upstream, calls: list[str]
) -> None:
    """Hold a conversation live and from the cassette, and compare both."""
    async with serve() as upstream, serve_recording(upstream, path) as proxy:
        live = await talk(proxy.url, KEY)
    assert list_calls(path) == calls
    assert b"@example." not in path.read_bytes()
    async with serve_replay(path) as (url, player):
        assert await talk(url, "another-key") == live
    assert (player.tally.replayed, player.tally.miss_count) == (len(calls), 0)


@pytest.mark.parametrize("speed", [Speed.INSTANT, Speed.RECORDED], ids=str)
async def test_agents_with_openai(tmp_path: Path, python_packages: Path, speed: Speed) -> None:
    path = tmp_path / "c.cassette"

    async def talk(url: str, key: str) -> Any:
        variables = {"OPENAI_BASE_URL": f"{url}/v1", "OPENAI_API_KEY": key}
        return await run_script(python_packages, "with_agents.py", **variables)

    async with (
        serve_simulator(delay=0.005) as upstream,
        serve_recording(upstream, path) as proxy,
    ):
        live = await talk(proxy.url, KEY)
    calls = list_calls(path)
    stream = calls.index("agents agents.sessions.events.stream")
    assert calls[stream + 1 : stream + 3] == ["agents agents.sessions.events.create"] * 2
    assert read_exchanges(path)[stream].head.end is End.CLIENT_LEFT
    async with serve_replay(path, speed=speed) as (url, player):
        assert await talk(url, "another-key") == live
        await player.in_flight.drain(5)
    assert (player.tally.replayed, player.tally.miss_count) == (len(calls), 0)


@asynccontextmanager
async def serve_script(packages: Path, script: str, folder: Path) -> AsyncIterator[str]:
    """Run the script's server in a folder for the length of the block; yield its URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-W", "ignore", str(SCRIPTS / script), "serve", str(port)]
    environment = {**os.environ, "PYTHONPATH": str(packages)}
    quiet = asyncio.subprocess.DEVNULL
    server = await asyncio.create_subprocess_exec(
        *command, env=environment, cwd=folder, stdout=quiet, stderr=quiet
    )
    try:
        await _wait_for_port(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        await server.wait()


async def _wait_for_port(port: int) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


MODES = [("legacy", "initialize"), ("2026-07-28", "tools/list"), ("auto", "server/discover")]


async def test_mcp(tmp_path: Path, python_packages: Path) -> None:
    """Ids of later messages are other ones if a client makes other calls before."""
    async with serve_script(python_packages, "with_mcp.py", tmp_path) as upstream:
        lives = []
        for mode, first in MODES:
            path = tmp_path / f"{mode}.cassette"
            async with serve_recording(upstream, path) as proxy:
                url = f"{proxy.url}/mcp"
                lives.append(await run_script(python_packages, "with_mcp.py", "talk", url, mode))
            assert list_calls(path)[0] == f"mcp {first}"
    for (mode, _), live in zip(MODES, lives, strict=True):
        async with serve_replay(tmp_path / f"{mode}.cassette") as (base, player):
            talk = ("with_mcp.py", "talk", f"{base}/mcp", mode, "2")
            assert await run_script(python_packages, *talk) == live
            await player.in_flight.drain(5)
        assert player.tally.miss_count == 0


async def test_a_langgraph_server(tmp_path: Path, python_packages: Path) -> None:
    path = tmp_path / "c.cassette"

    async def talk(url: str) -> Any:
        return await run_script(python_packages, "with_langgraph.py", "talk", url)

    async with (
        serve_script(python_packages, "with_langgraph.py", tmp_path) as upstream,
        serve_recording(upstream, path) as proxy,
    ):
        live = await talk(proxy.url)
    calls = list_calls(path)
    assert {call.partition(" ")[0] for call in calls} == {"langgraph"}
    assert "langgraph " not in calls
    async with serve_replay(path) as (url, player):
        assert await talk(url) == live
        await player.in_flight.drain(5)
    assert (player.tally.replayed, player.tally.miss_count) == (len(calls), 0)
