"""Server-sent events of a run, and how they look on the wire.

For their names and data see
https://platform.openai.com/docs/api-reference/assistants-streaming/events.
"""

from __future__ import annotations

from typing import NamedTuple

from runreel.simulator.objects import (
    JsonObject,
    JsonValue,
    MessageObject,
    RunObject,
    RunStepObject,
    dump_json,
    to_json,
)


class SimulatedEvent(NamedTuple):
    """One event; ``data`` is what its object was when it happened."""

    name: str
    data: JsonObject

    def encode(self) -> bytes:
        """The bytes of the event, with the empty line that ends it."""
        return b"event: %s\ndata: %s\n\n" % (self.name.encode(), dump_json(self.data))


DONE = b"event: done\ndata: [DONE]\n\n"
"""The last event of a stream; its data is no JSON."""

BREAK = SimulatedEvent("break", {})
"""Where a stream's connection is to break; it is never sent."""


def make_run_event(run: RunObject, name: str = "") -> SimulatedEvent:
    """A run's event, named after its status unless told otherwise. So for those below."""
    return SimulatedEvent(f"thread.run.{name or run.status}", to_json(run))


def make_step_event(step: RunStepObject, name: str = "") -> SimulatedEvent:
    """A step's event."""
    return SimulatedEvent(f"thread.run.step.{name or step.status}", to_json(step))


def make_message_event(message: MessageObject, name: str = "") -> SimulatedEvent:
    """A message's event."""
    return SimulatedEvent(f"thread.message.{name or message.status}", to_json(message))


def make_text_delta(message: MessageObject, piece: str) -> SimulatedEvent:
    """A piece of a message's text; the first one brings the list of annotations."""
    text: dict[str, JsonValue] = {"value": piece}
    if not message.content:
        text["annotations"] = []
    content: JsonValue = [{"index": 0, "type": "text", "text": text}]
    return _make_delta("thread.message.delta", message.id, {"content": content})


def make_tool_delta(
    step: RunStepObject, kind: str, change: JsonObject, call_id: str = ""
) -> SimulatedEvent:
    """A piece of a step's tool call; the first one brings the call's id."""
    named: JsonObject = {"id": call_id} if call_id else {}
    call: JsonValue = {"index": 0, **named, "type": kind, kind: change}
    details: JsonValue = {"type": "tool_calls", "tool_calls": [call]}
    return _make_delta("thread.run.step.delta", step.id, {"step_details": details})


def _make_delta(kind: str, name: str, delta: JsonObject) -> SimulatedEvent:
    return SimulatedEvent(kind, {"id": name, "object": kind, "delta": delta})
