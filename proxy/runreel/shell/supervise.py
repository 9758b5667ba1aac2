"""Run the workers of one port to their end: the first process of ``runreel replay --workers N``."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial

import structlog

from runreel.core.report.session_report import SessionReport
from runreel.shell.process.lifecycle import StopSignals, catch_stop_signals, stop_on_eof
from runreel.shell.process.logs import hold_lines, release_lines
from runreel.shell.serve_options import (
    LOST,
    ReadyCallback,
    ServeOptions,
    ServeReporter,
    find_client_url,
    find_prefix,
    run_or_wait,
    warn_of_no_request,
)
from runreel.shell.store.reader import read_header
from runreel.shell.workers.forking import Fork, ForkedWorker

log = structlog.get_logger()

_READY = b"1"
_MAX_READ = 1 << 16
_BETWEEN_SIGNALS = 0.05
"""Seconds; two signals at once would arrive as one."""


class WorkerReporter:
    """Tells the process that has forked a worker of its start and its end."""

    def __init__(self, status: int, *, holds_lines: bool) -> None:
        """Write to ``status``, a pipe. ``holds_lines``: a command has the terminal to itself."""
        self._status = status
        self._holds_lines = holds_lines

    def report_ready(self) -> None:
        """Report that the worker accepts connections."""
        os.write(self._status, _READY)
        if self._holds_lines:
            hold_lines()

    def report_start(self, base_url: str, upstream: str) -> None:
        """Report nothing: that is for the first process."""

    def report_end(self, reports: Sequence[SessionReport], *, has_failed: bool) -> None:
        """Report what became of the sessions."""
        release_lines()
        with os.fdopen(os.dup(self._status), "wb") as pipe:
            pickle.dump(list(reports), pipe)


async def supervise(
    fork: Fork,
    options: ServeOptions,
    url: str,
    on_ready: ReadyCallback,
    reporter: ServeReporter,
) -> int:
    """Wait until a stop signal, or until the command has ended; stop the workers, and report.

    Return the exit code as ``serve`` does: that of the command, else the highest of the workers.
    A worker that ends before is an error, since its sessions have ended with it.
    """
    async with catch_stop_signals(graceful_signals=2 if options.command else 1) as stop:
        stop.on_abort = partial(_stop_at_once, fork.workers)
        if options.lifeline is not None:
            stop_on_eof(stop, options.lifeline)
        watches = [_Watch(worker) for worker in fork.workers]
        code = 0
        is_ready = all([await watch.ready for watch in watches])  # else the worker has said why
        if is_ready:
            on_ready(url)
            code = await _run(options, find_client_url(url), stop, watches, reporter)
        is_failure = stop.is_orphaned or code != 0
        if is_failure:
            os.close(fork.lifeline)  # as if this process had ended: recordings are set aside
        else:
            _send_signal(fork.workers)
        codes = [await watch.end for watch in watches]
    if not is_ready:
        return max(codes)
    return code or max(*codes, _report(options, url, watches, reporter, has_failed=is_failure))


def _report(
    options: ServeOptions,
    url: str,
    watches: Sequence[_Watch],
    reporter: ServeReporter,
    *,
    has_failed: bool,
) -> int:
    """Report the sessions of all workers; return 1 if it is a failure that no request came."""
    reports = [report for watch in watches for report in watch.read_reports()]
    reporter.report_end(reports, has_failed=has_failed)
    if any(report.requests for report in reports):
        return 0
    warn_of_no_request(options, url)
    return int(options.config.on_unused == "fail")


class _Watch:
    """Watches one worker."""

    def __init__(self, worker: ForkedWorker) -> None:
        loop = self._loop = asyncio.get_running_loop()
        self._worker = worker
        self.ready: asyncio.Future[bool] = loop.create_future()
        """True when the worker is ready, False if it has ended before."""
        self.end: asyncio.Future[int] = loop.create_future()
        """The exit code of the worker."""
        self._reports = b""
        loop.add_reader(worker.status, self._read_status)

    def read_reports(self) -> list[SessionReport]:
        """Return the reports of the worker's sessions; none, if it has not ended in order."""
        reports: list[SessionReport] = []
        if self._reports:
            with suppress(EOFError, pickle.UnpicklingError):  # it was killed meanwhile
                reports = pickle.loads(self._reports)  # noqa: S301 - a process of our own
        return reports

    def _read_status(self) -> None:
        data = os.read(self._worker.status, _MAX_READ)
        if not self.ready.done():
            self.ready.set_result(bool(data))
            self._reports = data.removeprefix(_READY)
        else:
            self._reports += data
        if not data:
            self._loop.remove_reader(self._worker.status)
            self.end.set_result(_wait(self._worker.pid))


async def _run(
    options: ServeOptions,
    url: str,
    stop: StopSignals,
    watches: Sequence[_Watch],
    reporter: ServeReporter,
) -> int:
    """Run the command, or wait for a stop signal, as long as all workers run."""
    upstream = read_header(options.cassette).upstream if options.cassette else ""
    upstream = upstream or options.config.upstream
    prefix = find_prefix(upstream)
    reporter.report_start(url + ("" if options.cassette else "/@NAME") + prefix, upstream)
    run = asyncio.ensure_future(run_or_wait(options, stop, url, prefix))
    ends: set[asyncio.Future[int]] = {watch.end for watch in watches}
    await asyncio.wait({run, *ends}, return_when=asyncio.FIRST_COMPLETED)
    if run.done() or stop.signals:
        return await run
    for number, watch in enumerate(watches):
        if watch.end.done():
            log.error("worker_ended", worker=number, code=watch.end.result(), why="unexpectedly")
    stop.add(signal.SIGTERM)  # so that a command ends as well
    return await run or LOST


def _stop_at_once(workers: Sequence[ForkedWorker]) -> int | None:
    """Make the workers end at once, and wait for them; return the code of a loss."""
    _send_signal(workers)
    time.sleep(_BETWEEN_SIGNALS)
    _send_signal(workers)
    codes = [_wait(worker.pid) for worker in workers]
    return LOST if LOST in codes else None


def _send_signal(workers: Iterable[ForkedWorker]) -> None:
    for worker in workers:
        try:
            os.kill(worker.pid, signal.SIGTERM)
        except ProcessLookupError:
            continue  # it has ended


def _wait(pid: int) -> int:
    """Wait for a child process; return its exit code, or 128 plus the number of its signal."""
    try:
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    except ChildProcessError:
        return 0  # it was waited for before
    return code if code >= 0 else 128 - code
