"""``runreel show``: one exchange, event by event, or all calls of one run."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Collection, Sequence
from difflib import get_close_matches
from itertools import groupby
from pathlib import Path
from typing import NamedTuple, TypeVar

import click

from runreel.cli.commands.ls import list_exchanges
from runreel.cli.diff.stable_page import print_stable_text
from runreel.cli.exchange_page import SECTIONS, iter_sections
from runreel.cli.exchange_table import find_first_ns
from runreel.cli.options import (
    complete_cassette,
    complete_exchange,
    config_option,
    json_option,
    read_settings,
)
from runreel.cli.pager import print_page
from runreel.cli.run_page import list_run
from runreel.cli.selection import filter_option, select_heads
from runreel.cli.terminal import escape_controls, print_error, print_json
from runreel.cli.trace_page import format_events, format_sections
from runreel.core.cassette.damage_report import format_damage
from runreel.core.dialect import DialectFinder
from runreel.core.report.documents import SCHEMA_VERSION
from runreel.core.report.trace_document import build_timeline_document
from runreel.dialects import build_finder
from runreel.dialects.exchange_reading import read_exchange
from runreel.errors import CorruptCassetteError, RunreelError, UsageError
from runreel.model import Exchange, ExchangeHead
from runreel.shell.store.names import resolve_argument
from runreel.shell.store.reader import CassetteReader

_Event = TypeVar("_Event")

_MAX_RANGE_LENGTH = 24

EPILOG = """\
\b
Examples:
  runreel show my-test                       the only exchange, or a list of all
  runreel show my-test 4                     request, events, texts, outcome
  runreel show my-test 4 --only text,tools   what the model says, and its calls
  runreel show my-test 4 --events            only the timeline of its events
  runreel show my-test 4 --events 100..140   some of them
  runreel show my-test 4 --run               all calls of the same run, in order
  runreel show my-test --run run_abc         the same, by its id
  runreel show my-test 4 --raw > answer.sse
  runreel show my-test --filter tool:get_weather
  runreel show my-test --all                 everything, as "git diff" compares it

\b
Sections for --only:
  facts, request, body, conversation, run, problems, answer, timeline, text,
  reasoning, tools, usage, timing, outcome, redacted

Long output on a terminal goes through PAGER; PAGER=cat turns that off. Exit code 1: the exchange is
damaged.
"""


class EventRange(NamedTuple):
    """Numbers of events, both ends included."""

    first: int
    last: int | None

    @classmethod
    def parse(cls, text: str) -> EventRange:
        """Parse ``100..140``, ``100..``, ``..140`` or ``100``; an empty text is all events."""
        first, dots, last = text.partition("..")
        numbers = [part.isascii() and part.isdigit() for part in (first, last) if part]
        is_empty = bool(dots) and not first and not last
        if not all(numbers) or is_empty or len(text) > _MAX_RANGE_LENGTH:
            raise UsageError(
                f"{text!r} is not a range of events; write --events 100..140, 100.. or 100"
            )
        end = last if dots else first
        return cls(int(first or 1), int(end) if end else None)

    def choose(self, events: Sequence[_Event]) -> Sequence[_Event]:
        """Return the events in the range."""
        return events[max(self.first, 1) - 1 : self.last]


def _split_names(
    _context: click.Context, _option: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the sections of ``--only``; raise UsageError for an unknown one."""
    names = [name.strip() for value in values for name in value.split(",") if name.strip()]
    for name in names:
        if name not in SECTIONS:
            near = get_close_matches(name, SECTIONS, n=1)
            hint = f"do you mean {near[0]!r}?" if near else f"there are {', '.join(SECTIONS)}"
            raise UsageError(f"--only: there is no section {name!r}; {hint}")
    return tuple(names)


