"""``runreel match``: try the rules in force on a cassette."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click

from runreel.cli.damage_report import format_damage
from runreel.cli.options import config_option, json_option, read_settings
from runreel.cli.terminal import Cell, escape_controls, format_table, print_error
from runreel.core.explain.rule_check import CallGroup, RuleCheck, check_rules
from runreel.core.match import Matching, MatchRules
from runreel.core.redact import Vault
from runreel.core.report.documents import SCHEMA_VERSION
from runreel.dialects import find_dialect
from runreel.shell.process.redaction import build_redactor
from runreel.shell.store import CassetteReader, resolve_argument

EPILOG = """\
\b
Examples:
  runreel match my-test              which exchanges are the same call, by the rules in force
  runreel match my-test --json

The rules are [runreel.match] in the settings, and the few places that each API is known to change
with each request. A changed rule needs no new recording: it holds for what is recorded, too.

\b
Exit codes:
  0  each exchange can be reached
  1  there is one that no request can get
"""


_MAX_NUMBERS = 8
"""Exchanges of a group that a table names."""


@click.command(epilog=EPILOG)
@click.argument("cassette")
@json_option
@config_option
def match(cassette: str, as_json: bool, config_file: Path | None) -> int:
    """Say which exchanges of CASSETTE collide, which no request can get, and what is ignored.

    CASSETTE is a file, or the name of a cassette.
    """
    config = read_settings(config_file).config
    redactor = build_redactor(config, Vault())
    with CassetteReader.open(resolve_argument(cassette, Path(config.cassettes))) as reader:
        reader.raise_if_damaged()
        trial = check_rules(
            reader.heads,
            Matching(find_dialect, MatchRules.from_settings(config.match)),
            redact=lambda request: redactor.redact_request(request).request,
            find_omitted_reason=lambda number: reader.read_answer(number).omitted,
        )
        if as_json:
            document = {"schema_version": SCHEMA_VERSION, "cassette": str(reader.path)}
            click.echo(json.dumps({**document, **trial.to_document()}, indent=2))
        else:
            click.echo(escape_controls("\n".join(_format_report(trial))))
        print_error(format_damage(reader.path, reader.torn, ()))
    return 1 if trial.unreachable else 0


def _format_report(trial: RuleCheck) -> Iterator[str]:
    yield f"{trial.exchanges} exchanges, {trial.calls} different calls"
    if trial.groups or trial.alike:
        yield ""
        rows = [*map(_build_group_row, trial.groups), *map(_build_wildcard_row, trial.alike)]
        yield format_table(rows, ("EXCHANGES", "CALL", "TOLD APART BY"))
    if trial.ignores:
        yield ""
        counts: list[tuple[Cell, ...]] = [*trial.ignores.items()]
        yield format_table(counts, ("IGNORED", "IN EXCHANGES"))
    if trial.unreachable:
        yield ""
        yield "No request can get:"
        yield from (f"  {number} ({call}): {why}" for number, call, why in trial.unreachable)


def _build_group_row(group: CallGroup) -> tuple[Cell, ...]:
    ignored = f"order, as {', '.join(group.ignored)} is ignored"
    return _format_numbers(group), group.call, ignored if group.ignored else "order"


def _build_wildcard_row(group: CallGroup) -> tuple[Cell, ...]:
    told = (
        f"the kind of placeholder in {', '.join(group.ignored)}; what is of no kind gets the first"
    )
    return _format_numbers(group), group.call, told


def _format_numbers(group: CallGroup) -> str:
    listed = ", ".join(map(str, group.numbers[:_MAX_NUMBERS]))
    return listed + (f" … ({len(group.numbers)})" if len(group.numbers) > _MAX_NUMBERS else "")
