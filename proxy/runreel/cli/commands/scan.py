"""``runreel scan``: the secrets that are still in cassettes, and their locations."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from runreel.cli.cassette_files import expand_paths
from runreel.cli.findings.scan_sarif import build_sarif_document
from runreel.cli.options import complete_cassette, config_option, read_settings
from runreel.cli.terminal import escape_controls, escape_line, print_json
from runreel.core.cassette.damage_report import (
    FINE,
    classify_state,
    format_repair_advice,
    iter_damage_lines,
)
from runreel.core.dialect import DialectFinder
from runreel.core.report.documents import SCHEMA_VERSION, ReportDocument, build_damage_document
from runreel.core.scan import Leak, LeakScanner
from runreel.core.scan.leak import NOT_SEARCHED
from runreel.dialects import build_finder
from runreel.errors import RunreelError
from runreel.shell.process.redaction import build_leak_scanner, build_redaction_rules
from runreel.shell.store.scan_file import MAX_LISTED, Finding, ScanResult, scan_file

EPILOG = """\
\b
Examples:
  runreel scan my-test
  runreel scan cassettes tests               every cassette in these folders
  runreel scan cassettes --format sarif      for code scanning

It searches the whole file, independently of how it was recorded. It prints the rule and the
location of each secret, but never the secret itself.

\b
Exit codes:
  0  no secrets, and all files could be read
  1  a secret was found, or a cassette is torn or damaged
  3  a file is not a cassette, or cannot be read
