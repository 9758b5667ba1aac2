"""The API of Ollama, whose streams are lines of JSON (https://docs.ollama.com/api)."""

from __future__ import annotations

import json

from runreel.core.dialect import Channels
from runreel.core.trace.model import BlockKind
from runreel.core.trace.table import (
    EventRule,
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

_CALLS = (
    ("chat", "chat", ("model", "messages")),
    ("generate", "generate", ("model", "prompt")),
    ("embed", "embed", ("model", "input")),
    ("embeddings", "embeddings", ("model", "prompt")),
    ("pull", "pull", ("model", "stream")),
    ("push", "push", ("model", "stream")),
    ("create", "create", ("model", "from")),
    ("show", "show", ("model",)),
    ("copy", "copy", ("source", "destination")),
)


def _build_ollama_error(message: str, code: str) -> bytes:
    return json.dumps({"error": message, "code": code}).encode()


_TRACE = TraceTable(
    texts=(
        TextRule(BlockKind.REASONING, "message.thinking|thinking"),
        TextRule(BlockKind.TEXT, "message.content|response", role="message.role"),
        TextRule(
            *(BlockKind.TOOL_CALL, "function.arguments", "message.tool_calls[*]"),
            key=("@number",),
            name="function.name",
            call_id="id",
            mode=TextMode.WHOLE,
        ),
        TextRule(BlockKind.ERROR, "error"),
    ),
    request_texts=(
        TextRule(BlockKind.TEXT, "system", role="=system"),
        TextRule(BlockKind.TEXT, "prompt", role="=user"),
        TextRule(
            *(BlockKind.TOOL_OUTPUT, "content", "messages[*]"),
            when=(("role", "tool"),),
            role="role",
            name="tool_name",
        ),
        TextRule(BlockKind.REASONING, "thinking", "messages[*]", role="role"),
        TextRule(BlockKind.TEXT, "content", "messages[*]", when=(("role", "!tool"),), role="role"),
        TextRule(
            *(BlockKind.TOOL_CALL, "function.arguments", "messages[*].tool_calls[*]"),
            name="function.name",
            role="^.role",
        ),
        TextRule(BlockKind.MEDIA, ".", "messages[*].images[*]", role="^.role"),
    ),
    kind_members=(),
    terminal=(EventRule(when=(("done", "true"),)),),
    usage=(UsageRule("", input="prompt_eval_count", output="eval_count"),),
    models=(ValueRule("model"),),
    status=(ValueRule("done_reason"),),
)

OLLAMA = TableDialect(
    name="ollama",
    marks=Marks(headers=(HeaderMark(b"user-agent", b"ollama"),)),
    routes=Routes(
        (
            *(
                Route("POST", f"api/{name}", operation, Evidence.HINT, (frozenset(members),))
                for name, operation, members in _CALLS
            ),
            Route("GET", "api/tags", "list", Evidence.HEADER),
            Route("GET", "api/ps", "ps", Evidence.HEADER),
            Route("GET", "api/version", "version", Evidence.HEADER),
            Route("DELETE", "api/delete", "delete", Evidence.HEADER),
        )
    ),
    summarized=("model", "stream"),
    channels=Channels(
        # Lines of chat: message.{content, thinking}; of generate: {response, thinking}.
        pieces=frozenset({"content", "response", "thinking"}),
    ),
    format_error=_build_ollama_error,
    trace_table=_TRACE,
    unordered_items=(UnorderedItems(("messages",), "tool_name", "role", frozenset({"tool"})),),
)
