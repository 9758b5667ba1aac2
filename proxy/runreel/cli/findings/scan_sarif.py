"""The result of a scan in SARIF."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from runreel.cli.findings.sarif import SarifNote, SarifResult, SarifRule, build_sarif_log
from runreel.core.cassette.damage_report import iter_damage_lines
from runreel.core.report.documents import ReportDocument
from runreel.core.scan.leak import NOT_SEARCHED, Leak
from runreel.shell.store.scan_file import Finding, ScanResult


def build_sarif_document(
    results: Sequence[ScanResult], errors: Mapping[Path, str]
) -> ReportDocument:
    """Build the log of one run; ``errors`` has the reason for each file that was not readable."""
    leaks = {finding.leak.rule: finding.leak for result in results for finding in result.findings}
    rules = [
        SarifRule(name, _describe_rule(name), _choose_level(leaks[name])) for name in sorted(leaks)
    ]
    findings = [
        _build_result(result.path, finding) for result in results for finding in result.findings
    ]
    notes = [SarifNote("error", path, error) for path, error in errors.items()]
    notes += [*_iter_damage(results), *_iter_unlisted(results)]
    return build_sarif_log(rules, findings, notes, is_successful=not errors)


def _choose_level(leak: Leak) -> str:
    return "warning" if leak.personal else "error"


_NAME_RULES = {
    "headers": "A credential in a header with a known name",
    "query": "A credential in a URL parameter",
    "userinfo": "A user name or password in a URL",
    "fields": "A credential in a JSON member with a known name",
    "form": "A credential in a form field",
    "paths": "A value at a JSON path from the settings",
    "environment": "The value of an environment variable",
    NOT_SEARCHED: "The rest of a body with too many secrets to search all of it",
}


def _describe_rule(rule: str) -> str:
    return _NAME_RULES.get(rule, f"Text that looks like {rule.replace('-', ' ')}")


def _build_result(path: Path, finding: Finding) -> SarifResult:
    leak, place = finding.leak, _format_location(finding)
    return SarifResult(
        rule=leak.rule,
        level=_choose_level(leak),
        message=f"{leak.kind} in {place}: {leak.length} bytes",
        path=path,
        place=place,
        region={"byteOffset": finding.offset, "byteLength": finding.length},
        properties={"exchange": finding.exchange, **leak._asdict()},
    )


def _format_location(finding: Finding) -> str:
    leak = finding.leak
    exchange = "" if finding.exchange is None else f"exchange {finding.exchange}"
    event = "" if leak.event is None else f"event {leak.event}"
    return "/".join(filter(None, (exchange, leak.place, event, leak.path)))


def _iter_damage(results: Iterable[ScanResult]) -> Iterator[SarifNote]:
    for result in results:
        for line in iter_damage_lines(result.torn, result.damages):
            yield SarifNote("warning", result.path, line)


def _iter_unlisted(results: Iterable[ScanResult]) -> Iterator[SarifNote]:
    for result in results:
        if result.rest_count:
            text = f"{result.rest_count} more findings are not listed here"
            yield SarifNote("warning", result.path, text)
