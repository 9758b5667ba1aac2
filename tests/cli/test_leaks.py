"""No failure or end of a process reveals the secrets that passed through it."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from support.canary import KEY as CANARY
from support.canary import find_leaks
from support.client import ask, build_get, build_post, open_client
from support.process import run_runreel, start_runreel
from support.proxy import serve_recording
from support.secrets import KEY as KEY_BY_LOOK
from support.upstream import ABORT, CLOSE, STALL, Script, serve_scripts

pytestmark = pytest.mark.slow

ANYWHERE = ("--listen", "127.0.0.1:0")
NOWHERE = "http://127.0.0.1:1"
DEBUG = {"PYTHONDEVMODE": "1", "PYTHONASYNCIODEBUG": "1", "PYTHONTRACEMALLOC": "1"}
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
HOST = b"Host: h\r\n"
SECRET = CANARY.encode()
SIGNED = b"Authorization: Bearer " + SECRET + b"\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"

MALFORMED = [
    ("a NUL after the key", b"GET /v1/x HTTP/1.1\r\n" + HOST + SIGNED[:-2] + b"\0\r\n\r\n"),
    (
        "a blank before the colon",
        b"GET /v1/x HTTP/1.1\r\n" + HOST + b"api-key : " + SECRET + b"\r\n\r\n",
    ),
    (
        "a header that is too long",
        b"GET /v1/x HTTP/1.1\r\n" + HOST + SIGNED[:-2] + b"x" * 70_000 + b"\r\n\r\n",
    ),
    ("a bad request line", b"GET /v1/x?api-key=" + SECRET + b" HTTP/1.1 x\r\n" + HOST + b"\r\n"),
    ("a bad version", b"GET /v1/x?api-key=" + SECRET + b" HTTP/9.9\r\n" + HOST + b"\r\n"),
    ("a bad byte", b"GET /v1/x?api-key=" + SECRET + b"\xff HTTP/1.1\r\n" + HOST + b"\r\n"),
    (
        "a key for a chunk's size",
        b"POST /v1/x HTTP/1.1\r\n" + HOST + SIGNED + CHUNKED + b"\r\n" + SECRET + b"\r\n",
    ),
    (
        "a length and chunks",
        b"POST /v1/x HTTP/1.1\r\n" + HOST + SIGNED + b"Content-Length: 1\r\n" + CHUNKED + b"\r\nx",
    ),
    ("a method in small letters", b"get /v1/x HTTP/1.1\r\n" + HOST + SIGNED + b"\r\n"),
    ("a key for a method", SECRET.upper() + b" /v1/x HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("a key for a host's port", b"GET http://h:" + SECRET + b"/ HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("a target with user-info", b"GET http://" + SECRET + b"@h/ HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("an invalid host", b"GET /-/x HTTP/1.1\r\nHost: [" + SECRET + b"\r\n" + SIGNED + b"\r\n"),
    ("TLS's first bytes", b"\x16\x03\x01" + SECRET + b"\r\n\r\n"),
]
SERVING = [
    ("record", ("record", "new", "--upstream", NOWHERE, *ANYWHERE)),
    ("replay", ("replay", "old.cassette", *ANYWHERE)),
    ("simulate", ("simulate", *ANYWHERE)),
]


@pytest.mark.parametrize("arguments", [c[1] for c in SERVING], ids=[c[0] for c in SERVING])
async def test_a_malformed_request_is_not_repeated_anywhere(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    await record_old_cassette(tmp_path)
    async with start_runreel(*arguments, cwd=tmp_path, env=DEBUG) as process:
        url = await process.wait_until_ready()
        for why, request in MALFORMED:
            answer = await ask(url, request)
            assert 400 <= answer.status < 500, why
            assert not has_canary(f"{answer.headers}{answer.body!r}"), why
        async with open_client(
            url
        ) as client:  # and a client that disconnects in the middle of a body
            await client.send(build_post("/v1/x", SECRET * 9, SIGNED.decode().strip())[:-1])
        ended = await process.stop()
    assert not has_canary(ended.output + ended.errors)
    assert find_leaks(tmp_path) == []
    refused = [line for line in ended.errors.splitlines() if '"request_refused"' in line]
    assert len(refused) >= 9, "the log contains the requests"


async def record_old_cassette(folder: Path) -> None:
    async with (
        serve_scripts([OK]) as upstream,
        serve_recording(upstream.url, folder / "old.cassette") as proxy,
    ):
        await ask(proxy.url, build_get("/v1/x"))


def has_canary(text: str) -> bool:
    return CANARY.lower() in text.lower()


NONSENSE: list[tuple[str, Script]] = [
    ("not HTTP", [SECRET + b"\r\n\r\n"]),
    ("a bad status line", [b"HTTP/9.9 200 " + SECRET + b"\r\n\r\n"]),
    ("a bad header", [b"HTTP/1.1 200 OK\r\nBad " + SECRET + b"\0: 1\r\n\r\n"]),
    ("a long header", [b"HTTP/1.1 200 OK\r\nX: " + SECRET + b"x" * 70_000 + b"\r\n\r\n"]),
    (
        "two lengths",
        [b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\nX: " + SECRET, CLOSE],
    ),
    ("a bad chunk", [b"HTTP/1.1 200 OK\r\n" + CHUNKED + b"\r\n1\r\na\r\n" + SECRET + b"\r\n"]),
    ("a bad coding", [b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + SECRET, CLOSE]),
    ("a reset", [b"HTTP/1.1 200 OK\r\n\r\n" + SECRET, ABORT]),
]


async def test_a_malformed_answer_is_not_repeated_anywhere(tmp_path: Path) -> None:
    async with (
        serve_scripts(*(script for _, script in NONSENSE)) as upstream,
        start_runreel(
            *("record", "c.cassette", "--upstream", upstream.url, *ANYWHERE),
            cwd=tmp_path,
            env=DEBUG,
        ) as process,
    ):
        url = await process.wait_until_ready()
        for why, _ in NONSENSE:
            async with open_client(url) as client:
                await client.send(build_get("/v1/x", SIGNED.decode().strip()))
                head = await client.read_head()
                assert not has_canary(f"{head.headers}"), why
                if head.status == 502:
                    body = await client.reader.read()
                    assert not has_canary(body.decode()), why
        ended = await process.stop()
    assert not has_canary(ended.output + ended.errors)
    assert "upstream_failed" in ended.errors
    assert "exchange_recorded" in ended.errors
    assert find_leaks(tmp_path) == []


async def test_a_miss_repeats_no_secret(tmp_path: Path) -> None:
    await record_old_cassette(tmp_path)
    body = f'{{"said": "{KEY_BY_LOOK} and {CANARY}", "api_key": "{CANARY}"}}'.encode()
    async with start_runreel(
        "replay", "old.cassette", *ANYWHERE, cwd=tmp_path, env=DEBUG
    ) as process:
        url = await process.wait_until_ready()
        request = build_post(f"/v1/x?sig={KEY_BY_LOOK}", body, SIGNED.decode().strip())
        answer = await ask(url, request)
        ended = await process.stop()
    assert answer.status == 404
    output = f"{answer.headers}{answer.body!r}{ended.output}{ended.errors}"
    assert not has_canary(output)
    assert KEY_BY_LOOK not in output


REFUSED = [
    ("a flag", ("record", "c", "--upstream", f"https://user:{CANARY}@h"), {}),
    ("a variable", ("record", "c"), {"RUNREEL_UPSTREAM": f"https://{CANARY}@h"}),
    ("a query", ("record", "c", "--upstream", f"https://h/?api-key={CANARY}"), {}),
    ("not a URL", ("record", "c", "--upstream", f"{CANARY}@h"), {}),
    ("an unknown option", ("record", "c", f"--api-key={CANARY}"), {}),
    ("an invalid setting", ("config",), {"RUNREEL_LISTEN": CANARY}),
    ("an unknown setting", ("config",), {"RUNREEL_API_KEY": CANARY}),
]


@pytest.mark.parametrize(
    ("arguments", "env"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED]
)
async def test_a_secret_in_the_wrong_place_is_rejected_and_not_repeated(
    arguments: tuple[str, ...], env: dict[str, str], tmp_path: Path
) -> None:
    ended = await run_runreel(*arguments, cwd=tmp_path, env=env)
    assert ended.code == 2
    assert ended.errors
    assert not has_canary(ended.output + ended.errors)
    assert find_leaks(tmp_path) == []


async def test_the_password_of_a_forward_proxy_is_not_repeated(tmp_path: Path) -> None:
    password = quote(CANARY, safe="")
    env = {"HTTP_PROXY": f"http://user:{password}@127.0.0.1:1", "RUNREEL_TRUST_ENV": "true"}
    upstream = "http://api.test"
    async with start_runreel(
        "record", "c", "--upstream", upstream, *ANYWHERE, cwd=tmp_path, env=env
    ) as process:
        answer = await ask(await process.wait_until_ready(), build_get("/v1/x"))
        ended = await process.stop()
    assert answer.status == 502
    assert not has_canary(f"{answer.body!r}{ended.output}{ended.errors}")


async def test_the_password_in_an_invalid_proxy_url_is_not_repeated(
    tmp_path: Path,
) -> None:
    env = {"HTTP_PROXY": f"http://user:{CANARY}@127.0.0.1:1", "RUNREEL_TRUST_ENV": "true"}
    arguments = ("record", "c", "--upstream", "http://api.test", *ANYWHERE)
    ended = await run_runreel(*arguments, cwd=tmp_path, env=env)
    assert ended.code == 2
    assert "trust_env: the environment variable HTTP_PROXY is not a valid proxy URL" in ended.errors
    assert not has_canary(ended.output + ended.errors)


async def test_kill_9_leaves_nothing_of_unfinished_exchanges(tmp_path: Path) -> None:
    work, scratch = tmp_path / "work", tmp_path / "tmp"
    work.mkdir()
    scratch.mkdir()
    big = b'{"said": "' + SECRET * 100_000 + b'"}'
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"
    arguments = ("record", "c", *ANYWHERE, "--upstream")
    async with (
        serve_scripts([OK], [head + SECRET * 100_000, STALL]) as upstream,
        start_runreel(*arguments, upstream.url, cwd=work, env={"TMPDIR": str(scratch)}) as process,
    ):
        url = await process.wait_until_ready()
        await ask(url, build_post("/v1/x", big, SIGNED.decode().strip()))
        assert json.loads(await process.read_log_line())["event"] == "exchange_recorded"
        async with open_client(url) as client:
            await client.send(build_post("/v1/x", big, SIGNED.decode().strip()))
            await client.read_head()
            await client.reader.readexactly(len(SECRET) * 100_000)
            await process.stop(signal.SIGKILL)
    assert (work / "cassettes" / "c.cassette").stat().st_size > 1000, (
        "the first exchange was written"
    )
    assert find_leaks(tmp_path) == []


@pytest.fixture
def allow_core_files() -> Iterator[None]:
    """Let child processes write core files, unless they turn it off themselves."""
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))


async def abort_in(folder: Path) -> list[str]:
    """Abort an ordinary process in a new folder, and return the files that it leaves."""
    folder.mkdir()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import os; os.abort()", cwd=folder, stderr=asyncio.subprocess.DEVNULL
    )
    await process.wait()
    return os.listdir(folder)


@pytest.mark.usefixtures("allow_core_files")
@pytest.mark.parametrize("mode", ["record", "replay"])
async def test_an_abort_leaves_no_core_file(mode: str, tmp_path: Path) -> None:
    if not await abort_in(tmp_path / "control"):
        pytest.skip("this system leaves no core files in the working folder")
    work = tmp_path / "work"
    work.mkdir()
    await record_old_cassette(work)
    arguments = dict(SERVING)[mode]
    async with start_runreel(*arguments, cwd=work) as process:
        url = await process.wait_until_ready()
        if mode == "replay":
            await ask(url, build_get("/v1/x", SIGNED.decode().strip()))
        limits = Path(f"/proc/{process.process.pid}/limits").read_text(encoding="utf-8")
        assert (await process.stop(signal.SIGABRT)).code == -signal.SIGABRT
    assert [line.split()[4] for line in limits.splitlines() if "core file" in line] == ["0"]
    assert not [name for name in os.listdir(work) if name.startswith("core")]


PRINT_LIMITS = """
import ctypes, os, resource
which = (resource.RLIMIT_CORE, resource.RLIMIT_NOFILE)
print([resource.getrlimit(each) for each in which], ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
print(open(f"/proc/{os.getppid()}/cmdline").read())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="prctl and /proc are Linux's")
@pytest.mark.usefixtures("allow_core_files")
async def test_a_wrapped_command_has_the_limits_of_its_caller(
    tmp_path: Path,
) -> None:
    which = (resource.RLIMIT_CORE, resource.RLIMIT_NOFILE)
    before = [resource.getrlimit(each) for each in which]
    command = ("--", sys.executable, "-c", PRINT_LIMITS)
    ended = await run_runreel(
        *("record", "c", "--upstream", NOWHERE, *command),
        cwd=tmp_path,
        env={"OPENAI_API_KEY": CANARY},
    )
    assert ended.output.splitlines()[0] == f"{before} 1"
    assert "record" in ended.output
    assert not has_canary(ended.output)


@pytest.mark.usefixtures("open_umask")
async def test_all_files_are_private_with_any_umask(tmp_path: Path) -> None:
    async with (
        serve_scripts([OK]) as upstream,
        start_runreel(
            *("record", "deep/er/c.cassette", "--upstream", upstream.url, *ANYWHERE), cwd=tmp_path
        ) as process,
    ):
        await ask(await process.wait_until_ready(), build_get("/v1/x"))
        await process.read_log_line()
        while_recording = find_modes(tmp_path)
        await process.stop()
    assert len(while_recording) == len(find_modes(tmp_path)) + 1, "the lock file is included"
    for name, mode in {**while_recording, **find_modes(tmp_path)}.items():
        assert mode == (0o600 if "cassette" in name else 0o700), name


def find_modes(folder: Path) -> dict[str, int]:
    return {
        str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode)
        for path in folder.rglob("*")
    }
