"""``runreel stats``: figures of many calls."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from itertools import compress
from pathlib import Path

import click

from runreel.cli.cassette_files import expand_paths
from runreel.cli.options import complete_cassette, config_option, json_option, read_settings
from runreel.cli.selection import Selection, filter_option
from runreel.cli.terminal import (
    Cell,
    escape_line,
    format_size,
    format_table,
    list_excess_columns,
    print_json,
)
from runreel.core.stats.call_facts import CallFacts, collect_facts
from runreel.core.stats.documents import build_stats_document
from runreel.core.stats.grouping import KEYS, GroupStats, TokenSums, group_calls, list_largest
from runreel.core.stats.openmetrics import format_openmetrics
from runreel.core.stats.prices import PriceTable
from runreel.dialects import build_finder
from runreel.errors import StoreError, UsageError

EPILOG = """\
\b
Examples:
  runreel stats                              all cassettes of the cassette folder
  runreel stats my-test --by model
  runreel stats tests -f op:runs.* --prices prices.toml
  runreel stats --openmetrics > runs.prom    metrics of OpenTelemetry's GenAI conventions

Tokens, of requests and of answers, are those that the API reported; events are not tokens.
Durations are in milliseconds: the median and the 95th percentile, of gaps between events the 95th
percentile and the longest. FIRST is the time to the first content of a streamed answer. STALLS
counts gaps of more than two seconds, REPEATED calls that are the same as an earlier one.

\b
A file of prices, for a million tokens:
  ["gpt-4o*"]
  input = 2.50
  cached = 1.25
  output = 10.00

