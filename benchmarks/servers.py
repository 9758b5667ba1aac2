"""The servers under test, as a user starts them."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from benchmarks.plan import Plan
from benchmarks.processes import Server, run_server

_QUIET = '[runreel.log]\nlevel = "warning"\n'
"""A configuration that logs only failures."""
_DEFAULT = "[runreel]\n"

_FREE_PORT = "127.0.0.1:0"
_LOG_CHECK = 0.02
_LOG_LIMIT = 30.0


def run_bare(plan: Plan, kind: str, *more: str) -> AbstractAsyncContextManager[Server]:
    """Run a bare aiohttp server of this kind."""
    arguments = ("-m", "benchmarks.bare", kind, *more)
    return run_server(*arguments, cores=plan.cores.server, folder=plan.folder)


def run_upstream(plan: Plan) -> AbstractAsyncContextManager[Server]:
    """Run the upstream of the recording rows, which is part of the load."""
    arguments = ("-m", "benchmarks.bare", "upstream")
    return run_server(*arguments, cores=plan.cores.load, folder=plan.folder)


def run_replay(
    plan: Plan, cassette: Path, *, quiet: bool = True
) -> AbstractAsyncContextManager[Server]:
    """Run ``runreel replay``; if ``quiet``, it logs only failures."""
    return _run_runreel(plan, quiet, "replay", str(cassette))


def run_workers(plan: Plan, folder: Path, workers: int) -> AbstractAsyncContextManager[Server]:
    """Run ``runreel replay --workers``, on all cores; its log is the default one."""
    options = ("--workers", str(workers), "--listen", _FREE_PORT)
    return run_server(
        "-m",
        "runreel",
        "replay",
        f"{folder}/",
        *options,
        cores=frozenset(),
        folder=plan.folder,
        log=plan.folder / "workers.log",
    )


def run_record(
    plan: Plan, cassette: Path, base: str, *, quiet: bool = True, loop: str = "auto"
) -> AbstractAsyncContextManager[Server]:
    """Run ``runreel record`` with the upstream at ``base``, on this event loop."""
    return _run_runreel(plan, quiet, "record", str(cassette), "--upstream", base, "--loop", loop)


def _run_runreel(
    plan: Plan, quiet: bool, command: str, cassette: str, *more: str
) -> AbstractAsyncContextManager[Server]:
    config = plan.folder / ("quiet.toml" if quiet else "default.toml")
    config.write_text(_QUIET if quiet else _DEFAULT, encoding="utf-8")
    arguments = ("-m", "runreel", command, cassette, *more, "--listen", _FREE_PORT)
    return run_server(
        *arguments,
        "--config",
        str(config),
        cores=plan.cores.server,
        folder=plan.folder,
        log=log_path(plan, Path(cassette)),
    )


def log_path(plan: Plan, cassette: Path) -> Path:
    """Return the path of the log of the server with this cassette."""
    return plan.folder / f"{cassette.stem}.log"


def count_stored(log: Path) -> int:
    """Count the exchanges that are stored, by the log."""
    return log.read_bytes().count(b"exchange_recorded")


async def wait_until_stored(log: Path, count: int) -> None:
    """Wait until ``count`` exchanges are stored."""
    async with asyncio.timeout(_LOG_LIMIT):
        while count_stored(log) < count:  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(_LOG_CHECK)
