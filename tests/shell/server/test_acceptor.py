"""Clients beyond the limit on open files wait and are served; nothing spins, streams go on."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import socket
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.web_request import BaseRequest
from msgspec.structs import replace
from structlog.testing import capture_logs

from runreel.config import Address, Config
from runreel.errors import RunreelError
from runreel.shell.serve import run_server
from runreel.shell.server import acceptor as module
from runreel.shell.server.acceptor import Acceptor
from runreel.shell.server.listener import listen
from runreel.shell.session.registry import Sessions
from support.client import ask, build_get, open_client
from support.process import start_runreel
from support.proxy import ANYWHERE, read_exchanges, record_bodies, serve_recording, serve_replay
from support.upstream import (
    LAST_CHUNK,
    STREAM_HEAD,
    Script,
    build_ok,
    encode_chunks,
    serve_scripts,
)


async def wait_until(is_reached: Callable[[], bool]) -> None:
    while not is_reached():  # noqa: ASYNC110 - the state of another module
        await asyncio.sleep(0.001)


async def test_clients_beyond_the_limit_are_served_when_others_have_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "count_allowed_connections", lambda: 2)
    go_on = asyncio.Event()
    stream: Script = [STREAM_HEAD + encode_chunks(b"a"), go_on, encode_chunks(b"b") + LAST_CHUNK]
    path = tmp_path / "c.cassette"
    with capture_logs() as events:
        async with (
            serve_scripts(stream, [build_ok(b"x")]) as upstream,
            serve_recording(upstream.url, path) as proxy,
            AsyncExitStack() as stack,
        ):
            first = await stack.enter_async_context(open_client(proxy.url))
            await first.send(build_get("/stream"))
            await first.read_head()
            answers = [asyncio.create_task(ask(proxy.url, build_get(f"/{n}"))) for n in range(20)]
            assert {(await answer).body for answer in answers} == {b"x"}
            go_on.set()
            assert [await first.read_chunk() for _ in range(2)] == [b"a", b"b"]
    assert len(read_exchanges(path)) == 21
    logged = [event for event in events if event["event"] == "clients_wait_for_descriptors"]
    assert [(event["limit"], event["reason"]) for event in logged] == [(2, "limit")]


async def test_clients_that_send_nothing_make_room_for_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "count_allowed_connections", lambda: 2)
    cassette = await record_bodies(tmp_path / "c.cassette", b"x")
    async with serve_replay(cassette) as (url, _), AsyncExitStack() as stack:
        for _ in range(2):
            client = await stack.enter_async_context(open_client(url))
            await client.send(build_get("/1"))
            await client.read_answer()  # its connection stays open
        assert (await ask(url, build_get("/1"))).body == b"x"


class ShortListener(socket.socket):
    """A listening socket that finds no free descriptor for some time."""

    error = errno.EMFILE
    failures = 0
    calls = 0

    def accept(self) -> tuple[socket.socket, object]:
        type(self).calls += 1
        if type(self).failures:
            type(self).failures -= 1
            raise OSError(self.error, os.strerror(self.error))
        return super().accept()


@pytest.mark.parametrize("error", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM])
async def test_a_failed_accept_is_logged_and_tried_again_later(
    error: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_RETRY_SECONDS", 0.01)
    monkeypatch.setattr(ShortListener, "error", error)
    monkeypatch.setattr(ShortListener, "failures", 3)
    monkeypatch.setattr(ShortListener, "calls", 0)
    served: list[asyncio.Protocol] = []

    class Server:
        def make_connection(self, on_closed: Callable[[], None]) -> asyncio.Protocol:
            served.append(asyncio.Protocol())
            return served[-1]

        def make_room(self) -> None:
            """Close nothing."""

    listener = ShortListener()
    listener.bind(("127.0.0.1", 0))
    listener.setblocking(False)
    with capture_logs() as events:
        acceptor = Acceptor([listener], Server())
        with socket.create_connection(listener.getsockname()):
            await wait_until(lambda: bool(served))
        acceptor.close()
    assert ShortListener.calls <= 5, "one for each failure, one that succeeds, an early one"
    assert [event["reason"] for event in events] == [os.strerror(error)]


async def test_all_addresses_of_a_name_are_listened_on_and_closed() -> None:
    async def refuse(_request: object) -> None:
        raise AssertionError

    async with listen(
        refuse,  # type: ignore[arg-type]  # it is never called
        Address("localhost", 0),
        mode="replay",
        max_head=1000,
    ) as listener:
        sockets = [*listener.acceptor.sockets]
        assert socket.AF_INET in {each.family for each in sockets}
    assert {each.fileno() for each in sockets} == {-1}


def limit_files(folder: Path, soft: int, hard: int) -> dict[str, str]:
    """Return the environment of a Python that starts with these limits on open files."""
    code = f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))"
    (folder / "code").mkdir()
    (folder / "code" / "sitecustomize.py").write_text(code)
    path = os.pathsep.join(filter(None, (str(folder / "code"), os.environ.get("PYTHONPATH"))))
    return {"PYTHONPATH": path}


@pytest.mark.slow
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
async def test_a_process_with_few_descriptors_serves_all_clients(tmp_path: Path, loop: str) -> None:
    pytest.importorskip(loop)
    slow: Script = [STREAM_HEAD + encode_chunks(b"x") * 3 + LAST_CHUNK]
    async with (
        serve_scripts(slow) as upstream,
        start_runreel(
            *("record", "c.cassette", "--upstream", upstream.url, "--loop", loop),
            *("--listen", str(ANYWHERE)),
            cwd=tmp_path,
            env=limit_files(tmp_path, 48, 48),
        ) as process,
    ):
        url = await process.wait_until_ready()
        answers = [asyncio.create_task(ask(url, build_get(f"/{n}"))) for n in range(200)]
        assert {(await answer).body for answer in answers} == {b"xxx"}
        ended = await process.stop()
    assert ended.code == 0
    assert len(read_exchanges(tmp_path / "c.cassette")) == 200
    assert 1 <= ended.errors.count("clients_wait_for_descriptors") <= 5
    assert "upstream_failed" not in ended.errors


SERVING = [
    ("record", ("record", "c", "--upstream", "http://127.0.0.1:1")),
    ("replay", ("replay", "cassettes/")),
    ("auto", ("auto", "c", "--upstream", "http://127.0.0.1:1")),
    ("passthrough", ("auto", "c", "--mode", "passthrough", "--upstream", "http://127.0.0.1:1")),
    ("simulate", ("simulate",)),
]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="/proc exists on Linux only")
@pytest.mark.parametrize(("name", "command"), SERVING, ids=[row[0] for row in SERVING])
async def test_every_serving_command_raises_the_soft_limit(
    tmp_path: Path, name: str, command: tuple[str, ...]
) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    env = limit_files(tmp_path, 100, hard)
    async with start_runreel(*command, "--listen", str(ANYWHERE), cwd=tmp_path, env=env) as process:
        await process.wait_until_ready()
        limits = Path(f"/proc/{process.process.pid}/limits").read_text()
    [line] = [line for line in limits.splitlines() if line.startswith("Max open files")]
    assert int(line.split()[3]) == min(hard, 65_536)


async def test_an_inherited_socket_is_listened_on() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        address = Address(*bound.getsockname())
        async with listen(
            answer_nothing, address, mode="replay", max_head=8192, fd=os.dup(bound.fileno())
        ) as listener:
            assert listener.port == address.port
            answer = await ask(listener.url, build_get("/-/other"))
            assert (answer.status, b"runreel_foreign_host" in answer.body) == (403, True)
    with pytest.raises(ConnectionRefusedError):
        await ask(listener.url, build_get("/-/other"))


async def test_a_descriptor_that_is_no_socket_is_an_error(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as file, pytest.raises(RunreelError, match="cannot listen"):
        async with listen(answer_nothing, ANYWHERE, mode="replay", max_head=8192, fd=file.fileno()):
            pytest.fail("it listens on a file")


@pytest.mark.parametrize("keep_alive", [True, False])
async def test_a_connection_is_kept_only_if_it_may_be(tmp_path: Path, keep_alive: bool) -> None:
    path = await record_bodies(tmp_path / "c.cassette", b"1")
    sessions = Sessions(replace(Config(mode="replay"), listen=ANYWHERE), tmp_path)
    await sessions.create_default(path)
    async with (
        run_server(sessions.config, sessions, keep_alive=keep_alive) as listener,
        open_client(listener.url) as client,
    ):
        await client.send(build_get("/1"))
        answer = await client.read_answer()
        assert (answer.body, answer.find_header(b"connection")) == (
            (b"1", None) if keep_alive else (b"1", b"close")
        )
        if not keep_alive:
            assert await client.reader.read() == b""
    await sessions.close()


async def answer_nothing(request: BaseRequest) -> web.StreamResponse:
    raise AssertionError("only the proxy's own endpoints are asked")
