"""Figures of calls as JSON documents (``docs/stats.md``)."""

from __future__ import annotations

from collections.abc import Sequence

from runreel.core.report.documents import SCHEMA_VERSION, ReportDocument
from runreel.core.stats.call_facts import CallFacts
from runreel.core.stats.distribution import Distribution
from runreel.core.stats.grouping import GroupStats, group_calls, list_largest
from runreel.core.stats.prices import PriceTable


def build_stats_document(
    calls: Sequence[CallFacts], keys: Sequence[str], prices: PriceTable | None = None
) -> ReportDocument:
    """Build the document of the figures of some calls, in groups by ``keys``."""
    return {
        "schema_version": SCHEMA_VERSION,
        "by": list(keys),
        "groups": [build_group_document(group, keys) for group in group_calls(calls, keys, prices)],
        "largest": [
            {
                "cassette": call.cassette,
                "exchange": call.number,
                "operation": call.operation,
                "bytes": call.size,
            }
            for call in list_largest(calls)
        ],
    }


def build_group_document(group: GroupStats, keys: Sequence[str]) -> ReportDocument:
    """Build the document of a group; ``keys`` are the names of the values in its key."""
    return {
        **dict(zip(keys, group.key, strict=True)),
        "calls": group.calls,
        "errors": dict(group.errors),
        "ends": dict(group.ends),
        "streamed": group.streamed,
        "duration_us": _build_distribution(group.duration),
        "time_to_first_byte_us": _build_distribution(group.first_byte),
        "time_to_first_chunk_us": _build_distribution(group.first_content),
        "gap_us": _build_distribution(group.gaps),
        "stalls": group.stalls,
        "events": group.events,
        "bytes": group.size,
        "tokens": group.tokens._asdict(),
        "cost": group.cost,
        "calls_without_price": group.unpriced,
        "repeated": group.repeated,
    }


def _build_distribution(distribution: Distribution) -> ReportDocument:
    return {
        "count": distribution.total,
        "p50": distribution.p50,
        "p95": distribution.p95,
        "max": distribution.max,
    }
