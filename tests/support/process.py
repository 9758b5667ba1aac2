"""``runreel`` in a process of its own, with little memory and none of this process's settings."""

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
"""Seconds that a process may take for one step; only one that hangs ever needs them."""

_LIMITED = ("sh", "-c", 'ulimit -v 4000000 && exec "$@"', "sh", sys.executable, "-m", "runreel")
_READY = "listening on "


@dataclass(frozen=True, slots=True)
class ProcessResult:
    """What is left of a process."""

    code: int
    output: str
    errors: str


class RunningProcess:
    """A process that runs."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self._out = ""
        self._err = ""

    async def read_line(self) -> str:
        """The next line of its standard output."""
        assert self.process.stdout is not None
        async with asyncio.timeout(STEP_TIMEOUT):
            line = (await self.process.stdout.readline()).decode()
        self._out += line
        return line

    async def read_log_line(self) -> str:
        """The next line of its standard error."""
        assert self.process.stderr is not None
        async with asyncio.timeout(STEP_TIMEOUT):
            line = (await self.process.stderr.readline()).decode()
        self._err += line
        return line

    async def wait_until_ready(self) -> str:
        """The URL that it serves, as soon as it says so."""
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
        """Send a signal and wait for the end."""
        self.send(number)
        return await self.wait()

    async def wait(self) -> ProcessResult:
        """Wait for the end, and insist that there was no traceback."""
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
    """Run the command line in ``cwd``; the process is gone when the block ends.

    Its standard input is a pipe that ``end_input`` closes, or at its end from the start.
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
    """What becomes of a command line that ends by itself."""
    async with start_runreel(*arguments, cwd=cwd, env=env) as process:
        return await process.wait()
