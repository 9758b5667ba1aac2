"""``runreel show``: one exchange, event by event, or the calls of one run."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import click

from runreel.cli.commands.ls import list_exchanges
from runreel.cli.damage_report import troubles
from runreel.cli.exchange_page import page, timeline_table
from runreel.cli.exchange_table import cassette_document, exchange_table, first_ns
from runreel.cli.options import config_option, json_option, settings_from
from runreel.cli.terminal import complain, style, table, visible
from runreel.core.report.documents import SCHEMA_VERSION, timeline_document
from runreel.core.report.run_ids import Ids
from runreel.dialects.reading import is_of_run, named_ids, read
from runreel.errors import CorruptCassetteError, RunreelError, UsageError
from runreel.model import Exchange, Head
from runreel.shell.store import CassetteReader, resolve

EPILOG = """\
\b
Examples:
  runreel show my-test             the exchange, or the list of them
  runreel show my-test 4           request, run, events, texts, how it ended
  runreel show my-test 4 --events  only the timeline of its events
  runreel show my-test 4 --run     all calls of the same run, in order
  runreel show my-test 4 --raw > answer.sse

Exit code 1: the exchange is damaged.
"""


@click.command(epilog=EPILOG)
@click.argument("cassette")
@click.argument("number", metavar="[N]", required=False, type=click.IntRange(min=1))
@click.option("--full", is_flag=True, help="Cut nothing, however long it is.")
@click.option("--events", "view", flag_value="events", help="Print the timeline of events only.")
@click.option("--run", "view", flag_value="run", help="List all calls of the same run.")
@click.option("--raw", "view", flag_value="raw", help="Write the answer's body, byte for byte.")
@json_option
@config_option
def show(
    cassette: str,
    number: int | None,
    full: bool,
    view: str | None,
    as_json: bool,
    config_file: Path | None,
) -> int:
    """Show exchange N of CASSETTE, a file or a name; without N, the only one or the list."""
    path = resolve(cassette, Path(settings_from(config_file).config.cassettes))
    if view == "raw" and as_json:
        raise UsageError("--raw writes bytes and --json text: choose one of them")
    with CassetteReader.open(path) as reader:
        if number is None and view is None and len(reader.heads) != 1:
            return _list(reader, as_json=as_json)
        try:
            return _show(reader, _chosen(reader, number), view=view, full=full, as_json=as_json)
        except CorruptCassetteError as error:
            complain(str(error).splitlines())
            return 1


def _list(reader: CassetteReader, *, as_json: bool) -> int:
    code = list_exchanges(reader, with_events=False, as_json=as_json)
    if reader.heads and not as_json:
        command = f"runreel show {shlex.quote(str(reader.path))} N"
        click.echo(visible(f"See one of them with: {command}"), err=True)
    return code


def _chosen(reader: CassetteReader, number: int | None) -> int:
    numbers = [head.number for head in reader.heads]
    if number in numbers:
        return number
    if number is None and len(numbers) == 1:
        return numbers[0]
    there_are = f"it has {ranges(numbers)}" if numbers else "it has none"
    missing = "which exchange?" if number is None else f"there is no exchange {number}:"
    lines = [f"{reader.path}: {missing} {there_are}"]
    raise UsageError("\n".join(lines + troubles(reader.path, reader.torn, reader.damage)))


def ranges(numbers: Sequence[int]) -> str:
    """Ascending numbers in short: ``1-3, 7``."""
    runs = groupby(enumerate(numbers), key=lambda each: each[1] - each[0])
    ends = [[number for _, number in run] for _, run in runs]
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in ends)


def _show(
    reader: CassetteReader, number: int, *, view: str | None, full: bool, as_json: bool
) -> int:
    match view:
        case "raw":
            _write_raw(reader.exchange(number))
        case "run":
            return _list_run(reader, number, as_json=as_json)
        case "events":
            _print_events(reader, number, full=full, as_json=as_json)
        case _:
            _print_page(reader, number, full=full, as_json=as_json)
    return 0


def _write_raw(exchange: Exchange) -> None:
    omitted = exchange.answer.omitted
    if omitted is not None:
        raise RunreelError(
            f"the body of answer {exchange.head.number} is not in the cassette ({omitted})"
        )
    if sys.stdout.isatty():
        raise UsageError(
            "--raw writes recorded bytes as they are, which can take over a terminal; "
            "send them to a file or a pipe: --raw > FILE"
        )
    sys.stdout.buffer.write(exchange.answer.body)


def _print_events(reader: CassetteReader, number: int, *, full: bool, as_json: bool) -> None:
    moments = read(reader.exchange(number)).moments
    if as_json:
        events = timeline_document(moments)
        document = {"schema_version": SCHEMA_VERSION, "number": number, "timeline": events}
        click.echo(json.dumps(document, indent=2))
    elif moments:
        click.echo(timeline_table(moments, full=full))
    else:
        click.echo(f"Answer {number} is no stream of events.", err=True)


def _print_page(reader: CassetteReader, number: int, *, full: bool, as_json: bool) -> None:
    reading = read(reader.exchange(number))
    if as_json:
        top = {"schema_version": SCHEMA_VERSION, "cassette": str(reader.path)}
        exchange = reading.document(first_ns=first_ns(reader.heads))
        click.echo(json.dumps({**top, "exchange": exchange}, indent=2))
        return
    blocks = [
        "\n".join((style(section.title, bold=True), *section.lines))
        for section in page(reading, full=full)
    ]
    click.echo("\n\n".join(blocks))


def _list_run(reader: CassetteReader, number: int, *, as_json: bool) -> int:
    run = _run_named_by(reader.exchange(number), reader.path)
    heads, lines = _calls_of(reader, run)
    if as_json:
        document = {**cassette_document(reader, heads), "run": run._asdict()}
        click.echo(json.dumps(document, indent=2))
    else:
        columns, rows = exchange_table(heads, first_ns=first_ns(reader.heads))
        click.echo(table(rows, columns))
    complain(lines)
    return 1 if lines else 0


def _run_named_by(exchange: Exchange, path: Path) -> Ids:
    run = named_ids(exchange.head.request, exchange.answer)
    if not run.run:
        raise UsageError(
            f"exchange {exchange.head.number} names no run, or more than one; choose a call that "
            f"creates, polls or continues one: runreel ls {shlex.quote(str(path))}"
        )
    return run


def _calls_of(reader: CassetteReader, run: Ids) -> tuple[list[Head], list[str]]:
    """The calls of this run, and why others could not be read."""
    heads: list[Head] = []
    lines: list[str] = []
    for head in reader.heads:
        try:
            if is_of_run(head, run, reader.answer):
                heads.append(head)
        except CorruptCassetteError as error:
            lines.append(str(error))
    return heads, lines
