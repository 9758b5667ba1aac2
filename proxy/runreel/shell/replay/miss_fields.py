"""Log fields that describe a miss: the places that differ, but never their values."""

from __future__ import annotations

from typing import Any

from runreel.core.explain.miss import Miss
from runreel.shell.process.log_fields import decode_path


def describe_miss(miss: Miss) -> dict[str, Any]:
    """Return the fields of the log event about a miss: paths that differ, but not their values."""
    listed, more = miss.differences
    fields = {
        "method": miss.request.method,
        "path": decode_path(miss.request),
        "nearest": miss.nearest and miss.nearest.number,
        "refused": miss.refusal and miss.refusal.reason.value,
        "change": miss.change and miss.change.number,
        "differs": [each.path for each in listed],
        "more": more,
        "volatile": {each.path: str(each.volatile) for each in listed if each.volatile},
        "line": {each.path: each.line for each in listed if each.line},
        "to_ignore": list(miss.ignorable),
        "to_pass_over": list(miss.proved.proposal.volatile),
        "outdated": miss.is_outdated,
        "consequence_of": miss.cause
        and f"{miss.cause.request.method} {decode_path(miss.cause.request)}",
    }
    return {name: value for name, value in fields.items() if value}
