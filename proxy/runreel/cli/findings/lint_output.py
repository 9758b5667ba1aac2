"""The findings of ``lint`` as text, JSON, SARIF and annotations of GitHub."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from runreel import __version__
from runreel.cli.terminal import escape_line, style
from runreel.core.lint.checks import CHECKS, Severity
from runreel.core.lint.findings import LintFinding
from runreel.core.report.documents import SCHEMA_VERSION, ReportDocument

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_COLORS: Mapping[Severity, str] = {
    Severity.ERROR: "red",
    Severity.WARNING: "yellow",
    Severity.NOTE: "cyan",
}
_COMMANDS: Mapping[Severity, str] = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.NOTE: "notice",
}
"""Workflow commands of GitHub Actions."""


class RatedFinding(NamedTuple):
    """A finding in a cassette, with the severity that the settings give it."""

    path: Path
    severity: Severity
    finding: LintFinding


def format_finding(rated: RatedFinding) -> Iterator[str]:
    """Yield the lines of a finding: where and what, and what to do."""
    finding = rated.finding
    severity = style(rated.severity.value, fg=_COLORS[rated.severity], bold=True)
    yield f"{_format_place(rated)}: {severity}: {escape_line(finding.reason)} [{finding.code}]"
    advice = get_advice(rated)
    if advice:
        yield f"  {escape_line(advice)}"


def get_advice(rated: RatedFinding) -> str:
    """Return what to do about a finding, with the names of its cassette and exchange."""
    finding = rated.finding
    if not finding.place and not finding.advice and "more of these" in finding.reason:
        return ""
    text = CHECKS[finding.code].advice
    path = shlex.quote(str(rated.path))
    text = text.replace("CASSETTE N", f"{path} {finding.exchange}").replace("CASSETTE", path)
    return f"{text}: {finding.advice}" if finding.advice else text


def _format_place(rated: RatedFinding) -> str:
    place = f" {rated.finding.place}" if rated.finding.place else ""
    return escape_line(f"{rated.path}:{rated.finding.exchange}{place}")


def format_annotation(rated: RatedFinding) -> str:
    """Return a workflow command for GitHub Actions, which shows the finding beside the file."""
    text = f"{_format_place(rated)}: {rated.finding.reason}. {get_advice(rated)}"
    title = f"runreel {rated.finding.code}"
    file = _escape_property(str(rated.path))
    return f"::{_COMMANDS[rated.severity]} file={file},title={title}::{_escape_data(text)}"


def _escape_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape_data(text).replace(":", "%3A").replace(",", "%2C")


def build_lint_document(
    findings: Sequence[RatedFinding], errors: Mapping[Path, str]
) -> ReportDocument:
    """Return the JSON document; ``errors`` has the reason for each file that was not read."""
    return {
        "schema_version": SCHEMA_VERSION,
        "findings": [
            {
                "cassette": str(rated.path),
                "severity": rated.severity.value,
                **rated.finding._asdict(),
                "advice": get_advice(rated),
            }
            for rated in findings
        ],
        "errors": [{"path": str(path), "error": error} for path, error in errors.items()],
    }


def build_lint_sarif(
    findings: Sequence[RatedFinding], errors: Mapping[Path, str]
) -> ReportDocument:
    """Return the log of one run in SARIF 2.1.0 (OASIS)."""
    codes = sorted({rated.finding.code for rated in findings})
    notes = [_build_notification(path, error) for path, error in errors.items()]
    run: ReportDocument = {
        "tool": {"driver": _build_driver(codes)},
        "invocations": [{"executionSuccessful": not errors, "toolExecutionNotifications": notes}],
        "results": [_build_result(rated, codes) for rated in findings],
        "columnKind": "utf16CodeUnits",
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _build_driver(codes: Iterable[str]) -> ReportDocument:
    return {
        "name": "runreel",
        "semanticVersion": __version__,
        "rules": [
            {
                "id": code,
                "shortDescription": {"text": CHECKS[code].summary},
                "help": {"text": CHECKS[code].advice},
                "defaultConfiguration": {"level": CHECKS[code].severity.value},
            }
            for code in codes
        ],
    }


def _build_result(rated: RatedFinding, codes: Sequence[str]) -> ReportDocument:
    finding = rated.finding
    place = f"exchange {finding.exchange}{f'/{finding.place}' if finding.place else ''}"
    return {
        "ruleId": finding.code,
        "ruleIndex": codes.index(finding.code),
        "level": rated.severity.value,
        "message": {"text": f"{place}: {finding.reason}. {get_advice(rated)}"},
        "locations": [
            {
                **_build_location(rated.path),
                "logicalLocations": [{"fullyQualifiedName": place, "kind": "member"}],
            }
        ],
        "properties": {"exchange": finding.exchange},
    }


def _build_notification(path: Path, text: str) -> ReportDocument:
    return {"level": "error", "message": {"text": text}, "locations": [_build_location(path)]}


def _build_location(path: Path) -> ReportDocument:
    uri = path.as_uri() if path.is_absolute() else quote(path.as_posix())
    region = {"startLine": 1}  # required by viewers, although a binary file has no lines
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}
