"""Servers in processes of their own, pinned to one core, with their CPU time and memory.

The load stays on the other core. Both figures come from Linux: the CPU clock of another process
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
_START_LIMIT = 30.0


@dataclass(frozen=True, slots=True)
class Cores:
    """Where the server under test runs, and where all else does; empty: anywhere."""

    server: frozenset[int]
    load: frozenset[int]

    @classmethod
    def divide(cls) -> Cores:
        """The first core for the server, the others for the load, where there are two."""
        usable = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []
        if len(usable) < 2:
            return cls(frozenset(), frozenset())
        return cls(frozenset(usable[:1]), frozenset(usable[1:]))


@dataclass(frozen=True, slots=True)
class Server:
    """A server that is ready."""

    pid: int
    port: int

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.port}"

    def read_cpu_seconds(self) -> float:
        """User and system time of all of its threads since it started."""
        # The clock id of a process is made of its pid: MAKE_PROCESS_CPUCLOCK in the kernel's
        # include/linux/posix-timers.h, with 2 for the scheduler's own count.
        return time.clock_gettime((~self.pid << 3) | 2)

    def read_resident_bytes(self) -> int:
        """Memory that is resident now."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize()


@asynccontextmanager
async def run_server(
    *arguments: str, cores: frozenset[int], folder: Path, log: Path | None = None
) -> AsyncIterator[Server]:
    """Run Python with ``arguments`` until the block ends; its log goes to ``log``.

    ``folder`` becomes its current folder, so that no configuration of a checkout is found.
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
    """What is started in the block has these cores, and so have its threads from the first on."""
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
    """Seconds that a fresh Python takes to run ``arguments`` to their end."""
    started = time.perf_counter()
    await run_to_end(*arguments, folder=folder)
    return time.perf_counter() - started


async def run_to_end(*arguments: str, folder: Path) -> str:
    """What a fresh Python prints when it runs ``arguments``."""
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


def raise_open_files(wanted: int) -> int:
    """Lift the soft limit on open files, which servers inherit; return what it is now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted and (hard >= wanted or hard == resource.RLIM_INFINITY):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return soft


def _make_environment() -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RUNREEL_")}
    return {**kept, "PYTHONPATH": str(ROOT)}
