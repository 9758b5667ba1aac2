"""Servers in separate processes, pinned to one core, with their CPU time and memory.

The load runs on the other cores. Both figures come from Linux: the CPU clock of another process
(clock_getcpuclockid(3)) and /proc/PID/statm (proc(5)).
"""

from __future__ import annotations

import asyncio
import os
import resource
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
RUNREEL = ("-m", "runreel")
BARE = ("-m", "benchmarks.bare")

_READY = b"listening on "
_START_LIMIT = 120.0


@dataclass(frozen=True, slots=True)
class Cores:
    """The cores for the server under test and for the load; empty sets: no pinning."""

    server: frozenset[int]
    load: frozenset[int]

    @classmethod
    def divide(cls) -> Cores:
        """Assign the first core to the server and the others to the load, if there are two."""
        usable = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []
        if len(usable) < 2:
            return cls(frozenset(), frozenset())
        return cls(frozenset(usable[:1]), frozenset(usable[1:]))


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    pid: int
    port: int

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self.port}"

    def read_cpu_seconds(self) -> float:
        """Return the user and system time of all threads since the start of the process."""
        # The clock id of a process is made of its pid: MAKE_PROCESS_CPUCLOCK in the kernel's
        # include/linux/posix-timers.h, with 2 for the scheduler's own count.
        return time.clock_gettime((~self.pid << 3) | 2)

    def list_children(self) -> list[Server]:
        """Return the child processes, such as workers."""
        path = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        return [Server(int(pid), self.port) for pid in path.read_text().split()]

    def read_resident_bytes(self) -> int:
        """Return the resident memory."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize()


@asynccontextmanager
async def run_server(
    *arguments: str, cores: frozenset[int], folder: Path, log: Path | None = None
) -> AsyncIterator[Server]:
    """Run Python with ``arguments`` until the block ends; write its log to ``log``.

    ``folder`` is its current folder, so that it does not read the configuration of a checkout.
    """
    log = log or folder / "servers.log"
    with log.open("ab") as errors, _pin_children(cores):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            cwd=folder,
            env=_make_environment(),
        )
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), _START_LIMIT)
        assert line.startswith(_READY), f"{' '.join(arguments)}: {log.read_text()[-2000:]}"
        yield Server(process.pid, int(line.rpartition(b":")[2]))
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@contextmanager
def _pin_children(cores: frozenset[int]) -> Iterator[None]:
    """Pin processes that are started in the block to these cores, with all their threads."""
    if not cores:
        yield
        return
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, own)


async def measure_run(*arguments: str, folder: Path) -> float:
    """Measure the seconds that a fresh Python takes to run ``arguments``."""
    started = time.perf_counter()
    await run_to_end(*arguments, folder=folder)
    return time.perf_counter() - started


async def run_to_end(*arguments: str, folder: Path) -> str:
    """Run a fresh Python with ``arguments`` and return its output."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        cwd=folder,
        env=_make_environment(),
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0, f"{' '.join(arguments)} failed"
    return printed.decode()


def raise_open_files(count: int) -> int:
    """Raise the soft limit on open files, which servers inherit; return the new limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count and (hard >= count or hard == resource.RLIM_INFINITY):
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
        return count
    return soft


def _make_environment() -> Mapping[str, str]:
    # An installation has its bytecode compiled; without it, a start would compile all sources.
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("RUNREEL_") and name != "PYTHONDONTWRITEBYTECODE"
    }
    return {**environment, "PYTHONPATH": os.pathsep.join((str(ROOT / "proxy"), str(ROOT)))}
