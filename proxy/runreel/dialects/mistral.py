"""Conversations and agents of Mistral (API reference, "Beta Agents" and "Beta Conversations").

Its chat completions belong to the dialect ``chat``.
"""

from __future__ import annotations

import json

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

_CONVERSATION = "conversations/{conversation_id}"
_INPUTS = (frozenset({"inputs"}),)
_KEY = b"authorization"
"""``/v1/agents`` is Mistral's if the request has a key, and no header of another API."""


def _build_mistral_error(message: str, code: str) -> bytes:
    error = {"object": "error", "message": message, "type": "runreel_error", "code": code}
    return json.dumps(error).encode()


_OUTPUT = "message.output"
_CALL = "function.call"


def _list_content(each: str, on: tuple[str, ...], key: tuple[str, ...]) -> tuple[TextRule, ...]:
    """Return the rules for a message whose content is a text or one part."""
    inner = f"{each}." if each else ""
    return (
        TextRule(BlockKind.TEXT, "content|content.text", each, on=on, key=key, role="role"),
        TextRule(BlockKind.REASONING, "text", f"{inner}content.thinking[]", on=on),
        TextRule(BlockKind.TEXT, "text", f"{inner}content[]", on=on, channel="part"),
    )


_TRACE = TraceTable(
    texts=(
        *_list_content("", (f"{_OUTPUT}.delta",), ("id", "content_index")),
        *_list_content("outputs[*]", ("",), ()),
        TextRule(
            *(BlockKind.TOOL_CALL, "arguments"),
            on=(f"{_CALL}.delta", "tool.execution.*"),
            key=("id",),
            name="name",
            call_id="tool_call_id|id",
        ),
        TextRule(
            *(BlockKind.TOOL_CALL, "arguments", "outputs[*]"),
            on=("",),
            name="name",
            call_id="tool_call_id|id",
            type="type",
        ),
        TextRule(BlockKind.ERROR, "message", on=("conversation.response.error", "error")),
    ),
    request_texts=(
        TextRule(BlockKind.TEXT, "instructions", role="=system"),
        TextRule(BlockKind.TEXT, "inputs", role="=user"),
        TextRule(BlockKind.TEXT, "content", "inputs[*]", role="role"),
        TextRule(BlockKind.TEXT, "text", "inputs[*].content[*]", role="^.role"),
        TextRule(BlockKind.TOOL_OUTPUT, "result", "inputs[*]", call_id="tool_call_id"),
    ),
    terminal=(EventRule(on=("conversation.response.done", "conversation.response.error")),),
    usage=(
        UsageRule("usage", input="prompt_tokens", output="completion_tokens", total="total_tokens"),
    ),
    models=(ValueRule("model"), ValueRule("outputs[].model")),
    ids=(IdRule("conversation_id", "conversation_id"),),
)

MISTRAL = TableDialect(
    name="mistral",
    marks=Marks(
        headers=(HeaderMark(b"user-agent", b"mistral"),),
        foreign_query=frozenset({"api-version"}),
    ),
    routes=Routes(
        (
            Route("POST", "conversations", "conversations.start", Evidence.HINT, _INPUTS),
            Route("GET", "conversations", "conversations.list", header=_KEY),
            Route("POST", _CONVERSATION, "conversations.append", Evidence.HINT, _INPUTS),
            Route("GET", _CONVERSATION, "conversations.get", Evidence.HEADER),
            Route("DELETE", _CONVERSATION, "conversations.delete", Evidence.HEADER),
            Route("POST", f"{_CONVERSATION}/restart", "conversations.restart"),
            Route("GET", f"{_CONVERSATION}/history", "conversations.get_history"),
            Route("GET", f"{_CONVERSATION}/messages", "conversations.get_messages"),
            Route("POST", "agents", "agents.create", header=_KEY),
            Route("GET", "agents", "agents.list", header=_KEY),
            Route("GET", "agents/{agent_id}", "agents.get", header=_KEY),
            Route("PATCH", "agents/{agent_id}", "agents.update", header=_KEY),
            Route("DELETE", "agents/{agent_id}", "agents.delete", header=_KEY),
            Route("PATCH", "agents/{agent_id}/version", "agents.update_version", header=_KEY),
        )
    ),
    conversations=("conversation_id",),
    summarized=("model", "agent_id", "stream"),
    channels=Channels(
        # message.output.delta: content; function.call.delta and tool.execution.*: arguments.
        pieces=frozenset({"content", "arguments", "text", "thinking"}),
        noise=frozenset({"p"}),
    ),
    format_error=_build_mistral_error,
    trace_table=_TRACE,
    unordered_items=(
        UnorderedItems(("inputs",), "tool_call_id", "type", frozenset({"function.result"})),
    ),
)
