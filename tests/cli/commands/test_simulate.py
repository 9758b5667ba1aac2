"""``runreel simulate``: one line when it is ready, a clean end, errors that say what to do."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import Request, urlopen

import pytest

COMMAND = [sys.executable, "-m", "runreel", "simulate"]


@contextmanager
def simulator(*options: str) -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own, which is ended whatever happens."""
    with subprocess.Popen(  # noqa: S603  our own command
        [*COMMAND, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_it_says_where_it_listens_and_ends_cleanly(number: signal.Signals) -> None:
    with simulator("--listen", "127.0.0.1:0", "--delay", "0") as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        url = line.removeprefix("listening on ").strip()
        models = Request(f"{url}/v1/models", headers={"api-key": "any"})  # noqa: S310  our own
        with urlopen(models) as answer:  # noqa: S310  our own
            assert answer.status == 200
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert line.startswith("listening on http://127.0.0.1:")
    assert (process.returncode, out, err) == (0, "", "")


def outcome(*options: str) -> subprocess.CompletedProcess[str]:
    """What becomes of a command that cannot serve."""
    return subprocess.run(  # noqa: S603  our own command
        [*COMMAND, *options], capture_output=True, text=True, timeout=30, check=False
    )


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = outcome("--listen", address)
    assert (done.returncode, done.stdout) == (3, "")
    assert address in done.stderr
    assert "--listen" in done.stderr


@pytest.mark.parametrize(
    "options",
    [["--listen", "nowhere"], ["--listen", "127.0.0.1:99999"], ["--delay", "-1"]],
    ids=" ".join,
)
def test_wrong_usage(options: list[str]) -> None:
    done = outcome(*options)
    assert (done.returncode, done.stdout) == (2, "")
    assert options[0] in done.stderr
