"""A server and a client of MCP; the client prints what it got as JSON.

``python with_mcp.py serve PORT``; ``python with_mcp.py talk URL MODE [EXTRA_CALLS]``: with
extra calls first, the ids of all later messages are other ones.
"""

# mypy: disable-error-code="import-not-found,untyped-decorator"

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from mcp import Client
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp_types import ElicitResult
from pydantic import BaseModel

server = MCPServer("demo")
seen: list[Any] = []


class Name(BaseModel):
    """What the server asks for."""

    name: str


@server.tool()
async def add(a: int, b: int, context: Context[Any]) -> int:
    """Add two numbers."""
    await context.report_progress(1, 2, "half")
    return a + b


@server.tool()
async def greet(context: Context[Any]) -> str:
    """Ask for a name, and greet."""
    answer = await context.elicit("Who are you?", Name)
    return f"Hello {answer.data.name}" if answer.action == "accept" else "Hello"


@server.resource("demo://note")
def note() -> str:
    """Return a note."""
    return "a note"


async def give_name(context: Any, params: Any) -> ElicitResult:
    seen.append(params.message)
    return ElicitResult(action="accept", content={"name": "Zoe"})


async def see_progress(progress: float, total: float | None, message: str | None) -> None:
    seen.append([progress, total, message])


async def talk(url: str, mode: Any, extra: int) -> Any:
    async with Client(url, mode=mode, elicitation_callback=give_name) as client:
        for _ in range(extra):
            await client.list_tools(cache_mode="bypass")
        tools = [tool.name for tool in (await client.list_tools(cache_mode="bypass")).tools]
        sums = [
            (
                await client.call_tool("add", {"a": 1, "b": b}, progress_callback=see_progress)
            ).content
            for b in (2, 3)
        ]
        # The modern protocol has no requests of the server.
        greeting = (await client.call_tool("greet", {})).content if mode == "legacy" else []
        text = (await client.read_resource("demo://note")).contents
    return [tools, *([part.text for part in parts] for parts in (*sums, greeting, text)), seen]


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        server.run("streamable-http", port=int(sys.argv[2]))
    else:
        result = asyncio.run(talk(sys.argv[2], sys.argv[3], int((*sys.argv, "0")[4])))
        print(json.dumps(result))
