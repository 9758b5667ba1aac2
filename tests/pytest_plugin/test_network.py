"""block_network: the calls that it blocks, and those that it allows."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from runreel.pytest_plugin.network import (
    NetworkBlockedError,
    NetworkGuard,
    guard_sockets,
    is_loopback_host,
)
from support.suite import NumberingUpstream, Suite

pytestmark = pytest.mark.slow

NOWHERE = ("192.0.2.1", 80)  # TEST-NET-1, RFC 5737: never assigned

LOOPBACK = [
    "127.0.0.1",
    "127.9.9.9",
    "::1",
    "localhost",
    "LOCALHOST.",
    "a.localhost",
    "",
    "0.0.0.0",
]
ELSEWHERE = ["192.0.2.1", "10.0.0.1", "api.openai.com", "localhost.evil.test", "::ffff:192.0.2.1"]


@pytest.mark.parametrize("host", [*LOOPBACK, "::ffff:127.0.0.1", "::1%lo"])
def test_loopback_is_allowed(host: str) -> None:
    assert is_loopback_host(host)
    NetworkGuard().raise_if_blocked(host)


@pytest.mark.parametrize("host", ELSEWHERE)
def test_other_hosts_are_blocked(host: str) -> None:
    guard = NetworkGuard()
    with pytest.raises(NetworkBlockedError, match=r"this test tried to reach .*allowed_hosts"):
        guard.raise_if_blocked(host)
    assert guard.blocked == [host]


def make_stream_socket() -> socket.socket:
    return socket.socket(socket.AF_INET, socket.SOCK_STREAM)


def make_datagram_socket() -> socket.socket:
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


async def open_connection() -> None:
    await asyncio.open_connection(*NOWHERE)


CALLS: list[tuple[str, Callable[[], object]]] = [
    ("connect", lambda: make_stream_socket().connect(NOWHERE)),
    ("connect_ex", lambda: make_stream_socket().connect_ex(NOWHERE)),
    ("create_connection", lambda: socket.create_connection(NOWHERE)),
    ("sendto", lambda: make_datagram_socket().sendto(b"x", NOWHERE)),
    ("sendto with flags", lambda: make_datagram_socket().sendto(b"x", 0, NOWHERE)),
    ("sendmsg", lambda: make_datagram_socket().sendmsg([b"x"], [], 0, NOWHERE)),
    ("getaddrinfo", lambda: socket.getaddrinfo("api.openai.com", 443)),
    ("getaddrinfo, by name", lambda: socket.getaddrinfo(host="api.openai.com", port=443)),
    ("getaddrinfo of bytes", lambda: socket.getaddrinfo(b"api.openai.com", 443)),
    ("gethostbyname", lambda: socket.gethostbyname("api.openai.com")),
    ("gethostbyname_ex", lambda: socket.gethostbyname_ex("api.openai.com")),
    ("IPv6", lambda: socket.socket(socket.AF_INET6).connect(("2001:db8::1", 80, 0, 0))),
    ("asyncio", lambda: asyncio.run(open_connection())),
]


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(("name", "call"), CALLS, ids=[row[0] for row in CALLS])
def test_every_call_is_blocked(name: str, call: Callable[[], object]) -> None:
    guard = NetworkGuard()
    with guard_sockets(guard), pytest.raises(NetworkBlockedError):
        call()
    assert len(guard.blocked) == 1


def test_local_sockets_work(tmp_path: Path) -> None:
    guard = NetworkGuard()
    with guard_sockets(guard), contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("localhost", 0)))
        client = stack.enter_context(socket.create_connection(server.getsockname()))
        client.sendall(b"x")
        pair = socket.socketpair()
        unix = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        unix.bind(str(tmp_path / "socket"))
        stack.enter_context(pair[0]).send(b"x")
        stack.enter_context(pair[1])
        sender = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        sender.sendto(b"x", str(tmp_path / "socket"))
        receiver = stack.enter_context(make_datagram_socket())
        receiver.bind(("127.0.0.1", 0))
        stack.enter_context(make_datagram_socket()).sendto(b"x", receiver.getsockname())
    assert guard.blocked == []


def test_the_patches_are_undone() -> None:
    names = ("connect", "connect_ex", "sendto", "sendmsg")
    before = [getattr(socket.socket, name) for name in names], socket.getaddrinfo
    with guard_sockets(NetworkGuard()):
        assert socket.getaddrinfo is not before[1]
    assert ([getattr(socket.socket, name) for name in names], socket.getaddrinfo) == before
    assert not set(names) & set(vars(socket.socket))


def test_allowed_hosts_are_allowed_with_their_addresses() -> None:
    guard = NetworkGuard(["db.*", "10.1.*"])
    guard.raise_if_blocked("DB.internal")
    guard.raise_if_blocked("10.1.2.3")
    guard.allow_addresses("db.internal", ["10.0.0.7"])
    guard.allow_addresses("other.internal", ["10.0.0.8"])
    guard.raise_if_blocked("10.0.0.7")
    with pytest.raises(NetworkBlockedError):
        guard.raise_if_blocked("10.0.0.8")


def test_the_addresses_of_an_allowed_host_are_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    addresses = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.7", 5432))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: addresses)
    guard = NetworkGuard(["db"])
    with guard_sockets(guard):
        assert socket.getaddrinfo("db", 5432) == addresses
    guard.raise_if_blocked("10.0.0.7")


CONNECTING = """
import socket, threading

