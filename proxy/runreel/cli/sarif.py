"""What a scan found, in the Static Analysis Results Interchange Format 2.1.0 (OASIS SARIF).

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from runreel import __version__
from runreel.cli.damage_report import iter_damage_lines
from runreel.core.report.documents import ReportDocument
from runreel.shell.store.scan_file import Finding, ScanResult

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def build_sarif_document(
    findings: Sequence[ScanResult], errors: Mapping[Path, str]
) -> ReportDocument:
    """One run of the scanner; ``unread`` says of other files why they could not be read."""
    names = sorted({sighting.leak.rule for each in findings for sighting in each.findings})
    notes = [*_iter_read_errors(errors), *_iter_damage(findings)]
    run: ReportDocument = {
        "tool": {"driver": _build_driver(names, findings)},
        "invocations": [{"executionSuccessful": not errors, "toolExecutionNotifications": notes}],
        "results": [
            _build_result(each.path, sighting, names)
            for each in findings
            for sighting in each.findings
        ],
        "columnKind": "utf16CodeUnits",
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _build_driver(names: Sequence[str], findings: Iterable[ScanResult]) -> ReportDocument:
    leaks = {sighting.leak.rule: sighting.leak for each in findings for sighting in each.findings}
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
    "headers": "A credential in a header whose name announces one",
    "query": "A credential in a parameter of a URL",
    "userinfo": "A user or a password in a URL",
    "fields": "A credential in a member of JSON whose name announces one",
    "form": "A credential in a field of a form",
    "paths": "A value at one of the JSON paths of the settings",
    "environment": "The value of a variable of the environment",
}


def _describe_rule(rule: str) -> str:
    return _NAME_RULES.get(rule, f"What looks like {rule.replace('-', ' ')}")


def _build_result(path: Path, sighting: Finding, names: Sequence[str]) -> ReportDocument:
    leak = sighting.leak
    return {
        "ruleId": leak.rule,
        "ruleIndex": names.index(leak.rule),
        "level": "warning" if leak.personal else "error",
        "message": {"text": f"{leak.kind} in {_format_location(sighting)}: {leak.length} bytes"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _format_uri(path)},
                    "region": {
                        "startLine": 1,  # a file of bytes has no lines, and viewers demand one
                        "byteOffset": sighting.offset,
                        "byteLength": sighting.length,
                    },
                },
                "logicalLocations": [
                    {"fullyQualifiedName": _format_location(sighting), "kind": "member"}
                ],
            }
        ],
        "properties": {"exchange": sighting.exchange, **leak._asdict()},
    }


def _format_location(sighting: Finding) -> str:
    leak = sighting.leak
    exchange = "" if sighting.exchange is None else f"exchange {sighting.exchange}"
    event = "" if leak.event is None else f"event {leak.event}"
    return "/".join(filter(None, (exchange, leak.place, event, leak.path)))


def _iter_read_errors(errors: Mapping[Path, str]) -> Iterator[ReportDocument]:
    for path, error in errors.items():
        yield _build_notification("error", path, error)


def _iter_damage(findings: Iterable[ScanResult]) -> Iterator[ReportDocument]:
    for each in findings:
        for place in iter_damage_lines(each.torn, each.damages):
            yield _build_notification("warning", each.path, place)


def _build_notification(level: str, path: Path, text: str) -> ReportDocument:
    return {
        "level": level,
        "message": {"text": text},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _format_uri(path)}}}],
    }


def _format_uri(path: Path) -> str:
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
