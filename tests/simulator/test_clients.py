"""The real OpenAI client with the simulator: every helper for runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
from openai import AsyncAssistantEventHandler, AsyncOpenAI, AzureOpenAI, OpenAI
from openai.types.beta.threads import Message, Run, Text
from openai.types.beta.threads.runs import ToolCall
from typing_extensions import override

from runreel.simulator import serve_simulator

# The client marks the Assistants API as deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

KEY = "sk-test-canary-simulator"

WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "unit": {"enum": ["c", "f"]}},
        },
    },
}
CODE_INTERPRETER: Any = {"type": "code_interpreter"}


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with serve_simulator() as base:
        yield base


@pytest.fixture
async def client(url: str) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0) as ready:
        yield ready


async def create_assistant_and_thread(client: AsyncOpenAI, *tools: Any) -> tuple[str, str]:
    assistant = await client.beta.assistants.create(model="gpt-4o", tools=tools)
    thread = await client.beta.threads.create(messages=[{"role": "user", "content": "Grüß Gott"}])
    return assistant.id, thread.id


def make_outputs(run: Run) -> list[Any]:
    assert run.required_action is not None
    calls = run.required_action.submit_tool_outputs.tool_calls
    return [{"tool_call_id": call.id, "output": "70 °F"} for call in calls]


def get_text(message: Message) -> str:
    (part,) = message.content
    assert part.type == "text"
    return part.text.value


async def test_create_with_stream(client: AsyncOpenAI) -> None:
    assistant, thread = await create_assistant_and_thread(client)
    stream = await client.beta.threads.runs.create(thread, assistant_id=assistant, stream=True)
    events = [event async for event in stream]
    assert events[0].event == "thread.run.created"
    assert events[-1].event == "thread.run.completed"
    assert events[-1].data.usage is not None
    stored = await client.beta.assistants.retrieve(assistant)
    assert stored.model == events[-1].data.model


class Handler(AsyncAssistantEventHandler):
    """A handler that notes the events that the client reports."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[str] = []

    @override
    async def on_text_created(self, text: Text) -> None:
        self.notes.append("text created")

    @override
    async def on_text_done(self, text: Text) -> None:
        self.notes.append(f"text done: {text.value}")

    @override
    async def on_tool_call_done(self, tool_call: ToolCall) -> None:
        self.notes.append(f"{tool_call.type} done")

    @override
    async def on_message_done(self, message: Message) -> None:
        self.notes.append("message done")

    @override
    async def on_end(self) -> None:
        self.notes.append("end")


async def test_stream_with_an_event_handler(client: AsyncOpenAI) -> None:
    assistant, thread = await create_assistant_and_thread(client, CODE_INTERPRETER)
    async with client.beta.threads.runs.stream(
        thread_id=thread, assistant_id=assistant, event_handler=Handler()
    ) as handler:
        await handler.until_done()
    messages = await handler.get_final_messages()
    code, _ = await handler.get_final_run_steps()
    assert list(dict.fromkeys(handler.notes)) == [  # the client reports some twice
        "code_interpreter done",
        "text created",
        f"text done: {get_text(messages[0])}",
        "message done",
        "end",
    ]
    assert code.step_details.type == "tool_calls"
    assert "“Grüß Gott”" in get_text(messages[0])


async def test_create_and_poll(client: AsyncOpenAI) -> None:
    assistant, thread = await create_assistant_and_thread(client)
    run = await client.beta.threads.runs.create_and_poll(thread_id=thread, assistant_id=assistant)
    newest, _ = (await client.beta.threads.messages.list(thread, limit=2)).data
    (of_run,) = (await client.beta.threads.messages.list(thread, run_id=run.id)).data
    (step,) = (await client.beta.threads.runs.steps.list(run.id, thread_id=thread)).data
    assert run.status == "completed"
    assert newest == of_run
    assert step.step_details.type == "message_creation"
    assert step.step_details.message_creation.message_id == newest.id
    same = await client.beta.threads.runs.steps.retrieve(step.id, run_id=run.id, thread_id=thread)
    assert same == step


async def test_submit_tool_outputs_stream(client: AsyncOpenAI) -> None:
    assistant, thread = await create_assistant_and_thread(client, WEATHER)
    async with client.beta.threads.runs.stream(thread_id=thread, assistant_id=assistant) as stream:
        waiting = await stream.get_final_run()
        (step,) = await stream.get_final_run_steps()
    assert step.step_details.type == "tool_calls"
    (call,) = step.step_details.tool_calls
    assert call.type == "function"
    assert json.loads(call.function.arguments) == {"city": "some city", "unit": "c"}
    async with client.beta.threads.runs.submit_tool_outputs_stream(
        run_id=waiting.id, thread_id=thread, tool_outputs=make_outputs(waiting)
    ) as resumed:
        (message,) = await resumed.get_final_messages()
        run = await resumed.get_final_run()
    assert run.status == "completed"
    assert "“70 °F”" in get_text(message)