Exit code 1: a cassette or an exchange could not be read.
"""


@click.command(epilog=EPILOG)
@click.argument("paths", metavar="[PATH]...", nargs=-1, shell_complete=complete_cassette)
@click.option(
    "--by",
    metavar="KEY,…",
    default="operation,model",
    show_default=True,
    help=f"Make groups by these: {', '.join(KEYS)}.",
)
@click.option(
    "--prices",
    "price_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Compute the cost, by a TOML file of prices.",
)
@click.option("--openmetrics", is_flag=True, help="Print OpenMetrics, for Prometheus.")
@filter_option
@json_option
@config_option
def stats(
    paths: tuple[str, ...],
    by: str,
    price_file: Path | None,
    openmetrics: bool,
    filter_text: str,
    as_json: bool,
    config_file: Path | None,
) -> int:
    """Print figures of calls: how often, how long, how many tokens.

    PATH is a cassette's file or name, or a folder; default: the cassette folder.
    """
    if openmetrics and as_json:
        raise UsageError("--openmetrics and --json exclude each other; choose one of them")
    keys = parse_keys(by)
    prices = None if price_file is None else _read_prices(price_file)
    config = read_settings(config_file).config
    folder = Path(config.cassettes)
    files = expand_paths(paths or (f"{folder}/",), folder, "count")
    selection = Selection(files, filter_text, build_finder(config.dialect))
    calls = [
        collect_facts(str(selected.reader.path), selected.head, selected.build_brief_trace())
        for selected in selection.iter_readable()
    ]
    if openmetrics:
        click.echo("\n".join(format_openmetrics(calls)))
    elif as_json:
        print_json(build_stats_document(calls, keys, prices))
    else:
        _print_tables(calls, keys, prices)
    return 1 if selection.error_count else 0


def parse_keys(text: str) -> list[str]:
    """Return the names in a list with commas. Raises ``UsageError`` for an unknown one."""
    keys = [key.strip() for key in text.split(",") if key.strip()]
    for key in keys:
        if key not in KEYS:
            raise UsageError(f"--by: {key!a} is unknown; there are {', '.join(KEYS)}")
    return keys


def _read_prices(path: Path) -> PriceTable:
    try:
        return PriceTable.parse(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{path}: it is not valid TOML: {error}") from None
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None


def _print_tables(
    calls: Sequence[CallFacts], keys: Sequence[str], prices: PriceTable | None
) -> None:
    groups = group_calls(calls, keys, prices)
    if not groups:
        click.echo("No exchange is selected.", err=True)
        return
    if len(groups) > 1:
        (total,) = group_calls(calls, (), prices)
        groups.append(total._replace(key=("total", *[""] * (len(keys) - 1))))
    columns = list(_COLUMNS)
    columns += [name for name, count in _RARE_COLUMNS.items() if any(map(count, groups))]
    _print_groups(groups, [key.upper() for key in keys], columns, with_cost=prices is not None)
    largest = list_largest(calls)
    click.echo("\nLargest answers:")
    for call in largest:
        size = format_size(call.size)
        click.echo(escape_line(f"  {size:>10}  {call.cassette}:{call.number}  {call.operation}"))


def _print_groups(
    groups: Sequence[GroupStats], keys: Sequence[str], columns: Sequence[str], *, with_cost: bool
) -> None:
    """Print the table, without the columns for which the terminal has no room."""
    headers = [*keys, *columns, *(["COST"] if with_cost else [])]
    rows = [_build_row(group, columns, with_cost=with_cost) for group in groups]
    excess = list_excess_columns(rows, headers, _LEAST_IMPORTANT, _NAMES)
    kept = [name not in excess for name in headers]
    rows = [tuple(compress(row, kept)) for row in rows]
    click.echo(format_table(rows, [*compress(headers, kept)], names=_NAMES, whole=_COLUMNS))
    if excess:
        names = ", ".join(excess)
        click.echo(f"No room for {names}; to see all: --json, or a pipe: | less -S", err=True)


_NAMES = ("OPERATION", "MODEL")
_LEAST_IMPORTANT = ("EVENTS", "GAP ms", "BYTES", "FIRST ms")
"""Columns in the order in which they are left out on a narrow terminal."""
_COLUMNS: Mapping[str, Callable[[GroupStats], Cell]] = {
    "CALLS": lambda group: group.calls,
    "ERRORS": lambda group: sum(group.errors.values()),
    "TOOK ms": lambda group: _format_pair(group.duration.p50, group.duration.p95),
    "FIRST ms": lambda group: _format_pair(group.first_content.p50, group.first_content.p95),
    "GAP ms": lambda group: _format_pair(group.gaps.p95, group.gaps.max),
    "EVENTS": lambda group: group.events,
    "BYTES": lambda group: format_size(group.size),
    "TOKENS": lambda group: _format_tokens(group.tokens),
}
_RARE_COLUMNS: Mapping[str, Callable[[GroupStats], int]] = {
    "STALLS": lambda group: group.stalls,
    "REPEATED": lambda group: group.repeated,
}
"""Columns that are left out if all of their numbers are 0."""


def _build_row(group: GroupStats, columns: Sequence[str], *, with_cost: bool) -> tuple[Cell, ...]:
    builders: Mapping[str, Callable[[GroupStats], Cell]] = {**_COLUMNS, **_RARE_COLUMNS}
    cost = (_format_cost(group),) if with_cost else ()
    return (*group.key, *(builders[name](group) for name in columns), *cost)


def _format_pair(first_us: int | None, second_us: int | None) -> str:
    """Return two durations; a dash if there are none."""
    if first_us is None or second_us is None:
        return "-"
    return f"{_format_ms(first_us)}/{_format_ms(second_us)}"


def _format_ms(duration_us: int) -> str:
    milliseconds = duration_us / 1000
    return f"{milliseconds:.1f}" if milliseconds < 10 else f"{milliseconds:.0f}"


def _format_tokens(tokens: TokenSums) -> str:
    """Return the tokens of requests and of answers; a dash if the API reported none."""
    if tokens.input is None and tokens.output is None:
        return "-"
    return "+".join("?" if count is None else str(count) for count in (tokens.input, tokens.output))


def _format_cost(group: GroupStats) -> str:
    if group.cost is None:
        return "-"
    missing = f" + {group.unpriced} without a price" if group.unpriced else ""
    return f"{group.cost:.4f}{missing}"
