"""The Static Analysis Results Interchange Format 2.1.0 (OASIS SARIF), for code scanning.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from runreel import __version__
from runreel.core.report.documents import ReportDocument

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_FIRST_LINE: Mapping[str, object] = {"startLine": 1}
"""The region that viewers require, although a binary file has no lines."""


class SarifRule(NamedTuple):
    """A kind of finding."""

    id: str
    summary: str
    level: str
    """``error``, ``warning`` or ``note``."""
    help: str = ""


class SarifResult(NamedTuple):
    """One finding."""

    rule: str
    level: str
    message: str
    path: Path
    place: str
    """The place in the file."""
    region: Mapping[str, object] = {}
    properties: Mapping[str, object] = {}


class SarifNote(NamedTuple):
    """A message about the run itself, such as a file that could not be read."""

    level: str
    path: Path
    text: str


def build_sarif_log(
    rules: Sequence[SarifRule],
    results: Sequence[SarifResult],
    notes: Sequence[SarifNote],
    *,
    is_successful: bool,
) -> ReportDocument:
    """Return the log of one run. ``rules`` are those of all results, in the order of their ids."""
    indices = {rule.id: index for index, rule in enumerate(rules)}
    run: ReportDocument = {
        "tool": {
            "driver": {
                "name": "runreel",
                "semanticVersion": __version__,
                "rules": [_build_rule(rule) for rule in rules],
            }
        },
        "invocations": [
            {
                "executionSuccessful": is_successful,
                "toolExecutionNotifications": [_build_note(note) for note in notes],
            }
        ],
        "results": [_build_result(result, indices[result.rule]) for result in results],
        "columnKind": "utf16CodeUnits",
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _build_rule(rule: SarifRule) -> ReportDocument:
    document: ReportDocument = {
        "id": rule.id,
        "shortDescription": {"text": rule.summary},
        "defaultConfiguration": {"level": rule.level},
    }
    return {**document, "help": {"text": rule.help}} if rule.help else document


def _build_result(result: SarifResult, index: int) -> ReportDocument:
    logical = {"fullyQualifiedName": result.place, "kind": "member"}
    return {
        "ruleId": result.rule,
        "ruleIndex": index,
        "level": result.level,
        "message": {"text": result.message},
        "locations": [
            {
                **_build_place(result.path, region={**_FIRST_LINE, **result.region}),
                "logicalLocations": [logical],
            }
        ],
        "properties": dict(result.properties),
    }


def _build_note(note: SarifNote) -> ReportDocument:
    text = {"text": note.text}
    return {"level": note.level, "message": text, "locations": [_build_place(note.path)]}


def _build_place(path: Path, **region: Mapping[str, object]) -> ReportDocument:
    uri = path.as_uri() if path.is_absolute() else quote(path.as_posix())
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, **region}}
