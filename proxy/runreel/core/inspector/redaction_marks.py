"""The placeholders of an exchange: their places, and the rules that have put them there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from runreel.core.placeholder import get_kind, locate_placeholders
from runreel.core.redact.texts.wrapped_events import unwrap_events
from runreel.core.report.documents import ReportDocument, decode_utf8_or_latin1
from runreel.model import Answer, Exchange, Headers, LedgerEntry, Request

MAX_MARKS = 5_000
"""Most placeholders that are listed."""


def build_marks_document(exchange: Exchange) -> ReportDocument:
    """Return the placeholders of an exchange with their places, and the ledger.

    A placeholder that is divided among the events of a stream has a mark for each piece.
    """
    ledger = exchange.head.ledger
    marks = [*islice(_iter_marks(exchange, ledger), MAX_MARKS + 1)]
    return {
        "marks": marks[:MAX_MARKS],
        "truncated": len(marks) > MAX_MARKS,
        "rules": [entry._asdict() for entry in ledger],
    }


def _iter_marks(exchange: Exchange, ledger: Sequence[LedgerEntry]) -> Iterator[ReportDocument]:
    yield from _iter_request_marks(exchange.head.request, ledger)
    yield from _iter_answer_marks(exchange.answer, ledger)


def _iter_request_marks(
    request: Request, ledger: Sequence[LedgerEntry]
) -> Iterator[ReportDocument]:
    yield from _find_marks("request", "target", request.target, ledger)
    yield from _iter_header_marks("request", request.headers, ledger)
    yield from _find_marks("request", "body", request.body, ledger)


def _iter_answer_marks(answer: Answer, ledger: Sequence[LedgerEntry]) -> Iterator[ReportDocument]:
    yield from _iter_header_marks("answer", answer.headers, ledger)
    whole = locate_placeholders(answer.body)
    is_packed = any(unwrap_events(answer).wrappers)  # then marks are no places in the body
    pieces = {
        (start, start + length): mark.placeholder
        for mark in (() if is_packed else answer.marks)
        if mark.header < 0 and mark.encoding != "offset"
        for start, length in zip(mark.pieces[::3], mark.pieces[1::3], strict=False)
    }
    texts = {span: answer.body[span[0] : span[1]] for span in whole}
    for (start, end), placeholder in sorted({**pieces, **texts}.items()):
        if 0 <= start < end <= len(answer.body):
            yield _build_mark(("answer", "body"), (start, end), placeholder, ledger)


def _iter_header_marks(
    part: str, headers: Headers, ledger: Sequence[LedgerEntry]
) -> Iterator[ReportDocument]:
    for name, value in headers:
        where = f"headers.{decode_utf8_or_latin1(name).lower()}"
        yield from _find_marks(part, where, value, ledger)


def _find_marks(
    part: str, where: str, data: bytes, ledger: Sequence[LedgerEntry]
) -> Iterator[ReportDocument]:
    for start, end in locate_placeholders(data):
        yield _build_mark((part, where), (start, end), data[start:end], ledger)


def _build_mark(
    place: tuple[str, str],
    span: tuple[int, int],
    placeholder: bytes,
    ledger: Sequence[LedgerEntry],
) -> ReportDocument:
    (part, where), (start, end) = place, span
    kind = get_kind(placeholder)
    return {
        "part": part,
        "where": where[:200],
        "offset": start,
        "length": end - start,
        "placeholder": placeholder.decode("ascii", "replace")[:200],
        "kind": kind[:200],
        "rule": _find_rule(kind, f"{part}.{where}", ledger),
    }


def _find_rule(kind: str, place: str, ledger: Iterable[LedgerEntry]) -> str | None:
    """Return the rule of the ledger that has put a placeholder there; None if several may have."""
    rules = {entry.rule for entry in ledger if entry.where == place}
    if kind in rules:
        return kind
    return rules.pop() if len(rules) == 1 else None
