"""What the log says of an exchange: never its query, its headers or its bodies."""

from __future__ import annotations

from typing import Any

from runreel.core.explain.miss import Miss
from runreel.model import Head
from runreel.shell.server.incoming_request import path_of


def about(head: Head) -> dict[str, Any]:
    """The fields of every event about a stored exchange; ``head`` must be a redacted one."""
    return {
        "exchange": head.number,
        "method": head.request.method,
        "path": path_of(head.request),
        "operation": head.operation,
        "status": head.status,
        "end": head.end.value,
    }


def about_miss(miss: Miss) -> dict[str, Any]:
    """The fields of the event about a miss: where it differs and why, never in what values."""
    listed, more = miss.differences
    told = {
        "method": miss.wanted.method,
        "path": path_of(miss.wanted),
        "nearest": miss.nearest and miss.nearest.number,
        "refused": miss.refusal and miss.refusal.why.value,
        "change": miss.change and miss.change.number,
        "differs": [each.path for each in listed],
        "more": more,
        "volatile": {each.path: each.volatile for each in listed if each.volatile},
        "to_ignore": list(miss.to_ignore),
        "consequence_of": miss.first and f"{miss.first.wanted.method} {path_of(miss.first.wanted)}",
    }
    return {name: value for name, value in told.items() if value}
