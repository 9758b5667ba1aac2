"""``runreel export``: exchanges in the formats of other tools."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from runreel.cli.options import (
    complete_cassette,
    complete_exchange,
    config_option,
    read_settings,
)
from runreel.cli.selection import SelectedExchange, Selection, filter_option
from runreel.cli.terminal import ProgressLine, escape_controls, print_error
from runreel.config import Config
from runreel.core.cassette.damage_report import FINE, format_damage
from runreel.core.interop.formats import EXPORT_FORMATS, Chunks
from runreel.dialects import build_finder
from runreel.errors import StoreError, UsageError
from runreel.shell.inspector.sources.cassette_recording import CassetteRecording
from runreel.shell.store.names import SUFFIX, resolve_argument

EPILOG = """\
\b
Examples:
  runreel export my-test 4 --to curl                  the request, for a shell
  runreel export my-test 4 --to openai-python         the same call as a program
  runreel export my-test 4 --to fetch                 the same in JavaScript
  runreel export my-test 4 --to sse > answer.sse      the stream, byte for byte
  runreel export my-test --to jsonl -f op:runs.*      its events, with their times
  runreel export my-test --to har -o my-test.har      for browsers and other tools
  runreel export my-test --to html -o my-test.html    a page that opens without a server

Everything comes from the cassette, so it is redacted. Keys are read from the environment, as
$OPENAI_API_KEY.

\b
Exit codes:
  0  exported
  1  an exchange could not be read
  2  no exchange is selected, or a call has no such form
"""

HTML = "html"
"""The format of one page in a file."""


@click.command(epilog=EPILOG)
@click.argument("cassette", shell_complete=complete_cassette)
@click.argument("numbers", metavar="[N|A..B]...", nargs=-1, shell_complete=complete_exchange)
@click.option(
    "--to",
    "format_name",
    required=True,
    type=click.Choice([*EXPORT_FORMATS, HTML]),
    help="The format: events of streams, requests as commands or programs, or everything.",
)
@click.option(
    "--output",
    "-o",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to FILE instead of standard output.",
)
@filter_option
@config_option
def export(
    cassette: str,
    numbers: tuple[str, ...],
    format_name: str,
    output: Path | None,
    filter_text: str,
    config_file: Path | None,
) -> int:
    """Write exchanges of CASSETTE, a file or a name, in the format of another tool.

    Without numbers and filter, all exchanges are written.
    """
    config = read_settings(config_file).config
    path = resolve_argument(cassette, Path(config.cassettes))
    if output is None and sys.stdout.isatty() and format_name == "sse":
        raise UsageError(
            "recorded bytes could control this terminal; use -o FILE, or redirect the output"
        )
    wanted, find_dialect = _add_numbers(filter_text, numbers), build_finder(config.dialect)
    if format_name == HTML:
        return _export_page(path, wanted, config, output)
    selection = Selection([path], wanted, find_dialect)
    exchanges = selection.iter_readable()
    first = next(exchanges, None)
    if first is None and not selection.error_count:
        raise UsageError(f"{path}: no exchange is selected; list them with: runreel ls {path}")
    if first is not None:
        chunks = EXPORT_FORMATS[format_name](_put_first(first, exchanges))
        _write(output, chunks, selection.progress)
    return 1 if selection.error_count else 0


def _export_page(path: Path, filter_text: str, config: Config, output: Path | None) -> int:
    """Write the inspector's page with the selected exchanges; return the exit code."""
    from runreel.shell.inspector.export import (  # noqa: PLC0415 - not for the other formats
        HtmlExport,
        open_cassette,
    )

    if output is None and sys.stdout.isatty():
        raise UsageError("this is a file for a browser; use -o FILE, or redirect the output")
    recording = CassetteRecording(path.name.removesuffix(SUFFIX), path)
    open_cassette(recording)
    print_error(format_damage(path, *recording.list_gaps()))
    export = HtmlExport(recording, filter_text, config)
    for message in export.errors:
        print_error(message.splitlines())
    if not export.numbers:
        raise UsageError(f"{path}: no exchange is selected; list them with: runreel ls {path}")
    _write(output, export.iter_chunks(), ProgressLine("reading"))
    return int(bool(export.errors) or recording.state != FINE)


def _add_numbers(filter_text: str, numbers: tuple[str, ...]) -> str:
    """Return the filter for exchanges that have one of the numbers, too."""
    if not numbers:
        return filter_text
    terms = " or ".join(f"#{number.removeprefix('#')}" for number in numbers)
    return f"({filter_text}) ({terms})" if filter_text.strip() else terms


def _put_first(
    first: SelectedExchange, rest: Iterator[SelectedExchange]
) -> Iterator[SelectedExchange]:
    yield first
    yield from rest


def _write(output: Path | None, chunks: Chunks, progress: ProgressLine) -> None:
    if output is None:
        sys.stdout.flush()
        for chunk in _make_safe(chunks, progress) if sys.stdout.isatty() else chunks:
            sys.stdout.buffer.write(chunk)
        return
    try:
        with output.open("wb") as file:
            file.writelines(chunks)
    except OSError as error:
        raise StoreError(f"{output}: {error.strerror}") from error


def _make_safe(chunks: Chunks, progress: ProgressLine) -> Chunks:
    """Yield text with its control characters escaped, for a terminal without a line of progress."""
    for chunk in chunks:
        progress.clear()
        yield escape_controls(chunk.decode("utf-8", "replace")).encode()