async def test_submit_tool_outputs_and_poll(client: AsyncOpenAI) -> None:
    assistant, thread = await create_assistant_and_thread(client, WEATHER)
    runs = client.beta.threads.runs
    waiting = await runs.create_and_poll(thread_id=thread, assistant_id=assistant)
    assert waiting.status == "requires_action"
    run = await runs.submit_tool_outputs_and_poll(
        run_id=waiting.id, thread_id=thread, tool_outputs=make_outputs(waiting)
    )
    assert run.status == "completed"


async def test_create_and_run_stream(client: AsyncOpenAI) -> None:
    assistant, _ = await create_assistant_and_thread(client)
    async with client.beta.threads.create_and_run_stream(
        assistant_id=assistant, thread={"messages": [{"role": "user", "content": "Hi"}]}
    ) as stream:
        names = [event.event async for event in stream]
        text = get_text((await stream.get_final_messages())[0])
    assert names[:2] == ["thread.created", "thread.run.created"]
    assert "“Hi”" in text


async def test_create_and_run_poll(client: AsyncOpenAI) -> None:
    assistant, _ = await create_assistant_and_thread(client)
    run = await client.beta.threads.create_and_run_poll(assistant_id=assistant)
    assert run.status == "completed"


async def test_pages_of_messages(client: AsyncOpenAI) -> None:
    _, thread = await create_assistant_and_thread(client)
    for text in "abc":
        await client.beta.threads.messages.create(thread, role="user", content=text)
    pages = client.beta.threads.messages.list(thread, limit=1, order="asc")
    assert [get_text(message) async for message in pages] == ["Grüß Gott", "a", "b", "c"]


async def test_files(client: AsyncOpenAI) -> None:
    content = b"\x00\xff" * 70_000
    file = await client.files.create(file=("data.bin", content), purpose="assistants")
    assert (file.filename, file.bytes) == ("data.bin", len(content))
    assert (await client.files.content(file.id)).content == content
    assert [each.id async for each in client.files.list()] == [file.id]
    assert (await client.files.delete(file.id)).deleted


async def test_a_bad_key_an_unknown_id_and_a_limit_raise_the_clients_errors(
    client: AsyncOpenAI,
) -> None:
    assistant, thread = await create_assistant_and_thread(client)
    no_key = {"Authorization": openai.Omit()}
    with pytest.raises(openai.AuthenticationError):
        await client.models.list(extra_headers=no_key)
    with pytest.raises(openai.NotFoundError, match="run_x"):
        await client.beta.threads.runs.retrieve("run_x", thread_id=thread)
    with pytest.raises(openai.RateLimitError):
        await client.beta.threads.runs.create(
            thread, assistant_id=assistant, metadata={"simulate": "rate_limit"}
        )


async def test_a_broken_stream_raises(client: AsyncOpenAI) -> None:
    assistant, thread = await create_assistant_and_thread(client)
    stream = await client.beta.threads.runs.create(
        thread, assistant_id=assistant, stream=True, metadata={"simulate": "break"}
    )
    with pytest.raises(openai.APIConnectionError):
        _ = [event async for event in stream]


def hold_conversation(client: OpenAI) -> list[str]:
    """Hold a conversation with the synchronous client."""
    with client:
        assistant = client.beta.assistants.create(model="gpt-4o", tools=[WEATHER])
        thread = client.beta.threads.create(messages=[{"role": "user", "content": "Hi"}])
        runs = client.beta.threads.runs
        with runs.stream(thread_id=thread.id, assistant_id=assistant.id) as stream:
            waiting = stream.get_final_run()
        with runs.submit_tool_outputs_stream(
            run_id=waiting.id, thread_id=thread.id, tool_outputs=make_outputs(waiting)
        ) as resumed:
            deltas = list(resumed.text_deltas)
        again = runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id)
    return [waiting.status, "".join(deltas), again.status]


async def test_the_synchronous_client(url: str) -> None:
    client = OpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0)
    waiting, text, again = await asyncio.to_thread(hold_conversation, client)
    assert (waiting, again) == ("requires_action", "completed")
    assert "“70 °F”" in text


async def test_the_azure_client(url: str) -> None:
    client = AzureOpenAI(azure_endpoint=url, api_key=KEY, api_version="2024-05-01-preview")
    assert (await asyncio.to_thread(hold_conversation, client))[0] == "requires_action"
