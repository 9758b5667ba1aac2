"""``runreel verify``: check all checksums of cassettes, and repair damage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from runreel.cli.cassette_files import expand_paths
from runreel.cli.options import complete_cassette, config_option, json_option, read_settings
from runreel.cli.terminal import escape_controls, escape_line, print_json
from runreel.core.cassette.damage_report import (
    classify_state,
    format_repair_advice,
    iter_damage_lines,
)
from runreel.core.report.documents import SCHEMA_VERSION, ReportDocument, build_damage_document
from runreel.errors import RunreelError
from runreel.shell import store
from runreel.shell.store.repair import VerifyReport

EPILOG = """\
\b
Examples:
  runreel verify my-test
  runreel verify cassettes tests      every cassette in these folders
  runreel verify my-test --repair     cut off a torn tail, remove damage

A torn tail is an incomplete record at the end, whose writing was interrupted; it was never logged
as recorded. Before damage is removed, a backup of the file is saved beside it.

\b
Exit codes:
  0  all cassettes are fine, or were repaired
  1  a cassette is torn or damaged
  3  a cassette cannot be read, or is being recorded
"""


@dataclass(frozen=True, slots=True)
class VerifyOutcome:
    """The outcome for one cassette: a report, or an error."""

    path: Path
    report: VerifyReport | None = None
    repaired: bool = False
    state: str = ""
    """With an error: ``unreadable`` or ``not repaired``."""
    error: str = ""

    @property
    def exit_code(self) -> int:
        """Exit code of the command if this were its only cassette."""
        if self.report is None:
            return 3
        return 0 if self.repaired or self.report.is_intact else 1


@click.command(epilog=EPILOG)
@click.argument(
    "paths", metavar="PATH...", nargs=-1, required=True, shell_complete=complete_cassette
)
@click.option("--repair", is_flag=True, help="Cut off torn tails and remove damage.")
@json_option
@config_option
def verify(paths: tuple[str, ...], repair: bool, as_json: bool, config_file: Path | None) -> int:
    """Check all checksums of cassettes, including those of the answers.

    PATH is a file, a name, or a folder with all cassettes below it.
    """
    default = Path(read_settings(config_file).config.cassettes)
    files = expand_paths(paths, default, "verify")
    outcomes = [_verify_cassette(file, repair=repair) for file in files]
    if as_json:
        print_json(_build_document(outcomes))
    else:
        lines = (line for outcome in outcomes for line in format_verify_outcome(outcome))
        click.echo("\n".join(lines))
    return max(outcome.exit_code for outcome in outcomes)


def _verify_cassette(path: Path, *, repair: bool) -> VerifyOutcome:
    try:
        report = store.repair_cassette(path) if repair else store.verify_cassette(path)
    except RunreelError as error:
        state = "not repaired" if repair else "unreadable"
        return VerifyOutcome(path, state=state, error=str(error).removeprefix(f"{path}: "))
    return VerifyOutcome(path, report, repaired=repair and not report.is_intact)


def format_verify_outcome(outcome: VerifyOutcome) -> Iterator[str]:
    """Yield a line for the cassette, and below it the damage, and the repairs made or to make."""
    report = outcome.report
    if report is None:
        yield f"{escape_line(str(outcome.path))}: {outcome.state}: {escape_controls(outcome.error)}"
        return
    state = classify_state(report.torn, report.damages)
    yield f"{escape_line(str(outcome.path))}: {state}, {_format_contents(report)}"
    for line in iter_damage_lines(report.torn, report.damages):
        yield f"  {escape_line(line)}"
    if outcome.repaired:
        yield from (f"  {escape_line(line)}" for line in _format_repairs(report))
    elif not report.is_intact:
        yield f"  {escape_line(format_repair_advice(outcome.path, report.damages))}"


def _format_contents(report: VerifyReport) -> str:
    noun = "exchange" if report.exchanges == 1 else "exchanges"
    retractions = f", {report.retractions} retracted" if report.retractions else ""
    return f"{report.exchanges} intact {noun}{retractions}"


def _format_repairs(report: VerifyReport) -> Iterator[str]:
    """Yield a sentence for each change that ``--repair`` made."""
    if report.damages:
        removed = sum(damage.length for damage in report.damages)
        yield f"Repaired: removed {removed} damaged bytes."
    if report.torn is not None:
        yield f"Repaired: cut off the last {report.torn.length} bytes, an incomplete record."
    if report.backup is not None:
        yield f"Backup of the original file: {report.backup}"


def _build_document(outcomes: Sequence[VerifyOutcome]) -> ReportDocument:
    return {
        "schema_version": SCHEMA_VERSION,
        "cassettes": [_build_outcome_document(outcome) for outcome in outcomes],
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
