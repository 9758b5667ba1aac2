"""``runreel rules``: the redaction rules, and their matches in a text."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from runreel.cli.options import config_option, json_option, read_settings
from runreel.cli.terminal import format_table
from runreel.config import RedactSettings
from runreel.core.redact.finders.custom import build_active_rules
from runreel.core.redact.finders.detector import Detection, Detector
from runreel.core.redact.rules import GROUPS, RULES, Rule
from runreel.core.redact.rules.examples import build_example
from runreel.core.redact.search.engine import ENGINE
from runreel.core.report.documents import SCHEMA_VERSION, ReportDocument

EPILOG = """\
\b
Examples:
  runreel rules                        every rule, its group, and an example
  runreel rules --group personal
  runreel rules --test - < notes.txt   find matches of the current rules in a text

In config.toml, [runreel.redact] turns rules and groups off and adds rules of your own. In addition
to these rules, values are redacted by the words in the names of headers, parameters, and members of
JSON and XML (docs/redaction.md). Pass a real secret on standard input: other users of the machine
can see command lines.
"""

_MAX_EXAMPLE_LENGTH = 60
_SHOWN_BYTES = 4
"""Bytes of a match that are shown, to tell it from others."""
_MIN_SHOWN_LENGTH = 20
"""Least length of a match, in bytes, to show any of it."""


@click.command(epilog=EPILOG)
@click.option("--group", type=click.Choice(GROUPS), metavar="NAME", help="Limit to this group.")
@click.option(
    "--test",
    "text",
    metavar="TEXT",
    help="Show the matches in TEXT, or in standard input if it is -.",
)
@json_option
@config_option
def rules(group: str | None, text: str | None, as_json: bool, config_file: Path | None) -> None:
    """List the redaction rules, or show their matches in a text."""
    settings = read_settings(config_file).config.redact
    if text is None:
        click.echo(_format_rules(settings, group, as_json=as_json))
    else:
        active = [rule for rule in build_active_rules(settings) if group in {None, rule.group}]
        data = sys.stdin.buffer.read() if text == "-" else text.encode("utf-8", "surrogateescape")
        click.echo(_format_detections(Detector(active), data, as_json=as_json))


def _format_rules(settings: RedactSettings, group: str | None, *, as_json: bool) -> str:
    active = build_active_rules(settings)
    all_rules = dict.fromkeys((*RULES, *active))
    rows = [(rule, rule in active) for rule in all_rules if group in {None, rule.group}]
    if as_json:
        return json.dumps(_build_rules_document(rows, Detector(active).digest), indent=2)
    cells = [
        (rule.name, rule.group, "on" if on else "off", _format_example(rule)) for rule, on in rows
    ]
    return format_table(cells, ("RULE", "GROUP", "STATE", "EXAMPLE"))


def _build_rules_document(rows: Sequence[tuple[Rule, bool]], digest: str) -> ReportDocument:
    return {
        "schema_version": SCHEMA_VERSION,
        "engine": ENGINE.name,
        "digest": digest,
        "rules": [
            {"name": rule.name, "group": rule.group, "on": on, "example": _format_example(rule)}
            for rule, on in rows
        ],
    }


def _format_example(rule: Rule) -> str:
    """Return a text that a built-in rule matches; a user's own rule has no example."""
    if not rule.matches:
        return ""
    text = build_example(rule.matches[0]).text
    return text if len(text) <= _MAX_EXAMPLE_LENGTH else f"{text[: _MAX_EXAMPLE_LENGTH - 1]}…"


def _format_detections(detector: Detector, data: bytes, *, as_json: bool) -> str:
    detections = sorted(detector.find(data), key=lambda detection: detection[:2])
    if as_json:
        document = {
            "schema_version": SCHEMA_VERSION,
            "digest": detector.digest,
            "found": [_build_detection_document(detection, data) for detection in detections],
        }
        return json.dumps(document, indent=2)
    if not detections:
        return "No rule matches this text."
    rows = [tuple(_build_detection_document(each, data).values()) for each in detections]
    return format_table(rows, ("RULE", "GROUP", "START", "END", "BYTES", "BEGINS"))


def _build_detection_document(detection: Detection, data: bytes) -> dict[str, str | int]:
    """Return the rule, the position in bytes from 0, and the first bytes if it is long enough."""
    start, end, rule = detection
    length = end - start
    beginning = data[start : start + _SHOWN_BYTES] if length >= _MIN_SHOWN_LENGTH else b""
    return {
        "rule": rule.name,
        "group": rule.group,
        "start": start,
        "end": end,
        "bytes": length,
        "begins": f"{beginning.decode('utf-8', 'replace')}…",
    }
