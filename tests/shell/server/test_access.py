"""Access to the control API: local programs only, no page of another site."""

from __future__ import annotations

from pathlib import Path

import pytest

from runreel.config import Address, Config
from runreel.shell.server.access import is_loopback_address
from support.client import ask
from support.control import call_control
from support.proxy import serve_sessions

TOKEN = "a-token-that-is-hard-to-gueses"
EVERYWHERE = Address("0.0.0.0", 0)
SETTINGS = b'{"cassette": "c", "mode": "passthrough", "upstream": "http://127.0.0.1:1"}'
JSON = "Content-Type: application/json"


def build_request(method: str, path: str, *headers: str, body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", *headers, f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


PATHS = [
    ("GET", "/-/sessions"),
    ("GET", "/-/sessions/x"),
    ("POST", "/-/sessions"),
    ("DELETE", "/-/sessions/x"),
    ("GET", "/-/anything"),
]

FOREIGN = [
    ("another host name (DNS rebinding)", ["Host: evil.example"]),
    ("a name that begins like ours", ["Host: localhost.evil.example"]),
    ("a name that ends like ours", ["Host: evil-localhost"]),
    ("user-info that looks like ours", ["Host: localhost@evil.example"]),
    ("an address that is not ours", ["Host: 10.0.0.1"]),
    ("another origin", ["Host: localhost", "Origin: http://evil.example"]),
    ("another port is another origin", ["Host: localhost:1", "Origin: http://localhost:2"]),
    ("another scheme is another origin", ["Host: localhost:1", "Origin: https://localhost:1"]),
    ("a hidden origin", ["Host: localhost", "Origin: null"]),
    ("two origins", ["Host: localhost", "Origin: http://localhost", "Origin: http://evil"]),
    ("a page of another site", ["Host: localhost", "Sec-Fetch-Site: cross-site"]),
    ("a page of another port", ["Host: localhost", "Sec-Fetch-Site: same-site"]),
]


@pytest.mark.parametrize(("method", "path"), PATHS, ids=[" ".join(row) for row in PATHS])
@pytest.mark.parametrize("headers", [r[1] for r in FOREIGN], ids=[r[0] for r in FOREIGN])
async def test_a_foreign_page_is_refused_on_every_path(
    headers: list[str], method: str, path: str, tmp_path: Path
) -> None:
    async with serve_sessions(tmp_path) as (url, sessions):
        answer = await ask(url, build_request(method, path, *headers, JSON, body=SETTINGS))
        assert await sessions.list_reports() == []
    assert answer.status == 403
    assert b"runreel_foreign_" in answer.body


OWN = [
    ("no browser at all", ["Host: localhost"]),
    ("our own page", ["Host: localhost:9", "Origin: http://localhost:9"]),
    ("in any letter case", ["Host: LocalHost:9", "Origin: HTTP://localhost:9"]),
    ("same origin by Sec-Fetch-Site", ["Host: [::1]:9", "Sec-Fetch-Site: same-origin"]),
    ("typed into the address bar", ["Host: 127.0.0.1:9", "Sec-Fetch-Site: none"]),
]


@pytest.mark.parametrize("headers", [row[1] for row in OWN], ids=[row[0] for row in OWN])
async def test_local_programs_can_use_the_control_api(headers: list[str], tmp_path: Path) -> None:
    async with serve_sessions(tmp_path) as (url, _):
        answer = await ask(url, build_request("POST", "/-/sessions", *headers, JSON, body=SETTINGS))
    assert answer.status == 201
    assert not [name for name, _ in answer.headers if name.lower().startswith(b"access-control")]


TYPES = [
    ("none", []),
    ("a form's", ["Content-Type: application/x-www-form-urlencoded"]),
    ("text", ["Content-Type: text/plain"]),
    ("JSON as a parameter", ["Content-Type: text/plain; application/json"]),
]


@pytest.mark.parametrize("headers", [row[1] for row in TYPES], ids=[row[0] for row in TYPES])
async def test_a_simple_request_of_a_page_creates_no_session(
    headers: list[str], tmp_path: Path
) -> None:
    async with serve_sessions(tmp_path) as (url, sessions):
        request = build_request("POST", "/-/sessions", "Host: localhost", *headers, body=SETTINGS)
        answer = await ask(url, request)
        assert await sessions.list_reports() == []
    assert answer.status == 415


async def test_a_preflight_is_never_granted(tmp_path: Path) -> None:
    asks = ["Host: localhost", "Access-Control-Request-Method: DELETE"]
    async with serve_sessions(tmp_path) as (url, _):
        answer = await ask(url, build_request("OPTIONS", "/-/sessions/x", *asks))
    assert answer.status == 405
    assert not [name for name, _ in answer.headers if name.lower().startswith(b"access-control")]


async def test_get_changes_nothing(tmp_path: Path) -> None:
    async with serve_sessions(tmp_path) as (url, sessions):
        for path in ("", "/x", "/x?keep=false", "?name=x&cassette=c"):
            await call_control(url, "GET", path)
        assert await sessions.list_reports() == []
    assert list(tmp_path.iterdir()) == []


TOKENS = [
    ("no token", TOKEN, [], 401),
    ("a wrong token", TOKEN, ["Authorization: Bearer a-token-that-is-hard-to-gueset"], 401),
    ("a token that begins like it", TOKEN, [f"Authorization: Bearer {TOKEN}x"], 401),
    ("another scheme", TOKEN, [f"Authorization: Basic {TOKEN}"], 401),
    ("bytes that are not text", TOKEN, ["Authorization: Bearer \xff"], 401),
    ("the right token", TOKEN, [f"Authorization: Bearer {TOKEN}"], 200),
    ("no token is set", "", ["Authorization: Bearer "], 403),
]


@pytest.mark.parametrize(
    ("token", "headers", "status"), [row[1:] for row in TOKENS], ids=[row[0] for row in TOKENS]
)
async def test_on_other_addresses_a_token_is_required(
    token: str, headers: list[str], status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serve_sessions(tmp_path, address=EVERYWHERE, token=token) as (url, _):
        request = build_request("GET", "/-/sessions", "Host: 127.0.0.1", *headers)
        answer = await ask(url, request)
        health = await ask(url, build_request("GET", "/-/health", "Host: 192.0.2.7:7357"))
    assert (answer.status, health.status) == (status, 200)
    assert (answer.find_header(b"www-authenticate") == b"Bearer") == (status == 401)
    assert TOKEN not in capsys.readouterr().out
    assert TOKEN.encode() not in answer.body


async def test_on_other_addresses_host_names_must_be_in_the_settings(tmp_path: Path) -> None:
    config = Config(mode="replay", hosts=("runreel.internal",))
    bearer = f"Authorization: Bearer {TOKEN}"
    async with serve_sessions(tmp_path, config=config, address=EVERYWHERE, token=TOKEN) as (url, _):
        statuses = [
            (await ask(url, build_request("GET", "/-/sessions", f"Host: {host}", bearer))).status
            for host in ("runreel.internal:7357", "192.0.2.7", "evil.example")
        ]
    assert statuses == [200, 200, 403]


LOOPBACKS = [
    ("localhost", True),
    ("127.0.0.1", True),
    ("127.1.2.3", True),
    ("::1", True),
    ("0.0.0.0", False),
    ("::", False),
    ("192.0.2.7", False),
    ("runreel.internal", False),
]


@pytest.mark.parametrize(("host", "is_loopback"), LOOPBACKS)
def test_loopback_addresses(host: str, is_loopback: bool) -> None:
    assert is_loopback_address(host) == is_loopback
