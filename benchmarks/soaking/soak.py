"""The settings of a run, and the servers in it."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import Cores, Server, run_server
from benchmarks.soaking.clients import Results, run_clients
from benchmarks.soaking.monitor import Monitor
from benchmarks.soaking.watched import Holds

_STOP_LIMIT = 600.0


@dataclass(frozen=True, slots=True)
class Soak:
    """The settings of one run."""

    folder: Path
    cores: Cores
    seconds: float
    clients: int
    rate: float
    seed: int
    loop: str
    fresh_cookies: bool
    interval: float

    @property
    def cassette(self) -> Path:
        """The cassette that is recorded and replayed."""
        return self.folder / "soak.cassette"

    @asynccontextmanager
    async def run_runreel(self, *arguments: str) -> AsyncIterator[tuple[Server, Holds]]:
        """Run a command of runreel with a watch on its loop."""
        holds = self.folder / "holds"
        with suppress(FileNotFoundError):
            holds.unlink()
        async with run_server(
            "-m",
            "benchmarks.soaking.watched",
            str(holds),
            *arguments,
            "--loop",
            self.loop,
            "--listen",
            "127.0.0.1:0",
            cores=self.cores.server,
            folder=self.folder,
            log=self.folder / f"{arguments[0]}.log",
        ) as server:
            yield server, Holds(holds)

    @asynccontextmanager
    async def run_upstream(self) -> AsyncIterator[Server]:
        """Run the upstream, which is part of the load."""
        async with run_server(
            "-m",
            "benchmarks.soaking.upstream",
            str(self.seed),
            cores=self.cores.load,
            folder=self.folder,
            log=self.folder / "upstream.log",
        ) as server:
            yield server

    async def run_load(
        self, server: Server, holds: Holds, counts: Mapping[int, int] | None = None
    ) -> tuple[Results, Monitor]:
        """Let the clients work, and watch the server; ``counts`` limits the calls of each."""
        holds.take()  # those of the start
        results = Results()
        monitor = Monitor(server, holds, results, interval=self.interval)
        task = asyncio.ensure_future(monitor.run())
        await run_clients(
            server.port,
            results,
            clients=self.clients,
            rate=self.rate,
            seconds=self.seconds,
            seed=self.seed,
            fresh_cookies=self.fresh_cookies,
            counts=counts or {},
        )
        task.cancel()
        monitor.take()
        monitor.probe.stop()
        return results, monitor


async def stop(server: Server) -> float:
    """Ask the server to stop, and wait until its process has ended."""
    started = time.monotonic()
    os.kill(server.pid, signal.SIGTERM)
    await wait_for_end(server)
    return time.monotonic() - started


async def wait_for_end(server: Server) -> None:
    """Wait until the process has ended."""
    async with asyncio.timeout(_STOP_LIMIT):
        while _has_files(server.pid):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)


def _has_files(pid: int) -> bool:
    """Return whether a process is alive; one that has ended but is not waited for has no files."""
    try:
        return any(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False
