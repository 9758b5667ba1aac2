"""The API of Cohere, version 2 (API reference, "Chat" and "Streaming")."""

from __future__ import annotations

import json

from runreel.core.dialect import Channels
from runreel.core.unordered import UnorderedItems
from runreel.dialects.base.recognition import HeaderMark, Marks
from runreel.dialects.base.routes import Evidence, Route, Routes
from runreel.dialects.base.table_dialect import TableDialect

_CHAT = (frozenset({"model", "messages"}),)
_EMBED = (frozenset({"model", "input_type"}),)
_RERANK = (frozenset({"model", "documents"}),)


def _build_cohere_error(message: str, code: str) -> bytes:
    return json.dumps({"id": code, "message": message}).encode()


COHERE = TableDialect(
    name="cohere",
    marks=Marks(
        headers=(HeaderMark(b"user-agent", b"cohere/"), HeaderMark(b"x-fern-sdk-name", b"cohere"))
    ),
    routes=Routes(
        (
            Route("POST", "v2/chat", "chat", Evidence.HINT, _CHAT),
            Route("POST", "v2/embed", "embed", Evidence.HINT, _EMBED),
            Route("POST", "v2/rerank", "rerank", Evidence.HINT, _RERANK),
            Route("POST", "v1/embed-jobs", "embed_jobs.create", Evidence.HEADER),
            Route("GET", "v1/embed-jobs/{job_id}", "embed_jobs.get", Evidence.HEADER),
        )
    ),
    summarized=("model", "stream"),
    channels=Channels(
        # content-delta: delta.message.content.{text, thinking} of the block `index`;
        # tool-call-delta: delta.message.tool_calls.function.arguments of the call `index`;
        # tool-plan-delta: delta.message.tool_plan.
        pieces=frozenset({"text", "thinking", "arguments", "tool_plan"}),
    ),
    format_error=_build_cohere_error,
    unordered_items=(UnorderedItems(("messages",), "tool_call_id", "role", frozenset({"tool"})),),
)
