"""Options that several commands share, and the way from them to the settings.

An option that is a setting hands its text on as it is: it is read where files and the environment
are, so that every mistake is reported at once.
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
    """``--config FILE``, as the parameter ``config_file``."""
    return click.option(
        "--config",
        "config_file",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Read settings from FILE instead of ./config.toml or ./pyproject.toml.",
    )(function)


def end_with_stdin_option(function: F) -> F:
    """``--end-with-stdin``, as the parameter of that name."""
    return click.option(
        "--end-with-stdin",
        is_flag=True,
        help="Stop when standard input ends, as it does with the program that started this one.",
    )(function)


def json_option(function: F) -> F:
    """``--json``, as the parameter ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)


def listen_option(function: F) -> F:
    """``--listen HOST:PORT``, as the parameter ``listen``."""
    return click.option(
        "--listen", metavar="HOST:PORT", help="Where to listen; port 0 picks a free one."
    )(function)


def loop_option(function: F) -> F:
    """``--loop``, as the parameter ``loop``."""
    return click.option(
        "--loop",
        metavar="auto|asyncio|uvloop",
        help="The event loop; auto is uvloop where there is one.",
    )(function)


def upstream_option(function: F) -> F:
    """``--upstream URL``, as the parameter ``upstream``."""
    return click.option("--upstream", metavar="URL", help="The real API behind the proxy.")(
        function
    )


def speed_option(function: F) -> F:
    """``--speed``, as the parameter ``speed``."""
    return click.option(
        "--speed",
        metavar="instant|recorded|N",
        help="All at once, as recorded, or N times as fast.",
    )(function)


def strict_option(function: F) -> F:
    """``--strict``, as the parameter ``strict``."""
    return click.option(
        "--strict",
        is_flag=True,
        default=None,
        help="Play each exchange once, in order; exit with 1 after a miss.",
    )(function)


def on_miss_option(function: F) -> F:
    """``--on-miss``, as the parameter ``on_miss``."""
    return click.option(
        "--on-miss",
        metavar="warn|fail",
        help="Whether to exit with 1 if a request had no exchange.",
    )(function)


def on_unplayed_option(function: F) -> F:
    """``--on-unplayed``, as the parameter ``on_unplayed``."""
    return click.option(
        "--on-unplayed",
        metavar="ignore|warn|fail",
        help="Whether to exit with 1 if an exchange was never played.",
    )(function)


def record_errors_option(function: F) -> F:
    """``--record-errors`` and its opposite, as the parameter ``record_errors``."""
    return click.option(
        "--record-errors/--no-record-errors",
        default=None,
        help="Whether to record answers with a status of 400 and above.",
    )(function)


def keep_on_failure_option(function: F) -> F:
    """``--keep-on-failure``, as the parameter ``keep_on_failure``."""
    return click.option(
        "--keep-on-failure",
        is_flag=True,
        help="Let a recording replace the old one although COMMAND failed, not stand beside it.",
    )(function)


def read_settings(config_file: Path | None, **options: object) -> EffectiveConfig:
    """All settings, ``options`` first; a setting in a table is written ``replay__speed``.

    Raises ConfigError with every mistake in every source.
    """
    from runreel.shell.process.settings import load_settings  # noqa: PLC0415 - commands import it when they run

    by_name = {name.replace("__", "."): value for name, value in options.items()}
    return load_settings(by_name, config_file, os.environ, Path.cwd())


def start_log(config: Config) -> None:
    """Send the log to standard error, as the settings say."""
    from runreel.shell.process import logs  # noqa: PLC0415 - see above

    is_terminal = sys.stderr.isatty()
    logs.configure_logging(
        config.log, sys.stderr, is_terminal=is_terminal, color=should_color(sys.stderr)
    )