"""

_MAX_FINDINGS = 50
"""Most findings that are printed for one cassette."""


@dataclass(frozen=True, slots=True)
class ScanOutcome:
    """The outcome for one cassette: a result, or an error."""

    path: Path
    result: ScanResult | None = None
    error: str = ""

    @property
    def exit_code(self) -> int:
        """Exit code of the command if this were its only cassette."""
        result = self.result
        if result is None:
            return 3
        return 1 if result.findings or result.torn or result.damages else 0


@click.command(epilog=EPILOG)
@click.argument(
    "paths", metavar="PATH...", nargs=-1, required=True, shell_complete=complete_cassette
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    show_default=True,
    help="Output format; SARIF is version 2.1.0.",
)
@click.option("--json", "output_format", flag_value="json", help="The same as --format json.")
@config_option
def scan(paths: tuple[str, ...], output_format: str, config_file: Path | None) -> int:
    """Search cassettes for secrets.

    PATH is a file, a name, or a folder with all cassettes below it.
    """
    config = read_settings(config_file).config
    scanner = build_leak_scanner(config, os.environ)
    ruleset = build_redaction_rules(config).digest
    finder = build_finder(config.dialect)
    files = expand_paths(paths, Path(config.cassettes), "scan", with_leftovers=True)
    lazy_outcomes = (_scan_cassette(file, scanner, ruleset, finder) for file in files)
    if output_format == "text":
        return _print_text(lazy_outcomes)
    outcomes = list(lazy_outcomes)
    document = _build_document(outcomes) if output_format == "json" else _build_sarif(outcomes)
    print_json(document)
    return _choose_exit_code(outcomes)


def _scan_cassette(
    path: Path, scanner: LeakScanner, ruleset: str, finder: DialectFinder
) -> ScanOutcome:
    try:
        return ScanOutcome(path, scan_file(path, scanner, ruleset, finder))
    except RunreelError as error:
        return ScanOutcome(path, error=str(error).removeprefix(f"{path}: "))


def _choose_exit_code(outcomes: Sequence[ScanOutcome]) -> int:
    return max(outcome.exit_code for outcome in outcomes)


def _print_text(outcomes: Iterator[ScanOutcome]) -> int:
    """Print each outcome as soon as it is available, and return the exit code."""
    exit_code = 0
    for outcome in outcomes:
        click.echo("\n".join(map(escape_line, format_scan_outcome(outcome))))
        exit_code = max(exit_code, outcome.exit_code)
    return exit_code


def format_scan_outcome(outcome: ScanOutcome) -> Iterator[str]:
    """Yield a line for the cassette, and below it the findings, the damage and what to do."""
    result = outcome.result
    if result is None:
        yield f"{outcome.path}: not scanned: {escape_controls(outcome.error)}"
        return
    yield f"{outcome.path}: {_format_counts(result)}"
    yield from (f"  {_format_finding(finding)}" for finding in result.findings[:_MAX_FINDINGS])
    shown = min(len(result.findings), _MAX_FINDINGS)
    rest = len(result.findings) + result.rest_count - shown
    if rest > 0:
        listed = f"the first {MAX_LISTED}" if result.rest_count else "all"
        yield f"  … {rest} more; --json lists {listed}"
    yield from (f"  {line}" for line in iter_damage_lines(result.torn, result.damages))
    yield from (f"  {line}" for line in _iter_advice(result))


def _format_counts(result: ScanResult) -> str:
    exchanges = _format_count(result.exchanges, "exchange")
    if not result.findings:
        state = classify_state(result.torn, result.damages)
        return f"no secrets in {exchanges}{'' if state == FINE else f', {state}'}"
    personal, credentials = result.personal, result.credentials
    counts = [_format_count(credentials, "credential")] if credentials else []
    counts += [f"{_format_count(personal, 'item')} of personal data"] if personal else []
    return f"{' and '.join(counts)} in {exchanges}"


def _format_count(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _format_finding(finding: Finding) -> str:
    exchange = "" if finding.exchange is None else f"exchange {finding.exchange}: "
    leak = finding.leak
    rule = "" if leak.rule == leak.kind else f" ({leak.rule})"
    location = f"{exchange}{format_leak_location(leak)}"
    return f"{location}: {leak.kind}{rule}, {leak.length} bytes at byte {leak.offset}"


def format_leak_location(leak: Leak) -> str:
    """Return the location of a leak within its exchange: ``answer.body, event 2, delta.text``."""
    event = "" if leak.event is None else f"event {leak.event}"
    return ", ".join(filter(None, (leak.place, event, leak.path)))


def _iter_advice(result: ScanResult) -> Iterator[str]:
    """Yield sentences that say what to do about the result."""
    path = shlex.quote(str(result.path))
    if result.torn or result.damages:
        yield format_repair_advice(result.path, result.damages)
    if result.findings:
        yield from _iter_ways_of_removal(result.findings, path)
        yield "Credentials that were already committed are compromised: revoke and replace them."
    elif result.outdated:
        count = _format_count(result.outdated, "exchange")
        rules = f"other rules were used to record {count}"
        yield f"Note: {rules}; to see if it matters: runreel redact --check {path}"


def _iter_ways_of_removal(findings: Sequence[Finding], path: str) -> Iterator[str]:
    """Yield sentences that say how to remove what was found in the cassette at a quoted path."""
    if any(finding.leak.rule == NOT_SEARCHED for finding in findings):
        yield (
            "A body with so many secrets is searched, and redacted, only by a recording: record "
            "the exchange again, or without its body (limits.max_body)."
        )
        return
    can_be_redacted = {finding.leak.can_be_redacted for finding in findings}
    if True in can_be_redacted:
        yield f"Remove with: runreel redact {path}"
    if False in can_be_redacted:
        yield "Names of headers are never redacted: record these exchanges again without them."


def _build_document(outcomes: Sequence[ScanOutcome]) -> ReportDocument:
    return {
        "schema_version": SCHEMA_VERSION,
        "cassettes": [_build_outcome_document(outcome) for outcome in outcomes],
    }


def _build_outcome_document(outcome: ScanOutcome) -> ReportDocument:
    result = outcome.result
    if result is None:
        return {"path": str(outcome.path), "state": "not scanned", "error": outcome.error}
    return {
        "path": str(outcome.path),
        "state": classify_state(result.torn, result.damages),
        "exchanges": result.exchanges,
        "other_rules": result.outdated,
        "leaks": [_build_leak_document(finding) for finding in result.findings],
        "more_leaks": result.rest_count,
        **build_damage_document(result.torn, result.damages),
    }


def _build_leak_document(finding: Finding) -> ReportDocument:
    return {
        "exchange": finding.exchange,
        **finding.leak._asdict(),
        "record": {"offset": finding.offset, "length": finding.length},
    }


def _build_sarif(outcomes: Sequence[ScanOutcome]) -> ReportDocument:
    results = [outcome.result for outcome in outcomes if outcome.result is not None]
    errors = {outcome.path: outcome.error for outcome in outcomes if outcome.result is None}
    return build_sarif_document(results, errors)
