"""The APIs of Anthropic: Messages, batches of them, Managed Agents (API reference).

Managed Agents have paths of OpenAI's Agents API; the header ``anthropic-version`` tells them apart.
"""

from __future__ import annotations

import json

from msgspec.structs import replace

from runreel.core.dialect import Channels
from runreel.core.regex.lazy_pattern import compile_later
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
from runreel.dialects.base.recognition import HeaderMark, Marks
from runreel.dialects.base.routes import Evidence, Route, Routes
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
    return tuple(replace(rule, key=key, role=role) for rule in rules)


_SESSION_TEXTS = (
    TextRule(
        *(BlockKind.TEXT, "delta.content.text"),
        on=("event_delta",),
        key=("event_id", "delta.index"),
        role="=assistant",
    ),
    TextRule(
        *(BlockKind.TEXT, "text", "content[*]"),
        on=("agent.message",),
        key=("^.id",),
        role="=assistant",
        mode=TextMode.WHOLE,
    ),
    TextRule(
        *(BlockKind.TEXT, "text", "content[*]"),
        on=("user.message",),
        key=("^.id",),
        role="=user",
        mode=TextMode.WHOLE,
        is_content=False,
    ),
    TextRule(
        *(BlockKind.TOOL_CALL, "input"),
        on=("agent.*tool_use",),
        key=("id",),
        name="name",
        call_id="id",
        type="type",
        mode=TextMode.WHOLE,
    ),
    TextRule(
        *(BlockKind.TOOL_OUTPUT, "text", "content[]"),
        on=("agent.*tool_result", "user.*tool_result"),
        key=("^.id",),
        call_id="^.tool_use_id|^.custom_tool_use_id|^.mcp_tool_use_id",
        is_content=False,
    ),
    TextRule(BlockKind.ERROR, "error.message", on=("session.error",)),
)
"""Texts of the events of Managed Agents."""

_TRACE = TraceTable(
    texts=(
        *_SESSION_TEXTS,
        *(
            replace(rule, on=("content_block_start",), opens_block=True)
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
        *(replace(rule, on=("message", "")) for rule in _list_blocks("content[*]", TextMode.WHOLE)),
        TextRule(
            *(BlockKind.CITATION, "cited_text|url", "content[*].citations[*]"),
            on=("message", ""),
            name="title|document_title|url",
        ),
        TextRule(BlockKind.TEXT, "completion", role="=assistant"),
        TextRule(BlockKind.ERROR, "error.message", on=("error",)),
    ),
    request_texts=(
        TextRule(BlockKind.TEXT, "text", "events[*].content[*]", role="=user"),
        TextRule(BlockKind.TEXT, "system", role="=system"),
        TextRule(BlockKind.TEXT, "text", "system[*]", role="=system"),
        TextRule(BlockKind.TEXT, "content", "messages[*]", role="role"),
        *_list_blocks("messages[*].content[*]", TextMode.WHOLE, role="^.role"),
        TextRule(BlockKind.TEXT, "prompt", role="=user"),
    ),
    terminal=(
        EventRule(on=("message_stop",)),
        EventRule(on=("session.status_idle", "session.status_terminated", "session.deleted")),
    ),
    usage=tuple(
        UsageRule(
            each,
            input="input_tokens",
            cached="cache_read_input_tokens",
            output="output_tokens",
            reasoning="output_tokens_details.reasoning_tokens",
        )
        for each in ("message.usage", "usage", "model_usage", "")
    ),
    models=(ValueRule("message.model"), ValueRule("model"), ValueRule("content_block.to.model")),
    labels=(ValueRule("content_block.type"),),
    status=(
        *(ValueRule(path) for path in ("message.stop_reason", "delta.stop_reason", "stop_reason")),
    ),
    ids=(
        IdRule("message_id", "message.id"),
        IdRule("message_id", "id", when=(("type", "message"),)),
    ),
)

_BATCH = "v1/messages/batches/{batch_id}"
_MODEL = "publishers/anthropic/models/{model}"
_SESSION = "v1/sessions/{session_id}"
_THREAD = f"{_SESSION}/threads/{{thread_id}}"

_PLAIN = (
    ("POST", "v1/messages", "messages.create"),
    ("POST", "v1/messages/count_tokens", "messages.count_tokens"),
    ("POST", "v1/complete", "completions.create"),
    ("POST", "v1/messages/batches", "messages.batches.create"),
    ("GET", "v1/messages/batches", "messages.batches.list"),
    ("GET", _BATCH, "messages.batches.retrieve"),
    ("DELETE", _BATCH, "messages.batches.delete"),
    ("POST", f"{_BATCH}/cancel", "messages.batches.cancel"),
    ("GET", f"{_BATCH}/results", "messages.batches.results"),
    ("POST", f"{_MODEL}/:rawPredict", "messages.create"),
    ("POST", f"{_MODEL}/:streamRawPredict", "messages.create"),
)
_NAMED = (
    ("GET", "v1/models", "models.list"),
    ("GET", "v1/models/{model}", "models.retrieve"),
    ("POST", "v1/files", "files.upload"),
    ("GET", "v1/files", "files.list"),
    ("GET", "v1/files/{file_id}", "files.retrieve_metadata"),
    ("DELETE", "v1/files/{file_id}", "files.delete"),
    ("GET", "v1/files/{file_id}/content", "files.download"),
    ("POST", "v1/sessions", "sessions.create"),
    ("GET", "v1/sessions", "sessions.list"),
    ("GET", _SESSION, "sessions.retrieve"),
    ("POST", _SESSION, "sessions.update"),
    ("DELETE", _SESSION, "sessions.delete"),
    ("POST", f"{_SESSION}/events", "sessions.events.send"),
    ("GET", f"{_SESSION}/events", "sessions.events.list"),
    ("GET", f"{_SESSION}/events/stream", "sessions.events.stream"),
    ("GET", f"{_SESSION}/resources", "sessions.resources.list"),
    ("POST", f"{_SESSION}/resources", "sessions.resources.add"),
    ("GET", f"{_SESSION}/threads", "sessions.threads.list"),
    ("GET", _THREAD, "sessions.threads.retrieve"),
    ("GET", f"{_THREAD}/events", "sessions.threads.events.list"),
    ("GET", f"{_THREAD}/stream", "sessions.threads.stream"),
    *(
        (method, f"v1/{kind}{path}", f"{kind}.{name}")
        for kind in ("agents", "environments", "vaults")
        for method, path, name in (
            ("POST", "", "create"),
            ("GET", "", "list"),
            ("GET", f"/{{{kind.removesuffix('s')}_id}}", "retrieve"),
            ("POST", f"/{{{kind.removesuffix('s')}_id}}", "update"),
            ("DELETE", f"/{{{kind.removesuffix('s')}_id}}", "delete"),
        )
    ),
)
"""Calls whose paths other APIs have, too: only a header tells that they are Anthropic's."""

ANTHROPIC = TableDialect(
    name="anthropic",
    marks=Marks(headers=(HeaderMark(b"anthropic-version"), HeaderMark(b"anthropic-beta"))),
    routes=Routes(
        (
            *(Route(*call) for call in _PLAIN),
            *(Route(*call, needs=Evidence.HEADER) for call in _NAMED),
        ),
        splits_verbs=True,
    ),
    conversations=("session_id", "batch_id"),
    summarized=("model", "stream"),
    fed=dict.fromkeys(("sessions.events.stream", "sessions.threads.stream"), frozenset[str]()),
    created={"sessions.create": compile_later(rb'"id"\s*:\s*"(sesn_[^"\\]+)"')},
    polled=frozenset({"messages.batches.retrieve"}),
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
