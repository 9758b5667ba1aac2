"""``runreel show``: one exchange, event by event, or all calls of one run."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import click

from runreel.cli.commands.ls import list_exchanges
from runreel.cli.damage_report import format_damage
from runreel.cli.exchange_page import format_timeline_table, iter_sections
from runreel.cli.exchange_table import build_exchange_table, build_exchanges_document, find_first_ns
from runreel.cli.options import config_option, json_option, read_settings
from runreel.cli.terminal import escape_controls, format_table, print_error, print_json, style
from runreel.core.report.documents import SCHEMA_VERSION, build_timeline_document
from runreel.core.report.run_ids import RunIds
from runreel.dialects.exchange_reading import find_run_ids, is_part_of_run, read_exchange
from runreel.errors import CorruptCassetteError, RunreelError, UsageError
from runreel.model import Exchange, ExchangeHead
from runreel.shell.store.names import resolve_argument
from runreel.shell.store.reader import CassetteReader

EPILOG = """\
\b
Examples:
  runreel show my-test             the only exchange, or a list of all
  runreel show my-test 4           request, run, events, texts, outcome
  runreel show my-test 4 --events  only the timeline of its events
  runreel show my-test 4 --run     all calls of the same run, in order
  runreel show my-test 4 --raw > answer.sse

Exit code 1: the exchange is damaged.
"""


@click.command(epilog=EPILOG)
@click.argument("cassette")
@click.argument("number", metavar="[N]", required=False, type=click.IntRange(min=1))
@click.option("--full", is_flag=True, help="Shorten nothing, however long it is.")
@click.option("--events", "view", flag_value="events", help="Print only the timeline of events.")
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
    """Show exchange N of CASSETTE, a file or a name.

    Without N, show the only exchange, or a list if there are several.
    """
    path = resolve_argument(cassette, Path(read_settings(config_file).config.cassettes))
    if view == "raw" and as_json:
        raise UsageError("--raw and --json exclude each other; choose one of them")
    with CassetteReader.open(path) as reader:
        if number is None and view is None and len(reader.heads) != 1:
            return _list_all(reader, as_json=as_json)
        try:
            return _show(
                reader, _choose_number(reader, number), view=view, full=full, as_json=as_json
            )
        except CorruptCassetteError as error:
            print_error(str(error).splitlines())
            return 1


def _list_all(reader: CassetteReader, *, as_json: bool) -> int:
    code = list_exchanges(reader, with_events=False, as_json=as_json)
    if reader.heads and not as_json:
        command = f"runreel show {shlex.quote(str(reader.path))} N"
        click.echo(escape_controls(f"To see one of them: {command}"), err=True)
    return code


def _choose_number(reader: CassetteReader, number: int | None) -> int:
    numbers = [head.number for head in reader.heads]
    if number in numbers:
        return number
    if number is None and len(numbers) == 1:
        return numbers[0]
    problem = "choose an exchange" if number is None else f"there is no exchange {number}"
    available = f"it has {format_ranges(numbers)}" if numbers else "it has none"
    lines = [f"{reader.path}: {problem}; {available}"]
    raise UsageError("\n".join(lines + format_damage(reader.path, reader.torn, reader.damage)))


def format_ranges(numbers: Sequence[int]) -> str:
    """Format ascending numbers as ranges: ``1-3, 7``."""
    groups = groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0])
    ranges = [[number for _, number in group] for _, group in groups]
    return ", ".join(str(each[0]) if len(each) == 1 else f"{each[0]}-{each[-1]}" for each in ranges)


def _show(
    reader: CassetteReader, number: int, *, view: str | None, full: bool, as_json: bool
) -> int:
    match view:
        case "raw":
            _write_raw(reader.read_exchange(number))
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
            "--raw writes recorded bytes unchanged, and they could control this terminal; "
            "redirect them to a file or a pipe: --raw > FILE"
        )
    sys.stdout.buffer.write(exchange.answer.body)


def _print_events(reader: CassetteReader, number: int, *, full: bool, as_json: bool) -> None:
    timeline = read_exchange(reader.read_exchange(number)).timeline
    if as_json:
        events = build_timeline_document(timeline)
        document = {"schema_version": SCHEMA_VERSION, "number": number, "timeline": events}
        print_json(document)
    elif timeline:
        click.echo(format_timeline_table(timeline, full=full))
    else:
        click.echo(f"Answer {number} is not an event stream.", err=True)


def _print_page(reader: CassetteReader, number: int, *, full: bool, as_json: bool) -> None:
    reading = read_exchange(reader.read_exchange(number))
    if as_json:
        document = {"schema_version": SCHEMA_VERSION, "cassette": str(reader.path)}
        exchange = reading.build_document(first_ns=find_first_ns(reader.heads))
        print_json({**document, "exchange": exchange})
        return
    blocks = [
        "\n".join((style(section.title, bold=True), *section.lines))
        for section in iter_sections(reading, full=full)
    ]
    click.echo("\n\n".join(blocks))


def _list_run(reader: CassetteReader, number: int, *, as_json: bool) -> int:
    run = _find_run(reader.read_exchange(number), reader.path)
    heads, lines = _find_calls(reader, run)
    if as_json:
        document = {**build_exchanges_document(reader, heads), "run": run._asdict()}
        print_json(document)
    else:
        columns, rows = build_exchange_table(heads, first_ns=find_first_ns(reader.heads))
        click.echo(format_table(rows, columns))
    print_error(lines)
    return 1 if lines else 0


def _find_run(exchange: Exchange, path: Path) -> RunIds:
    run = find_run_ids(exchange.head.request, exchange.answer)
    if not run.run:
        raise UsageError(
            f"exchange {exchange.head.number} does not belong to exactly one run; choose a call "
            f"that creates, polls or continues a run from: runreel ls {shlex.quote(str(path))}"
        )
    return run


def _find_calls(reader: CassetteReader, run: RunIds) -> tuple[list[ExchangeHead], list[str]]:
    """Return the exchanges that belong to the run, and the errors of unreadable ones."""
    heads: list[ExchangeHead] = []
    lines: list[str] = []
    for head in reader.heads:
        try:
            if is_part_of_run(head, run, reader.read_answer):
                heads.append(head)
        except CorruptCassetteError as error:
            lines.append(str(error))
    return heads, lines
