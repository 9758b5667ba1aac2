"""A real LangGraph server with a model that is scripted, and its client.

``python with_langgraph.py serve PORT`` in an empty folder; ``python with_langgraph.py talk URL``
prints what the client got as JSON, with the ids in the order in which they occurred.
"""

# ruff: noqa: PLC0415 - the server's packages are not imported for the client
# mypy: disable-error-code="import-not-found,untyped-decorator,unused-ignore"

from __future__ import annotations

import asyncio
import json
import re
import sys
import uuid
from typing import Any

QUESTION = {"role": "user", "content": "Write to ann@example.org and bob@example.com."}
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|[0-9a-f]{32}")


def make_graph() -> Any:
    """Return a graph of one model, which calls a tool in its first answer, and may be stopped."""
    from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
    from langchain_core.messages import AIMessage
    from langgraph.graph import END, START, MessagesState, StateGraph
    from langgraph.types import interrupt

    async def answer(state: Any) -> Any:
        text = state["messages"][-1].content
        if text == "Ask me.":
            text = interrupt({"question": "Go on?"})
        said = AIMessage(content=f"You said: {text} So I wrote to bob@example.com.")
        return {"messages": [await GenericFakeChatModel(messages=iter([said])).ainvoke("")]}

    builder = StateGraph(MessagesState)
    builder.add_node("answer", answer)
    builder.add_edge(START, "answer")
    builder.add_edge("answer", END)
    return builder.compile()


def serve(port: int) -> None:
    from langgraph_api.cli import run_server

    graphs = {"agent": f"{__file__}:make_graph"}
    run_server("127.0.0.1", port, graphs=graphs, disable_persistence=True, allow_blocking=True)


async def stream(client: Any, thread: str | None, **options: Any) -> list[Any]:
    """Return the events of a run."""
    parts = client.runs.stream(thread, "agent", **options)
    return [[part.event, part.data] async for part in parts]


async def use_runs(client: Any) -> Any:
    """Use the first version of the protocol, with threads of the server and of the client."""
    question = {"messages": [QUESTION]}
    thread = (await client.threads.create())["thread_id"]
    own = (await client.threads.create(thread_id=str(uuid.uuid4())))["thread_id"]
    results = []
    for mode in ("messages-tuple", "messages", "values", "updates", "events"):
        results.append(await stream(client, thread, input=question, stream_mode=mode))
    results.append(await client.runs.wait(own, "agent", input=question))
    run = await client.runs.create(own, "agent", input=question)
    results += [run, await client.runs.join(own, run["run_id"])]
    results.append((await client.runs.get(own, run["run_id"]))["status"])
    results.append((await client.threads.get_state(own))["values"])
    stopped = {"messages": [{"role": "user", "content": "Ask me."}]}
    results.append(await stream(client, own, input=stopped, stream_mode="updates"))
    results.append(await stream(client, own, command={"resume": "Yes."}, stream_mode="updates"))
    results.append(await stream(client, None, input=question, stream_mode="messages-tuple"))
    return results


async def resume(client: Any) -> Any:
    """Take a stream up again behind an event of it."""
    thread = (await client.threads.create())["thread_id"]
    ids: dict[str, str] = {}
    parts = client.runs.stream(
        *(thread, "agent"),
        input={"messages": [QUESTION]},
        stream_mode="messages-tuple",
        stream_resumable=True,
        on_run_created=ids.update,
    )
    seen = [part async for part in parts]
    again = client.runs.join_stream(
        thread, ids["run_id"], stream_mode="messages-tuple", last_event_id=seen[2].id
    )
    return [[part.event, part.data] async for part in again]


async def use_events(client: Any) -> Any:
    """Use the second version of the protocol: commands beside one stream of events."""
    async with client.threads.stream(assistant_id="agent") as thread:
        await thread.run.start(input={"messages": [QUESTION]})
        events = []
        async for event in thread.events:
            events.append([event["method"], event["params"]["data"]])
            if event["method"] == "lifecycle" and event["params"]["data"]["event"] == "completed":
                break
        return [events, await thread.output]


def fold_ids(value: Any) -> Any:
    """Replace ids by their numbers, in the order in which they occur."""
    numbers: dict[str, str] = {}

    def fold(match: re.Match[str]) -> str:
        return numbers.setdefault(match[0].replace("-", ""), f"ID-{len(numbers)}")

    return json.loads(_ID.sub(fold, json.dumps(value)))


async def talk(url: str) -> Any:
    from langgraph_sdk import get_client

    client = get_client(url=url, api_key="lsv2_pt_0123456789abcdef0123456789abcdef_0123456789")
    return [await use_runs(client), await resume(client), await use_events(client)]


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(int(sys.argv[2]))
    else:
        print(json.dumps(fold_ids(asyncio.run(talk(sys.argv[2])))))
