"""``runreel ls``: the cassettes of a folder, or the exchanges of a cassette."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from runreel.cli.cassette_files import (
    CASSETTE_COLUMNS,
    are_all_fine,
    build_folder_document,
    find_folder,
    list_cassettes,
    read_cassette_summary,
)
from runreel.cli.exchange_table import (
    Summaries,
    build_exchange_table,
    build_exchanges_document,
    find_first_ns,
)
from runreel.cli.options import complete_cassette, config_option, json_option, read_settings
from runreel.cli.selection import filter_option, select_heads
from runreel.cli.terminal import (
    escape_controls,
    format_size,
    format_table,
    print_error,
    print_json,
)
from runreel.core.cassette.damage_report import format_damage
from runreel.core.dialect import DialectFinder
from runreel.core.report.trace_summary import TraceSummary, summarize_trace
from runreel.dialects import build_finder
from runreel.dialects.exchange_reading import trace_exchange
from runreel.errors import CorruptCassetteError, UsageError
from runreel.model import ExchangeHead
from runreel.shell.store.names import resolve_argument
from runreel.shell.store.reader import CassetteReader

_MAX_READ = 8 * 1024 * 1024
"""Bytes of answers up to which all are read without being asked to: it takes a second or two."""

EPILOG = """\
\b
Examples:
  runreel ls                      the cassettes in the cassette folder
  runreel ls tests                the cassettes in another folder
  runreel ls my-test              the exchanges of one cassette
  runreel ls my-test --events     with the number of events in each answer
  runreel ls my-test --fast       without what is in the answers
  runreel ls my-test --filter 'op:runs.* status:>=400'

STATUS has the end of an answer as well: "reset", "error" for an error within a stream, "no end" for
a stream without its last event; "client_left, whole" is none to worry about. FIRST is the time to
the first content of a stream. TOKENS are input and output, as the API reported them. REDACTED is
the number of values that were replaced by placeholders. Exit code 1: a cassette is damaged, torn or
unreadable.
"""


@click.command(epilog=EPILOG)
@click.argument("path", required=False, shell_complete=complete_cassette)
@click.option(
    "--events",
    is_flag=True,
    help="Count the events of each answer.",
)
@click.option(
    "--fast",
    is_flag=True,
    help="Do not read the answers: without model, first content, tokens, and errors in streams.",
)
@filter_option
@json_option
@config_option
def ls(
    path: str | None,
    events: bool,
    fast: bool,
    filter_text: str,
    as_json: bool,
    config_file: Path | None,
) -> int:
    """List the cassettes of a folder, or the exchanges of a cassette.

    PATH is a folder, a file, or the name of a cassette; default: the cassette folder.
    """
    config = read_settings(config_file).config
    default = Path(config.cassettes)
    folder = find_folder(path, default)
    if folder is not None:
        if filter_text:
            raise UsageError("--filter selects exchanges, so it needs one cassette to look at")
        return _list_folder(folder, as_json=as_json)
    with CassetteReader.open(resolve_argument(path or "", default)) as reader:
        return list_exchanges(
            reader,
            filter_text,
            build_finder(config.dialect),
            with_events=events,
            is_fast=fast,
            as_json=as_json,
        )


def _list_folder(folder: Path, *, as_json: bool) -> int:
    cassettes = [read_cassette_summary(file, folder) for file in list_cassettes(folder)]
    if as_json:
        print_json(build_folder_document(folder, cassettes))
    elif cassettes:
        click.echo(format_table([cassette.to_row() for cassette in cassettes], CASSETTE_COLUMNS))
    else:
        click.echo(escape_controls(_describe_empty_folder(folder)), err=True)
    for cassette in cassettes:
        print_error(cassette.damage_lines)
    return 0 if are_all_fine(cassettes) else 1


def _describe_empty_folder(folder: Path) -> str:
    problem = "contains no cassettes" if folder.is_dir() else "does not exist yet"
    return f"The folder {folder} {problem}; record one with: runreel record NAME --upstream URL"


def list_exchanges(
    reader: CassetteReader,
    filter_text: str,
    find_dialect: DialectFinder,
    *,
    with_events: bool,
    as_json: bool,
    is_fast: bool = False,
) -> int:
    """Print the exchanges that a filter selects, and any damage; return the exit code."""
    heads, lines = select_heads(reader, filter_text, find_dialect)
    must_read = with_events or _can_read_all(heads, is_fast=is_fast)
    chosen = heads if must_read else ()
    summaries, other_lines = summarize_answers(reader, chosen, find_dialect)
    lines = [*dict.fromkeys((*lines, *other_lines))]
    if as_json:
        print_json(build_exchanges_document(reader, heads, summaries, with_events=with_events))
    else:
        columns, rows = build_exchange_table(
            heads,
            first_ns=find_first_ns(heads),
            summaries=summaries,
            with_events=with_events,
        )
        click.echo(format_table(rows, columns))
    lines += format_damage(reader.path, reader.torn, reader.damage)
    print_error(lines)
    return 1 if lines else 0


def _can_read_all(heads: Sequence[ExchangeHead], *, is_fast: bool) -> bool:
    """Return whether to read the answers; print a hint if they are too many."""
    size = sum(head.size for head in heads)
    if size > _MAX_READ and not is_fast:
        hint = f"The answers have {format_size(size)}; to see what they say: --events"
        click.echo(hint, err=True)
    return size <= _MAX_READ and not is_fast


def summarize_answers(
    reader: CassetteReader, heads: Sequence[ExchangeHead], find_dialect: DialectFinder
) -> tuple[Summaries, list[str]]:
    """Return what each readable answer says, and the errors of the others."""
    summaries: dict[int, TraceSummary] = {}
    lines: list[str] = []
    for head in heads:
        try:
            trace = trace_exchange(reader.read_exchange(head.number), find_dialect, places=False)
        except CorruptCassetteError as error:
            lines.append(str(error))
        else:
            summaries[head.number] = summarize_trace(trace)
    return summaries, lines
