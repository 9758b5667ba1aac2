"""No secret of a live or recorded exchange reaches the page, its API or its stream, in any mode."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from msgspec.structs import replace

from runreel.config import Config, ReplaySettings, Speed
from runreel.core.interop.formats import EXPORT_FORMATS
from runreel.errors import RunreelError
from runreel.shell.store import CassetteReader
from support.activity import Follower, follow
from support.canary import list_forms
from support.client import build_post, open_client
from support.control import end_session, open_session
from support.inspector import build_api_path, get_raw
from support.proxy import LIMITS, serve_sessions
from support.recordings import write_recording
from support.upstream import LAST_CHUNK, STREAM_HEAD, Script, encode_chunks, serve_scripts

KEY = "sk-proj-Zq3Tt8vWx2LmN5rYb7KdGh4JpSuA9cEf"
EMAIL = "ann.secret@example.org"
PASSWORD = "correct-Horse-9-battery"
ANSWERED = "ghp_9fKq2LmZx7RtYb3NvWc5HdGj8SpTa1EuQ4Xo"
SECRETS = (KEY, EMAIL, PASSWORD, ANSWERED)

BODY = json.dumps(
    {
        "model": "gpt-4o",
        "stream": True,
        "messages": [{"role": "user", "content": f"mail {EMAIL}, my key is {KEY}"}],
        "metadata": {"password": PASSWORD},
    }
).encode()


def build_request(session: str) -> bytes:
    path = f"/@{session}/v1/chat/completions?api_key={KEY}&user={quote(EMAIL)}"
    headers = (f"Authorization: Bearer {KEY}", f"Cookie: session={PASSWORD}")
    return build_post(path, BODY, *headers)


def build_events() -> tuple[bytes, ...]:
    """Return a stream that says a key in pieces, and another one at once."""
    texts = ["the key is ", ANSWERED[:13], ANSWERED[13:25], ANSWERED[25:], f" of {EMAIL}"]
    deltas = [{"choices": [{"index": 0, "delta": {"content": text}}]} for text in texts]
    events = [f"data: {json.dumps(delta)}\n\n".encode() for delta in deltas]
    return (*events, b"data: [DONE]\n\n")


def iter_targets(names: list[str]) -> Iterator[str]:
    """Yield every place of the API, for some recordings with one exchange each."""
    for path in ("recordings", "exchanges", "stats", "misses"):
        yield build_api_path(path)
    yield build_api_path("filter", text=f"text:{KEY[:8]}")
    yield build_api_path("exchanges", filter="text:key or tool:x")
    for name in names:
        yield build_api_path(f"runs/{name}")
        yield build_api_path("diff", a=name, b=names[0])
        for number in (1, 2):
            place = f"x/{name}/{number}"
            for part in ("", "/events", "/marks"):
                yield build_api_path(place + part)
            for part in ("request", "answer"):
                yield build_api_path(f"{place}/bytes", part=part)
                span = {"part": part, "from": 30, "to": 34}
                yield build_api_path(f"{place}/rule", **span)
            for form in (*EXPORT_FORMATS, "raw"):
                yield build_api_path(f"{place}/copy", **{"as": form})
            yield build_api_path(f"misses/{name}/{number}")


async def crawl(url: str, names: list[str]) -> bytes:
    """Return everything that the page and its API say."""
    targets = ["/-/", "/-/page/main.js", *iter_targets(names)]
    answers = [await get_raw(url, target) for target in targets]
    assert any(answer.status == 200 for answer in answers)
    return b"\n".join(
        b"%b\n%b" % (b"\n".join(b": ".join(pair) for pair in answer.headers), answer.body)
        for answer in answers
    )


def find_secrets(data: bytes) -> list[str]:
    """Return the secrets that occur in data, in any usual form, also their halves."""
    return [
        secret
        for secret in SECRETS
        if any(form in data for form in list_forms(secret))
        or secret[: len(secret) // 2 + 2].encode() in data
    ]


def test_a_planted_secret_is_found_in_each_form() -> None:
    for secret in SECRETS:
        assert find_secrets(b"x" + secret.encode() + b"y") == [secret]
        assert find_secrets(quote(secret, safe="").encode()) == [secret]


@pytest.mark.parametrize("mode", ["record", "auto", "passthrough", "replay"])
async def test_no_secret_is_shown_while_it_is_recorded_and_after(mode: str, tmp_path: Path) -> None:
    gate = asyncio.Event()
    first, *others = build_events()
    start = STREAM_HEAD + encode_chunks(first, *others[:2])
    script: Script = [start, gate, encode_chunks(*others[2:]), LAST_CHUNK]
    name = "s"
    async with serve_scripts(script, [STREAM_HEAD + LAST_CHUNK]) as upstream:
        if mode == "replay":
            await record(tmp_path, upstream.url, gate)
            insert_pause(tmp_path / "s.cassette")
        config = Config(limits=LIMITS, mode="record", replay=ReplaySettings(speed=Speed.RECORDED))
        async with serve_sessions(tmp_path, config=config, upstream=upstream.url) as (url, _):
            base = await open_session(url, name=name, cassette=name, mode=mode)
            assert base.endswith(f"/@{name}")
            async with (
                follow(url, path="/-/api/live") as live,
                follow(url) as activity,
                open_client(url) as client,
            ):
                await client.send(build_request(name))
                await client.read_head()
                await client.read_chunk()
                await live.read_until("progress")
                before = await crawl(url, [name])
                if mode == "replay":
                    client.close()  # a long pause would follow
                gate.set()
                assert (await finish(live))["outcome"] == OUTCOMES[mode]
                await ask_again(url, name)
                after = await crawl(url, [name])
                await end_session(url, name)
                ended = await crawl(url, [name])
                streams = live.raw + activity.raw
    assert find_secrets(before + after + ended + streams) == []
    if mode == "passthrough":
        assert b"chat.completions.create" in streams
        assert b"/v1/chat/completions" not in streams
        assert b"the key is" not in after + ended + streams
    else:
        assert b"the key is" in after
        assert b"REDACTED-" in after


OUTCOMES = {"record": "recorded", "auto": "recorded", "passthrough": "passed", "replay": "replayed"}


def insert_pause(path: Path) -> None:
    """Let the second half of an answer come an hour later."""
    with CassetteReader.open(path) as reader:
        exchange = reader.read_exchange(1)
    frames = exchange.answer.frames
    assert len(frames) > 1
    last = frames[-1]._replace(dt_us=3_600_000_000)
    answer = replace(exchange.answer, frames=(*frames[:-1], last))
    write_recording(path, [replace(exchange, answer=answer)])


async def record(folder: Path, upstream: str, gate: asyncio.Event) -> None:
    config = Config(limits=LIMITS, mode="record")
    async with serve_sessions(folder, config=config, upstream=upstream) as (url, _):
        await open_session(url, name="s", cassette="s")
        async with open_client(url) as client:
            await client.send(build_request("s"))
            await client.read_head()
            await client.read_chunk()
            gate.set()
            while await client.read_chunk():
                pass
    gate.clear()


async def finish(live: Follower) -> dict[str, Any]:
    return (await live.read_until("end"))[-1][1]  # type: ignore[no-any-return]


async def ask_again(url: str, name: str) -> None:
    """Send a call that a replay misses, with a secret in it."""
    request = build_post(f"/@{name}/v1/other?token={KEY}", BODY, f"Authorization: Bearer {KEY}")
    async with open_client(url) as client:
        await client.send(request)
        try:
            await client.read_head()
        except (asyncio.IncompleteReadError, RunreelError):
            return
