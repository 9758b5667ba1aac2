"""The Responses API of OpenAI and compatible servers (API reference, "Responses")."""

from __future__ import annotations

from runreel.core.dialect import Channels
from runreel.core.unordered import UnorderedItems
from runreel.dialects.base.bodies import build_openai_error
from runreel.dialects.base.routes import Route, Routes
from runreel.dialects.base.table_dialect import TableDialect

_OUTPUTS = frozenset(
    f"{tool}_output"
    for tool in (
        *("function_call", "custom_tool_call", "computer_call"),
        *("shell_call", "apply_patch_call"),
    )
)
"""Types of the items with the output of a call, which they name by its ``call_id``."""

RESPONSES = TableDialect(
    name="responses",
    routes=Routes(
        (
            Route("POST", "responses", "responses.create"),
            Route("GET", "responses/{response_id}", "responses.retrieve"),
            Route("DELETE", "responses/{response_id}", "responses.delete"),
            Route("POST", "responses/{response_id}/cancel", "responses.cancel"),
            Route("GET", "responses/{response_id}/input_items", "responses.input_items.list"),
        )
    ),
    channels=Channels(
        # Delta events (response.output_text.delta, response.function_call_arguments.delta …) have
        # a member `delta`; the events that repeat the whole have the other members.
        pieces=frozenset({"delta", "text", "arguments", "refusal", "code", "input", "transcript"}),
        noise=frozenset({"obfuscation"}),
    ),
    format_error=build_openai_error,
    unordered_items=(UnorderedItems(("input",), "call_id", "type", _OUTPUTS),),
)
