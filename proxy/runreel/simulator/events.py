"""The server-sent events of a run, and their encoding.

Names and data: https://platform.openai.com/docs/api-reference/assistants-streaming/events.
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
    """An event; ``data`` is the object as it was at that moment."""

    name: str
    data: JsonObject

    def encode(self) -> bytes:
        """Return the bytes of the event, with the empty line at its end."""
        return b"event: %s\ndata: %s\n\n" % (self.name.encode(), dump_json(self.data))


DONE = b"event: done\ndata: [DONE]\n\n"
"""The last event of a stream; its data is not JSON."""

BREAK = SimulatedEvent("break", {})
"""A mark, never sent: at this point the connection of a stream is closed."""


def make_run_event(run: RunObject, name: str = "") -> SimulatedEvent:
    """Return an event of a run; ``name`` is by default the run's status."""
    return SimulatedEvent(f"thread.run.{name or run.status}", to_json(run))


def make_step_event(step: RunStepObject, name: str = "") -> SimulatedEvent:
    """Return an event of a step; ``name`` is by default the step's status."""
    return SimulatedEvent(f"thread.run.step.{name or step.status}", to_json(step))


def make_message_event(message: MessageObject, name: str = "") -> SimulatedEvent:
    """Return an event of a message; ``name`` is by default the message's status."""
    return SimulatedEvent(f"thread.message.{name or message.status}", to_json(message))


def make_text_delta(message: MessageObject, piece: str) -> SimulatedEvent:
    """Return the delta of a message's text; the first delta also has the list of annotations."""
    text: dict[str, JsonValue] = {"value": piece}
    if not message.content:
        text["annotations"] = []
    content: JsonValue = [{"index": 0, "type": "text", "text": text}]
    return _make_delta("thread.message.delta", message.id, {"content": content})


def make_tool_delta(
    step: RunStepObject, kind: str, change: JsonObject, call_id: str = ""
) -> SimulatedEvent:
    """Return the delta of a step's tool call; the first delta also has ``call_id``."""
    id_: JsonObject = {"id": call_id} if call_id else {}
    call: JsonValue = {"index": 0, **id_, "type": kind, kind: change}
    details: JsonValue = {"type": "tool_calls", "tool_calls": [call]}
    return _make_delta("thread.run.step.delta", step.id, {"step_details": details})


def _make_delta(kind: str, object_id: str, delta: JsonObject) -> SimulatedEvent:
    return SimulatedEvent(kind, {"id": object_id, "object": kind, "delta": delta})
