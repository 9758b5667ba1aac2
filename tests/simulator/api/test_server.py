"""The simulator on real sockets, with a client that sees every byte."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from runreel.errors import RunreelError
from runreel.simulator import serve_simulator
from support.client import RawAnswer, ask, build_get, build_post, open_client

KEY = "Authorization: Bearer sk-test-canary-simulator"
NOW = 1_700_000_000.0

BOUNDARY = "Content-Type: multipart/form-data; boundary=cut"


def get_time() -> float:
    return NOW


def parse_body(answer: RawAnswer) -> Any:
    return json.loads(answer.body)


async def call(url: str, path: str, body: dict[str, Any]) -> Any:
    return parse_body(await ask(url, build_post(path, json.dumps(body).encode(), KEY)))


async def prepare_run(url: str) -> tuple[str, dict[str, Any]]:
    """Create an assistant and a thread; return the path and the body of create-run."""
    assistant = await call(url, "/v1/assistants", {"model": "gpt-4o"})
    hello = {"messages": [{"role": "user", "content": "Grüß Gott"}]}
    thread = await call(url, "/v1/threads", hello)
    return f"/v1/threads/{thread['id']}/runs", {"assistant_id": assistant["id"], "stream": True}


def make_part(name: str, content: bytes, filename: str = "") -> bytes:
    parameter = f'; filename="{filename}"' if filename else ""
    head = f'--cut\r\nContent-Disposition: form-data; name="{name}"{parameter}\r\n\r\n'
    return head.encode() + content + b"\r\n"


def make_upload(*parts: bytes, content_type: str = BOUNDARY) -> bytes:
    body = b"".join(parts) + b"--cut--\r\n"
    length = f"Content-Length: {len(body)}"
    return build_get("/v1/files", KEY, content_type, length, method="POST") + body


async def test_each_event_is_one_chunk() -> None:
    async with serve_simulator() as url:
        path, body = await prepare_run(url)
        answer = await ask(url, build_post(path, json.dumps(body).encode(), KEY))
    assert answer.find_header(b"content-type") == b"text/event-stream; charset=utf-8"
    assert answer.chunks[0].startswith(b"event: thread.run.created\ndata: {")
    assert all(chunk.count(b"\n\n") == 1 and chunk.endswith(b"\n\n") for chunk in answer.chunks)
    assert answer.chunks[-1] == b"event: done\ndata: [DONE]\n\n"
    assert "“Grüß".encode() in answer.body
    assert answer.ended == "complete"


async def test_each_event_is_sent_at_once() -> None:
    async with serve_simulator(delay=3600) as url:
        path, body = await prepare_run(url)
        async with open_client(url) as client:
            await client.send(build_post(path, json.dumps(body).encode(), KEY))
            await client.read_head()
            assert (await client.read_chunk()).startswith(b"event: thread.run.created\n")


async def test_a_break_closes_the_connection_between_two_events() -> None:
    async with serve_simulator() as url:
        path, body = await prepare_run(url)
        body["metadata"] = {"simulate": "break"}
        answer = await ask(url, build_post(path, json.dumps(body).encode(), KEY))
    assert answer.ended == "closed"
    assert answer.chunks[-1].startswith(b"event: thread.message.delta\n")
    assert answer.chunks[-1].endswith(b"\n\n")


async def test_a_run_goes_on_when_its_client_disconnects() -> None:
    async with serve_simulator(delay=0.001) as url:
        path, body = await prepare_run(url)
        async with open_client(url) as client:
            await client.send(build_post(path, json.dumps(body).encode(), KEY))
            await client.read_head()
            await client.read_chunk()
        status = ""
        async with asyncio.timeout(10):
            while status != "completed":
                answer = await ask(url, build_get(f"{path}/run_sim00000001", KEY))
                status = parse_body(answer)["status"]


async def test_an_open_stream_does_not_delay_the_shutdown() -> None:
    async with asyncio.timeout(10), serve_simulator(delay=3600) as url:
        path, body = await prepare_run(url)
        async with open_client(url) as client:
            await client.send(build_post(path, json.dumps(body).encode(), KEY))
            await client.read_head()


async def test_headers_are_those_of_the_real_api() -> None:
    async with serve_simulator(now=get_time) as url:
        first, second = [await ask(url, build_get("/v1/models", KEY)) for _ in range(2)]
    assert first.find_header(b"openai-version") == b"2020-10-01"
    assert first.find_header(b"openai-processing-ms") == b"12"
    assert first.find_header(b"date") == b"Tue, 14 Nov 2023 22:13:20 GMT"
    ids = [answer.find_header(b"x-request-id") for answer in (first, second)]
    assert ids == [b"req_sim00000001", b"req_sim00000002"]


async def test_only_the_retrieval_of_a_run_has_a_polling_interval() -> None:
    async with serve_simulator() as url:
        path, body = await prepare_run(url)
        run = await call(url, path, {**body, "stream": False})
        retrieved = await ask(url, build_get(f"{path}/{run['id']}", KEY))
        listed = await ask(url, build_get(path, KEY))
    assert retrieved.find_header(b"openai-poll-after-ms") == b"100"
    assert listed.find_header(b"openai-poll-after-ms") is None


@pytest.mark.parametrize("prefix", ["", "/v1", "/openai", "/api/projects/mine"])
async def test_any_prefix_is_accepted(prefix: str) -> None:
    async with serve_simulator() as url:
        answer = await ask(
            url, build_get(f"{prefix}/assistants?api-version=2024-05-01-preview", KEY)
        )
    assert parse_body(answer)["data"] == []


ERRORS: list[tuple[str, bytes, int, str]] = [
    ("no key", build_get("/v1/models"), 401, "API key"),
    ("unknown path", build_get("/v1/nothing", KEY), 404, "/v1/nothing"),
    ("unknown method", build_get("/v1/models", KEY, method="PATCH"), 405, "PATCH"),
    ("unknown id", build_get("/v1/threads/thread_x", KEY), 404, "thread_x"),
    ("not JSON", build_post("/v1/threads", b"{", KEY), 400, "JSON"),
    (
        "an upload that is not multipart",
        build_post("/v1/files", b"{}", KEY),
        400,
        "multipart/form-data",
    ),
    ("an upload without a file", make_upload(make_part("purpose", b"assistants")), 400, "'file'"),
    (
        "an upload without a purpose",
        make_upload(make_part("file", b"x", "x.txt")),
        400,
        "'purpose'",
    ),
    (
        "an upload without a boundary",
        make_upload(content_type="Content-Type: multipart/form-data"),
        400,
        "boundary",
    ),
]


@pytest.mark.parametrize(
    ("request_bytes", "status", "hint"), [row[1:] for row in ERRORS], ids=[row[0] for row in ERRORS]
)
async def test_errors_have_the_format_of_the_api(
    request_bytes: bytes, status: int, hint: str
) -> None:
    async with serve_simulator() as url:
        answer = await ask(url, request_bytes)
    error = parse_body(answer)["error"]
    assert answer.status == status
    assert hint in error["message"]
    assert set(error) == {"message", "type", "param", "code"}


@pytest.mark.parametrize("header", [KEY, "api-key: sk-test-canary"], ids=["OpenAI", "Azure"])
async def test_any_key_is_accepted(header: str) -> None:
    async with serve_simulator() as url:
        assert (await ask(url, build_get("/v1/models", header))).status == 200


async def test_a_rate_limit_has_a_retry_after_header() -> None:
    async with serve_simulator() as url:
        path, body = await prepare_run(url)
        body["metadata"] = {"simulate": "rate_limit"}
        answer = await ask(url, build_post(path, json.dumps(body).encode(), KEY))
    assert (answer.status, answer.find_header(b"retry-after")) == (429, b"1")


async def test_a_file_is_downloaded_as_it_was_uploaded() -> None:
    content = bytes(range(256)) * 1000
    async with serve_simulator() as url:
        parts = (
            make_part("note", b"?"),
            make_part("purpose", b"assistants"),
            make_part("file", content, 'a"ü.bin'),
        )
        file = parse_body(await ask(url, make_upload(*parts)))
        answer = await ask(url, build_get(f"/v1/files/{file['id']}/content", KEY))
        listed = parse_body(await ask(url, build_get("/v1/files?purpose=assistants", KEY)))
        other = parse_body(await ask(url, build_get("/v1/files?purpose=vision", KEY)))
        deletion = parse_body(
            await ask(url, build_get(f"/v1/files/{file['id']}", KEY, method="DELETE"))
        )
    assert (answer.body, answer.find_header(b"content-type")) == (
        content,
        b"application/octet-stream",
    )
    assert file["bytes"] == len(content)
    assert (listed["data"], other["data"]) == ([file], [])
    assert deletion == {"id": file["id"], "object": "file", "deleted": True}


async def test_a_file_that_is_too_large_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runreel.simulator.api.server.MAX_BODY", 10)
    async with serve_simulator() as url:
        answer = await ask(url, make_upload(make_part("file", b"x" * 11, "x.txt")))
    assert answer.status == 413


async def test_a_lone_surrogate_is_preserved() -> None:
    async with serve_simulator() as url:
        answer = await ask(url, build_post("/v1/assistants", b'{"model": "\\ud800"}', KEY))
    assert parse_body(answer)["model"] == "\ud800"


async def test_two_simulators_give_the_same_bytes() -> None:
    conversations = []
    for _ in range(2):
        async with serve_simulator(now=get_time) as url:
            path, body = await prepare_run(url)
            streamed = await ask(url, build_post(path, json.dumps(body).encode(), KEY))
            polled = await ask(url, build_post(path, b'{"assistant_id": "asst_sim00000001"}', KEY))
            retrieved = await ask(url, build_get(f"{path}/run_sim00000002", KEY))
            error = await ask(url, build_get("/v1/files/x", KEY))
            conversations.append([streamed, polled, retrieved, error])
    assert conversations[0] == conversations[1]


async def test_a_port_in_use_is_an_error_that_says_what_to_do() -> None:
    async with serve_simulator() as url:
        port = int(url.rpartition(":")[2])
        with pytest.raises(RunreelError, match=f"127.0.0.1:{port}.*--listen"):
            async with serve_simulator(port=port):
                pass


async def test_an_ipv6_host_is_in_brackets() -> None:
    async with serve_simulator(host="::1") as url:
        assert url.startswith("http://[::1]:")
