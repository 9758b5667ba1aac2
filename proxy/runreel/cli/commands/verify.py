"""``runreel verify``: check every checksum of cassettes, and mend them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from runreel.cli.cassette_files import files_meant
from runreel.cli.damage_report import advice, places, state
from runreel.cli.options import config_option, json_option, settings_from
from runreel.cli.terminal import visible, visible_line
from runreel.core.report.documents import SCHEMA_VERSION, Document, flaws_document
from runreel.errors import RunreelError
from runreel.shell import store
from runreel.shell.store import Report

EPILOG = """\
\b
Examples:
  runreel verify my-test
  runreel verify cassettes tests      every cassette in these folders
  runreel verify my-test --repair     cut a torn tail off, take damage out

A torn tail is the rest of a record whose writing was interrupted; nothing that was logged as
recorded is in it. Before damage is taken out, the file is kept as it was, beside the new one.

\b
Exit codes:
  0  all cassettes are fine, or were repaired
  1  something is torn or damaged
  3  a cassette cannot be read, or somebody is writing it
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one cassette: a report, or why there is none."""

    path: Path
    report: Report | None = None
    repaired: bool = False
    state: str = ""
    """Why there is no report, in two words, and ``error`` in more."""
    error: str = ""

    @property
    def exit_code(self) -> int:
        """What this cassette alone would end the command with."""
        if self.report is None:
            return 3
        return 0 if self.repaired or self.report.intact else 1


@click.command(epilog=EPILOG)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--repair", is_flag=True, help="Cut torn tails off and take damage out.")
@json_option
@config_option
def verify(paths: tuple[str, ...], repair: bool, as_json: bool, config_file: Path | None) -> int:
    """Check all of a cassette, answers too: files, names, or folders with all that is below."""
    default = Path(settings_from(config_file).config.cassettes)
    files = files_meant(paths, default, "verify")
    verdicts = [_judged(file, repair=repair) for file in files]
    if as_json:
        click.echo(json.dumps(_document(verdicts), indent=2))
    else:
        click.echo("\n".join(line for verdict in verdicts for line in verdict_lines(verdict)))
    return max(verdict.exit_code for verdict in verdicts)


def _judged(path: Path, *, repair: bool) -> Verdict:
    try:
        report = store.repair(path) if repair else store.verify(path)
    except RunreelError as error:
        word = "not repaired" if repair else "unreadable"
        return Verdict(path, state=word, error=str(error).removeprefix(f"{path}: "))
    return Verdict(path, report, repaired=repair and not report.intact)


def verdict_lines(verdict: Verdict) -> Iterator[str]:
    """One line for the cassette, and below it what is wrong, what was done, and what to do."""
    report = verdict.report
    if report is None:
        yield f"{visible_line(str(verdict.path))}: {verdict.state}: {visible(verdict.error)}"
        return
    word = state(report.torn, report.damages)
    yield f"{visible_line(str(verdict.path))}: {word}, {_holds(report)}"
    yield from (f"  {visible_line(place)}" for place in places(report.torn, report.damages))
    if verdict.repaired:
        yield from (f"  {visible_line(done)}" for done in _done(report))
    elif not report.intact:
        yield f"  {visible_line(advice(verdict.path, report.damages))}"


def _holds(report: Report) -> str:
    noun = "exchange" if report.exchanges == 1 else "exchanges"
    retracted = f", {report.retractions} retracted" if report.retractions else ""
    return f"{report.exchanges} whole {noun}{retracted}"


def _done(report: Report) -> Iterator[str]:
    """What ``--repair`` did."""
    if report.damages:
        taken = sum(damage.length for damage in report.damages)
        yield f"Repaired: {taken} damaged bytes were taken out."
    if report.torn is not None:
        yield f"Repaired: the last {report.torn.length} bytes, the torn record, were cut off."
    if report.kept is not None:
        yield f"The file as it was: {report.kept}"


def _document(verdicts: Sequence[Verdict]) -> Document:
    return {
        "schema_version": SCHEMA_VERSION,
        "cassettes": [_verdict_document(verdict) for verdict in verdicts],
    }


def _verdict_document(verdict: Verdict) -> Document:
    report = verdict.report
    if report is None:
        return {"path": str(verdict.path), "state": verdict.state, "error": verdict.error}
    return {
        "path": str(verdict.path),
        "state": state(report.torn, report.damages),
        "exchanges": report.exchanges,
        "retractions": report.retractions,
        **flaws_document(report.torn, report.damages),
        "repaired": verdict.repaired,
        "kept": None if report.kept is None else str(report.kept),
    }
