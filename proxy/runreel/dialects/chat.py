"""The Chat Completions API of OpenAI and compatible servers (API reference, "Chat")."""

from __future__ import annotations

from runreel.core.dialect import Channels
from runreel.core.unordered import UnorderedItems
from runreel.dialects.base.bodies import build_openai_error
from runreel.dialects.base.routes import Route, Routes
from runreel.dialects.base.table_dialect import TableDialect

CHAT = TableDialect(
    name="chat",
    routes=Routes(
        (
            Route("POST", "chat/completions", "chat.completions.create"),
            Route("GET", "chat/completions", "chat.completions.list"),
            Route("GET", "chat/completions/{completion_id}", "chat.completions.retrieve"),
            Route("DELETE", "chat/completions/{completion_id}", "chat.completions.delete"),
            Route("POST", "completions", "completions.create"),
        )
    ),
    channels=Channels(
        # choices[index].delta.{content, refusal, tool_calls[index].function.arguments,
        # function_call.arguments, audio.transcript}; `reasoning` and `reasoning_content` are
        # members of other servers.
        pieces=frozenset(
            {
                *("content", "refusal", "arguments", "transcript", "text"),
                *("reasoning", "reasoning_content"),
            }
        ),
        noise=frozenset({"obfuscation"}),
    ),
    format_error=build_openai_error,
    unordered_items=(UnorderedItems(("messages",), "tool_call_id", "role", frozenset({"tool"})),),
)
