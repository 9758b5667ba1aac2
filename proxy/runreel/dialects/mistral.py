"""Conversations and agents of Mistral (API reference, "Beta Agents" and "Beta Conversations").

Its chat completions belong to the dialect ``chat``.
"""

from __future__ import annotations

import json

from runreel.core.dialect import Channels
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
    unordered_items=(
        UnorderedItems(("inputs",), "tool_call_id", "type", frozenset({"function.result"})),
    ),
)
