"""One miss: what was sent against the nearest exchange, and what would help."""

from __future__ import annotations

from collections.abc import Mapping

from runreel.core.inspector.pages import MAX_BODY, TextBudget
from runreel.core.report.documents import (
    ReportDocument,
    build_request_document,
    to_plain_json,
)
from runreel.model import ExchangeHead, Request

_NOTHING = "nothing"
"""The value of a place that a request does not have, as ``Difference`` says it."""


def build_miss_document(
    document: Mapping[str, object], sent: Request | None, nearest: ExchangeHead | None
) -> ReportDocument:
    """Return the page of a miss; ``document`` is that of ``Miss``.

    ``sent`` is the redacted request, if it is kept.
    """
    differences = document.get("differences")
    budget = TextBudget(4 * MAX_BODY)
    return {
        "request": None if sent is None else _build_request(sent),
        "nearest": None
        if nearest is None
        else {"number": nearest.number, "request": _build_request(nearest.request)},
        "document": budget.cut(to_plain_json(dict(document))),
        "differences": [
            {"kind": _classify(each), **_cut_object(budget, each)}
            for each in (differences if isinstance(differences, list) else [])
        ],
        "proposal": document.get("proposal"),
        "would_match": document.get("would_match"),
        "command": document.get("record_command"),
        "advice": document.get("advice") or [document.get("message")],
    }


def _cut_object(budget: TextBudget, value: object) -> ReportDocument:
    cut = budget.cut(to_plain_json(value))
    return cut if isinstance(cut, dict) else {}


def _classify(difference: Mapping[str, object]) -> str:
    if difference.get("reordered"):
        return "reordered"
    if difference.get("recorded") == _NOTHING:
        return "added"
    return "removed" if difference.get("sent") == _NOTHING else "changed"


def _build_request(request: Request) -> ReportDocument:
    cut = TextBudget(MAX_BODY).cut(build_request_document(request))
    return cut if isinstance(cut, dict) else {}