@click.command(epilog=EPILOG)
@click.argument("cassette", shell_complete=complete_cassette)
@click.argument(
    "number",
    metavar="[N]",
    required=False,
    type=click.IntRange(min=1),
    shell_complete=complete_exchange,
)
@click.option("--full", is_flag=True, help="Shorten nothing, however long it is.")
@click.option(
    "--only",
    metavar="SECTIONS",
    multiple=True,
    callback=_split_names,
    help="Print only these sections, such as text,tools,timeline.",
)
@click.option(
    "--events",
    metavar="[A..B]",
    is_flag=False,
    flag_value="",
    help="Print only the timeline of events, or a part of it.",
)
@click.option(
    "--run",
    "run_id",
    metavar="[ID]",
    is_flag=False,
    flag_value="",
    help="Follow a run, named by its id or by N, through all of its calls.",
)
@click.option("--raw", is_flag=True, help="Write the answer's body, byte for byte.")
@click.option(
    "--all",
    "shows_all",
    is_flag=True,
    help="Print everything as text that stays the same when it is recorded again, for git diff.",
)
@filter_option
@json_option
@config_option
def show(
    cassette: str,
    number: int | None,
    full: bool,
    only: tuple[str, ...],
    events: str | None,
    run_id: str | None,
    raw: bool,
    shows_all: bool,
    filter_text: str,
    as_json: bool,
    config_file: Path | None,
) -> int:
    """Show exchange N of CASSETTE, a file or a name.

    Without N, show the only exchange, or a list if there are several.
    """
    config = read_settings(config_file).config
    path = resolve_argument(cassette, Path(config.cassettes))
    find_dialect = build_finder(config.dialect)
    _check_views(raw=raw, shows_all=shows_all, events=events, run_id=run_id, as_json=as_json)
    view = ShowView(
        raw=raw,
        events=events,
        run_id=run_id,
        full=full,
        only=only,
        as_json=as_json,
        find_dialect=find_dialect,
    )
    with CassetteReader.open(path) as reader:
        if shows_all:
            return print_stable_text(reader, filter_text, find_dialect)
        heads, _ = select_heads(reader, filter_text, find_dialect)
        if number is None and not view.is_of_one and len(heads) != 1:
            return _list_all(reader, filter_text, find_dialect, as_json=as_json)
        try:
            return _show(reader, heads, number, view)
        except CorruptCassetteError as error:
            print_error(str(error).splitlines())
            return 1


def _show(
    reader: CassetteReader, heads: Sequence[ExchangeHead], number: int | None, view: ShowView
) -> int:
    if view.run_id:
        return _list_run(reader, view.run_id, None, view)
    chosen = choose_number(reader, number, heads)
    if view.run_id is not None:
        return _list_run(reader, "", chosen, view)
    if view.raw:
        _write_raw(reader.read_exchange(chosen))
    elif view.events is not None:
        _print_events(reader, chosen, EventRange.parse(view.events), view)
    else:
        _print_page(reader, chosen, view)
    return 0


def _list_run(reader: CassetteReader, run_id: str, number: int | None, view: ShowView) -> int:
    return list_run(reader, run_id, number, view.find_dialect, full=view.full, as_json=view.as_json)


class ShowView(NamedTuple):
    """The parts of a cassette to print, and their form."""

    raw: bool
    events: str | None
    run_id: str | None
    full: bool
    only: Collection[str]
    as_json: bool
    find_dialect: DialectFinder

    @property
    def is_of_one(self) -> bool:
        """True if it cannot be a list of all exchanges."""
        return self.raw or self.events is not None or self.run_id is not None


def _check_views(
    *, raw: bool, shows_all: bool, events: str | None, run_id: str | None, as_json: bool
) -> None:
    for name, is_given in (("--raw", raw), ("--all", shows_all)):
        if is_given and as_json:
            raise UsageError(f"{name} and --json exclude each other; choose one of them")
    if sum((raw, shows_all, events is not None, run_id is not None)) > 1:
        raise UsageError("--raw, --all, --events and --run exclude each other; choose one of them")


def _list_all(
    reader: CassetteReader, filter_text: str, find_dialect: DialectFinder, *, as_json: bool
) -> int:
    code = list_exchanges(reader, filter_text, find_dialect, with_events=False, as_json=as_json)
    if reader.heads and not as_json:
        command = f"runreel show {shlex.quote(str(reader.path))} N"
        click.echo(escape_controls(f"To see one of them: {command}"), err=True)
    return code


def choose_number(
    reader: CassetteReader, number: int | None, heads: Sequence[ExchangeHead] | None = None
) -> int:
    """Return the number of an exchange; None: the only one, of ``heads`` if these are given.

    Raise UsageError if there is none.
    """
    selected = reader.heads if heads is None or number is not None else heads
    numbers = [head.number for head in selected]
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


def _print_events(reader: CassetteReader, number: int, chosen: EventRange, view: ShowView) -> None:
    reading = read_exchange(reader.read_exchange(number), view.find_dialect)
    trace = reading.trace._replace(events=tuple(chosen.choose(reading.trace.events)))
    if view.as_json:
        events = build_timeline_document(trace, chosen.choose(reading.events))
        document = {"schema_version": SCHEMA_VERSION, "number": number, "timeline": events}
        print_json(document)
    elif trace.events:
        print_page("\n".join(format_events(trace, trace.events, full=view.full)))
    elif reading.events:
        raise UsageError(f"answer {number} has {len(reading.events)} events")
    else:
        click.echo(f"Answer {number} is not an event stream.", err=True)


def _print_page(reader: CassetteReader, number: int, view: ShowView) -> None:
    reading = read_exchange(reader.read_exchange(number), view.find_dialect)
    if view.as_json:
        document = {"schema_version": SCHEMA_VERSION, "cassette": str(reader.path)}
        exchange = reading.build_document(first_ns=find_first_ns(reader.heads))
        print_json({**document, "exchange": exchange})
        return
    print_page(format_sections(iter_sections(reading, full=view.full, only=view.only)))
