"""Web pages: those of other origins that are allowed, and those of the proxy's own address."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from runreel.config import Config, ModeName, Speed
from runreel.config.schema import CorsSettings, ReplaySettings
from runreel.errors import UsageError
from runreel.shell.server.files import StaticFolder, guess_type, parse_segments
from support.client import RawAnswer, ask, build_get, build_post, open_client
from support.proxy import LIMITS, record_bodies, serve_sessions
from support.upstream import Script, build_ok, serve_scripts

PAGE = "http://localhost:5173"
ORIGIN = f"Origin: {PAGE}"
PREFLIGHT = (
    ORIGIN,
    "Access-Control-Request-Method: POST",
    "Access-Control-Request-Headers: authorization,content-type",
)


def build_config(*origins: str, serve: Path | str = "", mode: ModeName = "replay") -> Config:
    cors = CorsSettings(origins=origins)
    return Config(limits=LIMITS, mode=mode, cors=cors, serve=str(serve))


@asynccontextmanager
async def replay(path: Path, config: Config) -> AsyncIterator[str]:
    """Serve the cassette at ``path`` as the default session."""
    async with serve_sessions(path.parent, config=config) as (url, sessions):
        await sessions.create_default(path)
        yield url


def read_allowed(answer: RawAnswer) -> list[bytes]:
    return [value for name, value in answer.headers if name.lower() == ALLOW]


ALLOW = b"access-control-allow-origin"
STREAM: Script = [
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
    b"Access-Control-Allow-Origin: https://platform.example\r\nVary: Origin\r\n\r\n",
    b"8\r\ndata: 1\n\r\n",
    b"8\r\ndata: 2\n\r\n0\r\n\r\n",
]


async def test_live_and_replayed_streams_can_be_read_by_the_page(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    async with serve_scripts(STREAM) as upstream:
        config = build_config(PAGE, mode="record")
        async with serve_sessions(tmp_path, config=config, upstream=upstream.url) as server:
            url, sessions = server
            await sessions.create_default(path)
            preflight = await ask(url, build_get("/v1/runs", *PREFLIGHT, method="OPTIONS"))
            live = await ask(url, build_post("/v1/runs", b"{}", ORIGIN))
        assert len(upstream.list_heads()) == 1, "the preflight was not forwarded"
    assert (preflight.status, read_allowed(preflight)) == (204, [PAGE.encode()])
    answers = [live]
    for speed in (Speed.INSTANT, Speed.RECORDED):
        config = replace(build_config(PAGE), replay=ReplaySettings(speed=speed))
        async with replay(path, config) as url:
            answers.append(await ask(url, build_post("/v1/runs", b"{}", ORIGIN)))
            other = await ask(url, build_post("/v1/runs", b"{}"))
            assert read_allowed(other) == [b"https://platform.example"], "not a page: as recorded"
    for answer in answers:
        assert (answer.status, answer.body) == (200, b"data: 1\ndata: 2\n")
        assert read_allowed(answer) == [PAGE.encode()]
        assert answer.find_header(b"access-control-expose-headers") == b"*"


async def test_a_preflight_allows_what_it_announces(tmp_path: Path) -> None:
    path = await record_bodies(tmp_path / "c.cassette", b"1")
    private = "Access-Control-Request-Private-Network: true"
    async with replay(path, build_config(PAGE)) as url:
        answer = await ask(url, build_get("/v1/runs", *PREFLIGHT, private, method="OPTIONS"))
        named = await ask(url, build_get("/@new/v1/runs", *PREFLIGHT, method="OPTIONS"))
    headers = {name.lower(): value for name, value in answer.headers}
    assert headers[b"access-control-allow-methods"] == b"POST"
    assert headers[b"access-control-allow-headers"] == b"authorization,content-type"
    assert headers[b"access-control-allow-private-network"] == b"true"
    assert b"access-control-allow-credentials" not in headers
    assert named.status == 204


async def test_a_miss_and_a_refusal_can_be_read_by_the_page(tmp_path: Path) -> None:
    path = await record_bodies(tmp_path / "c.cassette", b"1")
    async with replay(path, build_config(PAGE)) as url:
        missed = await ask(url, build_get("/other", ORIGIN))
        refused = await ask(url, build_get("/@new/1", ORIGIN))
    assert (missed.status, read_allowed(missed)) == (404, [PAGE.encode()])
    assert (refused.status, read_allowed(refused)) == (403, [PAGE.encode()])


async def test_a_connection_is_not_remembered_as_that_of_a_page(tmp_path: Path) -> None:
    path = await record_bodies(tmp_path / "c.cassette", b"1", b"2")
    async with replay(path, build_config(PAGE)) as url, open_client(url) as client:
        await client.send(build_get("/1", ORIGIN))
        assert read_allowed(await client.read_answer()) == [PAGE.encode()]
        await client.send(build_get("/2"))
        assert read_allowed(await client.read_answer()) == []


REFUSED = [
    ("another origin", build_config(PAGE), "http://evil.example", "/1"),
    ("the control API", build_config(PAGE), PAGE, "/-/sessions"),
    ("the control API, for any origin", build_config("*"), PAGE, "/-/sessions"),
    ("health", build_config("*"), PAGE, "/-/health"),
]


@pytest.mark.parametrize(
    ("why", "config", "origin", "target"), REFUSED, ids=[r[0] for r in REFUSED]
)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
async def test_a_page_cannot_read(
    tmp_path: Path, why: str, config: Config, origin: str, target: str, method: str
) -> None:
    path = await record_bodies(tmp_path / "c.cassette", b"1")
    announced = "Access-Control-Request-Method: POST"
    async with replay(path, config) as url:
        request = build_get(target, f"Origin: {origin}", announced, method=method)
        answer = await ask(url, request)
    assert read_allowed(answer) == []
    assert method == "GET" or answer.status in {403, 404}


async def test_the_control_api_is_not_readable_on_the_connection_of_a_page(tmp_path: Path) -> None:
    path = await record_bodies(tmp_path / "c.cassette", b"1")
    async with replay(path, build_config(PAGE)) as url, open_client(url) as client:
        for target, allowed in (("/1", [PAGE.encode()]), ("/-/health", []), ("/-/sessions", [])):
            await client.send(build_local_get(target, ORIGIN))
            assert read_allowed(await client.read_answer()) == allowed


async def test_it_is_off_by_default(tmp_path: Path) -> None:
    path = await record_bodies(tmp_path / "c.cassette", b"1")
    async with replay(path, build_config()) as url:
        answer = await ask(url, build_get("/1", *PREFLIGHT))
        preflight = await ask(url, build_get("/1", *PREFLIGHT, method="OPTIONS"))
    assert (answer.status, read_allowed(answer)) == (200, [])
    assert (preflight.status, read_allowed(preflight)) == (404, [])


HOST = "Host: 127.0.0.1"


def build_local_get(target: str, *headers: str, method: str = "GET") -> bytes:
    return build_get(target, *headers, method=method).replace(b"Host: proxy.test", HOST.encode())


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Make a folder with files to serve, and others that must stay unknown."""
    site = tmp_path / "site"
    for name, text in [
        ("site/index.html", "<title>Demo</title>"),
        ("site/app.mjs", "import './x.js'"),
        ("site/1", "a file"),
        ("site/sub/index.html", "sub"),
        ("site/empty/x.txt", "x"),
        ("site/a b.txt", "with a space"),
        ("site/.env", "SECRET"),
        ("site/.git/config", "SECRET"),
        ("outside/secret.txt", "SECRET"),
        ("site-2/secret.txt", "SECRET"),
    ]:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (site / "out.txt").symlink_to(tmp_path / "outside" / "secret.txt")
    (site / "out").symlink_to(tmp_path / "outside")
    (site / "hidden.txt").symlink_to(site / ".env")
    (site / "loop").symlink_to(site / "loop")
    (site / "in.txt").symlink_to(site / "a b.txt")
    os.mkfifo(site / "pipe")
    return site


