"""No credential reaches the disk or the log, and the live answer is unchanged."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import quote

import pytest

from runreel.config import Config, RedactSettings
from support.client import RawAnswer, ask, build_get, build_post
from support.proxy import LIMITS, serve_recording, serve_replay
from support.upstream import Script, serve_scripts

CANARY = "sk-test-canary/0123456789+abcdefghij"
FORMS = [
    CANARY,
    CANARY.replace("/", "\\/"),
    quote(CANARY, safe=""),
    quote(CANARY, safe="").lower(),
    CANARY.encode().hex(),
    base64.b64encode(CANARY.encode()).decode(),
    base64.urlsafe_b64encode(CANARY.encode()).decode(),
    base64.b64encode(b"x" + CANARY.encode()).decode(),
    base64.b64encode(b"xy" + CANARY.encode() + b"z").decode(),
    "".join(f"\\u{ord(letter):04x}" for letter in CANARY),
]
KEY = f"Authorization: Bearer {CANARY}"


def answer(body: str, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body.encode())}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body.encode()


def stream(*events: str) -> bytes:
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(event), event.encode()) for event in events)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"


CASES = [
    (
        "a 401 that echoes the key",
        build_get("/v1/x", KEY),
        answer(f"Incorrect key: {CANARY}", status="401 No"),
    ),
    (
        "the key in a header of the answer",
        build_get("/v1/x", KEY),
        answer("", f"X-You-Sent: {CANARY}"),
    ),
    ("the key in the query", build_get(f"/v1/x?api_key={quote(CANARY, safe='')}&a=1"), answer("")),
    (
        "a redirect that repeats the query",
        build_get(f"/v1/x?api_key={quote(CANARY, safe='')}"),
        answer("", f"Location: /v2/x?api_key={quote(CANARY, safe='')}", status="302 Found"),
    ),
    ("a cookie that was sent", build_get("/v1/x", f"Cookie: a=b; session={CANARY}"), answer("")),
    (
        "a cookie that was set",
        build_get("/v1/x"),
        answer("", f"Set-Cookie: session={CANARY}; Path=/"),
    ),
    ("Azure's header", build_get("/openai/x?api-version=1", f"api-key: {CANARY}"), answer(CANARY)),
    (
        "a field of the request",
        build_post("/v1/x", f'{{"client_secret": "{CANARY}"}}'.encode()),
        answer(""),
    ),
    (
        "a field of the answer",
        build_get("/v1/x"),
        answer(f'{{"data": [{{"api_key": "{CANARY}"}}]}}'),
    ),
    (
        "the headers of an MCP tool",
        build_post(
            "/v1/threads/t/runs",
            b'{"tools": [{"type": "mcp", "headers": {"Authorization": "Bearer %s"}}]}'
            % CANARY.encode(),
        ),
        answer(""),
    ),
    (
        "an event",
        build_get("/v1/x", KEY),
        stream(f'data: {{"text": "it is {CANARY}!"}}\n\n', "data: 2\n\n"),
    ),
    (
        "a key that spans two frames",
        build_get("/v1/x", KEY),
        stream(f"data: it is {CANARY[:9]}", f"{CANARY[9:]}!\n\n"),
    ),
    *(
        (
            f"an answer with the key in form {number}",
            build_get("/v1/x", KEY),
            answer(f'{{"e": "{form}"}}'),
        )
        for number, form in enumerate(FORMS)
    ),
    ("JSON that is cut off", build_get("/v1/x", KEY), answer(f'{{"error": {{"message": "{CANARY}')),
]


def leaks(data: bytes) -> list[str]:
    lowered = data.lower()
    return [form for form in FORMS if form.lower().encode() in lowered]


@pytest.mark.parametrize(("why", "request_", "script"), CASES, ids=[row[0] for row in CASES])
async def test_no_part_of_a_credential_is_written_or_logged(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], why: str, request_: bytes, script: bytes
) -> None:
    path = tmp_path / "c.cassette"
    live = await record(path, request_, [script])
    assert path.exists(), capfd.readouterr()
    assert live.status_line + b"\r\n" in script
    assert live.body == decode_body(script)
    assert leaks(path.read_bytes()) == []
    printed = capfd.readouterr()
    assert leaks((printed.out + printed.err).encode()) == []


async def record(path: Path, request: bytes, script: Script) -> RawAnswer:
    async with serve_scripts(script) as upstream, serve_recording(upstream.url, path) as proxy:
        return await ask(proxy.url, request)


def decode_body(script: bytes) -> bytes:
    head, _, body = script.partition(b"\r\n\r\n")
    if b"chunked" not in head:
        return body
    pieces = body.split(b"\r\n")
    return b"".join(pieces[1::2])


SAME = [
    (
        "a dummy key that is a word of the prompt",
        build_post("/v1/threads/t/messages", b'{"content": "say anything"}', KEY),
        build_post(
            "/v1/threads/t/messages",
            b'{"content": "say anything"}',
            "Authorization: Bearer anything",
        ),
    ),
    (
        "a dummy key that is a word of the path",
        build_get("/v1/assistants", KEY),
        build_get("/v1/assistants", "Authorization: Bearer assistants"),
    ),
    (
        "another key",
        build_get("/v1/x", KEY),
        build_get("/v1/x", "Authorization: Bearer other-key-000"),
    ),
    ("no key", build_get("/v1/x", KEY), build_get("/v1/x")),
    (
        "another key in the query",
        build_get(f"/v1/x?api_key={quote(CANARY)}"),
        build_get("/v1/x?api_key=dummy"),
    ),
    (
        "another key in a field",
        build_post("/v1/x", f'{{"api_key": "{CANARY}", "a": 1}}'.encode()),
        build_post("/v1/x", b'{"a": 1, "api_key": "dummy"}'),
    ),
]


@pytest.mark.parametrize(("why", "first", "second"), SAME, ids=[row[0] for row in SAME])
async def test_a_request_matches_whatever_its_key(
    tmp_path: Path, why: str, first: bytes, second: bytes
) -> None:
    path = tmp_path / "c.cassette"
    await record(path, first, [answer("found")])
    async with serve_replay(path) as (url, _):
        assert (await ask(url, second)).body == b"found"
        assert (await ask(url, first)).body == b"found"


async def test_a_body_that_redaction_shortened_has_the_right_content_length(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    await record(path, build_get("/v1/x", KEY), [answer(f"<{CANARY}>")])
    async with serve_replay(path) as (url, _):
        played = await ask(url, build_get("/v1/x"))
    assert played.ended == "complete"
    assert played.body == b"<REDACTED-authorization-1>"
    assert played.find_header(b"content-length") == b"%d" % len(played.body)


SECRET = "correct horse: battery staple"
SETTINGS = Config(
    limits=LIMITS, redact=RedactSettings(environment=("SECRET",), paths=("$.metadata.customer",))
)
BODY = '{"metadata": {"customer": "%s"}, "content": "%s"}'


async def test_values_from_the_settings_are_redacted_and_restored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", SECRET)
    path = tmp_path / "c.cassette"
    body = BODY % ("Bo", f"say {SECRET}")
    script = stream(
        'data: {"text": "correct hor"}\n\n',
        'data: {"text": "se: battery staple"}\n\n',
        'data: {"metadata": {"customer": "Bo"}}\n\n',
    )
    async with (
        serve_scripts([script]) as upstream,
        serve_recording(upstream.url, path, config=SETTINGS) as proxy,
    ):
        live = await ask(proxy.url, build_post("/v1/x", body.encode()))
    stored = path.read_bytes()
    assert b"horse" not in stored
    assert b'"Bo"' not in stored
    async with serve_replay(path, config=SETTINGS) as (url, _):
        assert (await ask(url, build_post("/v1/x", body.encode()))).body == live.body
    monkeypatch.setenv("SECRET", "another secret value")
    async with serve_replay(path, config=SETTINGS) as (url, _):
        other = (BODY % ("Ann", "say another secret value")).encode()
        played = (await ask(url, build_post("/v1/x", other))).body
    events = [json.loads(line[6:]) for line in played.decode().split("\n\n")[:-1]]
    assert events[0]["text"] + events[1]["text"] == "another secret value"
    assert events[2] == {"metadata": {"customer": "Ann"}}
