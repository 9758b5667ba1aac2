"""The waits of the openai package during an instant replay."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import anyio
import pytest
from openai import AsyncOpenAI

from runreel.config import Config, ReplaySettings, Speed
from support.canary import KEY
from support.proxy import serve_recording, serve_replay
from support.upstream import Script, serve_scripts

pytestmark = [
    pytest.mark.clients,
    pytest.mark.filterwarnings("ignore:.*deprecated:DeprecationWarning"),
]

SHORT = 0.01
"""Seconds."""


def make_run(status: str) -> bytes:
    fields = {"id": "run_1", "object": "thread.run", "thread_id": "thread_1", "status": status}
    return json.dumps(fields).encode()


def make_script(body: bytes, status: str = "200 OK", *headers: str) -> Script:
    lines = (
        f"HTTP/1.1 {status}",
        f"Content-Length: {len(body)}",
        "Content-Type: application/json",
        *headers,
    )
    return ["\r\n".join(lines).encode() + b"\r\n\r\n" + body]


POLLS = [make_script(make_run(each)) for each in ("queued", "queued", "in_progress", "completed")]
RETRIED = [
    make_script(b"{}", "429 Too Many Requests", "Retry-After: 30"),
    make_script(make_run("queued")),
    make_script(make_run("completed")),
]


async def create_and_poll(url: str, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Create and poll a run; return the seconds that the client would sleep, without sleeping."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(0)

    monkeypatch.setattr(anyio, "sleep", sleep)
    async with AsyncOpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=2) as client:
        run = await client.beta.threads.runs.create_and_poll(
            thread_id="thread_1", assistant_id="asst_1"
        )
    assert run.status == "completed"
    return waits


@pytest.mark.parametrize("calls", [POLLS, RETRIED], ids=["polling", "retrying"])
async def test_an_instant_replay_shortens_waits(
    calls: list[Script], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "c.cassette"
    async with serve_scripts(*calls) as upstream, serve_recording(upstream.url, path) as proxy:
        live = await create_and_poll(proxy.url, monkeypatch)
    assert max(live) >= 1
    async with serve_replay(path) as (url, _):
        replayed = await create_and_poll(url, monkeypatch)
    assert len(replayed) == len(live)
    assert max(replayed) < SHORT


UNCHANGED = [
    ("at the recorded pace", ReplaySettings(speed=Speed.RECORDED)),
    ("with the setting turned off", ReplaySettings(shorten_waits=False)),
]


@pytest.mark.parametrize(("reason", "settings"), UNCHANGED, ids=[row[0] for row in UNCHANGED])
async def test_the_waits_are_the_recorded_ones(
    reason: str, settings: ReplaySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "c.cassette"
    async with serve_scripts(*RETRIED) as upstream, serve_recording(upstream.url, path) as proxy:
        live = await create_and_poll(proxy.url, monkeypatch)
    async with serve_replay(path, config=Config(replay=settings)) as (url, _):
        assert await create_and_poll(url, monkeypatch) == live
