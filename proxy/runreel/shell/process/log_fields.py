"""What the log says of an exchange: never its query, its headers or its bodies."""

from __future__ import annotations

from typing import Any

from runreel.core.explain.miss import Miss
from runreel.model import ExchangeHead
from runreel.shell.server.incoming_request import decode_path


def describe_exchange(head: ExchangeHead) -> dict[str, Any]:
    """The fields of every event about a stored exchange; ``head`` must be a redacted one."""
    return {
        "exchange": head.number,
        "method": head.request.method,
        "path": decode_path(head.request),
        "operation": head.operation,
        "status": head.status,
        "end": head.end.value,
    }


def describe_miss(miss: Miss) -> dict[str, Any]:
    """The fields of the event about a miss: where it differs and why, never in what values."""
    listed, more = miss.differences
    told = {
        "method": miss.request.method,
        "path": decode_path(miss.request),
        "nearest": miss.nearest and miss.nearest.number,
        "refused": miss.refusal and miss.refusal.reason.value,
        "change": miss.change and miss.change.number,
        "differs": [each.path for each in listed],
        "more": more,
        "volatile": {each.path: each.volatile for each in listed if each.volatile},
        "to_ignore": list(miss.ignorable),
        "consequence_of": miss.first_miss
        and f"{miss.first_miss.request.method} {decode_path(miss.first_miss.request)}",
    }
    return {name: value for name, value in told.items() if value}
