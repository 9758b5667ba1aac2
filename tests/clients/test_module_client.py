"""``client = OpenAI()`` at import, with the real SDK: each test has a recording of its own."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from runreel.simulator import serve_simulator

pytestmark = pytest.mark.clients

APP = """
from openai import AsyncOpenAI, OpenAI

client, async_client = OpenAI(), AsyncOpenAI()

def create(name): return client.beta.threads.create(metadata={"name": name}).metadata["name"]

async def create_async(name):
    thread = await async_client.beta.threads.create(metadata={"name": name})
    return thread.metadata["name"]
"""
TESTS = """
import pytest
from app import client, create, create_async
pytestmark = [pytest.mark.runreel, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

@pytest.mark.parametrize("name", ["ann", "ben", "cay"])
def test_sync(name): assert create(name) == name

@pytest.mark.parametrize("name", ["dan", "eve"])
async def test_async(name): assert await create_async(name) == name

def test_stream():
    assistant, thread = client.beta.assistants.create(model="gpt-4o"), client.beta.threads.create()
    run = client.beta.threads.runs.stream(thread_id=thread.id, assistant_id=assistant.id)
    with run as stream: assert "".join(stream.text_deltas)
"""
COUNT = 6


async def run_pytest(folder: Path, *arguments: str) -> str:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("RUNREEL", "OPENAI", "PYTEST")) and name != "CI"
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments),
        cwd=folder,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return output.decode()


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
async def test_a_client_of_a_module_is_recorded_and_replayed(tmp_path: Path, workers: str) -> None:
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "test_app.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = .\nasyncio_mode = auto\n")
    async with serve_simulator() as upstream:
        options = ("--runreel-mode=record", f"--runreel-upstream={upstream}", workers)
        recorded = await run_pytest(tmp_path, *options)
    assert f"{COUNT} passed" in recorded, recorded
    replayed = await run_pytest(tmp_path, workers)
    assert f"{COUNT} passed" in replayed, replayed
    assert len(list(tmp_path.rglob("*.cassette"))) == COUNT
