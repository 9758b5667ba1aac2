"""Options that several commands share, and the functions that turn them into settings.

An option for a setting passes its text on unparsed. It is parsed together with the files and the
environment, so that all errors are reported at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from runreel.cli.terminal import should_color

if TYPE_CHECKING:
    from runreel.config import Config, EffectiveConfig

F = TypeVar("F", bound=Callable[..., Any])


def config_option(function: F) -> F:
    """Add ``--config FILE``, as the parameter ``config_file``."""
    return click.option(
        "--config",
        "config_file",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Read settings from FILE instead of ./config.toml or ./pyproject.toml.",
    )(function)


def end_with_stdin_option(function: F) -> F:
    """Add ``--end-with-stdin``, as the parameter ``end_with_stdin``."""
    return click.option(
        "--end-with-stdin",
        is_flag=True,
        help="Stop at the end of standard input, and so with the program that started this one.",
    )(function)


def json_option(function: F) -> F:
    """Add ``--json``, as the parameter ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)


def listen_option(function: F) -> F:
    """Add ``--listen HOST:PORT``, as the parameter ``listen``."""
    return click.option(
        "--listen", metavar="HOST:PORT", help="Address to listen on; port 0 picks a free port."
    )(function)


def loop_option(function: F) -> F:
    """Add ``--loop``, as the parameter ``loop``."""
    return click.option(
        "--loop",
        metavar="auto|asyncio|uvloop",
        help="Event loop; auto is uvloop if it is installed.",
    )(function)


def upstream_option(function: F) -> F:
    """Add ``--upstream URL``, as the parameter ``upstream``."""
    return click.option("--upstream", metavar="URL", help="Base URL of the real API.")(function)


def speed_option(function: F) -> F:
    """Add ``--speed``, as the parameter ``speed``."""
    return click.option(
        "--speed",
        metavar="instant|recorded|N",
        help="Replay all at once, at the recorded pace, or N times as fast.",
    )(function)


def strict_option(function: F) -> F:
    """Add ``--strict``, as the parameter ``strict``."""
    return click.option(
        "--strict",
        is_flag=True,
        default=None,
        help="Play each exchange once, in order; exit with 1 after a miss.",
    )(function)


def on_miss_option(function: F) -> F:
    """Add ``--on-miss``, as the parameter ``on_miss``."""
    return click.option(
        "--on-miss",
        metavar="warn|fail",
        help="If no exchange answered a request: log a warning, or also exit with 1.",
    )(function)


def on_unplayed_option(function: F) -> F:
    """Add ``--on-unplayed``, as the parameter ``on_unplayed``."""
    return click.option(
        "--on-unplayed",
        metavar="ignore|warn|fail",
        help="If an exchange was never played: ignore it, log a warning, or also exit with 1.",
    )(function)


def record_errors_option(function: F) -> F:
    """Add ``--record-errors`` and ``--no-record-errors``, as the parameter ``record_errors``."""
    return click.option(
        "--record-errors/--no-record-errors",
        default=None,
        help="Record answers with status 400 and above, or leave them out.",
    )(function)


def keep_on_failure_option(function: F) -> F:
    """Add ``--keep-on-failure``, as the parameter ``keep_on_failure``."""
    return click.option(
        "--keep-on-failure",
        is_flag=True,
        help="Replace the old cassette even if COMMAND fails; default: save the new one beside it.",
    )(function)


def read_settings(config_file: Path | None, **options: object) -> EffectiveConfig:
    """Read the settings from all sources; ``options`` take precedence.

    The keyword of a setting in a table is written ``replay__speed``; None is "not given". Raises
    ``ConfigError`` with the errors of all sources.
    """
    from runreel.shell.process.settings import load_settings  # noqa: PLC0415 - imported only to run a command

    by_name = {name.replace("__", "."): value for name, value in options.items()}
    return load_settings(by_name, config_file, os.environ, Path.cwd())


def start_log(config: Config) -> None:
    """Configure logging to standard error, according to the settings."""
    from runreel.shell.process import logs  # noqa: PLC0415 - see above

    is_terminal = sys.stderr.isatty()
    logs.configure_logging(
        config.log, sys.stderr, is_terminal=is_terminal, color=should_color(sys.stderr)
    )
