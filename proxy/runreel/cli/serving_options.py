"""The common part of ``record``, ``replay`` and ``auto``: from options to a running server.

On a terminal, people are told of its start, and get a summary at its end.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Callable, Coroutine, Iterable, Sequence
from functools import partial
from pathlib import Path

import click
from msgspec.structs import replace

from runreel.cli.options import OptionValue, read_settings, start_log
from runreel.cli.terminal import escape_line, get_width
from runreel.config import Address, Config
from runreel.core.base_url import find_version
from runreel.core.report.columns import wrap
from runreel.core.report.session_report import SessionReport
from runreel.errors import UsageError
from runreel.shell.process import exception_hooks
from runreel.shell.process.event_loop import find_loop_factory
from runreel.shell.process.heap import limit_heap_growth
from runreel.shell.process.logs import has_sentences, print_sentence, write_in_batches
from runreel.shell.process.rlimits import allow_many_connections, harden_process
from runreel.shell.serve import serve
from runreel.shell.serve_options import ServeOptions, read_token
from runreel.shell.server.acceptor import bind_sockets
from runreel.shell.store.names import parse_folder_argument, resolve_argument

FREE_PORT = Address("127.0.0.1", 0)
MODES_WITHOUT_UPSTREAM = {"replay", "none", "once"}
"""Modes that never need an upstream, and ``once``, which needs none if there is a cassette."""

MAX_WORKERS = 64
_GC_THRESHOLDS = (2_000, 10, 100)
"""New objects up to a collection of these, and collections of a generation up to one of the next.

