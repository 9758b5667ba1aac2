"""``runreel verify``: check every checksum of cassettes, and mend them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from runreel.cli.cassette_files import expand_paths
from runreel.cli.damage_report import classify_state, format_repair_advice, iter_damage_lines
from runreel.cli.options import config_option, json_option, read_settings
from runreel.cli.terminal import escape_controls, escape_line
from runreel.core.report.documents import SCHEMA_VERSION, ReportDocument, build_damage_document
from runreel.errors import RunreelError
from runreel.shell import store
from runreel.shell.store import VerifyReport

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
class VerifyOutcome:
    """What became of one cassette: a report, or why there is none."""

    path: Path
    report: VerifyReport | None = None
    repaired: bool = False
    state: str = ""
    """Why there is no report, in two words, and ``error`` in more."""
    error: str = ""

    @property
    def exit_code(self) -> int:
        """What this cassette alone would end the command with."""
        if self.report is None:
            return 3
        return 0 if self.repaired or self.report.is_intact else 1


@click.command(epilog=EPILOG)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--repair", is_flag=True, help="Cut torn tails off and take damage out.")
@json_option
@config_option
def verify(paths: tuple[str, ...], repair: bool, as_json: bool, config_file: Path | None) -> int:
    """Check all of a cassette, answers too: files, names, or folders with all that is below."""
    default = Path(read_settings(config_file).config.cassettes)
    files = expand_paths(paths, default, "verify")
    verdicts = [_verify_cassette(file, repair=repair) for file in files]
    if as_json:
        click.echo(json.dumps(_build_document(verdicts), indent=2))
    else:
        click.echo(
            "\n".join(line for verdict in verdicts for line in format_verify_outcome(verdict))
        )
    return max(verdict.exit_code for verdict in verdicts)


def _verify_cassette(path: Path, *, repair: bool) -> VerifyOutcome:
    try:
        report = store.repair_cassette(path) if repair else store.verify_cassette(path)
    except RunreelError as error:
        word = "not repaired" if repair else "unreadable"
        return VerifyOutcome(path, state=word, error=str(error).removeprefix(f"{path}: "))
    return VerifyOutcome(path, report, repaired=repair and not report.is_intact)


def format_verify_outcome(outcome: VerifyOutcome) -> Iterator[str]:
    """One line for the cassette, and below it what is wrong, what was done, and what to do."""
    report = outcome.report
    if report is None:
        yield f"{escape_line(str(outcome.path))}: {outcome.state}: {escape_controls(outcome.error)}"
        return
    word = classify_state(report.torn, report.damages)
    yield f"{escape_line(str(outcome.path))}: {word}, {_format_contents(report)}"
    yield from (
        f"  {escape_line(place)}" for place in iter_damage_lines(report.torn, report.damages)
    )
    if outcome.repaired:
        yield from (f"  {escape_line(done)}" for done in _format_repairs(report))
    elif not report.is_intact:
        yield f"  {escape_line(format_repair_advice(outcome.path, report.damages))}"


def _format_contents(report: VerifyReport) -> str:
    noun = "exchange" if report.exchanges == 1 else "exchanges"
    retracted = f", {report.retractions} retracted" if report.retractions else ""
    return f"{report.exchanges} whole {noun}{retracted}"


def _format_repairs(report: VerifyReport) -> Iterator[str]:
    """What ``--repair`` did."""
    if report.damages:
        taken = sum(damage.length for damage in report.damages)
        yield f"Repaired: {taken} damaged bytes were taken out."
    if report.torn is not None:
        yield f"Repaired: the last {report.torn.length} bytes, the torn record, were cut off."
    if report.backup is not None:
        yield f"The file as it was: {report.backup}"


def _build_document(outcomes: Sequence[VerifyOutcome]) -> ReportDocument:
    return {
        "schema_version": SCHEMA_VERSION,
        "cassettes": [_build_outcome_document(verdict) for verdict in outcomes],
    }


def _build_outcome_document(outcome: VerifyOutcome) -> ReportDocument:
    report = outcome.report
    if report is None:
        return {"path": str(outcome.path), "state": outcome.state, "error": outcome.error}
    return {
        "path": str(outcome.path),
        "state": classify_state(report.torn, report.damages),
        "exchanges": report.exchanges,
        "retractions": report.retractions,
        **build_damage_document(report.torn, report.damages),
        "repaired": outcome.repaired,
        "kept": None if report.backup is None else str(report.backup),
    }
