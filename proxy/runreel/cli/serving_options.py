"""What ``record``, ``replay`` and ``auto`` share: what they serve, and where they listen."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from runreel.cli.options import start_log
from runreel.config import Config
from runreel.errors import UsageError
from runreel.shell.process import exception_hooks
from runreel.shell.process.event_loop import find_loop_factory
from runreel.shell.process.rlimits import allow_many_connections, harden_process
from runreel.shell.serve import ServeOptions, serve
from runreel.shell.store import parse_folder_argument, resolve_argument

FREE_PORT = "127.0.0.1:0"
MODES_WITHOUT_UPSTREAM = {"replay", "none", "once"}
"""Modes that do without, or may."""

_GC_THRESHOLD = 20_000


def choose_listen_address(listen: str | None, command: Sequence[str]) -> str | None:
    """The address to ask for: a wrapped command finds its server by itself, so any port will do."""
    return FREE_PORT if command and listen is None else listen


def serve_cassette(
    config: Config,
    cassette: str,
    command: Sequence[str],
    *,
    append: bool = False,
    keep_on_failure: bool = False,
    end_with_stdin: bool = False,
) -> int:
    """Serve as ``config.mode`` says, and return the exit code.

    ``cassette`` is what the command line calls one, or a folder. Raises ``RunreelError``.
    """
    _require_upstream(config)
    folder = parse_folder_argument(cassette)
    service = ServeOptions(
        config,
        folder or Path(config.cassettes),
        None if folder else resolve_argument(cassette, Path(config.cassettes)),
        append=append,
        command=command,
        keep_on_failure=keep_on_failure,
        end_with_stdin=end_with_stdin,
    )
    start_log(config)
    return _run_server(service)


def _require_upstream(config: Config) -> None:
    if not config.upstream and config.mode not in MODES_WITHOUT_UPSTREAM:
        raise UsageError(
            f"{config.mode} needs the real API: add --upstream URL, or set upstream in config.toml"
        )


def _run_server(service: ServeOptions) -> int:
    """A wrapped command has standard output to itself."""

    def announce(url: str) -> None:
        if not service.command:
            click.echo(f"listening on {url}")
            sys.stdout.flush()
        # What was loaded to get here stays: the collector need not look at it again and again, nor
        # so often that a burst of requests waits for it.
        gc.freeze()
        gc.set_threshold(_GC_THRESHOLD)

    # Sealing an exchange in its thread must not keep a live event waiting for 5 ms at a time.
    sys.setswitchinterval(0.0005)
    harden_process()
    exception_hooks.install_exception_hooks()
    allow_many_connections()
    with asyncio.Runner(loop_factory=find_loop_factory(service.config.loop)) as runner:
        return runner.run(serve(service, announce))