SERVED = [
    ("the root", "/", 200, b"<title>Demo</title>", b"text/html; charset=utf-8"),
    ("with a query", "/index.html?v=1", 200, b"<title>Demo</title>", b"text/html; charset=utf-8"),
    ("a module", "/app.mjs", 200, b"import './x.js'", b"text/javascript; charset=utf-8"),
    ("a file comes before a recording", "/1", 200, b"a file", b"application/octet-stream"),
    ("a recording", "/2", 200, b"two", None),
    ("a folder", "/sub/", 200, b"sub", b"text/html; charset=utf-8"),
    ("an encoded name", "/a%20b.txt", 200, b"with a space", b"text/plain; charset=utf-8"),
    ("a link within the folder", "/in.txt", 200, b"with a space", b"text/plain; charset=utf-8"),
    ("what browsers ask for", "/favicon.ico", 404, b"", b"text/plain"),
]


@pytest.mark.parametrize(
    ("why", "target", "status", "body", "media_type"), SERVED, ids=[row[0] for row in SERVED]
)
async def test_files_and_recordings_have_one_origin(
    tmp_path: Path,
    site: Path,
    why: str,
    target: str,
    status: int,
    body: bytes,
    media_type: bytes | None,
) -> None:
    path = await record_bodies(tmp_path / "c.cassette", b"one", b"two")
    async with replay(path, build_config(serve=site)) as url:
        answer = await ask(url, build_local_get(target))
        head = await ask(url, build_local_get(target, method="HEAD"), bodiless=True)
    assert (answer.status, answer.body) == (status, body)
    assert answer.ended == "complete"
    if media_type is not None:
        assert answer.find_header(b"content-type") == media_type
        assert answer.find_header(b"content-length") == head.find_header(b"content-length")


