"""Log fields that describe an exchange: never its query, its headers or its bodies."""

from __future__ import annotations

from typing import Any

from runreel.model import ExchangeHead, Request


def describe_exchange(head: ExchangeHead) -> dict[str, Any]:
    """Return the fields of log events about a stored exchange; ``head`` must be redacted."""
    return {
        "exchange": head.number,
        "method": head.request.method,
        "path": decode_path(head.request),
        "operation": head.operation,
        "status": head.status,
        "end": head.end.value,
    }


def decode_path(request: Request) -> str:
    """Return the target without its query as text; ``request`` must be redacted."""
    return request.target.partition(b"?")[0].decode("utf-8", "backslashreplace")
