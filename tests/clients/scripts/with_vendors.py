"""One conversation with the client library of a vendor; prints what the library makes of it.

``python with_vendors.py NAME``; ``SERVER`` is the base URL without a path, ``KEY`` the key.
"""

# ruff: noqa: PLC0415 - each library is imported for its own client only
# mypy: disable-error-code="import-not-found,untyped-decorator,unused-ignore"

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable
from typing import Any

SERVER = os.environ["SERVER"]
KEY = os.environ["KEY"]
QUESTION = "Write to ann@example.org, bob@example.com and carl@example.net."
UUID = "1c5ec7a8-1111-4a11-8111-111111111111"


def talk_to_anthropic() -> Any:
    from anthropic import Anthropic

    client = Anthropic(base_url=SERVER, api_key=KEY)
    messages: Any = [{"role": "user", "content": QUESTION}]
    with client.messages.stream(model="model-a", max_tokens=99, messages=messages) as stream:
        deltas = list(stream.text_stream)
        message = stream.get_final_message()
    count = client.messages.count_tokens(model="model-a", messages=messages)
    return [deltas, message.to_dict(), count.input_tokens]


def use_managed_agents() -> Any:
    """Read the events of a session while it is sent a message, and leave when it is idle."""
    from anthropic import Anthropic

    client: Any = Anthropic(base_url=SERVER, api_key=KEY)
    agent = client.beta.agents.create(model="model-a", name="Demo")
    session = client.beta.sessions.create(agent=agent.id, environment_id="env_0001")
    events = client.beta.sessions.events
    message = {"type": "user.message", "content": [{"type": "text", "text": QUESTION}]}
    seen = []
    with events.stream(session.id, event_deltas=["agent.message"]) as stream:
        events.send(session.id, events=[message])
        for event in stream:
            seen.append(event.to_dict())
            if event.type == "session.status_idle":
                break
    return [agent.id, session.id, json.loads(json.dumps(seen, default=str))]


def talk_to_anthropic_on_bedrock() -> Any:
    from anthropic import AnthropicBedrock

    client = AnthropicBedrock(base_url=SERVER, api_key=KEY, aws_region="us-east-1")
    messages: Any = [{"role": "user", "content": QUESTION}]
    with client.messages.stream(model="vendor.model-a", max_tokens=99, messages=messages) as stream:
        return [list(stream.text_stream), stream.get_final_message().to_dict()]


def talk_to_gemini() -> Any:
    from google import genai

    options: Any = {"base_url": SERVER, "api_version": "v1beta"}
    client = genai.Client(api_key=KEY, http_options=options)
    stream = client.models.generate_content_stream(model="model-a", contents=QUESTION)
    chunks = [chunk.model_dump(mode="json", exclude={"sdk_http_response"}) for chunk in stream]
    embedded = client.models.embed_content(model="model-a", contents=["Hello.", "Good bye."])
    return [chunks, [each.values for each in embedded.embeddings or ()]]


def talk_to_vertex() -> Any:
    from google import genai
    from google.oauth2.credentials import Credentials

    client = genai.Client(
        vertexai=True,
        project="p",
        location="us-central1",
        credentials=Credentials(token=KEY),
        http_options={"base_url": SERVER},
    )
    stream = client.models.generate_content_stream(model="model-a", contents=QUESTION)
    return [chunk.model_dump(mode="json", exclude={"sdk_http_response"}) for chunk in stream]


def talk_to_langgraph() -> Any:
    from langgraph_sdk import get_sync_client

    client = get_sync_client(url=SERVER, api_key=KEY)
    question = {"messages": [{"role": "user", "content": QUESTION}]}
    modes: Any = ["messages-tuple", "values"]
    stream = client.runs.stream(UUID, "agent", input=question, stream_mode=modes)
    events: list[Any] = [[part.event, part.data] for part in stream]
    state = client.runs.wait(UUID, "agent", input=question)
    return [events, state]


def talk_to_ollama() -> Any:
    from ollama import Client

    client = Client(host=SERVER)
    messages = [{"role": "user", "content": QUESTION}]
    stream = client.chat("model-a", messages=messages, stream=True)
    return [chunk.model_dump(mode="json") for chunk in stream]


def talk_to_bedrock() -> Any:
    import boto3
    from botocore.config import Config

    client = boto3.client(
        "bedrock-runtime",
        region_name="us-east-1",
        endpoint_url=SERVER,
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key=KEY,
        config=Config(retries={"total_max_attempts": 1}),
    )
    return converse(client)


def talk_to_bedrock_with_bearer_key() -> Any:
    """Send the key as docs/dialects.md says: boto3 itself sends it to https only."""
    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config

    client = boto3.client(
        "bedrock-runtime",
        region_name="us-east-1",
        endpoint_url=SERVER,
        config=Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}),
    )

    def add_key(request: Any, **_: Any) -> None:
        request.headers["Authorization"] = f"Bearer {KEY}"

    client.meta.events.register("request-created.bedrock-runtime", add_key)
    return converse(client)