HIDDEN = [
    "/../outside/secret.txt",
    "/sub/../../outside/secret.txt",
    "/%2e%2e/outside/secret.txt",
    "/..%2foutside%2fsecret.txt",
    "/%252e%252e/outside/secret.txt",
    "/..\\outside\\secret.txt",
    "/..%5coutside%5csecret.txt",
    "/../site-2/secret.txt",
    "//outside/secret.txt",
    "/sub//index.html",
    "/.env",
    "/%2eenv",
    "/.git/config",
    "/hidden.txt",
    "/out.txt",
    "/out/secret.txt",
    "/loop",
    "/pipe",
    "/empty/",
    "/empty",
    "/index.html%00.txt",
    "/index.html/",
    "/%ff",
    "/" + "x" * 300,
]


@pytest.mark.parametrize("target", HIDDEN)
async def test_nothing_else_is_served(tmp_path: Path, site: Path, target: str) -> None:
    path = await record_bodies(tmp_path / "c.cassette", b"one")
    async with replay(path, build_config(serve=site)) as url:
        answer = await ask(url, build_local_get(target))
    assert answer.status in {400, 404}
    assert answer.find_header(b"content-type") == b"application/json", "a miss of the cassette"
    assert b"SECRET" not in answer.body
    assert b"x.txt" not in answer.body, "no list of files"


async def test_the_url_of_a_folder_gets_its_slash(tmp_path: Path, site: Path) -> None:
    path = await record_bodies(tmp_path / "c.cassette", b"one")
    async with replay(path, build_config(serve=site)) as url:
        answer = await ask(url, build_local_get("/sub?q=1"))
    assert (answer.status, answer.find_header(b"location")) == (301, b"/sub/?q=1")


async def test_another_host_name_gets_no_file(tmp_path: Path, site: Path) -> None:
    path = await record_bodies(tmp_path / "c.cassette", b"one")
    async with replay(path, build_config(serve=site)) as url:
        answer = await ask(url, build_get("/index.html"))
    assert (answer.status, b"foreign_host" in answer.body) == (403, True)


async def test_requests_for_files_are_no_misses(tmp_path: Path, site: Path) -> None:
    path = await record_bodies(tmp_path / "c.cassette", b"one")
    config = build_config(serve=site)
    async with serve_sessions(tmp_path, config=config) as (url, sessions):
        session = await sessions.create_default(path)
        for target in ("/", "/app.mjs", "/favicon.ico"):
            await ask(url, build_local_get(target))
        report = await session.get_report()
    assert (report.requests, report.missed, sessions.requests) == (0, 0, 0)


async def test_a_large_file_arrives_whole(tmp_path: Path, site: Path) -> None:
    data = os.urandom(1_000_000)
    (site / "large.bin").write_bytes(data)
    path = await record_bodies(tmp_path / "c.cassette", b"one")
    async with replay(path, build_config(serve=site)) as url, open_client(url) as client:
        for _ in range(2):
            await client.send(build_local_get("/large.bin"))
            assert (await client.read_answer()).body == data


async def test_a_file_comes_before_the_upstream_while_recording(tmp_path: Path, site: Path) -> None:
    async with serve_scripts([build_ok(b"live")]) as upstream:
        config = build_config(serve=site, mode="record")
        async with serve_sessions(tmp_path, config=config, upstream=upstream.url) as server:
            url, sessions = server
            await sessions.create_default(tmp_path / "c.cassette")
            answers = [await ask(url, build_local_get(each)) for each in ("/", "/live")]
    assert [answer.body for answer in answers] == [b"<title>Demo</title>", b"live"]


def test_a_folder_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such folder"):
        StaticFolder.open(str(tmp_path / "missing"))


@given(st.text(alphabet="/.%2e5cfab\\@~x\0\n", max_size=30))
def test_no_path_leads_out(text: str) -> None:
    segments = parse_segments("/" + text)
    if segments is not None:
        assert not {"..", "."} & set(segments)
        assert not any("/" in each or each.startswith(".") for each in segments)
        assert all(segments[:-1])


TYPES = [
    ("x.html", "text/html; charset=utf-8"),
    ("x.CSS", "text/css; charset=utf-8"),
    ("x.svg", "image/svg+xml; charset=utf-8"),
    ("x.json", "application/json; charset=utf-8"),
    ("x.webmanifest", "application/manifest+json"),
    ("x.wasm", "application/wasm"),
    ("x.png", "image/png"),
    ("x.unknown", "application/octet-stream"),
    ("x", "application/octet-stream"),
]


@pytest.mark.parametrize(("name", "media_type"), TYPES)
def test_the_media_type_comes_from_the_name(name: str, media_type: str) -> None:
    assert guess_type(Path(name)) == media_type
