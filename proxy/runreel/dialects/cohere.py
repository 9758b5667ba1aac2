"""The API of Cohere, version 2 (API reference, "Chat" and "Streaming")."""

from __future__ import annotations

import json

from msgspec.structs import replace

from runreel.core.dialect import Channels
from runreel.core.trace.model import BlockKind
from runreel.core.trace.table import (
    EventRule,
    IdRule,
    TextRule,
    TraceTable,
    UsageRule,
    ValueRule,
)
from runreel.core.unordered import UnorderedItems
from runreel.dialects.base.recognition import HeaderMark, Marks
from runreel.dialects.base.routes import Evidence, Route, Routes
from runreel.dialects.base.table_dialect import TableDialect

_CHAT = (frozenset({"model", "messages"}),)
_EMBED = (frozenset({"model", "input_type"}),)
_RERANK = (frozenset({"model", "documents"}),)


def _build_cohere_error(message: str, code: str) -> bytes:
    return json.dumps({"id": code, "message": message}).encode()


_MESSAGE = "delta.message"
_BLOCK_EVENTS = ("content-start", "content-delta")
_CALL_EVENTS = ("tool-call-start", "tool-call-delta")

_TRACE = TraceTable(
    texts=(
        TextRule(BlockKind.REASONING, f"{_MESSAGE}.tool_plan", on=("tool-plan-delta",)),
        TextRule(BlockKind.TEXT, f"{_MESSAGE}.content.text", on=_BLOCK_EVENTS, key=("index",)),
        TextRule(
            *(BlockKind.REASONING, f"{_MESSAGE}.content.thinking"),
            on=_BLOCK_EVENTS,
            key=("index",),
            channel="thinking",
        ),
        TextRule(
            *(BlockKind.TOOL_CALL, f"{_MESSAGE}.tool_calls.function.arguments"),
            on=_CALL_EVENTS,
            key=("index",),
            name=f"{_MESSAGE}.tool_calls.function.name",
            call_id=f"{_MESSAGE}.tool_calls.id",
        ),
        TextRule(
            *(BlockKind.CITATION, f"{_MESSAGE}.citations.text"),
            on=("citation-start",),
            key=("index",),
            name=f"{_MESSAGE}.citations.sources[0].document.title",
            is_content=False,
        ),
        TextRule(BlockKind.REASONING, "message.tool_plan", on=("",)),
        TextRule(BlockKind.TEXT, "text", "message.content[*]", on=("",)),
        TextRule(BlockKind.REASONING, "thinking", "message.content[*]", on=("",)),
        TextRule(
            *(BlockKind.TOOL_CALL, "function.arguments", "message.tool_calls[*]"),
            on=("",),
            name="function.name",
            call_id="id",
        ),
        TextRule(BlockKind.ERROR, "delta.error", on=("message-end",)),
    ),
    request_texts=(
        TextRule(BlockKind.TEXT, "query", role="=user", channel="query"),
        *(
            replace(rule, role="=user")
            for rule in (
                TextRule(BlockKind.TEXT, ".", "texts[*]", channel="texts"),
                TextRule(BlockKind.TEXT, "text", "inputs[*].content[*]", channel="inputs"),
                TextRule(BlockKind.TEXT, ".", "documents[*]", channel="document"),
                TextRule(BlockKind.TEXT, "text", "documents[*]", channel="document_text"),
            )
        ),
        TextRule(
            *(BlockKind.TOOL_OUTPUT, "content", "messages[*]"),
            when=(("role", "tool"),),
            role="role",
            call_id="tool_call_id",
        ),
        TextRule(BlockKind.TEXT, "content", "messages[*]", when=(("role", "!tool"),), role="role"),
        TextRule(BlockKind.TEXT, "text", "messages[*].content[*]", role="^.role"),
        TextRule(
            *(BlockKind.TOOL_CALL, "function.arguments", "messages[*].tool_calls[*]"),
            name="function.name",
            call_id="id",
            role="^.role",
        ),
    ),
    terminal=(EventRule(on=("message-end",)), EventRule(data="[DONE]")),
    usage=(
        *(
            UsageRule(
                each,
                input="tokens.input_tokens",
                cached="cached_tokens",
                output="tokens.output_tokens",
            )
            for each in ("delta.usage", "usage")
        ),
        UsageRule("meta.billed_units", input="input_tokens", output="output_tokens"),
    ),
    labels=(ValueRule("delta.message.content.type"),),
    status=(ValueRule("delta.finish_reason"), ValueRule("finish_reason")),
    ids=(IdRule("message_id", "id"),),
)

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
            Route("POST", "v1/embed", "embed", Evidence.HEADER),
            Route("POST", "v1/rerank", "rerank", Evidence.HEADER),
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
    trace_table=_TRACE,
    unordered_items=(UnorderedItems(("messages",), "tool_call_id", "role", frozenset({"tool"})),),
)
