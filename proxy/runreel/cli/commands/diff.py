"""``runreel diff``: where two recordings of one program part."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import click

from runreel.cli.diff.markdown import iter_markdown
from runreel.cli.diff.page import DiffPage, iter_renames
from runreel.cli.options import complete_cassette, config_option, read_settings
from runreel.cli.selection import RunIndex, filter_option, select_heads
from runreel.cli.terminal import ProgressLine, print_error, print_json
from runreel.core.dialect import DialectFinder
from runreel.core.diff.changes.exchange_changes import DiffSettings
from runreel.core.diff.changes.model import ChangePart, DiffVerdict, RecordingDiff
from runreel.core.diff.changes.request_changes import IgnoredPlaces
from runreel.core.diff.documents import build_diff_document
from runreel.core.diff.probes import DiffSide
from runreel.core.diff.recording import RecordingComparison
from runreel.dialects import build_finder
from runreel.errors import UsageError
from runreel.model import ExchangeHead
from runreel.shell.store.names import resolve_argument
from runreel.shell.store.reader import CassetteReader

EPILOG = """\
\b
Examples:
  runreel diff good bad                     two cassettes, by name or by path
  runreel diff good:7 bad:9                 two exchanges
  runreel diff good:run_abc bad:run_xyz     two runs, by the API's ids
  runreel diff good:7 bad:9 --run           the runs that these exchanges belong to
  runreel diff good bad --ignore '$.metadata' --ignore headers.accept
  runreel diff good bad --format md > comment.md

\b
The verdict on each exchange:
  identical   nothing differs but the times
  equivalent  ids, moments, placeholders, pieces of texts or repeated polls differ
  wording     texts or the usage differ, nothing else
  behaviour   anything else: calls, arguments, settings, events, status, end

Ids that differ in the same way everywhere are no difference. More: docs/diff.md.

\b
Exit codes:
  0  no difference
  1  a difference of "wording" or more (see --fail-on), or in the timing with --timing
