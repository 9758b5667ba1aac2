"""The Messages API of Anthropic (API reference, "Messages" and "Streaming messages")."""

from __future__ import annotations

import json

from runreel.core.dialect import Channels
from runreel.core.unordered import UnorderedItems
from runreel.dialects.base.routes import Route, Routes
from runreel.dialects.base.table_dialect import TableDialect


def _build_anthropic_error(message: str, code: str) -> bytes:
    error = {"type": code, "message": message}
    return json.dumps({"type": "error", "error": error}).encode()


ANTHROPIC = TableDialect(
    name="anthropic",
    routes=Routes(
        (
            Route("POST", "v1/messages", "messages.create"),
            Route("POST", "v1/messages/count_tokens", "messages.count_tokens"),
            Route("POST", "v1/complete", "completions.create"),
        )
    ),
    channels=Channels(
        # content_block_delta: delta.{text, partial_json, thinking, signature} of the block `index`.
        pieces=frozenset({"text", "partial_json", "thinking", "signature", "completion"}),
    ),
    format_error=_build_anthropic_error,
    choosing_headers=(b"anthropic-version",),
    unordered_items=(
        UnorderedItems(
            ("messages", None, "content"), "tool_use_id", "type", frozenset({"tool_result"})
        ),
    ),
)