def converse(client: Any) -> Any:
    messages = [{"role": "user", "content": [{"text": QUESTION}]}]
    answer = client.converse_stream(modelId="vendor.model-a-v1:0", messages=messages)
    invoked = client.invoke_model_with_response_stream(
        modelId="vendor.model-b-v1:0", body=json.dumps({"prompt": QUESTION})
    )
    return [list(answer["stream"]), [each["chunk"]["bytes"].decode() for each in invoked["body"]]]


def talk_to_cohere() -> Any:
    from cohere import ClientV2

    client: Any = ClientV2(api_key=KEY, base_url=SERVER)
    messages = [{"role": "user", "content": QUESTION}]
    events = [event.dict() for event in client.chat_stream(model="model-a", messages=messages)]
    embedded = client.embed(model="e", input_type="search_query", texts=["Hi"])
    return [events, embedded.dict()["embeddings"]]


def talk_to_mistral() -> Any:
    from mistralai.client import Mistral

    client: Any = Mistral(api_key=KEY, server_url=SERVER)
    messages = [{"role": "user", "content": QUESTION}]
    with client.chat.stream(model="model-a", messages=messages) as stream:
        chunks = [event.data.model_dump(mode="json") for event in stream]
    with client.beta.conversations.start_stream(model="model-a", inputs=QUESTION) as stream:
        return [chunks, [event.model_dump(mode="json") for event in stream]]


def talk_to_chat() -> Any:
    from openai import OpenAI

    client = OpenAI(base_url=f"{SERVER}/v1", api_key=KEY)
    messages: Any = [{"role": "user", "content": QUESTION}]
    stream = client.chat.completions.create(model="model-a", messages=messages, stream=True)
    chunks = [chunk.to_dict() for chunk in stream]
    embedded = client.embeddings.create(model="embed-x", input=["Hello.", "Good bye."])
    heard = client.audio.transcriptions.create(
        model="model-a", file=("a.wav", b"RIFF"), stream=True
    )
    return [chunks, [each.embedding for each in embedded.data], [each.to_dict() for each in heard]]


def talk_with_openai_agents() -> Any:
    from agents import Agent, OpenAIResponsesModel, RunConfig, Runner, function_tool
    from agents.tracing import set_tracing_disabled
    from openai import AsyncOpenAI

    set_tracing_disabled(True)

    @function_tool
    def get_weather(city: str) -> str:
        """Tell the weather in a city."""
        return f"18 degrees in {city}"

    model = OpenAIResponsesModel("model-a", AsyncOpenAI(base_url=f"{SERVER}/v1", api_key=KEY))
    agent = Agent(name="Demo", instructions="Be brief.", model=model, tools=[get_weather])

    async def run() -> Any:
        result = Runner.run_streamed(agent, QUESTION, run_config=RunConfig(tracing_disabled=True))
        kinds = [event.type async for event in result.stream_events()]
        return [kinds, result.final_output]

    return asyncio.run(run())


def talk_with_pydantic_ai() -> Any:
    from pydantic_ai import Agent
    from pydantic_ai.models.openai import OpenAIResponsesModel
    from pydantic_ai.providers.openai import OpenAIProvider

    provider = OpenAIProvider(base_url=f"{SERVER}/v1", api_key=KEY)
    agent = Agent(OpenAIResponsesModel("model-a", provider=provider))

    @agent.tool_plain
    def get_weather(city: str) -> str:
        """Tell the weather in a city."""
        return f"18 degrees in {city}"

    return agent.run_sync(QUESTION).output


def talk_with_langchain() -> Any:
    from langchain_openai import ChatOpenAI

    model: Any = ChatOpenAI(
        model="model-a", base_url=f"{SERVER}/v1", api_key=KEY, use_responses_api=True
    )
    return [chunk.text for chunk in model.stream(QUESTION)]


CLIENTS: dict[str, Callable[[], Any]] = {
    "anthropic": talk_to_anthropic,
    "managed-agents": use_managed_agents,
    "anthropic-on-bedrock": talk_to_anthropic_on_bedrock,
    "gemini": talk_to_gemini,
    "vertex": talk_to_vertex,
    "langgraph": talk_to_langgraph,
    "ollama": talk_to_ollama,
    "bedrock": talk_to_bedrock,
    "bedrock-bearer": talk_to_bedrock_with_bearer_key,
    "cohere": talk_to_cohere,
    "mistral": talk_to_mistral,
    "chat": talk_to_chat,
    "openai-agents": talk_with_openai_agents,
    "pydantic-ai": talk_with_pydantic_ai,
    "langchain": talk_with_langchain,
}


if __name__ == "__main__":
    print(json.dumps(CLIENTS[sys.argv[1]](), ensure_ascii=False))
