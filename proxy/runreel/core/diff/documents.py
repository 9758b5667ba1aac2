"""A comparison as a JSON document (``docs/diff.md``)."""

from __future__ import annotations

from runreel.core.diff.changes.model import (
    Change,
    DiffVerdict,
    ExchangeDiff,
    RecordingDiff,
    StreamPlace,
)
from runreel.core.report.documents import SCHEMA_VERSION, ReportDocument


def build_diff_document(diff: RecordingDiff, left: str, right: str) -> ReportDocument:
    """Build the document of a comparison; ``left`` and ``right`` name the two sides."""
    first = find_first_change(diff)
    return {
        "schema_version": SCHEMA_VERSION,
        "left": left,
        "right": right,
        "verdict": str(diff.verdict),
        "counts": count_verdicts(diff),
        "first": None
        if first is None
        else {"left": first[0].left, "right": first[0].right, **_build_change(first[1])},
        "exchanges": [_build_exchange(each) for each in diff.exchanges],
        "renames": dict(diff.renames),
    }


def count_verdicts(diff: RecordingDiff) -> dict[str, int]:
    """Return the number of exchanges with each verdict; those of one side apart."""
    counts = {str(verdict): 0 for verdict in DiffVerdict} | {"missing": 0, "added": 0}
    for each in diff.exchanges:
        counts[str(each.verdict)] += 1
        if each.verdict > DiffVerdict.EQUIVALENT:
            counts["missing"] += not each.right
            counts["added"] += not each.left
    return counts


def find_first_change(diff: RecordingDiff) -> tuple[ExchangeDiff, Change] | None:
    """Return the first change that is more than equivalent, with its exchange."""
    return next(
        (
            (each, change)
            for each in diff.exchanges
            for change in each.changes
            if change.verdict > DiffVerdict.EQUIVALENT
        ),
        None,
    )


def _build_exchange(exchange: ExchangeDiff) -> ReportDocument:
    return {
        "left": exchange.left,
        "right": exchange.right,
        "call": exchange.call,
        "verdict": str(exchange.verdict),
        "notes": [*exchange.notes],
        "renamed": exchange.renamed,
        "changes": [_build_change(change) for change in exchange.changes],
    }


def _build_change(change: Change) -> ReportDocument:
    return {
        "part": change.part.value,
        "kind": change.kind.value,
        "verdict": str(change.verdict),
        "path": change.path,
        "label": change.label,
        "from": change.left,
        "to": change.right,
        "words": change.words,
        "spans": [[*span] for span in change.spans],
        "left_place": _build_place(change.left_place),
        "right_place": _build_place(change.right_place),
    }


def _build_place(place: StreamPlace | None) -> ReportDocument | None:
    return None if place is None else place._asdict()
