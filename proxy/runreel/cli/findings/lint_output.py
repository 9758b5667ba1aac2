"""The findings of ``lint`` as text, JSON, SARIF and annotations of GitHub."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from runreel.cli.findings.sarif import SarifNote, SarifResult, SarifRule, build_sarif_log
from runreel.cli.terminal import escape_line, style
from runreel.core.lint.checks import CHECKS, Severity
from runreel.core.lint.findings import LintFinding
from runreel.core.report.documents import SCHEMA_VERSION, ReportDocument

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
    """Return the log of one run in SARIF."""
    rules = [
        SarifRule(code, CHECKS[code].summary, CHECKS[code].severity.value, CHECKS[code].advice)
        for code in sorted({rated.finding.code for rated in findings})
    ]
    results = [_build_result(rated) for rated in findings]
    notes = [SarifNote("error", path, error) for path, error in errors.items()]
    return build_sarif_log(rules, results, notes, is_successful=not errors)


def _build_result(rated: RatedFinding) -> SarifResult:
    finding = rated.finding
    place = f"exchange {finding.exchange}{f'/{finding.place}' if finding.place else ''}"
    return SarifResult(
        rule=finding.code,
        level=rated.severity.value,
        message=f"{place}: {finding.reason}. {get_advice(rated)}".rstrip(),
        path=rated.path,
        place=place,
        properties={"exchange": finding.exchange},
    )
