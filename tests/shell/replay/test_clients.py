"""Several clients of one session, each with values of its own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import chain, zip_longest
from pathlib import Path

import pytest

from support.client import RawAnswer, RawClient, ask, build_get, build_post, open_client
from support.proxy import serve_recording, serve_replay
from support.upstream import Script, build_ok, encode_chunks, serve_scripts

ANN, BOB, CYD = "ann.lee@example.org", "bob.fox@example.net", "cyd.ray@example.com"
KEY_OF_ANN, KEY_OF_BOB, KEY_OF_CYD = (
    "sk-proj-" + part * 6 for part in ("aB3dE6gH9j", "kL4mN7pQ2r", "sT8uV1wX5y")
)
JSON = b"Content-Type: application/json"


def build_json_ok(body: object) -> Script:
    return [build_ok(json.dumps(body).encode(), JSON)]


def build_run(mail: str, key: str, *headers: str) -> bytes:
    body = {"input": f"I am {mail}", "tool": {"note": f"use {key} for it"}}
    return build_post("/runs", json.dumps(body).encode(), *headers)


def sign(name: str) -> str:
    return f"Authorization: Bearer canary-of-{name}"


async def ask_on(client: RawClient, request: bytes) -> RawAnswer:
    await client.send(request)
    return await client.read_answer()


async def record(path: Path, *calls: tuple[bytes, Script]) -> list[RawAnswer]:
    async with (
        serve_scripts(*(script for _, script in calls)) as upstream,
        serve_recording(upstream.url, path) as proxy,
    ):
        answers = [await ask(proxy.url, request) for request, _ in calls]
    stored = path.read_bytes()
    assert ANN.encode() not in stored
    assert KEY_OF_ANN.encode() not in stored
    return answers


def describe(run: str) -> dict[str, str]:
    return {"run_id": run, "greeting": f"hello {ANN}, {KEY_OF_ANN} is kept"}


async def record_runs(path: Path, *runs: str) -> None:
    calls = [(build_run(ANN, KEY_OF_ANN), build_json_ok({"run_id": run})) for run in runs]
    calls += [(build_get(f"/runs/{run}"), build_json_ok(describe(run))) for run in runs]
    calls += [(build_get("/summary"), build_json_ok(describe("all")))]
    await record(path, *calls)


def greet(mail: str, key: str) -> str:
    return f"hello {mail}, {key} is kept"


async def test_each_client_gets_its_own_values_if_credentials_differ(tmp_path: Path) -> None:
    await record_runs(tmp_path / "c", "run_1")
    async with (
        serve_replay(tmp_path / "c") as (url, _),
        open_client(url) as bob,
        open_client(url) as cyd,
    ):
        await ask_on(bob, build_run(BOB, KEY_OF_BOB, sign("bob")))
        await ask_on(cyd, build_run(CYD, KEY_OF_CYD, sign("cyd")))
        for path in ("/runs/run_1", "/summary", "/runs/run_1"):
            of_bob = await ask_on(bob, build_get(path, sign("bob")))
            of_cyd = await ask_on(cyd, build_get(path, sign("cyd")))
            assert json.loads(of_bob.body)["greeting"] == greet(BOB, KEY_OF_BOB)
            assert json.loads(of_cyd.body)["greeting"] == greet(CYD, KEY_OF_CYD)


async def test_each_client_gets_its_own_values_if_only_their_runs_differ(tmp_path: Path) -> None:
    await record_runs(tmp_path / "c", "run_1", "run_2")
    async with (
        serve_replay(tmp_path / "c") as (url, _),
        open_client(url) as bob,
        open_client(url) as cyd,
    ):
        runs = [
            json.loads((await ask_on(client, build_run(mail, key))).body)["run_id"]
            for client, mail, key in ((bob, BOB, KEY_OF_BOB), (cyd, CYD, KEY_OF_CYD))
        ]
        assert runs == ["run_1", "run_2"]
        for _ in range(2):
            of_bob = await ask_on(bob, build_get("/runs/run_1"))
            of_cyd = await ask_on(cyd, build_get("/runs/run_2"))
            assert json.loads(of_bob.body)["greeting"] == greet(BOB, KEY_OF_BOB)
            assert json.loads(of_cyd.body)["greeting"] == greet(CYD, KEY_OF_CYD)


async def test_an_answer_repeats_the_values_of_its_own_request(tmp_path: Path) -> None:
    echo = build_json_ok({"greeting": greet(ANN, KEY_OF_ANN)})
    await record(tmp_path / "c", (build_run(ANN, KEY_OF_ANN), echo))
    async with serve_replay(tmp_path / "c") as (url, _):
        for mail, key in ((BOB, KEY_OF_BOB), (CYD, KEY_OF_CYD), (BOB, KEY_OF_BOB)):
            answer = await ask(url, build_run(mail, key))
            assert json.loads(answer.body)["greeting"] == greet(mail, key)


async def test_clients_that_nothing_tells_apart_get_the_last_values(tmp_path: Path) -> None:
    await record_runs(tmp_path / "c", "run_1")
    async with serve_replay(tmp_path / "c") as (url, _):
        await ask(url, build_run(BOB, KEY_OF_BOB))
        await ask(url, build_run(CYD, KEY_OF_CYD))
        answer = await ask(url, build_get("/summary"))
    assert json.loads(answer.body)["greeting"] == greet(CYD, KEY_OF_CYD)


def build_event(name: str, data: object) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()


WORDS = f"Dear <{ANN}>, I put '{KEY_OF_ANN}' into your settings, and wrote to <{ANN}>.".split()
ANSWER = " ".join(WORDS)
QUESTION = {"type": "human", "content": f"I am <{ANN}>, and my key is '{KEY_OF_ANN}'.", "id": "h1"}


def iter_texts_so_far() -> Iterator[str]:
    """Yield the beginnings of the answer that end with a whole word."""
    return (" ".join(WORDS[:count]) for count in range(1, len(WORDS) + 1))


def iter_snapshots() -> Iterator[bytes]:
    """Yield the whole state again and again, as LangGraph's mode ``values`` does."""
    yield build_event("values", {"messages": [QUESTION]})
    for text in iter_texts_so_far():
        answer = {"type": "ai", "content": text, "id": "a1"}
        yield build_event("values", {"messages": [QUESTION, answer]})


