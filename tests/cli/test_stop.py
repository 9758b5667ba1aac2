"""A stop with exchanges that are still to be written: it says so, writes them, or lists them."""

from __future__ import annotations

import json
import os
import pty
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from runreel.shell.store import CassetteReader
from support.client import ask, build_get
from support.process import RunningProcess, start_runreel
from support.upstream import build_ok, serve_scripts

pytestmark = pytest.mark.slow

ANYWHERE = ("--listen", "127.0.0.1:0")
SLOW_DISK = """
import os, time
write = os.pwrite
def pwrite(*arguments):
    while os.path.exists("disk-is-stuck"):
        time.sleep(0.005)
    return write(*arguments)
os.pwrite = pwrite
"""


@asynccontextmanager
async def record_three(folder: Path) -> AsyncIterator[RunningProcess]:
    """Record three exchanges in a process whose disk is stuck."""
    (folder / "code").mkdir()
    (folder / "code" / "sitecustomize.py").write_text(SLOW_DISK)
    path = os.pathsep.join(filter(None, (str(folder / "code"), os.environ.get("PYTHONPATH"))))
    async with (
        serve_scripts([build_ok(b"x")]) as upstream,
        start_runreel(
            *("record", "c.cassette", "--upstream", upstream.url, *ANYWHERE),
            cwd=folder,
            env={"PYTHONPATH": path},
        ) as process,
    ):
        url = await process.wait_until_ready()
        (folder / "disk-is-stuck").touch()
        for number in range(1, 4):
            assert (await ask(url, build_get(f"/{number}"))).status == 200
        yield process


async def read_event(process: RunningProcess, name: str) -> Mapping[str, Any]:
    while True:
        event: Mapping[str, Any] = json.loads(await process.read_log_line())
        if event["event"] == name:
            return event


async def test_a_stop_says_how_many_are_left_and_writes_them_all(tmp_path: Path) -> None:
    async with record_three(tmp_path) as process:
        process.send(signal.SIGTERM)
        assert (await read_event(process, "writing_at_stop"))["exchanges"] == 3
        (tmp_path / "disk-is-stuck").unlink()
        ended = await process.wait()
    assert ended.code == 0
    with CassetteReader.open(tmp_path / "c.cassette") as reader:
        assert [head.number for head in reader.heads] == [1, 2, 3]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
async def test_a_second_signal_lists_what_it_drops(tmp_path: Path, number: signal.Signals) -> None:
    async with record_three(tmp_path) as process:
        process.send(number)
        await read_event(process, "writing_at_stop")
        process.send(number)
        dropped = await read_event(process, "exchanges_dropped")
        ended = await process.wait()
    assert (dropped["exchanges"], dropped["count"], dropped["session"]) == ([1, 2, 3], 3, "default")
    assert ended.code == 3


TERMINAL = """
import asyncio, sys
from runreel.config import LogSettings
from runreel.shell.process.logs import configure_logging
from runreel.shell.process.progress import report_progress
import structlog
async def main():
    counts = [2, 1, 1]
    ended = asyncio.Event()
    def count_left():
        if len(counts) == 1:
            structlog.get_logger().info("exchange_recorded")
        if not counts:
            ended.set()
        return counts.pop() if counts else 0
    configure_logging(LogSettings(), sys.stderr, is_terminal=sys.stderr.isatty())
    async with report_progress(count_left):
        await ended.wait()
asyncio.run(main())
"""


def test_on_a_terminal_the_progress_is_one_line_below_the_log() -> None:
    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.executable, [sys.executable, "-c", TERMINAL])  # noqa: S606 - our own code
    written = b""
    try:
        while data := os.read(terminal, 4096):
            written += data
    except OSError:
        pass  # the end of a terminal's other side
    os.waitpid(child, 0)
    clear = b"\r\x1b[K"
    first, second, last = written.split(b"exchanges are still to be written")[:3]
    assert first == clear + b"1 "
    assert second.count(b"\n") == 1, "only the log's own line ends"
    assert b"exchange_recorded" in second
    assert written.endswith(clear)
    assert b"Traceback" not in written, last