A collection holds the event loop for some 0.2 ms a thousand objects: for 4 ms if it is one of the
second generation (20,000), and for much longer on a busy machine. One of all objects must be rare.
Nothing large depends on it, because sessions are not parts of reference cycles.
"""

_QUIET_LEVELS = {"warning", "error"}
_VERBS = {
    "record": "Recording in",
    "all": "Recording in",
    "replay": "Replaying",
    "none": "Replaying",
}


def read_serving_settings(
    config_file: Path | None, command: Sequence[str], **options: OptionValue
) -> Config:
    """Read the settings of a server; the keywords are the parameters of the options.

    With a wrapped command, which is told the port, the default is any free port. Raises
    ``ConfigError``.
    """
    settings = read_settings(config_file, **options)
    if command and settings.origins["listen"] == "default":
        return replace(settings.config, listen=FREE_PORT)
    return settings.config


def serve_cassette(
    config: Config,
    cassette: str,
    command: Sequence[str],
    *,
    append: bool = False,
    keep_on_failure: bool = False,
    end_with_stdin: bool = False,
    fd: int | None = None,
    keep_alive: bool = True,
    workers: int = 1,
) -> int:
    """Serve in the mode of ``config`` until stopped, and return the exit code.

    ``cassette`` is the argument of the command line: a file, a name or a folder. ``workers`` is the
    number of processes. Raises ``RunreelError``.
    """
    _require_upstream(config)
    if workers > MAX_WORKERS:
        raise UsageError(f"{workers} workers are too many: use at most {MAX_WORKERS}")
    folder = parse_folder_argument(cassette)
    options = ServeOptions(
        _resolve_on_miss(config, command),
        folder or Path(config.cassettes),
        None if folder else resolve_argument(cassette, Path(config.cassettes)),
        append=append,
        command=command,
        keep_on_failure=keep_on_failure,
        lifeline=0 if end_with_stdin else None,
        fd=fd,
        keep_alive=keep_alive,
        workers=workers,
    )
    start_log(config)
    return _run_server(options)


def _resolve_on_miss(config: Config, command: Sequence[str]) -> Config:
    """Return the settings, in which a miss is a failure by default if there is a command."""
    if not command or config.replay.on_miss != "auto":
        return config
    return replace(config, replay=replace(config.replay, on_miss="fail"))


def _require_upstream(config: Config) -> None:
    if not config.upstream and config.mode not in MODES_WITHOUT_UPSTREAM:
        raise UsageError(
            f"{config.mode} needs the real API: add --upstream URL, or set upstream in config.toml"
        )


def _run_server(options: ServeOptions) -> int:
    def announce(url: str) -> None:
        if not options.command:  # a wrapped command has standard output to itself
            click.echo(f"listening on {url}")
            sys.stdout.flush()
        _prepare_collector()

    place = str(options.cassette or f"{options.folder}/")
    reporter = ConsoleReporter(options.config, place, has_command=bool(options.command))
    # A thread that seals an exchange must not delay a live event by the default 5 ms.
    sys.setswitchinterval(0.0005)
    harden_process()
    limit_heap_growth()
    exception_hooks.install_exception_hooks()
    allow_many_connections()
    if options.workers == 1:
        return _run(options, serve(options, announce, reporter))
    return _run_workers(options, announce, reporter)


def _run_workers(
    options: ServeOptions, announce: Callable[[str], None], reporter: ConsoleReporter
) -> int:
    from runreel.shell.supervise import WorkerReporter, supervise  # noqa: PLC0415 - for few users
    from runreel.shell.workers.forking import fork_workers  # noqa: PLC0415 - the same

    read_token(os.environ)  # so that a wrong one is said once
    listeners = asyncio.run(bind_sockets(options.config.listen, options.fd))
    address = Address(options.config.listen.host, listeners[0].getsockname()[1])
    fork = fork_workers(options.workers, listeners)
    if fork.place is None:
        return _run(options, supervise(fork, options, f"http://{address}", announce, reporter))
    worker = WorkerReporter(fork.status, holds_lines=bool(options.command))
    own = replace(options, command=(), lifeline=fork.place.lifeline)
    return _run(own, serve(own, partial(_begin, worker.report_ready), worker, fork.place))


def _begin(report_ready: Callable[[], None], _url: str) -> None:
    report_ready()
    _prepare_collector()


def _prepare_collector() -> None:
    # All objects so far live as long as the process, so the collector need not traverse them; and
    # later collections are short.
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)


def _run(options: ServeOptions, work: Coroutine[None, None, int]) -> int:
    with (
        asyncio.Runner(loop_factory=find_loop_factory(options.config.loop)) as runner,
        write_in_batches(runner.get_loop().call_soon),
    ):
        return runner.run(work)


class ConsoleReporter:
    """A reporter that prints to standard error, if the log goes there as sentences."""

    def __init__(self, config: Config, place: str, *, has_command: bool) -> None:
        """Report about cassettes at ``place``; with a command, only at the end."""
        self._mode = config.mode
        self._place = escape_line(place)
        self._has_command = has_command
        # A command, and a failure, get a warning with more words (``warn_of_no_request``).
        self._has_hint = not has_command and config.on_unused == "warn"
        self._is_quiet = config.log.level in _QUIET_LEVELS
        self._base_url = ""

    def report_start(self, base_url: str, upstream: str) -> None:
        """Print where cassettes are and what clients use, unless a command does that."""
        self._base_url = base_url
        if self._has_command or self._is_quiet or not has_sentences():
            return
        width = get_width(sys.stderr)
        verb = _VERBS.get(self._mode, "Using")
        _print_lines(wrap(f"{verb} {self._place}; Ctrl+C stops.", width))
        version = find_version(upstream)
        note = f" (without {version}, which the upstream's URL has)" if version else ""
        _print_lines(wrap(f"Base URL for clients: {base_url}{note}", width))
        scheme, _, rest = base_url.partition("://")
        _print_lines(wrap(f"In a browser: {scheme}://{rest.partition('/')[0]}/-/", width))

    def report_end(self, reports: Sequence[SessionReport], *, has_failed: bool) -> None:
        """Print the summary; if quiet, only if something is wrong."""
        from runreel.core.report.summary import (  # noqa: PLC0415 - not for the first answer
            is_clean,
            iter_summary,
        )

        if not has_sentences() or (self._is_quiet and is_clean(reports)):
            return
        lines = iter_summary(
            reports,
            self._base_url,
            has_failed=has_failed,
            has_hint=self._has_hint,
            width=get_width(sys.stderr),
        )
        _print_lines(lines)


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        print_sentence(line)
