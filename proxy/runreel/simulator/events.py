"""Server-sent events of a run, and how they look on the wire.

For their names and data see
https://platform.openai.com/docs/api-reference/assistants-streaming/events.
"""

from __future__ import annotations

from typing import NamedTuple

from runreel.simulator.objects import Json, JsonObject, Message, Run, Step, as_json, dumped


class Event(NamedTuple):
    """One event; ``data`` is what its object was when it happened."""

    name: str
    data: JsonObject

    def encode(self) -> bytes:
        """The bytes of the event, with the empty line that ends it."""
        return b"event: %s\ndata: %s\n\n" % (self.name.encode(), dumped(self.data))


DONE = b"event: done\ndata: [DONE]\n\n"
"""The last event of a stream; its data is no JSON."""

BREAK = Event("break", {})
"""Where a stream's connection is to break; it is never sent."""


def run_event(run: Run, name: str = "") -> Event:
    """A run's event, named after its status unless told otherwise. So for those below."""
    return Event(f"thread.run.{name or run.status}", as_json(run))


def step_event(step: Step, name: str = "") -> Event:
    """A step's event."""
    return Event(f"thread.run.step.{name or step.status}", as_json(step))


def message_event(message: Message, name: str = "") -> Event:
    """A message's event."""
    return Event(f"thread.message.{name or message.status}", as_json(message))


def text_delta(message: Message, piece: str) -> Event:
    """A piece of a message's text; the first one brings the list of annotations."""
    text: dict[str, Json] = {"value": piece}
    if not message.content:
        text["annotations"] = []
    content: Json = [{"index": 0, "type": "text", "text": text}]
    return _delta("thread.message.delta", message.id, {"content": content})


def tool_delta(step: Step, kind: str, change: JsonObject, call_id: str = "") -> Event:
    """A piece of a step's tool call; the first one brings the call's id."""
    named: JsonObject = {"id": call_id} if call_id else {}
    call: Json = {"index": 0, **named, "type": kind, kind: change}
    details: Json = {"type": "tool_calls", "tool_calls": [call]}
    return _delta("thread.run.step.delta", step.id, {"step_details": details})


def _delta(kind: str, name: str, delta: JsonObject) -> Event:
    return Event(kind, {"id": name, "object": kind, "delta": delta})
