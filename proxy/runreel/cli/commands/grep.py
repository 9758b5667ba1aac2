"""``runreel grep``: search what exchanges say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import click

from runreel.cli.cassette_files import expand_paths
from runreel.cli.options import complete_cassette, config_option, json_option, read_settings
from runreel.cli.selection import SelectedExchange, Selection, filter_option
from runreel.cli.terminal import escape_line, print_json, style
from runreel.core.grep.matches import TextMatch, find_matches, may_match
from runreel.core.report.documents import SCHEMA_VERSION, ReportDocument
from runreel.dialects import build_finder
from runreel.errors import UsageError

EPILOG = """\
\b
Examples:
  runreel grep refund                          in all cassettes of the cassette folder
  runreel grep -i 'order #\\d+' my-test tests   a regular expression of Python
  runreel grep get_weather -f 'status:>=400'   only in some exchanges
  runreel grep -c refund                       the number of matches in each exchange

A text that came in many events is searched as one. The number after "event" is that of the event in
which the match begins.

\b
Exit codes:
  0  there is a match
  1  there is none, or a cassette could not be read
"""


class _Hit(NamedTuple):
    """A match, and the exchange that it is in."""

    selected: SelectedExchange
    match: TextMatch


@click.command(epilog=EPILOG)
@click.argument("pattern")
@click.argument("paths", metavar="[PATH]...", nargs=-1, shell_complete=complete_cassette)
@click.option("--ignore-case", "-i", is_flag=True, help="Ignore the case of letters.")
@click.option("--fixed", "-F", is_flag=True, help="PATTERN is a text, not a regular expression.")
@click.option("--count", "-c", is_flag=True, help="Print the number of matches of each exchange.")
@filter_option
@json_option
@config_option
def grep(
    pattern: str,
    paths: tuple[str, ...],
    ignore_case: bool,
    fixed: bool,
    count: bool,
    filter_text: str,
    as_json: bool,
    config_file: Path | None,
) -> int:
    """Search the texts, arguments of tools and bodies of exchanges for PATTERN.

    PATH is a cassette's file or name, or a folder; default: the cassette folder.
    """
    compiled = compile_pattern(pattern, ignore_case=ignore_case, fixed=fixed)
    config = read_settings(config_file).config
    folder = Path(config.cassettes)
    files = expand_paths(paths or (f"{folder}/",), folder, "search")
    selection = Selection(files, filter_text, build_finder(config.dialect))
    hits = (
        _Hit(selected, match)
        for selected in selection.iter_readable()
        if may_match(selected.exchange, selected.trace, compiled)
        for match in find_matches(selected.exchange, selected.build_located_trace(), compiled)
    )
    has_hits = _print(hits, selection, count=count, as_json=as_json)
    return 0 if has_hits and not selection.error_count else 1


def compile_pattern(pattern: str, *, ignore_case: bool, fixed: bool) -> re.Pattern[str]:
    """Compile a pattern. Raises ``UsageError`` that names the place of a mistake."""
    try:
        return re.compile(
            re.escape(pattern) if fixed else pattern, re.IGNORECASE if ignore_case else 0
        )
    except (re.error, RecursionError, OverflowError) as error:
        raise UsageError(
            f"the pattern is not a regular expression: {error}; -F searches for the text itself"
        ) from None


def _print(hits: Iterable[_Hit], selection: Selection, *, count: bool, as_json: bool) -> bool:
    """Print the matches one by one, or all as JSON; return whether there are any."""
    if as_json:
        return _print_json(hits, selection)
    has_hits = False
    for line in _iter_counts(hits) if count else map(_format_hit, hits):
        has_hits = True
        selection.progress.clear()
        click.echo(line)
    return has_hits


def _print_json(hits: Iterable[_Hit], selection: Selection) -> bool:
    has_hits = False

    def build_documents() -> Iterator[ReportDocument]:
        nonlocal has_hits
        for hit in hits:
            has_hits = True
            selection.progress.clear()
            yield _build_document(hit)

    print_json({"schema_version": SCHEMA_VERSION, "matches": build_documents()})
    return has_hits


def _iter_counts(hits: Iterable[_Hit]) -> Iterator[str]:
    counts: dict[tuple[Path, int], int] = {}
    for hit in hits:
        key = hit.selected.reader.path, hit.selected.head.number
        counts[key] = counts.get(key, 0) + 1
    yield from (f"{escape_line(str(path))}:{number}: {n}" for (path, number), n in counts.items())


def _format_hit(hit: _Hit) -> str:
    match = hit.match
    place = f"{escape_line(str(hit.selected.reader.path))}:{hit.selected.head.number}"
    words = [match.message, escape_line(_describe_block(match))]
    if match.event:
        words.append(f"event {match.event}")
    shown = style(escape_line(match.text), fg="red", bold=True)
    return (
        f"{style(place, fg='magenta')}: {' '.join(filter(None, words))}: "
        f"{escape_line(match.before)}{shown}{escape_line(match.after)}"
    )


def _describe_block(match: TextMatch) -> str:
    block = match.block
    if block is None:
        return "body"
    return " ".join(filter(None, (block.role, block.kind.value, block.name, block.owner)))


def _build_document(hit: _Hit) -> ReportDocument:
    block = hit.match.block
    return {
        "cassette": str(hit.selected.reader.path),
        "exchange": hit.selected.head.number,
        "message": hit.match.message,
        "block": None if block is None else block.number,
        "kind": "body" if block is None else block.kind.value,
        "role": "" if block is None else block.role,
        "name": "" if block is None else block.name,
        "event": hit.match.event,
        "offset": hit.match.offset,
        "before": hit.match.before,
        "text": hit.match.text,
        "after": hit.match.after,
    }
