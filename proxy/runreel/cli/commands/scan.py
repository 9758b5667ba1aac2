"""``runreel scan``: which secrets still stand in cassettes, and where."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from runreel.cli.cassette_files import expand_paths
from runreel.cli.damage_report import classify_state, format_repair_advice, iter_damage_lines
from runreel.cli.options import config_option, read_settings
from runreel.cli.sarif import build_sarif_document
from runreel.cli.terminal import escape_controls, escape_line
from runreel.core.report.documents import SCHEMA_VERSION, ReportDocument, build_damage_document
from runreel.core.scan import Leak, LeakScanner
from runreel.errors import RunreelError
from runreel.shell.process.redaction import build_leak_scanner, build_redaction_rules
from runreel.shell.store.scan_file import Finding, ScanResult, scan_file

EPILOG = """\
\b
Examples:
  runreel scan my-test
  runreel scan cassettes tests               every cassette in these folders
  runreel scan cassettes --format sarif      for code scanning

It reads all that is in a file, whatever rules it was recorded under, and trusts nothing that the
recording said of itself. It tells which rule found a secret and where it stands; it never shows it.

\b
Exit codes:
  0  no secret was found, and all could be read
  1  a secret stands there, or something is torn or damaged
  3  a file is no cassette, or cannot be read
"""

_MAX_FINDINGS = 50
"""Lines about one cassette that are enough to see what is wrong with it."""


@dataclass(frozen=True, slots=True)
class ScanOutcome:
    """What became of one cassette: findings, or why there are none."""

    path: Path
    findings: ScanResult | None = None
    error: str = ""

    @property
    def exit_code(self) -> int:
        """What this cassette alone would end the command with."""
        if self.findings is None:
            return 3
        found = self.findings
        return 1 if found.findings or found.torn or found.damages else 0


@click.command(epilog=EPILOG)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    show_default=True,
    help="What to print; SARIF is version 2.1.0.",
)
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@config_option
def scan(paths: tuple[str, ...], form: str, config_file: Path | None) -> int:
    """Search cassettes for secrets: files, names, or folders with all that is below."""
    config = read_settings(config_file).config
    inspector, ruleset = (
        build_leak_scanner(config, os.environ),
        build_redaction_rules(config).digest,
    )
    files = expand_paths(paths, Path(config.cassettes), "scan", with_leftovers=True)
    scanned = (_scan_cassette(file, inspector, ruleset) for file in files)
    if form == "text":
        return _print_text(scanned)
    all_scanned = list(scanned)
    document = _build_document(all_scanned) if form == "json" else _build_sarif(all_scanned)
    click.echo(json.dumps(document, indent=2))
    return _choose_exit_code(all_scanned)


def _scan_cassette(path: Path, inspector: LeakScanner, ruleset: str) -> ScanOutcome:
    try:
        return ScanOutcome(path, scan_file(path, inspector, ruleset))
    except RunreelError as error:
        return ScanOutcome(path, error=str(error).removeprefix(f"{path}: "))


def _choose_exit_code(outcomes: Sequence[ScanOutcome]) -> int:
    return max(each.exit_code for each in outcomes)


def _print_text(outcomes: Iterator[ScanOutcome]) -> int:
    """Each cassette as soon as it is done."""
    done: list[ScanOutcome] = []
    for each in outcomes:
        click.echo("\n".join(map(escape_line, format_scan_outcome(each))))
        done.append(each)
    return _choose_exit_code(done)


def format_scan_outcome(outcome: ScanOutcome) -> Iterator[str]:
    """One line for the cassette, and below it what was found, what else there is to say."""
    findings = outcome.findings
    if findings is None:
        yield f"{outcome.path}: not scanned: {escape_controls(outcome.error)}"
        return
    yield f"{outcome.path}: {_format_counts(findings)}"
    yield from (f"  {_format_finding(sighting)}" for sighting in findings.findings[:_MAX_FINDINGS])
    more = len(findings.findings) - _MAX_FINDINGS
    if more > 0:
        yield f"  … {more} more; --json tells all"
    yield from (f"  {place}" for place in iter_damage_lines(findings.torn, findings.damages))
    yield from (f"  {note}" for note in _iter_advice(findings))


def _format_counts(findings: ScanResult) -> str:
    read = _format_count(findings.exchanges, "exchange")
    if not findings.findings:
        flaw = classify_state(findings.torn, findings.damages)
        return f"no secret in {read}{'' if flaw == 'fine' else f', {flaw}'}"
    personal = sum(sighting.leak.personal for sighting in findings.findings)
    secrets = len(findings.findings) - personal
    counts = [_format_count(secrets, "credential")] if secrets else []
    counts += [f"{personal} of personal data"] if personal else []
    return f"{' and '.join(counts)} in {read}"


def _format_count(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _format_finding(sighting: Finding) -> str:
    where = "" if sighting.exchange is None else f"exchange {sighting.exchange}: "
    leak = sighting.leak
    rule = "" if leak.rule == leak.kind else f" ({leak.rule})"
    place = f"{where}{format_leak_location(leak)}"
    return f"{place}: {leak.kind}{rule}, {leak.length} bytes at byte {leak.offset}"


def format_leak_location(leak: Leak) -> str:
    """Where a leak stands, in words."""
    event = "" if leak.event is None else f"event {leak.event}"
    return ", ".join(filter(None, (leak.place, event, leak.path)))


def _iter_advice(findings: ScanResult) -> Iterator[str]:
    """What to do."""
    path = shlex.quote(str(findings.path))
    if findings.torn or findings.damages:
        yield format_repair_advice(findings.path, findings.damages)
    if findings.findings:
        yield f"Take it out with: runreel redact {path}"
        yield "Credentials that were committed are known: replace them where they were issued."
    elif findings.outdated:
        older = _format_count(findings.outdated, "exchange")
        yield f"Note: {older} recorded under other rules; to renew: runreel redact {path}"


def _build_document(outcomes: Sequence[ScanOutcome]) -> ReportDocument:
    return {
        "schema_version": SCHEMA_VERSION,
        "cassettes": [_build_outcome_document(each) for each in outcomes],
    }


def _build_outcome_document(outcome: ScanOutcome) -> ReportDocument:
    findings = outcome.findings
    if findings is None:
        return {"path": str(outcome.path), "state": "not scanned", "error": outcome.error}
    return {
        "path": str(outcome.path),
        "state": classify_state(findings.torn, findings.damages),
        "exchanges": findings.exchanges,
        "other_rules": findings.outdated,
        "leaks": [_build_leak_document(sighting) for sighting in findings.findings],
        **build_damage_document(findings.torn, findings.damages),
    }


def _build_leak_document(sighting: Finding) -> ReportDocument:
    return {
        "exchange": sighting.exchange,
        **sighting.leak._asdict(),
        "record": {"offset": sighting.offset, "length": sighting.length},
    }


def _build_sarif(outcomes: Sequence[ScanOutcome]) -> ReportDocument:
    findings = [each.findings for each in outcomes if each.findings is not None]
    unread = {each.path: each.error for each in outcomes if each.findings is None}
    return build_sarif_document(findings, unread)