def iter_deltas() -> Iterator[bytes]:
    """Yield pieces, each with its metadata in an array, as LangGraph's mode ``messages`` does."""
    for start in range(0, len(ANSWER), 5):
        piece = {"content": ANSWER[start : start + 5], "type": "AIMessageChunk", "id": "a1"}
        yield build_event("messages", [piece, {"langgraph_node": "agent"}])


def iter_partial_messages() -> Iterator[bytes]:
    """Yield the text so far in each event, in an array."""
    for text in iter_texts_so_far():
        yield build_event("messages/partial", [{"content": text, "type": "ai", "id": "a1"}])


def iter_mixed() -> Iterator[bytes]:
    """Yield the events of both modes in turn."""
    return filter(None, chain(*zip_longest(iter_deltas(), iter_snapshots())))


STREAMS = {
    "values": iter_snapshots,
    "messages": iter_deltas,
    "messages/partial": iter_partial_messages,
    "both": iter_mixed,
}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def build_stream(events: Iterable[bytes]) -> Script:
    return [HEAD + encode_chunks(*events) + b"0\r\n\r\n"]


@pytest.mark.parametrize("name", STREAMS)
async def test_equal_values_get_the_live_stream_of_langgraph(tmp_path: Path, name: str) -> None:
    run = build_run(ANN, KEY_OF_ANN, sign("ann"))
    [live] = await record(tmp_path / "c", (run, build_stream(STREAMS[name]())))
    async with serve_replay(tmp_path / "c") as (url, _):
        played = await ask(url, run)
    assert played.body == live.body == b"".join(STREAMS[name]())
    assert played.chunks == live.chunks
