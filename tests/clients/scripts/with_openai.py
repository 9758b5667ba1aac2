"""The conversation with the openai package; prints its transcript as JSON.

``python with_openai.py sync|async|azure``; the package reads the server and the key from the
environment.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from collections.abc import Awaitable, Callable, Iterable
from itertools import groupby
from typing import Any

import openai
from openai import (
    AssistantEventHandler,
    AsyncAssistantEventHandler,
    AsyncOpenAI,
    AzureOpenAI,
    DefaultAsyncHttpxClient,
    DefaultHttpxClient,
    OpenAI,
)

GREETING: Any = {"role": "user", "content": "Grüß Gott 👋"}
CONTENT = bytes(range(256)) * 4800
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
NO_KEY: Any = {"Authorization": openai.Omit(), "api-key": openai.Omit()}

Wire = list[tuple[int, list[tuple[str, str]]]]


class HandlerNotes:
    """The events that a handler has received."""

    def __init__(self) -> None:
        self.deltas: list[str] = []
        self.done: list[str] = []
        self.ended = False

    def summary(self) -> Any:
        # The client reports the end of a text twice.
        done = list(dict.fromkeys(self.done))
        return {"text": "".join(self.deltas), "done": done, "ended": self.ended}


class Handler(AssistantEventHandler):
    def __init__(self) -> None:
        super().__init__()
        self.notes = HandlerNotes()

    def on_text_delta(self, delta: Any, snapshot: Any) -> None:
        self.notes.deltas.append(delta.value)

    def on_text_done(self, text: Any) -> None:
        self.notes.done.append(text.value)

    def on_end(self) -> None:
        self.notes.ended = True


class AsyncHandler(AsyncAssistantEventHandler):
    def __init__(self) -> None:
        super().__init__()
        self.notes = HandlerNotes()

    async def on_text_delta(self, delta: Any, snapshot: Any) -> None:
        self.notes.deltas.append(delta.value)

    async def on_text_done(self, text: Any) -> None:
        self.notes.done.append(text.value)

    async def on_end(self) -> None:
        self.notes.ended = True


def get_texts(messages: Iterable[Any]) -> list[str]:
    return [part.text.value for message in messages for part in message.content]


def summarize_stream(events: list[Any]) -> Any:
    names = [f"{name} x{len(list(same))}" for name, same in groupby(each.event for each in events)]
    deltas = [each.data.delta for each in events if each.event == "thread.message.delta"]
    return {"events": names, "text": "".join(get_texts(deltas)), "status": events[-1].data.status}


def get_calls(run: Any) -> list[Any]:
    return list(run.required_action.submit_tool_outputs.tool_calls)


def make_outputs(run: Any) -> list[Any]:
    return [{"tool_call_id": call.id, "output": "70 °F"} for call in get_calls(run)]


def summarize_tools(waiting: Any, deltas: Iterable[str], run: Any, newest: Iterable[Any]) -> Any:
    return {
        "waiting": waiting.status,
        "calls": [[call.function.name, call.function.arguments] for call in get_calls(waiting)],
        "text": "".join(deltas),
        "status": run.status,
        "newest": get_texts(newest),
    }


def summarize_file(file: Any, content: bytes) -> Any:
    digest = hashlib.sha256(content).hexdigest()
    return {"name": file.filename, "bytes": file.bytes, "sha256": digest}


def summarize_error(error: openai.APIStatusError) -> Any:
    body: Any = error.body
    return [error.status_code, body["message"]]


def hold_conversation(client: OpenAI) -> Any:
    threads = client.beta.threads
    assistant = client.beta.assistants.create(model="gpt-4o", name="Guide").id
    thread = threads.create(metadata={"topic": "weather"}).id
    message = threads.messages.create(thread, **GREETING)
    stream = threads.runs.create(thread, assistant_id=assistant, stream=True)
    transcript = {"message": get_texts([message]), "stream": summarize_stream(list(stream))}
    handler = Handler()
    with threads.runs.stream(
        thread_id=thread, assistant_id=assistant, event_handler=handler
    ) as handled:
        handled.until_done()
    transcript["handler"] = handler.notes.summary()
    run = threads.runs.create_and_poll(thread_id=thread, assistant_id=assistant)
    steps = threads.runs.steps.list(run.id, thread_id=thread).data
    newest = threads.messages.list(thread, limit=2).data
    transcript["poll"] = [run.status, [step.type for step in steps], get_texts(newest)]
    transcript["tools"] = use_tools(client, thread, assistant)
    with threads.create_and_run_stream(
        assistant_id=assistant, thread={"messages": [GREETING]}
    ) as both:
        transcript["both"] = summarize_stream(list(both))
    file = client.files.create(file=("data.bin", CONTENT), purpose="assistants")
    transcript["file"] = summarize_file(file, client.files.content(file.id).content)
    transcript["errors"] = [
        get_error(
            openai.NotFoundError, lambda: threads.runs.retrieve("run_nobody", thread_id=thread)
        ),
        get_error(openai.AuthenticationError, lambda: client.models.list(extra_headers=NO_KEY)),
    ]
    return transcript


def use_tools(client: OpenAI, thread: str, assistant: str) -> Any:
    runs = client.beta.threads.runs
    with runs.stream(thread_id=thread, assistant_id=assistant, tools=[WEATHER]) as stream:
        waiting = stream.get_final_run()
    with runs.submit_tool_outputs_stream(
        run_id=waiting.id, thread_id=thread, tool_outputs=make_outputs(waiting)
    ) as resumed:
        deltas = list(resumed.text_deltas)
        run = resumed.get_final_run()
    newest = client.beta.threads.messages.list(thread, limit=1).data
    return summarize_tools(waiting, deltas, run, newest)


def get_error(expected: type[openai.APIStatusError], call: Callable[[], object]) -> Any:
    try:
        call()
    except expected as error:
        return summarize_error(error)
    return "no error"


async def hold_conversation_async(client: AsyncOpenAI) -> Any:
    threads = client.beta.threads
    assistant = (await client.beta.assistants.create(model="gpt-4o", name="Guide")).id
    thread = (await threads.create(metadata={"topic": "weather"})).id
    message = await threads.messages.create(thread, **GREETING)
    stream = await threads.runs.create(thread, assistant_id=assistant, stream=True)
    transcript = {
        "message": get_texts([message]),
        "stream": summarize_stream([event async for event in stream]),
    }
    handler = AsyncHandler()
    async with threads.runs.stream(
        thread_id=thread, assistant_id=assistant, event_handler=handler
    ) as handled:
        await handled.until_done()
    transcript["handler"] = handler.notes.summary()
    run = await threads.runs.create_and_poll(thread_id=thread, assistant_id=assistant)
    steps = (await threads.runs.steps.list(run.id, thread_id=thread)).data
    newest = (await threads.messages.list(thread, limit=2)).data
    transcript["poll"] = [run.status, [step.type for step in steps], get_texts(newest)]
    transcript["tools"] = await use_tools_async(client, thread, assistant)
    async with threads.create_and_run_stream(
        assistant_id=assistant, thread={"messages": [GREETING]}
    ) as both:
        transcript["both"] = summarize_stream([event async for event in both])
    file = await client.files.create(file=("data.bin", CONTENT), purpose="assistants")
    transcript["file"] = summarize_file(file, (await client.files.content(file.id)).content)
    transcript["errors"] = [
        await get_error_async(
            openai.NotFoundError, threads.runs.retrieve("run_nobody", thread_id=thread)
        ),
        await get_error_async(openai.AuthenticationError, client.models.list(extra_headers=NO_KEY)),
    ]
    return transcript


async def use_tools_async(client: AsyncOpenAI, thread: str, assistant: str) -> Any:
    runs = client.beta.threads.runs
    async with runs.stream(thread_id=thread, assistant_id=assistant, tools=[WEATHER]) as stream:
        waiting = await stream.get_final_run()
    async with runs.submit_tool_outputs_stream(
        run_id=waiting.id, thread_id=thread, tool_outputs=make_outputs(waiting)
    ) as resumed:
        deltas = [delta async for delta in resumed.text_deltas]
        run = await resumed.get_final_run()
    newest = (await client.beta.threads.messages.list(thread, limit=1)).data
    return summarize_tools(waiting, deltas, run, newest)


async def get_error_async(expected: type[openai.APIStatusError], call: Awaitable[object]) -> Any:
    try:
        await call
    except expected as error:
        return summarize_error(error)
    return "no error"


def note_response(wire: Wire, response: Any) -> None:
    pairs = response.headers.multi_items()
    headers = [pair for pair in pairs if not pair[0].startswith("x-runreel-")]
    wire.append((response.status_code, headers))


def main(kind: str, wire: Wire) -> Any:
    hooks: Any = {"response": [lambda response: note_response(wire, response)]}
    http_client = DefaultHttpxClient(event_hooks=hooks)
    if kind == "azure":
        with AzureOpenAI(http_client=http_client) as azure:
            return hold_conversation(azure)
    with OpenAI(http_client=http_client) as client:
        return hold_conversation(client)


async def main_async(wire: Wire) -> Any:
    async def note(response: Any) -> None:
        note_response(wire, response)

    http_client = DefaultAsyncHttpxClient(event_hooks={"response": [note]})
    async with AsyncOpenAI(http_client=http_client) as client:
        return await hold_conversation_async(client)


if __name__ == "__main__":
    (_, kind), responses = sys.argv, Wire()
    transcript = asyncio.run(main_async(responses)) if kind == "async" else main(kind, responses)
    print(json.dumps({"version": openai.__version__, "transcript": transcript, "wire": responses}))
