"""``runreel redact``: renew cassettes under the rules of today."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from runreel.cli.cassette_files import expand_paths
from runreel.cli.options import config_option, json_option, read_settings
from runreel.cli.terminal import escape_controls, escape_line
from runreel.core.report.documents import SCHEMA_VERSION, ReportDocument
from runreel.dialects import find_dialect
from runreel.errors import RunreelError
from runreel.shell.process.redaction import build_redaction_rules, read_known_values
from runreel.shell.store.redact_file import CassetteRedactor, RedactAgainResult

EPILOG = """\
\b
Examples:
  runreel redact my-test
  runreel redact cassettes --check     what would change, and whether anything would

A cassette is rewritten in its place, whole or not at all, and only if that changes something.
Exchanges keep their numbers, frames, times and ends. A damaged cassette is refused.

\b
Exit codes:
  0  all cassettes are as today's rules have it
  1  with --check: one would change
  3  a cassette cannot be read or written, or somebody is writing it
"""


@dataclass(frozen=True, slots=True)
class RedactOutcome:
    """What became of one cassette: a renewal, or why there is none."""

    path: Path
    result: RedactAgainResult | None = None
    error: str = ""


@click.command(epilog=EPILOG)
@click.argument("cassettes", metavar="CASSETTE...", nargs=-1, required=True)
@click.option("--check", is_flag=True, help="Change nothing; tell what would be changed.")
@json_option
@config_option
def redact(cassettes: tuple[str, ...], check: bool, as_json: bool, config_file: Path | None) -> int:
    """Redact cassettes again, in place: files, names, or folders with all that is below."""
    config = read_settings(config_file).config
    renewer = CassetteRedactor(
        build_redaction_rules(config),
        find_dialect,
        max_body=config.limits.max_body,
        known=read_known_values(config, os.environ),
    )
    files = expand_paths(cassettes, Path(config.cassettes), "redact")
    outcomes = [_redact_cassette(file, renewer, check=check) for file in files]
    if as_json:
        click.echo(json.dumps(_build_document(outcomes, check=check), indent=2))
    else:
        for outcome in outcomes:
            click.echo(format_redact_outcome(outcome, check=check))
    return max(_choose_exit_code(outcome, check=check) for outcome in outcomes)


def _redact_cassette(path: Path, renewer: CassetteRedactor, *, check: bool) -> RedactOutcome:
    try:
        return RedactOutcome(path, renewer.redact_again(path, only_check=check))
    except RunreelError as error:
        return RedactOutcome(path, error=str(error).removeprefix(f"{path}: "))


def _choose_exit_code(outcome: RedactOutcome, *, check: bool) -> int:
    if outcome.result is None:
        return 3
    return 1 if check and outcome.result.has_changes else 0


def format_redact_outcome(outcome: RedactOutcome, *, check: bool) -> str:
    """One line for the cassette."""
    path = escape_line(str(outcome.path))
    renewal = outcome.result
    if renewal is None:
        return f"{path}: not redacted: {escape_controls(outcome.error)}"
    if not renewal.has_changes:
        return f"{path}: nothing to change in {_format_exchanges(renewal.exchanges)}"
    verb = "would change" if check else "changed"
    changed = f"{path}: {verb} {renewal.changed} of {_format_exchanges(renewal.exchanges)}"
    return escape_line(f"{changed}: {_format_replacements(renewal)}")


def _format_exchanges(count: int) -> str:
    return f"{count} exchange{'' if count == 1 else 's'}"


def _format_replacements(renewal: RedactAgainResult) -> str:
    counts = sorted(renewal.replaced.items(), key=lambda item: (-item[1], item[0]))
    by_rule = [f"{rule} {count}" for rule, count in counts]
    header = ["a secret in the upstream's URL"] if renewal.is_header_changed else []
    return ", ".join(header + by_rule) or "no value, but what is noted beside them"


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
