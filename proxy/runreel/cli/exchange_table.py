"""The exchanges of a cassette: the rows of a table, and the document of ``--json``.

They are made of heads alone, so that a list is quick however large the answers are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runreel.cli.damage_report import classify_state
from runreel.cli.terminal import Cell
from runreel.core.report.documents import (
    SCHEMA_VERSION,
    ReportDocument,
    build_cassette_document,
    build_head_document,
    decode_utf8_or_latin1,
)
from runreel.model import End, ExchangeHead
from runreel.shell.store import CassetteReader

EventCounts = Mapping[int, int]
"""How many events each answer has, by the exchange's number; damaged answers are not in it."""


def build_exchanges_document(
    reader: CassetteReader, heads: Sequence[ExchangeHead], events: EventCounts | None = None
) -> ReportDocument:
    """One cassette and these exchanges of it."""
    counts = events or {}
    return {
        "schema_version": SCHEMA_VERSION,
        "cassette": str(reader.path),
        "state": classify_state(reader.torn, reader.damage),
        **build_cassette_document(reader.header, reader.torn, reader.damage),
        "exchanges": [
            build_head_document(
                head, first_ns=find_first_ns(reader.heads), events=counts.get(head.number)
            )
            for head in heads
        ],
    }


def build_exchange_table(
    heads: Sequence[ExchangeHead], *, first_ns: int, events: EventCounts | None = None
) -> tuple[list[str], list[tuple[Cell, ...]]]:
    """Columns and rows, one for each exchange; a column where no row has a word is left out.

    ``first_ns`` is when the cassette's first request arrived.
    """
    columns = {
        "#": [head.number for head in heads],
        "AT ms": [(head.timings.started_ns - first_ns) // 1_000_000 for head in heads],
        "SESSION": _blank_unless_several([head.session for head in heads]),
        "CALL": [format_call(head) for head in heads],
        "STATUS": [format_status(head) for head in heads],
        "EVENTS": [] if events is None else [events.get(head.number, "?") for head in heads],
        "BYTES": [head.size for head in heads],
        "TOOK ms": [round(head.timings.end_us / 1000, 1) for head in heads],
        "PROBLEMS": _blank_unless_any([len(head.problems) for head in heads]),
        "REDACTED": _blank_unless_any([sum(hit.count for hit in head.ledger) for head in heads]),
    }
    shown = {name: cells for name, cells in columns.items() if cells}
    return list(shown), list(zip(*shown.values(), strict=True))


def find_first_ns(heads: Sequence[ExchangeHead]) -> int:
    """When the first request arrived."""
    return heads[0].timings.started_ns if heads else 0


def format_call(head: ExchangeHead) -> str:
    """The operation; where there is none, the request line."""
    return head.operation or f"{head.request.method} {decode_utf8_or_latin1(head.request.target)}"


def format_status(head: ExchangeHead) -> str:
    """``200``, or ``200 reset`` where the answer did not end as it should."""
    return str(head.status) if head.end is End.COMPLETE else f"{head.status} {head.end}"


def _blank_unless_several(names: list[str]) -> list[str]:
    return names if len(set(names)) > 1 else []


def _blank_unless_any(counts: list[int]) -> list[int]:
    return counts if any(counts) else []
