"""Sessions of agents, and responses, with the openai package; prints what it got as JSON.

The package reads the server and the key from the environment.
"""

from __future__ import annotations

import json
from typing import Any

from openai import OpenAI

WEATHER: Any = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string", "examples": ["Lisbon"]}},
        "required": ["city"],
    },
}

client: Any = OpenAI()
sessions = client.beta.agents.sessions


def create_with_stream() -> Any:
    """Create a session with its first turn, and leave when it is idle."""
    agent = {"model": "model-a"}
    environment = {"type": "none"}
    kinds, text = [], ""
    stream = sessions.create(environment=environment, agent=agent, input="Hello?", stream=True)
    with stream:
        for event in stream:
            kinds.append(event.type)
            if event.type.endswith("output_text.delta"):
                text += event.delta
            if event.type == "agent.session.idle":
                break
    return [kinds, text]


def run_turn() -> Any:
    """Let the library run a turn that calls a function, beside the stream of its events."""
    agent = {"model": "model-a", "tools": [WEATHER]}
    environment = {"type": "self_hosted", "workspace_directory": "/src"}
    session = sessions.create(environment=environment, agent=agent)
    handlers = {"get_weather": lambda city: f"18 degrees in {city}"}
    with sessions.stream(session.id, input="The weather?", tool_handlers=handlers) as stream:
        kinds = [event.type for event in stream]
    items = [item.to_dict() for item in sessions.items.list(session.id)]
    return [kinds, items, sessions.retrieve(session.id).status]


def chain_responses() -> Any:
    first = client.responses.create(model="model-a", input="Hello?")
    with client.responses.stream(
        model="model-a", input="And now?", previous_response_id=first.id
    ) as stream:
        kinds = [event.type for event in stream]
        second = stream.get_final_response()
    again = client.responses.retrieve(first.id)
    return [kinds, second.previous_response_id == first.id, again.to_dict()]


print(json.dumps([create_with_stream(), run_turn(), chain_responses()]))
