"""The exchanges of a cassette: the rows of a table, and the JSON document.

Both can do with the heads only, so that a list is fast however large the answers are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from runreel.cli.terminal import Cell
from runreel.core.cassette.damage_report import classify_state
from runreel.core.report.documents import (
    SCHEMA_VERSION,
    ReportDocument,
    build_cassette_document,
    build_head_document,
    decode_utf8_or_latin1,
)
from runreel.core.report.trace_summary import TraceSummary, name_end
from runreel.model import End, ExchangeHead
from runreel.shell.store.reader import CassetteReader

_Any = TypeVar("_Any", bound=Cell)

Summaries = Mapping[int, TraceSummary]
"""The facts of answers, by exchange number; damaged answers are missing."""


def build_exchanges_document(
    reader: CassetteReader,
    heads: Sequence[ExchangeHead],
    summaries: Summaries | None = None,
    *,
    with_events: bool = False,
) -> ReportDocument:
    """Build the JSON document of a cassette and the given exchanges of it."""
    known = summaries or {}
    return {
        "schema_version": SCHEMA_VERSION,
        "cassette": str(reader.path),
        "state": classify_state(reader.torn, reader.damage),
        **build_cassette_document(reader.header, reader.torn, reader.damage),
        "exchanges": [
            build_head_document(
                head,
                first_ns=find_first_ns(reader.heads),
                summary=known.get(head.number),
                with_events=with_events,
            )
            for head in heads
        ],
    }


def build_exchange_table(
    heads: Sequence[ExchangeHead],
    *,
    first_ns: int,
    summaries: Summaries | None = None,
    with_events: bool = False,
) -> tuple[list[str], list[tuple[Cell, ...]]]:
    """Build the column titles and one row for each exchange; empty columns are left out.

    ``first_ns`` is the arrival time of the cassette's first request, in nanoseconds since 1970.
    """
    known = summaries or {}
    rows = [known.get(head.number) for head in heads]
    columns = {
        "#": [head.number for head in heads],
        "AT ms": [(head.timings.started_ns - first_ns) // 1_000_000 for head in heads],
        "SESSION": _blank_unless_several([head.session for head in heads]),
        "CALL": [format_call(head) for head in heads],
        "MODEL": _blank_unless_any(["" if row is None else row.model for row in rows]),
        "STATUS": [format_status(*pair) for pair in zip(heads, rows, strict=True)],
        "EVENTS": ["?" if row is None else row.events for row in rows] if with_events else [],
        "BYTES": [head.size for head in heads],
        "FIRST ms": _blank_unless_any([_format_first(row) for row in rows]),
        "TOOK ms": [round(head.timings.end_us / 1000, 1) for head in heads],
        "TOKENS": _blank_unless_any(["" if row is None else row.tokens for row in rows]),
        "PROBLEMS": _blank_unless_any([len(head.problems) for head in heads]),
        "REDACTED": _blank_unless_any(
            [sum(entry.count for entry in head.ledger) for head in heads]
        ),
    }
    shown = {name: cells for name, cells in columns.items() if cells}
    return list(shown), list(zip(*shown.values(), strict=True))


def find_first_ns(heads: Sequence[ExchangeHead]) -> int:
    """Return the arrival time of the first request, in nanoseconds since 1970; 0 without one."""
    return heads[0].timings.started_ns if heads else 0


def format_call(head: ExchangeHead) -> str:
    """Return the name of the operation; for an unknown one, the method and target."""
    return head.operation or f"{head.request.method} {decode_utf8_or_latin1(head.request.target)}"


def format_status(head: ExchangeHead, summary: TraceSummary | None = None) -> str:
    """Return ``200``, or ``200 reset`` if the answer did not end normally."""
    if summary is None:
        return str(head.status) if head.end is End.COMPLETE else f"{head.status} {head.end}"
    return f"{head.status} {name_end(summary.end)}".rstrip()


def _format_first(summary: TraceSummary | None) -> Cell:
    if summary is None or summary.first_content_us is None:
        return ""
    return round(summary.first_content_us / 1000, 1)


def _blank_unless_several(names: list[str]) -> list[str]:
    return names if len(set(names)) > 1 else []


def _blank_unless_any(cells: Sequence[_Any]) -> Sequence[_Any]:
    return cells if any(cells) else []
