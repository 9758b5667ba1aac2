"""``runreel match``: check the current matching rules on a cassette."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from runreel.cli.options import (
    OptionValue,
    complete_cassette,
    config_option,
    json_option,
    patterns_option,
    read_settings,
    volatile_option,
)
from runreel.cli.terminal import Cell, escape_controls, format_table, print_error, print_json
from runreel.core.cassette.damage_report import format_damage
from runreel.core.explain.rule_check import CallGroup, RuleCheck, check_rules
from runreel.core.match.matching import Matching, learn_answers
from runreel.core.match.rules import MatchRules
from runreel.core.report.documents import SCHEMA_VERSION
from runreel.dialects import build_finder
from runreel.shell.process.redaction import build_comparing_redactor
from runreel.shell.store.names import resolve_argument
from runreel.shell.store.reader import CassetteReader

EPILOG = """\
\b
Examples:
  runreel match my-test              which exchanges the current rules treat as the same call
  runreel match my-test --json
  runreel match my-test --volatile date,time

The rules are [runreel.match] in the settings, and the fields that an API is known to change with
each request. A changed rule applies to existing cassettes too, without a new recording.

\b
Exit codes:
  0  each exchange can be reached by a request
  1  an exchange cannot be reached by any request
"""


_MAX_NUMBERS = 8
"""Most exchanges of a group that the table names."""


@click.command(epilog=EPILOG)
@click.argument("cassette", shell_complete=complete_cassette)
@volatile_option
@patterns_option
@json_option
@config_option
def match(cassette: str, as_json: bool, config_file: Path | None, **settings: OptionValue) -> int:
    """Show which exchanges of CASSETTE are the same call, and which no request can reach.

    CASSETTE is a file, or the name of a cassette.
    """
    config = read_settings(config_file, **settings).config
    redactor = build_comparing_redactor(config)
    matching = Matching(build_finder(config.dialect), MatchRules.from_settings(config.match))
    with CassetteReader.open(resolve_argument(cassette, Path(config.cassettes))) as reader:
        reader.raise_if_damaged()
        learn_answers(matching, reader.heads, reader.read_answer_headers)
        rule_check = check_rules(
            reader.heads,
            matching,
            redact=lambda head: redactor.redact_request(head.request).request,
            find_omitted_reason=lambda number: reader.read_answer(number).omitted,
        )
        if as_json:
            document = {"schema_version": SCHEMA_VERSION, "cassette": str(reader.path)}
            print_json({**document, **rule_check.to_document()})
        else:
            click.echo(escape_controls("\n".join(_format_report(rule_check))))
        print_error(format_damage(reader.path, reader.torn, ()))
    return 1 if rule_check.unreachable else 0


def _format_report(rule_check: RuleCheck) -> Iterator[str]:
    yield f"{rule_check.exchanges} exchanges, {rule_check.calls} different calls"
    if rule_check.groups or rule_check.alike:
        yield ""
        rows = [
            *map(_build_group_row, rule_check.groups),
            *map(_build_wildcard_row, rule_check.alike),
        ]
        yield format_table(rows, ("EXCHANGES", "CALL", "DISTINGUISHED BY"))
    for group in (group for group in rule_check.groups if group.statuses):
        yield ""
        yield _format_warning(group)
    if rule_check.ignores:
        yield ""
        counts: list[tuple[Cell, ...]] = [*rule_check.ignores.items()]
        yield format_table(counts, ("IGNORED", "IN EXCHANGES"))
    if rule_check.passed_over:
        yield ""
        masked: list[tuple[Cell, ...]] = [*rule_check.passed_over.items()]
        yield format_table(masked, ("PASSED OVER", "IN EXCHANGES"))
    if rule_check.unreachable:
        yield ""
        yield "No request can reach:"
        for number, call, reason in rule_check.unreachable:
            yield f"  {number} ({call}): {reason}"


def _build_group_row(group: CallGroup) -> tuple[Cell, ...]:
    reason = f", because {', '.join(group.ignored)} is ignored" if group.ignored else ""
    if group.credentials:
        reason += f"; the credential in {', '.join(group.credentials)} does not count"
    return _format_numbers(group), group.call, f"order{reason}"


def _format_warning(group: CallGroup) -> str:
    """Return a warning about equal calls whose answers have different statuses."""
    statuses = ", ".join(map(str, group.statuses))
    names = ", ".join(group.credentials)
    reason = f"a credential ({names}) alone" if names else "their order alone"
    return (
        f"warning: exchanges {_format_numbers(group)} ({group.call}) were answered {statuses}, and "
        f"are told apart by {reason}: the first call of a session gets the first answer"
        + (", whatever credential it has" if names else "")
        + ". To be sure of an answer, give each test a cassette of its own."
    )


def _build_wildcard_row(group: CallGroup) -> tuple[Cell, ...]:
    paths = ", ".join(group.ignored)
    kind = f"the kind of placeholder in {paths}; any other value gets the first exchange"
    return _format_numbers(group), group.call, kind


def _format_numbers(group: CallGroup) -> str:
    numbers = ", ".join(map(str, group.numbers[:_MAX_NUMBERS]))
    return numbers + (f" … ({len(group.numbers)})" if len(group.numbers) > _MAX_NUMBERS else "")
