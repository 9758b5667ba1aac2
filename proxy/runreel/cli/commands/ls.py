"""``runreel ls``: the cassettes of a folder, or the exchanges of a cassette."""

from __future__ import annotations

import json
from pathlib import Path

import click

from runreel.cli.cassette_files import (
    CASSETTE_COLUMNS,
    all_fine,
    cassette_files,
    folder_document,
    folder_meant,
    listed,
)
from runreel.cli.damage_report import troubles
from runreel.cli.exchange_table import Events, cassette_document, exchange_table, first_ns
from runreel.cli.options import config_option, json_option, settings_from
from runreel.cli.terminal import complain, table, visible
from runreel.core.report.timeline import count_events
from runreel.errors import CorruptCassetteError
from runreel.shell.store import CassetteReader, resolve

EPILOG = """\
\b
Examples:
  runreel ls                      the cassettes in the cassette folder
  runreel ls tests                those below another folder
  runreel ls my-test              the exchanges of one cassette
  runreel ls my-test --events     with the number of events in each answer

REDACTED counts the values that placeholders stand for. Only heads are read, so damage inside of an
answer is not seen here: that is for "runreel verify". Exit code 1: something is damaged or torn.
"""


@click.command(epilog=EPILOG)
@click.argument("path", required=False)
@click.option("--events", is_flag=True, help="Count the events of each answer; reads them all.")
@json_option
@config_option
def ls(path: str | None, events: bool, as_json: bool, config_file: Path | None) -> int:
    """List the cassettes of a folder, or the exchanges of a cassette.

    PATH is a folder, a file, or the name of a cassette; by default the cassette folder.
    """
    default = Path(settings_from(config_file).config.cassettes)
    folder = folder_meant(path, default)
    if folder is not None:
        return _list_folder(folder, as_json=as_json)
    with CassetteReader.open(resolve(path or "", default)) as reader:
        return list_exchanges(reader, with_events=events, as_json=as_json)


def _list_folder(folder: Path, *, as_json: bool) -> int:
    cassettes = [listed(file, folder) for file in cassette_files(folder)]
    if as_json:
        click.echo(json.dumps(folder_document(folder, cassettes), indent=2))
    elif cassettes:
        click.echo(table([each.row() for each in cassettes], CASSETTE_COLUMNS))
    else:
        click.echo(visible(_nothing_in(folder)), err=True)
    for each in cassettes:
        complain(each.troubles)
    return 0 if all_fine(cassettes) else 1


def _nothing_in(folder: Path) -> str:
    where = "holds no cassette" if folder.is_dir() else "is not there yet"
    return f"The folder {folder} {where}; record one with: runreel record NAME --upstream URL"


def list_exchanges(reader: CassetteReader, *, with_events: bool, as_json: bool) -> int:
    """Print the exchanges of a cassette, and what is wrong with it; return the exit code."""
    heads = reader.heads
    events, lines = _counted(reader) if with_events else (None, [])
    if as_json:
        click.echo(json.dumps(cassette_document(reader, heads, events), indent=2))
    else:
        columns, rows = exchange_table(heads, first_ns=first_ns(heads), events=events)
        click.echo(table(rows, columns))
    lines += troubles(reader.path, reader.torn, reader.damage)
    complain(lines)
    return 1 if lines else 0


def _counted(reader: CassetteReader) -> tuple[Events, list[str]]:
    """The number of events of each readable answer, and why the others are not."""
    events: dict[int, int] = {}
    lines: list[str] = []
    for head in reader.heads:
        try:
            events[head.number] = count_events(reader.answer(head.number))
        except CorruptCassetteError as error:
            lines.append(str(error))
    return events, lines
