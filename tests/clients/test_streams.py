"""Streams are relayed live, replayed unchanged, and kept apart when concurrent."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from openai import AsyncOpenAI

from runreel.simulator import serve_simulator
from support.canary import KEY
from support.proxy import read_exchanges, serve_recording, serve_replay
from support.upstream import LAST_CHUNK, STREAM_HEAD, Script, encode_chunks, serve_scripts

pytestmark = [
    pytest.mark.clients,
    # The client marks the Assistants API as deprecated.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

DONE = b"event: done\ndata: [DONE]\n\n"
TIMEOUT = 20
"""Seconds after which a stream counts as held back."""


def make_delta(text: str) -> bytes:
    part = {"index": 0, "type": "text", "text": {"value": text}}
    data = {"id": "msg_1", "object": "thread.message.delta", "delta": {"content": [part]}}
    return encode_chunks(
        b"event: thread.message.delta\ndata: " + json.dumps(data).encode() + b"\n\n"
    )


def make_client(url: str, key: str = KEY) -> AsyncOpenAI:
    return AsyncOpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0)


def get_text(event: Any) -> str:
    return "".join(part.text.value for part in event.data.delta.content)


async def test_the_first_delta_arrives_while_the_second_is_held_back(tmp_path: Path) -> None:
    gate = asyncio.Event()
    script: Script = [
        STREAM_HEAD + make_delta("Hel"),
        gate,
        make_delta("lo") + encode_chunks(DONE) + LAST_CHUNK,
    ]
    async with (
        asyncio.timeout(TIMEOUT),
        serve_scripts(script) as upstream,
        serve_recording(upstream.url, tmp_path / "c.cassette") as proxy,
        make_client(proxy.url) as client,
    ):
        stream = await client.beta.threads.runs.create(
            "thread_1", assistant_id="asst_1", stream=True
        )
        assert get_text(await anext(stream)) == "Hel"
        gate.set()
        assert [get_text(event) async for event in stream] == ["lo"]
    [recorded] = read_exchanges(tmp_path / "c.cassette")
    assert len(recorded.answer.frames) == 3


RUN = {"assistant_id": "asst_sim00000001", "stream": True}
PREPARATION: list[tuple[str, Any]] = [
    ("/v1/assistants", {"model": "gpt-4o"}),
    ("/v1/threads", {"messages": [{"role": "user", "content": "Grüß Gott"}]}),
]


async def fetch_raw_answers(url: str) -> list[tuple[list[tuple[bytes, bytes]], bytes]]:
    """Return the raw headers and bodies of creating a thread and a run on it.

    The header ``x-runreel-outcome`` is left out.
    """
    answers = []
    async with httpx.AsyncClient(
        base_url=url, headers={"Authorization": f"Bearer {KEY}"}
    ) as client:
        for path, body in [*PREPARATION, ("/v1/threads/thread_sim00000001/runs", RUN)]:
            async with client.stream("POST", path, json=body) as response:
                headers = [pair for pair in response.headers.raw if pair[0] != b"x-runreel-outcome"]
                answers.append((headers, b"".join([part async for part in response.aiter_raw()])))
    return answers


async def test_two_replays_are_the_live_stream_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    async with serve_simulator() as upstream, serve_recording(upstream, path) as proxy:
        live = await fetch_raw_answers(proxy.url)
    played = []
    for _ in range(2):
        async with serve_replay(path) as (url, player):
            played.append(await fetch_raw_answers(url))
            assert (player.tally.replayed, player.tally.miss_count) == (3, 0)
    assert live[-1][1].endswith(DONE)
    assert played == [live, live]


async def stream_run(client: AsyncOpenAI, assistant: str, number: int) -> str:
    """Create a thread and stream a run on it; return the text."""
    thread = await client.beta.threads.create(
        messages=[{"role": "user", "content": f"I am number {number}."}]
    )
    stream = await client.beta.threads.runs.create(thread.id, assistant_id=assistant, stream=True)
    deltas = [event async for event in stream if event.event == "thread.message.delta"]
    return "".join(get_text(event) for event in deltas)


async def stream_ten_runs(url: str) -> list[str]:
    """Stream ten runs on ten threads at once, five from each of two clients; return the texts."""
    async with make_client(url) as one, make_client(url, f"{KEY}-other") as other:
        assistant = (await one.beta.assistants.create(model="gpt-4o")).id
        return await asyncio.gather(
            *(stream_run((one, other)[number % 2], assistant, number) for number in range(10))
        )


@pytest.mark.slow
async def test_ten_runs_at_once_are_kept_apart(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    async with serve_simulator(delay=0.001) as upstream, serve_recording(upstream, path) as proxy:
        live = await stream_ten_runs(proxy.url)
    async with serve_replay(path) as (url, player):
        played = await stream_ten_runs(url)
    assert all(f"“I am number {number}.”" in text for number, text in enumerate(live))
    assert played == live
    assert (player.tally.replayed, player.tally.miss_count) == (21, 0)
