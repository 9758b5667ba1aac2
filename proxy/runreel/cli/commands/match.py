"""``runreel match``: try the rules in force on a cassette."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click

from runreel.cli.damage_report import troubles
from runreel.cli.options import config_option, json_option, settings_from
from runreel.cli.terminal import Cell, complain, table, visible
from runreel.core.explain.rule_check import Group, Trial, tried
from runreel.core.match import Matching, MatchRules
from runreel.core.redact import Vault
from runreel.core.report.documents import SCHEMA_VERSION
from runreel.dialects import dialect_of
from runreel.shell.process.redaction import redactor_of
from runreel.shell.store import CassetteReader, resolve

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


_LISTED = 8
"""Exchanges of a group that a table names."""


@click.command(epilog=EPILOG)
@click.argument("cassette")
@json_option
@config_option
def match(cassette: str, as_json: bool, config_file: Path | None) -> int:
    """Say which exchanges of CASSETTE collide, which no request can get, and what is ignored.

    CASSETTE is a file, or the name of a cassette.
    """
    config = settings_from(config_file).config
    redactor = redactor_of(config, Vault())
    with CassetteReader.open(resolve(cassette, Path(config.cassettes))) as reader:
        reader.demand_intact()
        trial = tried(
            reader.heads,
            Matching(dialect_of, MatchRules.of(config.match)),
            redacted=lambda request: redactor.request(request).request,
            omitted=lambda number: reader.answer(number).omitted,
        )
        if as_json:
            document = {"schema_version": SCHEMA_VERSION, "cassette": str(reader.path)}
            click.echo(json.dumps({**document, **trial.document()}, indent=2))
        else:
            click.echo(visible("\n".join(_lines(trial))))
        complain(troubles(reader.path, reader.torn, ()))
    return 1 if trial.unreachable else 0


def _lines(trial: Trial) -> Iterator[str]:
    yield f"{trial.exchanges} exchanges, {trial.calls} different calls"
    if trial.groups or trial.alike:
        yield ""
        rows = [*map(_row, trial.groups), *map(_alike, trial.alike)]
        yield table(rows, ("EXCHANGES", "CALL", "TOLD APART BY"))
    if trial.ignores:
        yield ""
        counts: list[tuple[Cell, ...]] = [*trial.ignores.items()]
        yield table(counts, ("IGNORED", "IN EXCHANGES"))
    if trial.unreachable:
        yield ""
        yield "No request can get:"
        yield from (f"  {number} ({call}): {why}" for number, call, why in trial.unreachable)


def _row(group: Group) -> tuple[Cell, ...]:
    ignored = f"order, as {', '.join(group.ignored)} is ignored"
    return _listed(group), group.call, ignored if group.ignored else "order"


def _alike(group: Group) -> tuple[Cell, ...]:
    told = (
        f"the kind of placeholder in {', '.join(group.ignored)}; what is of no kind gets the first"
    )
    return _listed(group), group.call, told


def _listed(group: Group) -> str:
    listed = ", ".join(map(str, group.numbers[:_LISTED]))
    return listed + (f" … ({len(group.numbers)})" if len(group.numbers) > _LISTED else "")
