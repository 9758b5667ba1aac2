"""Call tools of ``runreel mcp`` with the client of the official SDK; print the results as JSON.

Arguments: the calls as a JSON list of pairs of name and arguments, then the command line.
"""

import asyncio
import json
import os
import sys

from mcp import Client, StdioServerParameters


async def main() -> None:
    calls, (command, *arguments) = json.loads(sys.argv[1]), sys.argv[2:]
    server = StdioServerParameters(command=command, args=arguments, env=dict(os.environ))
    async with Client(server) as client:
        tools = (await client.list_tools()).tools
        print(json.dumps([[tool.name, tool.annotations.read_only_hint] for tool in tools]))
        for name, values in calls:
            result = await client.call_tool(name, values)
            text = "".join(part.text for part in result.content)
            print(json.dumps([bool(result.is_error), text]))


asyncio.run(main())
