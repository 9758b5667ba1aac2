"""A travel guide: an assistant whose answers are polled or streamed, and include the weather.

It uses the Assistants API of the ``openai`` package and does not know of runreel.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence

from openai import AsyncOpenAI, OpenAI
from openai.types.beta import FunctionToolParam
from openai.types.beta.threads import Message, Run
from openai.types.beta.threads.run_submit_tool_outputs_params import ToolOutput

WEATHER: FunctionToolParam = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city, now.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string", "examples": ["Lisbon"]}},
            "required": ["city"],
        },
    },
}

INSTRUCTIONS = "You are a travel guide. Answer in two sentences, and recommend one place."

Weather = Callable[[str], str]
"""A function from a city to a description of its weather."""


class RefusedError(Exception):
    """A run that failed; the message is the API's."""


class Guide:
    """A guide with one conversation."""

    def __init__(self, client: OpenAI, *, weather: Weather, model: str = "gpt-4o") -> None:
        self._runs = client.beta.threads.runs
        self._messages = client.beta.threads.messages
        self._weather = weather
        self._assistant = client.beta.assistants.create(
            model=model, name="Guide", instructions=INSTRUCTIONS
        ).id
        self._thread = client.beta.threads.create().id

    def answer(self, question: str) -> str:
        """Return the answer; the run is polled until it ends. Raises ``RefusedError``."""
        self._say(question)
        run = self._runs.create_and_poll(thread_id=self._thread, assistant_id=self._assistant)
        return self._last_answer(run)

    def tell(self, question: str) -> Iterator[str]:
        """Yield the pieces of the answer as they arrive."""
        self._say(question)
        with self._runs.stream(thread_id=self._thread, assistant_id=self._assistant) as stream:
            yield from stream.text_deltas

    def answer_with_weather(self, question: str) -> str:
        """Return an answer for which the guide may look up the weather. Raises ``RefusedError``."""
        self._say(question)
        run = self._runs.create_and_poll(
            thread_id=self._thread, assistant_id=self._assistant, tools=[WEATHER]
        )
        while run.status == "requires_action":
            run = self._runs.submit_tool_outputs_and_poll(
                run_id=run.id, thread_id=self._thread, tool_outputs=self._outputs(run)
            )
        return self._last_answer(run)

    def tell_with_weather(self, question: str) -> Iterator[str]:
        """Yield the pieces of an answer for which the guide may look up the weather."""
        self._say(question)
        with self._runs.stream(
            thread_id=self._thread, assistant_id=self._assistant, tools=[WEATHER]
        ) as stream:
            yield from stream.text_deltas
            run = stream.get_final_run()
        if run.status != "requires_action":
            return
        with self._runs.submit_tool_outputs_stream(
            run_id=run.id, thread_id=self._thread, tool_outputs=self._outputs(run)
        ) as stream:
            yield from stream.text_deltas

    def _say(self, text: str) -> None:
        self._messages.create(self._thread, role="user", content=text)

    def _outputs(self, run: Run) -> list[ToolOutput]:
        """Return the outputs of the function calls for which the run waits."""
        action = run.required_action
        calls = action.submit_tool_outputs.tool_calls if action else []
        return [
            {
                "tool_call_id": call.id,
                "output": self._weather(json.loads(call.function.arguments)["city"]),
            }
            for call in calls
        ]

    def _last_answer(self, run: Run) -> str:
        if run.status != "completed":
            raise RefusedError(run.last_error.message if run.last_error else run.status)
        newest = self._messages.list(self._thread, limit=1, order="desc").data[0]
        return join_text(newest)


async def answer_all(client: AsyncOpenAI, questions: Sequence[str]) -> list[str]:
    """Return the answers to many questions at once, each in its own conversation."""
    assistant = await client.beta.assistants.create(model="gpt-4o", instructions=INSTRUCTIONS)

    async def answer(question: str) -> str:
        run = await client.beta.threads.create_and_run_poll(
            assistant_id=assistant.id,
            thread={"messages": [{"role": "user", "content": question}]},
        )
        page = await client.beta.threads.messages.list(run.thread_id, limit=1, order="desc")
        return join_text(page.data[0])

    return list(await asyncio.gather(*map(answer, questions)))


def join_text(message: Message) -> str:
    """Return all the text of a message."""
    return "".join(part.text.value for part in message.content if part.type == "text")
