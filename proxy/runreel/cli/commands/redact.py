"""``runreel redact``: renew cassettes under the rules of today."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from runreel.cli.cassette_files import files_meant
from runreel.cli.options import config_option, json_option, settings_from
from runreel.cli.terminal import visible, visible_line
from runreel.core.report.documents import SCHEMA_VERSION, Document
from runreel.dialects import dialect_of
from runreel.errors import RunreelError
from runreel.shell.process.redaction import known_values, redaction_rules
from runreel.shell.store.redact_file import Renewal, Renewer

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
class Outcome:
    """What became of one cassette: a renewal, or why there is none."""

    path: Path
    renewal: Renewal | None = None
    error: str = ""


@click.command(epilog=EPILOG)
@click.argument("cassettes", metavar="CASSETTE...", nargs=-1, required=True)
@click.option("--check", is_flag=True, help="Change nothing; tell what would be changed.")
@json_option
@config_option
def redact(cassettes: tuple[str, ...], check: bool, as_json: bool, config_file: Path | None) -> int:
    """Redact cassettes again, in place: files, names, or folders with all that is below."""
    config = settings_from(config_file).config
    renewer = Renewer(
        redaction_rules(config),
        dialect_of,
        max_body=config.limits.max_body,
        known=known_values(config, os.environ),
    )
    files = files_meant(cassettes, Path(config.cassettes), "redact")
    outcomes = [_outcome(file, renewer, check=check) for file in files]
    if as_json:
        click.echo(json.dumps(_document(outcomes, check=check), indent=2))
    else:
        for outcome in outcomes:
            click.echo(line_of(outcome, check=check))
    return max(_exit_code(outcome, check=check) for outcome in outcomes)


def _outcome(path: Path, renewer: Renewer, *, check: bool) -> Outcome:
    try:
        return Outcome(path, renewer.renew(path, only_check=check))
    except RunreelError as error:
        return Outcome(path, error=str(error).removeprefix(f"{path}: "))


def _exit_code(outcome: Outcome, *, check: bool) -> int:
    if outcome.renewal is None:
        return 3
    return 1 if check and outcome.renewal.changes else 0


def line_of(outcome: Outcome, *, check: bool) -> str:
    """One line for the cassette."""
    path = visible_line(str(outcome.path))
    renewal = outcome.renewal
    if renewal is None:
        return f"{path}: not redacted: {visible(outcome.error)}"
    if not renewal.changes:
        return f"{path}: nothing to change in {_exchanges(renewal.exchanges)}"
    verb = "would change" if check else "changed"
    changed = f"{path}: {verb} {renewal.changed} of {_exchanges(renewal.exchanges)}"
    return visible_line(f"{changed}: {_what(renewal)}")


def _exchanges(count: int) -> str:
    return f"{count} exchange{'' if count == 1 else 's'}"


def _what(renewal: Renewal) -> str:
    counts = sorted(renewal.replaced.items(), key=lambda item: (-item[1], item[0]))
    by_rule = [f"{rule} {count}" for rule, count in counts]
    header = ["a secret in the upstream's URL"] if renewal.header_changes else []
    return ", ".join(header + by_rule) or "no value, but what is noted beside them"


def _document(outcomes: Sequence[Outcome], *, check: bool) -> Document:
    return {
        "schema_version": SCHEMA_VERSION,
        "only_checked": check,
        "cassettes": [_outcome_document(outcome) for outcome in outcomes],
    }


def _outcome_document(outcome: Outcome) -> Document:
    if outcome.renewal is None:
        return {"path": str(outcome.path), "error": outcome.error}
    return {**asdict(outcome.renewal), "path": str(outcome.path)}
