"""What a scan found, in the Static Analysis Results Interchange Format 2.1.0 (OASIS SARIF).

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from runreel import __version__
from runreel.cli.damage_report import places
from runreel.core.report.documents import Document
from runreel.shell.store.scan_file import Findings, Sighting

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif_document(findings: Sequence[Findings], unread: Mapping[Path, str]) -> Document:
    """One run of the scanner; ``unread`` says of other files why they could not be read."""
    names = sorted({sighting.leak.rule for each in findings for sighting in each.sightings})
    notes = [*_unread(unread), *_flaws(findings)]
    run: Document = {
        "tool": {"driver": _driver(names, findings)},
        "invocations": [{"executionSuccessful": not unread, "toolExecutionNotifications": notes}],
        "results": [
            _result(each.path, sighting, names) for each in findings for sighting in each.sightings
        ],
        "columnKind": "utf16CodeUnits",
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _driver(names: Sequence[str], findings: Iterable[Findings]) -> Document:
    leaks = {sighting.leak.rule: sighting.leak for each in findings for sighting in each.sightings}
    return {
        "name": "runreel",
        "semanticVersion": __version__,
        "rules": [
            {
                "id": name,
                "shortDescription": {"text": _described(name)},
                "defaultConfiguration": {"level": "warning" if leaks[name].personal else "error"},
            }
            for name in names
        ],
    }


_LISTS = {
    "headers": "A credential in a header whose name announces one",
    "query": "A credential in a parameter of a URL",
    "userinfo": "A user or a password in a URL",
    "fields": "A credential in a member of JSON whose name announces one",
    "form": "A credential in a field of a form",
    "paths": "A value at one of the JSON paths of the settings",
    "environment": "The value of a variable of the environment",
}


def _described(rule: str) -> str:
    return _LISTS.get(rule, f"What looks like {rule.replace('-', ' ')}")


def _result(path: Path, sighting: Sighting, names: Sequence[str]) -> Document:
    leak = sighting.leak
    return {
        "ruleId": leak.rule,
        "ruleIndex": names.index(leak.rule),
        "level": "warning" if leak.personal else "error",
        "message": {"text": f"{leak.kind} in {_place(sighting)}: {leak.length} bytes"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(path)},
                    "region": {
                        "startLine": 1,  # a file of bytes has no lines, and viewers demand one
                        "byteOffset": sighting.offset,
                        "byteLength": sighting.length,
                    },
                },
                "logicalLocations": [{"fullyQualifiedName": _place(sighting), "kind": "member"}],
            }
        ],
        "properties": {"exchange": sighting.exchange, **leak._asdict()},
    }


def _place(sighting: Sighting) -> str:
    leak = sighting.leak
    exchange = "" if sighting.exchange is None else f"exchange {sighting.exchange}"
    event = "" if leak.event is None else f"event {leak.event}"
    return "/".join(filter(None, (exchange, leak.place, event, leak.path)))


def _unread(unread: Mapping[Path, str]) -> Iterator[Document]:
    for path, error in unread.items():
        yield _notification("error", path, error)


def _flaws(findings: Iterable[Findings]) -> Iterator[Document]:
    for each in findings:
        for place in places(each.torn, each.damages):
            yield _notification("warning", each.path, place)


def _notification(level: str, path: Path, text: str) -> Document:
    return {
        "level": level,
        "message": {"text": text},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(path)}}}],
    }


def _uri(path: Path) -> str:
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
