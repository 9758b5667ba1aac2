"""``runreel simulate``: its first line, its end, and its errors."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import Request, urlopen

import pytest

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "runreel", "simulate"]


@contextmanager
def start_simulator(*options: str) -> Iterator[subprocess.Popen[str]]:
    """Run the command in a process of its own, and kill it at the end of the block."""
    with subprocess.Popen(  # noqa: S603  our own command
        [*COMMAND, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_it_prints_its_address_and_ends_without_errors(number: signal.Signals) -> None:
    with start_simulator("--listen", "127.0.0.1:0", "--delay", "0") as process:
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


def run_to_end(*options: str) -> subprocess.CompletedProcess[str]:
    """Run a command that cannot serve, and return the finished process."""
    return subprocess.run(  # noqa: S603  our own command
        [*COMMAND, *options], capture_output=True, text=True, timeout=30, check=False
    )


def test_a_port_that_is_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as occupied:
        address = f"127.0.0.1:{occupied.getsockname()[1]}"
        process = run_to_end("--listen", address)
    assert (process.returncode, process.stdout) == (3, "")
    assert address in process.stderr
    assert "--listen" in process.stderr


@pytest.mark.parametrize(
    "options",
    [["--listen", "nowhere"], ["--listen", "127.0.0.1:99999"], ["--delay", "-1"]],
    ids=" ".join,
)
def test_wrong_usage(options: list[str]) -> None:
    process = run_to_end(*options)
    assert (process.returncode, process.stdout) == (2, "")
    assert options[0] in process.stderr