"""

_SIDE = re.compile(r"(?P<cassette>.+?):(?P<part>[^:/\\]+)", re.DOTALL)
_NUMBER = re.compile("#?([0-9]{1,9})")


class DiffArgument(NamedTuple):
    """One side of a comparison, as it was given."""

    text: str
    path: Path
    part: str
    """Number of an exchange, or id of a run; empty for the whole cassette."""

    @classmethod
    def parse(cls, text: str, folder: Path) -> DiffArgument:
        """Parse ``CASSETTE``, ``CASSETTE:7`` or ``CASSETTE:RUN``; a file may have a colon."""
        match = _SIDE.fullmatch(text)
        if match is None or Path(text).is_file():
            return cls(text, resolve_argument(text, folder), "")
        return cls(text, resolve_argument(match["cassette"], folder), match["part"])

    @property
    def number(self) -> int:
        """Number of the exchange; 0 if none was given."""
        match = _NUMBER.fullmatch(self.part)
        return 0 if match is None else int(match[1])


def _parse_ignored(
    _context: click.Context, _option: click.Parameter, entries: tuple[str, ...]
) -> IgnoredPlaces:
    try:
        return IgnoredPlaces.parse(entries)
    except UsageError as error:
        raise UsageError(f"--{error}") from None


def _parse_parts(
    _context: click.Context, _option: click.Parameter, values: tuple[str, ...]
) -> frozenset[ChangePart]:
    names = [name.strip() for value in values for name in value.split(",") if name.strip()]
    wrong = [name for name in names if name not in set(ChangePart)]
    if wrong:
        raise UsageError(f'--only: there is no "{wrong[0]}"; the parts are {", ".join(ChangePart)}')
    return frozenset(map(ChangePart, names)) or frozenset(ChangePart)


@click.command(epilog=EPILOG)
@click.argument("left", metavar="A", shell_complete=complete_cassette)
@click.argument("right", metavar="B", shell_complete=complete_cassette)
@click.option("--run", "whole_run", is_flag=True, help="Compare the runs that A:N and B:N are in.")
@click.option("--timing", "with_timing", is_flag=True, help="Report longer and shorter gaps too.")
@click.option(
    "--ignore",
    "ignored",
    metavar="PLACE",
    multiple=True,
    callback=_parse_ignored,
    help="Leave out a JSON path, or a place such as headers.accept; may be given repeatedly.",
)
@click.option(
    "--only",
    "parts",
    metavar="PART,…",
    multiple=True,
    callback=_parse_parts,
    help=f"Report these parts only: {', '.join(ChangePart)}.",
)
@click.option(
    "--fail-on",
    type=click.Choice([str(verdict) for verdict in DiffVerdict if verdict]),
    default=str(DiffVerdict.WORDING),
    show_default=True,
    help="Smallest difference that makes the exit code 1.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json", "md"]),
    default="text",
    show_default=True,
    help="Print text, JSON or Markdown.",
)
@click.option("--json", "output_format", flag_value="json", help="The same as --format json.")
@click.option("--full", is_flag=True, help="Shorten nothing, and list equal exchanges too.")
@click.option("--ids", "with_ids", is_flag=True, help="List the ids that stand for each other.")
@filter_option
@config_option
def diff(
    left: str,
    right: str,
    whole_run: bool,
    with_timing: bool,
    ignored: IgnoredPlaces,
    parts: frozenset[ChangePart],
    fail_on: str,
    output_format: str,
    full: bool,
    with_ids: bool,
    filter_text: str,
    config_file: Path | None,
) -> int:
    """Compare two cassettes, exchanges or runs: A is the old one, B the new one.

    Each is a file or a name, alone or with ":N" for an exchange or ":ID" for a run.
    """
    config = read_settings(config_file).config
    folder, find_dialect = Path(config.cassettes), build_finder(config.dialect)
    arguments = [DiffArgument.parse(text, folder) for text in (left, right)]
    if whole_run and not all(argument.part for argument in arguments):
        raise UsageError("--run needs an exchange of each run: runreel diff A:7 B:9 --run")
    settings = DiffSettings(ignored, parts, with_timing)
    with ExitStack() as stack:
        readers = [stack.enter_context(CassetteReader.open(each.path)) for each in arguments]
        for reader in readers:
            reader.raise_if_damaged()
        sides = [
            _open_side(argument, reader, filter_text, find_dialect, whole_run=whole_run)
            for argument, reader in zip(arguments, readers, strict=True)
        ]
        outcome = _compare(sides, find_dialect, settings)
    if output_format == "text":
        _print_page(outcome, (left, right), full=full, with_ids=with_ids)
    elif output_format == "json":
        print_json(build_diff_document(outcome, left, right))
    else:
        click.echo("\n".join(iter_markdown(outcome, left, right)))
    is_failure = outcome.verdict >= DiffVerdict[fail_on.upper()]
    return int(is_failure or (with_timing and outcome.has_timing))


def _open_side(
    argument: DiffArgument,
    reader: CassetteReader,
    filter_text: str,
    find_dialect: DialectFinder,
    *,
    whole_run: bool,
) -> DiffSide:
    heads, lines = select_heads(reader, filter_text, find_dialect)
    runs = RunIndex(reader, find_dialect)
    print_error(lines)
    return DiffSide(_select(argument, runs, heads, whole_run=whole_run), reader.read_exchange)


def _select(
    argument: DiffArgument,
    runs: RunIndex,
    heads: Sequence[ExchangeHead],
    *,
    whole_run: bool,
) -> Sequence[ExchangeHead]:
    """Return the exchanges that an argument names."""
    if not argument.part:
        return heads
    if not argument.number:
        return _select_runs(argument, runs, heads, {argument.part})
    chosen = [head for head in heads if head.number == argument.number]
    if not chosen:
        raise UsageError(
            f"{runs.reader.path} has no exchange {argument.number}; "
            f"to see all: runreel ls {runs.reader.path}"
        )
    if not whole_run:
        return chosen
    return _select_runs(argument, runs, heads, runs.find_ids(argument.number))


def _select_runs(
    argument: DiffArgument,
    runs: RunIndex,
    heads: Sequence[ExchangeHead],
    run_ids: Iterable[str],
) -> Sequence[ExchangeHead]:
    wanted_ids = frozenset(run_ids)
    chosen = [head for head in heads if not wanted_ids.isdisjoint(runs.find_ids(head.number))]
    if not chosen:
        raise UsageError(
            f"{argument.text}: no exchange belongs to such a run; to see the exchanges: "
            f"runreel ls {runs.reader.path}"
        )
    return chosen


def _compare(
    sides: Sequence[DiffSide], find_dialect: DialectFinder, settings: DiffSettings
) -> RecordingDiff:
    progress = ProgressLine("comparing", max(len(side.heads) for side in sides))
    try:
        left, right = sides
        comparison = RecordingComparison(left, right, find_dialect, settings, progress.advance)
        return comparison.compare()
    finally:
        progress.clear()


def _print_page(
    outcome: RecordingDiff, names: tuple[str, str], *, full: bool, with_ids: bool
) -> None:
    lines = [*DiffPage(outcome, *names, full=full).iter_lines()]
    lines += iter_renames(outcome) if with_ids else ()
    click.echo("\n".join(lines))
