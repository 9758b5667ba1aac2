"""Ids that clients make, and find again in answers."""

from __future__ import annotations

from runreel.core.bound_places import BoundPlace

_JSON_RPC = frozenset({"jsonrpc", "method"})
JSON_RPC_IDS = (
    BoundPlace("$.id", _JSON_RPC),
    BoundPlace("$.params._meta.progressToken", _JSON_RPC, answer="$.params.progressToken"),
    BoundPlace("$.params.requestId", _JSON_RPC),
)
"""Ids of JSON-RPC calls (https://www.jsonrpc.org/specification), as MCP and A2A make them. Without
a method the body is the client's response, whose id is the server's."""

LANGGRAPH_IDS = tuple(
    BoundPlace(place, is_uuid=True)
    for place in (
        *("path:threads/{}", "$.thread_id", "$.config.configurable.thread_id"),
        "$.input.messages[*].id",
    )
)
"""Ids that clients of LangGraph make. Those of OpenAI's API, which are no UUIDs, come from it."""
