"""The result of a scan in the Static Analysis Results Interchange Format 2.1.0 (OASIS SARIF).

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from runreel import __version__
from runreel.core.cassette.damage_report import iter_damage_lines
from runreel.core.report.documents import ReportDocument
from runreel.shell.store.scan_file import Finding, ScanResult

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def build_sarif_document(
    results: Sequence[ScanResult], errors: Mapping[Path, str]
) -> ReportDocument:
    """Build the log of one run; ``errors`` has the reason for each file that was not readable."""
    names = sorted({finding.leak.rule for result in results for finding in result.findings})
    notes = [*_iter_read_errors(errors), *_iter_damage(results), *_iter_unlisted(results)]
    run: ReportDocument = {
        "tool": {"driver": _build_driver(names, results)},
        "invocations": [{"executionSuccessful": not errors, "toolExecutionNotifications": notes}],
        "results": [
            _build_result(result.path, finding, names)
            for result in results
            for finding in result.findings
        ],
        "columnKind": "utf16CodeUnits",
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _build_driver(names: Sequence[str], results: Iterable[ScanResult]) -> ReportDocument:
    leaks = {finding.leak.rule: finding.leak for result in results for finding in result.findings}
    return {
        "name": "runreel",
        "semanticVersion": __version__,
        "rules": [
            {
                "id": name,
                "shortDescription": {"text": _describe_rule(name)},
                "defaultConfiguration": {"level": "warning" if leaks[name].personal else "error"},
            }
            for name in names
        ],
    }


_NAME_RULES = {
    "headers": "A credential in a header with a known name",
    "query": "A credential in a URL parameter",
    "userinfo": "A user name or password in a URL",
    "fields": "A credential in a JSON member with a known name",
    "form": "A credential in a form field",
    "paths": "A value at a JSON path from the settings",
    "environment": "The value of an environment variable",
}


def _describe_rule(rule: str) -> str:
    return _NAME_RULES.get(rule, f"Text that looks like {rule.replace('-', ' ')}")


def _build_result(path: Path, finding: Finding, names: Sequence[str]) -> ReportDocument:
    leak = finding.leak
    return {
        "ruleId": leak.rule,
        "ruleIndex": names.index(leak.rule),
        "level": "warning" if leak.personal else "error",
        "message": {"text": f"{leak.kind} in {_format_location(finding)}: {leak.length} bytes"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _format_uri(path)},
                    "region": {
                        "startLine": 1,  # required by viewers, although a binary file has no lines
                        "byteOffset": finding.offset,
                        "byteLength": finding.length,
                    },
                },
                "logicalLocations": [
                    {"fullyQualifiedName": _format_location(finding), "kind": "member"}
                ],
            }
        ],
        "properties": {"exchange": finding.exchange, **leak._asdict()},
    }


def _format_location(finding: Finding) -> str:
    leak = finding.leak
    exchange = "" if finding.exchange is None else f"exchange {finding.exchange}"
    event = "" if leak.event is None else f"event {leak.event}"
    return "/".join(filter(None, (exchange, leak.place, event, leak.path)))


def _iter_read_errors(errors: Mapping[Path, str]) -> Iterator[ReportDocument]:
    for path, error in errors.items():
        yield _build_notification("error", path, error)


def _iter_damage(results: Iterable[ScanResult]) -> Iterator[ReportDocument]:
    for result in results:
        for line in iter_damage_lines(result.torn, result.damages):
            yield _build_notification("warning", result.path, line)


def _iter_unlisted(results: Iterable[ScanResult]) -> Iterator[ReportDocument]:
    for result in results:
        if result.rest_count:
            text = f"{result.rest_count} more findings are not listed here"
            yield _build_notification("warning", result.path, text)


def _build_notification(level: str, path: Path, text: str) -> ReportDocument:
    return {
        "level": level,
        "message": {"text": text},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _format_uri(path)}}}],
    }


def _format_uri(path: Path) -> str:
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
