"""``runreel`` in a separate process, with limited memory and without this process's settings."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

STEP_TIMEOUT = 30.0
"""Seconds that one step of a process may take; only a process that hangs needs so many."""

_LIMITED = ("sh", "-c", 'ulimit -v 4000000 && exec "$@"', "sh", sys.executable, "-m", "runreel")
_READY = "listening on "


@dataclass(frozen=True, slots=True)
class ProcessResult:
    """The exit code and the output of a process."""

    code: int
    output: str
    errors: str


class RunningProcess:
    """A running process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self._out = ""
        self._err = ""

    async def read_line(self) -> str:
        """Read the next line of its standard output."""
        assert self.process.stdout is not None
        async with asyncio.timeout(STEP_TIMEOUT):
            line = (await self.process.stdout.readline()).decode()
        self._out += line
        return line

    async def read_log_line(self) -> str:
        """Read the next line of its standard error."""
        assert self.process.stderr is not None
        async with asyncio.timeout(STEP_TIMEOUT):
            line = (await self.process.stderr.readline()).decode()
        self._err += line
        return line

    async def wait_until_ready(self) -> str:
        """Wait until the process listens; return its URL."""
        line = await self.read_line()
        if not line.startswith(_READY):
            raise AssertionError((await self.wait()).errors)
        return line.removeprefix(_READY).strip()

    def write_input(self, data: bytes) -> None:
        """Write to its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(data)

    def end_input(self) -> None:
        """Close its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> ProcessResult:
        """Send a signal and wait for the end of the process."""
        self.send(number)
        return await self.wait()

    async def wait(self) -> ProcessResult:
        """Wait for the end of the process, and check that it printed no traceback."""
        async with asyncio.timeout(STEP_TIMEOUT):
            out, err = await self.process.communicate()
        assert self.process.returncode is not None
        end = ProcessResult(
            self.process.returncode, self._out + out.decode(), self._err + err.decode()
        )
        assert "Traceback" not in end.errors
        return end


@asynccontextmanager
async def start_runreel(
    *arguments: str | Path,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    holds_stdin: bool = False,
) -> AsyncIterator[RunningProcess]:
    """Start the command line in ``cwd``; kill the process at the end of the block.

    With ``holds_stdin`` its standard input is a pipe that ``end_input`` closes, else it is empty.
    """
    inherited = {name: value for name, value in os.environ.items() if "RUNREEL" not in name}
    process = await asyncio.create_subprocess_exec(
        *_LIMITED,
        *map(str, arguments),
        stdin=asyncio.subprocess.PIPE if holds_stdin else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=cwd,
        env={**inherited, **(env or {})},
    )
    try:
        yield RunningProcess(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def run_runreel(
    *arguments: str | Path, cwd: Path, env: Mapping[str, str] | None = None
) -> ProcessResult:
    """Run a command line that ends by itself; return its result."""
    async with start_runreel(*arguments, cwd=cwd, env=env) as process:
        return await process.wait()