def connect_quietly():
    try:
        socket.create_connection(("192.0.2.1", 80))
    except Exception:
        pass
"""

TESTS = [
    (
        "the marker",
        "@pytest.mark.runreel(block_network=True)\ndef test_it(): connect_quietly()",
        [],
        True,
    ),
    ("the option", "def test_it(runreel): connect_quietly()", ["--runreel-block-network"], True),
    (
        "a thread",
        "def test_it(runreel):\n"
        "    thread = threading.Thread(target=connect_quietly)\n"
        "    thread.start()\n"
        "    thread.join()",
        ["--runreel-block-network"],
        True,
    ),
    (
        "asyncio",
        "import asyncio\n"
        "async def test_it(runreel):\n"
        "    with pytest.raises(RuntimeError, match='runreel blocks the network'):\n"
        "        await asyncio.open_connection('api.openai.com', 443)",
        ["--runreel-block-network"],
        True,
    ),
    (
        "a fixture of the test",
        "@pytest.fixture\n"
        "def connected(): connect_quietly()\n"
        "def test_it(runreel, connected): pass",
        ["--runreel-block-network"],
        True,
    ),
    (
        "the marker overrides the option",
        "@pytest.mark.runreel(block_network=False)\n"
        "def test_it():\n"
        "    import runreel.pytest_plugin.network as network\n"
        "    assert not hasattr(socket.getaddrinfo, '__wrapped__')",
        ["--runreel-block-network"],
        False,
    ),
    (
        "a test that does not use runreel",
        "def test_it(): assert not hasattr(socket.getaddrinfo, '__wrapped__')",
        ["--runreel-block-network"],
        False,
    ),
    (
        "an allowed host",
        "@pytest.mark.runreel(block_network=True, allowed_hosts=['192.0.2.*'])\n"
        "def test_it():\n"
        "    with socket.socket() as connection:\n"
        "        connection.setblocking(False)\n"
        "        connection.connect_ex(('192.0.2.1', 80))",
        [],
        False,
    ),
]


@pytest.mark.parametrize(
    ("why", "test", "arguments", "is_blocked"), TESTS, ids=[row[0] for row in TESTS]
)
def test_a_replayed_test_that_connects_fails(
    suite: Suite, why: str, test: str, arguments: list[str], is_blocked: bool
) -> None:
    suite.write_tests(CONNECTING, test)
    result = suite.run(*arguments)
    if is_blocked:
        result.stdout.fnmatch_lines(["*runreel: replay blocks the network, and the test *"])
        assert result.ret == 1
    else:
        result.assert_outcomes(passed=1)


def test_the_ini_setting_applies_to_replay_only(suite: Suite, upstream: NumberingUpstream) -> None:
    suite.add_settings(
        "runreel_block_network = true", "runreel_allowed_hosts = 192.0.2.7 db.internal"
    )
    suite.write_tests(
        "import socket",
        "def test_it(runreel):",
        "    is_guarded = hasattr(socket.getaddrinfo, '__wrapped__')",
        "    assert is_guarded == (runreel.mode == 'replay')",
        "    assert ask('a')['asked'] == 'a'",
    )
    suite.record().assert_outcomes(passed=1)
    suite.run().assert_outcomes(passed=1)
