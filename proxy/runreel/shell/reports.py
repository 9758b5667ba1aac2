"""What the log says of an exchange: never its query, its headers or its bodies."""

from __future__ import annotations

from typing import Any

from runreel.model import Head
from runreel.shell.intake import path_of


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
