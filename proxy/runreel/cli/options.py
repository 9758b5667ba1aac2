"""Options that several commands share, and the functions that turn them into settings.

The parameter of an option for a setting has the name of the setting: ``replay__speed`` is ``speed``
in the table ``replay``. Its text is not parsed here, but together with the files and the
environment, so that all errors are reported at once.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click

from runreel.cli.terminal import should_color

if TYPE_CHECKING:
    from runreel.config import Config, EffectiveConfig

OptionValue: TypeAlias = str | bool | tuple[str, ...] | None
"""Value of an option for a setting; None is "not given"."""


def _split_list(
    _context: click.Context, _option: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...] | None:
    """Return the entries of a list, which may be given at once or one by one."""
    entries = (entry.strip() for value in values for entry in value.split(","))
    return tuple(filter(None, entries)) or None


def _keep_if_given(
    _context: click.Context, _option: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...] | None:
    return values or None


config_option = click.option(
    "--config",
    "config_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Read settings from FILE instead of ./config.toml or ./pyproject.toml.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
keep_on_failure_option = click.option(
    "--keep-on-failure",
    is_flag=True,
    help="Replace the old cassette even if COMMAND fails; default: save the new one beside it.",
)
end_with_stdin_option = click.option(
    "--end-with-stdin",
    is_flag=True,
    help="Stop at the end of standard input, and so with the program that started this one.",
)
fd_option = click.option(
    "--fd",
    type=click.IntRange(min=0),
    metavar="N",
    hidden=True,
    help="Listen on this inherited socket, which is bound to the address of --listen.",
)
keep_alive_option = click.option(
    "--keep-alive/--no-keep-alive",
    default=True,
    hidden=True,
    help="Close each connection after its first answer, or leave that to the client.",
)

upstream_option = click.option("--upstream", metavar="URL", help="Base URL of the real API.")
listen_option = click.option(
    "--listen", metavar="HOST:PORT", help="Address to listen on; port 0 picks a free port."
)
loop_option = click.option(
    "--loop",
    metavar="auto|asyncio|uvloop",
    help="Event loop; auto is uvloop if it is installed.",
)
record_errors_option = click.option(
    "--record-errors/--no-record-errors",
    default=None,
    help="Record answers with status 400 and above, or leave them out.",
)
speed_option = click.option(
    "--speed",
    "replay__speed",
    metavar="instant|recorded|N",
    help="Replay all at once, at the recorded pace, or N times as fast.",
)
strict_option = click.option(
    "--strict",
    "replay__strict",
    is_flag=True,
    default=None,
    help="Play each exchange once, in order; exit with 1 after a miss.",
)
order_option = click.option(
    "--order",
    "match__order",
    metavar="causal|any|strict",
    help="Play exchanges in an order that could have happened, in any order, or once and in order.",
)
volatile_option = click.option(
    "--volatile",
    "match__volatile",
    metavar="KIND,…",
    multiple=True,
    callback=_split_list,
    help="Kinds of texts that do not count for a match, such as date,time,uuid.",
)
patterns_option = click.option(
    "--patterns",
    "match__patterns",
    metavar="REGEX",
    multiple=True,
    callback=_keep_if_given,
    help="Texts that do not count for a match, as a regular expression; may be given repeatedly.",
)
on_miss_option = click.option(
    "--on-miss",
    "replay__on_miss",
    metavar="warn|fail",
    help="If no exchange answered a request: log a warning, or also exit with 1.",
)
on_unplayed_option = click.option(
    "--on-unplayed",
    "replay__on_unplayed",
    metavar="ignore|warn|fail",
    help="If an exchange was never played: ignore it, log a warning, or also exit with 1.",
)
env_option = click.option(
    "--env",
    metavar="NAME=/PATH",
    multiple=True,
    callback=_keep_if_given,
    help="Set one more variable for COMMAND, to the base URL with this path; may be given "
    "repeatedly. NAME alone: do not set it.",
)
on_unused_option = click.option(
    "--on-unused",
    metavar="ignore|warn|fail",
    help="If no request came: ignore it, log a warning, or also exit with 1.",
)
cors_option = click.option(
    "--cors",
    "cors__origins",
    metavar="ORIGIN",
    multiple=True,
    callback=_split_list,
    help="Let web pages of this origin use the proxy, such as http://localhost:5173; may be given "
    "repeatedly.",
)
serve_option = click.option(
    "--serve",
    metavar="FOLDER",
    help="Serve the web pages in this folder at the same address.",
)


def read_settings(config_file: Path | None, **options: OptionValue) -> EffectiveConfig:
    """Read the settings from all sources; ``options`` take precedence.

    The keywords are the parameters of the options. Raises ``ConfigError`` with the errors of all
    sources.
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
