"""``runreel scan``: which secrets still stand in cassettes, and where."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from runreel.cli.cassette_files import files_meant
from runreel.cli.damage_report import advice, places, state
from runreel.cli.options import config_option, settings_from
from runreel.cli.sarif import sarif_document
from runreel.cli.terminal import visible, visible_line
from runreel.core.report.documents import SCHEMA_VERSION, Document, flaws_document
from runreel.core.scan import Inspector, Leak
from runreel.errors import RunreelError
from runreel.shell.process.redaction import inspector_of, redaction_rules
from runreel.shell.store.scan_file import Findings, Sighting, look_through

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

_SHOWN = 50
"""Lines about one cassette that are enough to see what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """What became of one cassette: findings, or why there are none."""

    path: Path
    findings: Findings | None = None
    error: str = ""

    @property
    def exit_code(self) -> int:
        """What this cassette alone would end the command with."""
        if self.findings is None:
            return 3
        found = self.findings
        return 1 if found.sightings or found.torn or found.damages else 0


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
    config = settings_from(config_file).config
    inspector, ruleset = inspector_of(config, os.environ), redaction_rules(config).digest
    files = files_meant(paths, Path(config.cassettes), "scan", with_left=True)
    scanned = (_scanned(file, inspector, ruleset) for file in files)
    if form == "text":
        return _print_text(scanned)
    all_scanned = list(scanned)
    document = _document(all_scanned) if form == "json" else _sarif(all_scanned)
    click.echo(json.dumps(document, indent=2))
    return _exit_code(all_scanned)


def _scanned(path: Path, inspector: Inspector, ruleset: str) -> Scanned:
    try:
        return Scanned(path, look_through(path, inspector, ruleset))
    except RunreelError as error:
        return Scanned(path, error=str(error).removeprefix(f"{path}: "))


def _exit_code(scanned: Sequence[Scanned]) -> int:
    return max(each.exit_code for each in scanned)


def _print_text(scanned: Iterator[Scanned]) -> int:
    """Each cassette as soon as it is done."""
    done: list[Scanned] = []
    for each in scanned:
        click.echo("\n".join(map(visible_line, lines_of(each))))
        done.append(each)
    return _exit_code(done)


def lines_of(scanned: Scanned) -> Iterator[str]:
    """One line for the cassette, and below it what was found, what else there is to say."""
    findings = scanned.findings
    if findings is None:
        yield f"{scanned.path}: not scanned: {visible(scanned.error)}"
        return
    yield f"{scanned.path}: {_counted(findings)}"
    yield from (f"  {_line(sighting)}" for sighting in findings.sightings[:_SHOWN])
    more = len(findings.sightings) - _SHOWN
    if more > 0:
        yield f"  … {more} more; --json tells all"
    yield from (f"  {place}" for place in places(findings.torn, findings.damages))
    yield from (f"  {note}" for note in _notes(findings))


def _counted(findings: Findings) -> str:
    read = _number(findings.exchanges, "exchange")
    if not findings.sightings:
        flaw = state(findings.torn, findings.damages)
        return f"no secret in {read}{'' if flaw == 'fine' else f', {flaw}'}"
    personal = sum(sighting.leak.personal for sighting in findings.sightings)
    secrets = len(findings.sightings) - personal
    counts = [_number(secrets, "credential")] if secrets else []
    counts += [f"{personal} of personal data"] if personal else []
    return f"{' and '.join(counts)} in {read}"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _line(sighting: Sighting) -> str:
    where = "" if sighting.exchange is None else f"exchange {sighting.exchange}: "
    leak = sighting.leak
    rule = "" if leak.rule == leak.kind else f" ({leak.rule})"
    return f"{where}{place_of(leak)}: {leak.kind}{rule}, {leak.length} bytes at byte {leak.offset}"


def place_of(leak: Leak) -> str:
    """Where a leak stands, in words."""
    event = "" if leak.event is None else f"event {leak.event}"
    return ", ".join(filter(None, (leak.place, event, leak.path)))


def _notes(findings: Findings) -> Iterator[str]:
    """What to do."""
    path = shlex.quote(str(findings.path))
    if findings.torn or findings.damages:
        yield advice(findings.path, findings.damages)
    if findings.sightings:
        yield f"Take it out with: runreel redact {path}"
        yield "Credentials that were committed are known: replace them where they were issued."
    elif findings.older:
        older = _number(findings.older, "exchange")
        yield f"Note: {older} recorded under other rules; to renew: runreel redact {path}"


def _document(scanned: Sequence[Scanned]) -> Document:
    return {
        "schema_version": SCHEMA_VERSION,
        "cassettes": [_cassette_document(each) for each in scanned],
    }


def _cassette_document(scanned: Scanned) -> Document:
    findings = scanned.findings
    if findings is None:
        return {"path": str(scanned.path), "state": "not scanned", "error": scanned.error}
    return {
        "path": str(scanned.path),
        "state": state(findings.torn, findings.damages),
        "exchanges": findings.exchanges,
        "other_rules": findings.older,
        "leaks": [_leak_document(sighting) for sighting in findings.sightings],
        **flaws_document(findings.torn, findings.damages),
    }


def _leak_document(sighting: Sighting) -> Document:
    return {
        "exchange": sighting.exchange,
        **sighting.leak._asdict(),
        "record": {"offset": sighting.offset, "length": sighting.length},
    }


def _sarif(scanned: Sequence[Scanned]) -> Document:
    findings = [each.findings for each in scanned if each.findings is not None]
    unread = {each.path: each.error for each in scanned if each.findings is None}
    return sarif_document(findings, unread)
