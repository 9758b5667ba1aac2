"""The Messages API of Anthropic (API reference, "Messages" and "Streaming messages")."""

from __future__ import annotations

import json

from runreel.core.dialect import Channels
from runreel.core.trace.model import BlockKind
from runreel.core.trace.table import (
    EventRule,
    IdRule,
    TextMode,
    TextRule,
    TraceTable,
    UsageRule,
    ValueRule,
)
from runreel.core.unordered import UnorderedItems
from runreel.dialects.base.routes import Route, Routes
from runreel.dialects.base.table_dialect import TableDialect


def _build_anthropic_error(message: str, code: str) -> bytes:
    error = {"type": code, "message": message}
    return json.dumps({"type": "error", "error": error}).encode()


_CALLS = "tool_use|server_tool_use|mcp_tool_use"
_OUTPUTS = "!text|thinking|redacted_thinking|image|document|tool_use|server_tool_use|mcp_tool_use"
"""Blocks of other types are results of tools: ``tool_result``, ``web_search_tool_result`` …"""


def _list_blocks(
    each: str, mode: TextMode, key: tuple[str, ...] = (), role: str = ""
) -> tuple[TextRule, ...]:
    """Return the rules for the content blocks of a message."""
    rules = (
        TextRule(BlockKind.TEXT, "text", each, mode=mode),
        TextRule(BlockKind.REASONING, "thinking", each, mode=mode),
        TextRule(
            *(BlockKind.TOOL_CALL, "input", each),
            when=(("type", _CALLS),),
            name="name",
            call_id="id",
            type="type",
            mode=TextMode.START if mode is TextMode.DELTA else mode,
        ),
        TextRule(
            *(BlockKind.TOOL_OUTPUT, "content", each),
            when=(("type", _OUTPUTS),),
            call_id="tool_use_id",
            type="type",
            mode=TextMode.WHOLE,
        ),
        TextRule(
            *(BlockKind.MEDIA, "source.data|source.url", each),
            name="source.media_type",
            mode=TextMode.WHOLE,
        ),
    )
    return tuple(rule._replace(key=key, role=role) for rule in rules)


_TRACE = TraceTable(
    texts=(
        *(
            rule._replace(on=("content_block_start",))
            for rule in _list_blocks("content_block", TextMode.DELTA, ("$.index",))
        ),
        *(
            TextRule(kind, path, on=("content_block_delta",), key=("index",), mode=mode)
            for kind, path, mode in (
                (BlockKind.TEXT, "delta.text", TextMode.DELTA),
                (BlockKind.REASONING, "delta.thinking", TextMode.DELTA),
                (BlockKind.TOOL_CALL, "delta.partial_json", TextMode.DELTA),
                (BlockKind.TEXT, "delta.content", TextMode.SNAPSHOT),
            )
        ),
        TextRule(
            *(BlockKind.CITATION, "delta.citation.cited_text|delta.citation.url"),
            on=("content_block_delta",),
            key=("index", "@number"),
            name="delta.citation.title|delta.citation.document_title|delta.citation.url",
            when=(("delta.citation", "*"),),
        ),
        *_list_blocks("content[*]", TextMode.WHOLE),
        TextRule(BlockKind.TEXT, "completion", role="=assistant"),
        TextRule(BlockKind.ERROR, "error.message", on=("error",)),
    ),
    request_texts=(
        TextRule(BlockKind.TEXT, "system", role="=system"),
        TextRule(BlockKind.TEXT, "text", "system[*]", role="=system"),
        TextRule(BlockKind.TEXT, "content", "messages[*]", role="role"),
        *_list_blocks("messages[*].content[*]", TextMode.WHOLE, role="^.role"),
        TextRule(BlockKind.TEXT, "prompt", role="=user"),
    ),
    terminal=(EventRule(on=("message_stop",)),),
    usage=tuple(
        UsageRule(
            each,
            input="input_tokens",
            cached="cache_read_input_tokens",
            output="output_tokens",
            reasoning="output_tokens_details.reasoning_tokens",
        )
        for each in ("message.usage", "usage", "")
    ),
    models=(ValueRule("message.model"), ValueRule("model"), ValueRule("content_block.to.model")),
    status=(
        *(ValueRule(path) for path in ("message.stop_reason", "delta.stop_reason", "stop_reason")),
    ),
    ids=(
        IdRule("message_id", "message.id"),
        IdRule("message_id", "id", when=(("type", "message"),)),
    ),
)

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
    trace_table=_TRACE,
    choosing_headers=(b"anthropic-version",),
    unordered_items=(
        UnorderedItems(
            ("messages", None, "content"), "tool_use_id", "type", frozenset({"tool_result"})
        ),
    ),
)
