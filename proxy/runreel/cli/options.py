"""Options that several commands share, and the functions that turn them into settings.

The parameter of an option for a setting has the name of the setting: ``replay__speed`` is ``speed``
in the table ``replay``. Its text is not parsed here, but together with the files and the
environment, so that all errors are reported at once.

The ``complete_`` functions are called by click while a user types, so they raise no error of a
half-typed command line.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar, get_args, get_origin

import click

from runreel.cli.terminal import escape_line, get_width, should_color
from runreel.errors import RunreelError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from runreel.config import Config, EffectiveConfig
    from runreel.model import ExchangeHead

OptionValue: TypeAlias = str | bool | tuple[str, ...] | None
"""Value of an option for a setting; None is "not given"."""

_MAX_ITEMS = 1000
"""Most names and numbers that are offered."""

_OTHER_VALUES = {"replay.speed": ("instant", "recorded")}
"""Values of settings whose type is not a list of names."""

CommandFunction = TypeVar("CommandFunction", bound=Callable[..., object])


def complete_cassette(
    ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the cassettes in the cassette folder by name, and those in the current folder.

    If none of them begins like this, the shell completes the path of a file.
    """
    names = sorted({*_iter_names(_find_folder(ctx)), *_iter_files()})
    items = [_build_item(name) for name in names if name.startswith(incomplete)]
    return items[:_MAX_ITEMS] or [_build_item(incomplete, type="file")]


def complete_exchange(
    ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the numbers of the exchanges in the cassette that was named, each with its call."""
    name = ctx.params.get("file") or ctx.params.get("cassette")
    heads = _read_heads(str(name), _find_folder(ctx)) if name else []
    matching = (head for head in heads if str(head.number).startswith(incomplete))
    return [
        _build_item(str(head.number), help=f"{_describe_call(head)} {head.status}")
        for head, _ in zip(matching, range(_MAX_ITEMS), strict=False)
    ]


def complete_setting(
    _ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the values of the setting that an option stands for; of a list, the next entry."""
    name = str(parameter.name).replace("__", ".")
    before, comma, last = incomplete.rpartition(",")
    values = (value for value in _list_values(name) if value.startswith(last))
    return [_build_item(f"{before}{comma}{value}") for value in values]


def complete_command(
    _ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Leave the words of a wrapped command to the shell's own completion of files."""
    return [_build_item(incomplete, type="file")]


def _build_item(value: str, *, type: str = "plain", help: str | None = None) -> CompletionItem:
    from click.shell_completion import CompletionItem  # noqa: PLC0415 - needed for completion only

    return CompletionItem(value, type=type, help=help)


def _find_folder(ctx: click.Context) -> Path:
    """Return the cassette folder of the settings, or the default if they have mistakes."""
    from runreel.config import Config  # noqa: PLC0415 - needed for completion only
    from runreel.shell.process.settings import load_settings  # noqa: PLC0415 - as above

    file = ctx.params.get("config_file")
    try:
        return Path(load_settings({}, file, os.environ, Path.cwd()).config.cassettes)
    except (RunreelError, OSError):
        return Path(Config().cassettes)


def _iter_names(folder: Path) -> Iterator[str]:
    """Yield the names of the cassettes below a folder."""
    from runreel.shell.store.names import SUFFIX  # noqa: PLC0415 - needed for completion only

    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths = (Path(root, name) for name in files if name.endswith(SUFFIX))
        yield from (str(path.relative_to(folder)).removesuffix(SUFFIX) for path in paths)


def _iter_files() -> Iterator[str]:
    """Yield the cassettes in the current folder, as paths."""
    from runreel.shell.store.names import SUFFIX  # noqa: PLC0415 - needed for completion only

    yield from (path.name for path in Path().glob(f"*{SUFFIX}"))


def _read_heads(cassette: str, folder: Path) -> Iterable[ExchangeHead]:
    from runreel.shell.store.names import resolve_argument  # noqa: PLC0415 - as above
    from runreel.shell.store.reader import CassetteReader  # noqa: PLC0415 - as above

    try:
        with CassetteReader.open(resolve_argument(cassette, folder)) as reader:
            return reader.heads
    except (RunreelError, OSError):
        return []


def _describe_call(head: ExchangeHead) -> str:
    target = head.request.target.partition(b"?")[0].decode("utf-8", "backslashreplace")
    return escape_line(f"{head.request.method} {target}")


def _list_values(name: str) -> Iterable[str]:
    from runreel.config import SETTINGS  # noqa: PLC0415 - needed for completion only
    from runreel.core.volatile.kinds import KINDS  # noqa: PLC0415 - as above

    if name == "match.volatile":
        return KINDS
    setting = next((each for each in SETTINGS.values() if each.name == name), None)
    values = get_args(setting.type) if setting and get_origin(setting.type) is Literal else ()
    return [*map(str, values), *_OTHER_VALUES.get(name, ())]


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
    shell_complete=complete_setting,
    metavar="auto|asyncio|uvloop",
    help="Event loop; auto is uvloop if it is installed.",
)
workers_option = click.option(
    "--workers",
    metavar="N",
    help="Number of processes on one port; each session is in one of them.",
)
record_errors_option = click.option(
    "--record-errors/--no-record-errors",
    default=None,
    help="Record answers with status 400 and above, or leave them out.",
)
speed_option = click.option(
    "--speed",
    "replay__speed",
    shell_complete=complete_setting,
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
    shell_complete=complete_setting,
    metavar="causal|any|strict",
    help="Play exchanges in an order that could have happened, in any order, or once and in order.",
)
volatile_option = click.option(
    "--volatile",
    "match__volatile",
    shell_complete=complete_setting,
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
    shell_complete=complete_setting,
    metavar="warn|fail",
    help="If no exchange answered a request: log a warning, or also exit with 1 "
    "(default with COMMAND).",
)
on_unplayed_option = click.option(
    "--on-unplayed",
    "replay__on_unplayed",
    shell_complete=complete_setting,
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
    shell_complete=complete_setting,
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

quiet_option = click.option(
    "-q", "--quiet", "log__level", flag_value="warning", help="Print problems only."
)
verbose_option = click.option(
    "-v", "--verbose", "log__level", flag_value="debug", help="Print all fields of the log."
)
log_file_option = click.option(
    "--log-file",
    "log__file",
    metavar="FILE",
    type=click.Path(),
    help="Append the log to FILE too, as JSON.",
)


def add_log_options(command: CommandFunction) -> CommandFunction:
    """Add the options for what a server prints and logs."""
    return quiet_option(verbose_option(log_file_option(command)))


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

    logs.configure_logging(
        config.log,
        sys.stderr,
        is_terminal=sys.stderr.isatty(),
        color=should_color(sys.stderr),
        get_width=lambda: get_width(sys.stderr),
    )
