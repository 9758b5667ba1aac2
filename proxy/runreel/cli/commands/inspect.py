"""``runreel inspect``: cassettes in the browser."""

from __future__ import annotations

import asyncio
import os
import sys
import webbrowser
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from runreel.cli.cassette_files import find_folder, list_cassettes
from runreel.cli.options import (
    complete_cassette,
    config_option,
    listen_option,
    read_settings,
    start_log,
)
from runreel.config import Address
from runreel.errors import MissingCassetteError, UsageError
from runreel.shell.process.event_loop import find_loop_factory
from runreel.shell.serve_cassettes import serve_cassettes
from runreel.shell.serve_options import TOKEN_VARIABLE, read_token
from runreel.shell.server.access import is_loopback_address
from runreel.shell.store.names import SUFFIX, resolve_argument
from runreel.shell.store.reader import build_missing_error

EPILOG = """\
\b
Examples:
  runreel inspect                    the cassettes of the cassette folder
  runreel inspect my-test            one cassette, which may still be growing
  runreel inspect tests/cassettes other.cassette
  runreel inspect --listen 127.0.0.1:7360 --no-open

On a terminal, a browser opens the page. Ctrl-C ends the server. A running proxy has the same page
at its own address, below /-/ (docs/inspecting.md).
"""

_RECORDING = ".recording"
"""End of the name of a file that will replace a cassette of the same name."""


@click.command(epilog=EPILOG)
@click.argument("paths", metavar="[PATH]...", nargs=-1, shell_complete=complete_cassette)
@click.option(
    "--open/--no-open",
    "opens_browser",
    default=None,
    help="Open a browser, or print the address only; default: open one on a terminal.",
)
@listen_option
@config_option
def inspect(
    paths: tuple[str, ...],
    opens_browser: bool | None,
    listen: str | None,
    config_file: Path | None,
) -> None:
    """Show cassettes in the browser: a list, each exchange, its stream and its texts.

    PATH is a cassette's file or name, or a folder; default: the cassette folder.
    """
    config = read_settings(config_file).config
    cassettes = InspectedPaths(paths, Path(config.cassettes))
    cassettes.list_paths()  # a mistake in the paths is one now
    address = _parse_address(listen)
    _check_access(address)
    start_log(config)
    is_terminal = sys.stdout.isatty() and sys.stdin.isatty()

    def announce(url: str) -> None:
        click.echo(f"inspecting at {url}")
        sys.stdout.flush()
        if is_terminal if opens_browser is None else opens_browser:
            webbrowser.open(url)

    with asyncio.Runner(loop_factory=find_loop_factory(config.loop)) as runner:
        runner.run(serve_cassettes(cassettes.list_existing, config, address, announce))


def _parse_address(text: str | None) -> Address:
    try:
        return Address.parse(text or "127.0.0.1:0")
    except ValueError as error:
        raise UsageError(f"--listen: {error}") from error


def _check_access(address: Address) -> None:
    """Raise ``UsageError`` if the page could show nothing, for want of a token."""
    if not (is_loopback_address(address.host) or read_token(os.environ)):
        raise UsageError(
            f"--listen {address}: other machines can reach this address, so that the page needs a "
            f"token: set {TOKEN_VARIABLE} in the environment"
        )


class InspectedPaths:
    """The cassettes that a command line names, as they are now."""

    def __init__(self, paths: Sequence[str], folder: Path) -> None:
        """``folder`` is the cassette folder, whose cassettes have names."""
        self._paths = paths or (f"{folder}/",)
        self._folder = folder

    def list_paths(self) -> Mapping[str, Path]:
        """Return the paths by name. Raises ``RunreelError`` for an argument that names nothing."""
        for path in self._paths:
            if path == f"{self._folder}/" and not self._folder.is_dir():
                raise MissingCassetteError(
                    f"there is no cassette folder {self._folder}; name a cassette or a folder, or "
                    "record the first cassette with: runreel record NAME --upstream URL"
                )
            if find_folder(path, self._folder) is None:
                file = resolve_argument(path, self._folder)
                if not (file.exists() or _find_replacement(file).exists()):
                    raise build_missing_error(file)
        return self.list_existing()

    def list_existing(self) -> Mapping[str, Path]:
        """Return the paths of the cassettes by name."""
        files = dict.fromkeys(file for path in self._paths for file in self._expand(path))
        return {self._name(file): file for file in files}

    def _expand(self, path: str) -> Iterator[Path]:
        folder = find_folder(path, self._folder)
        if folder is not None:
            yield from list_cassettes(folder)
            yield from list_cassettes(folder, f"*{SUFFIX}{_RECORDING}")
            return
        file = resolve_argument(path, self._folder)
        yield from (each for each in (file, _find_replacement(file)) if each.exists())

    def _name(self, path: Path) -> str:
        inside = path.is_relative_to(self._folder)
        name = str(path.relative_to(self._folder) if inside else path)
        if name.endswith(_RECORDING):
            return f"{name.removesuffix(_RECORDING).removesuffix(SUFFIX)} (recording)"
        return name.removesuffix(SUFFIX)


def _find_replacement(path: Path) -> Path:
    """Return the file that is being recorded to replace a cassette."""
    return path.with_name(f"{path.name}{_RECORDING}")
