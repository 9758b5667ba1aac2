"""``runreel redact``: redact cassettes again with the current rules."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from runreel.cli.cassette_files import expand_paths
from runreel.cli.options import complete_cassette, config_option, json_option, read_settings
from runreel.cli.terminal import escape_controls, escape_line, print_json
from runreel.core.report.documents import SCHEMA_VERSION, ReportDocument
from runreel.dialects import build_finder
from runreel.errors import RunreelError
from runreel.shell.process.redaction import build_redaction_rules, read_known_values
from runreel.shell.store.redact_file import CassetteRedactor, RedactAgainResult

EPILOG = """\
\b
Examples:
  runreel redact my-test
  runreel redact cassettes --check     report what would change

A cassette is replaced in one step, and only if something in it changes. Exchanges keep their
numbers, frames, times and ends. Damaged cassettes are left alone.

\b
Exit codes:
  0  all cassettes are redacted by the current rules
  1  with --check: a cassette would change
  3  a cassette cannot be read or written, or is being recorded
"""


@dataclass(frozen=True, slots=True)
class RedactOutcome:
    """The outcome for one cassette: a result, or an error."""

    path: Path
    result: RedactAgainResult | None = None
    error: str = ""


@click.command(epilog=EPILOG)
@click.argument(
    "cassettes", metavar="CASSETTE...", nargs=-1, required=True, shell_complete=complete_cassette
)
@click.option("--check", is_flag=True, help="Change nothing; report what would change.")
@json_option
@config_option
def redact(cassettes: tuple[str, ...], check: bool, as_json: bool, config_file: Path | None) -> int:
    """Redact cassettes again, in place.

    CASSETTE is a file, a name, or a folder with all cassettes below it.
    """
    config = read_settings(config_file).config
    redactor = CassetteRedactor(
        build_redaction_rules(config),
        build_finder(config.dialect),
        max_body=config.limits.max_body,
        known=read_known_values(config, os.environ),
    )
    files = expand_paths(cassettes, Path(config.cassettes), "redact")
    outcomes = [_redact_cassette(file, redactor, check=check) for file in files]
    if as_json:
        print_json(_build_document(outcomes, check=check))
    else:
        for outcome in outcomes:
            click.echo(format_redact_outcome(outcome, check=check))
    return max(_choose_exit_code(outcome, check=check) for outcome in outcomes)


def _redact_cassette(path: Path, redactor: CassetteRedactor, *, check: bool) -> RedactOutcome:
    try:
        return RedactOutcome(path, redactor.redact_again(path, only_check=check))
    except RunreelError as error:
        return RedactOutcome(path, error=str(error).removeprefix(f"{path}: "))


def _choose_exit_code(outcome: RedactOutcome, *, check: bool) -> int:
    if outcome.result is None:
        return 3
    return 1 if check and outcome.result.has_changes else 0


def format_redact_outcome(outcome: RedactOutcome, *, check: bool) -> str:
    """Return the line to print for one cassette."""
    path = escape_line(str(outcome.path))
    result = outcome.result
    if result is None:
        return f"{path}: not redacted: {escape_controls(outcome.error)}"
    if not result.has_changes:
        return f"{path}: nothing to change in {_format_exchanges(result.exchanges)}"
    verb = "would change" if check else "changed"
    change = f"{path}: {verb} {result.changed} of {_format_exchanges(result.exchanges)}"
    return escape_line(f"{change}: {_format_replacements(result)}")


def _format_exchanges(count: int) -> str:
    return f"{count} exchange{'' if count == 1 else 's'}"


def _format_replacements(result: RedactAgainResult) -> str:
    counts = sorted(result.replaced.items(), key=lambda item: (-item[1], item[0]))
    by_rule = [f"{rule} {count}" for rule, count in counts]
    header = ["a secret in the upstream's URL"] if result.is_header_changed else []
    return ", ".join(header + by_rule) or "no new values, but the way in which they are stored"


def _build_document(outcomes: Sequence[RedactOutcome], *, check: bool) -> ReportDocument:
    return {
        "schema_version": SCHEMA_VERSION,
        "only_checked": check,
        "cassettes": [_build_outcome_document(outcome) for outcome in outcomes],
    }


def _build_outcome_document(outcome: RedactOutcome) -> ReportDocument:
    result = outcome.result
    if result is None:
        return {"path": str(outcome.path), "error": outcome.error}
    return {
        "path": str(outcome.path),
        "exchanges": result.exchanges,
        "changed": result.changed,
        "replaced": result.replaced,
        "header_changes": result.is_header_changed,
    }
