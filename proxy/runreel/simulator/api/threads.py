"""The operations on threads and on the messages in them.

API reference: https://platform.openai.com/docs/api-reference/threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from runreel.simulator.api.pages import build_page
from runreel.simulator.api.requests import ApiCall, JsonBody
from runreel.simulator.api_error import ApiError
from runreel.simulator.objects import (
    JsonObject,
    MessageObject,
    ThreadObject,
    make_deletion,
    make_text_content,
    to_json,
)
from runreel.simulator.state import SimulatorState

ROLES = ("user", "assistant")


def create_thread(state: SimulatorState, call: ApiCall) -> JsonObject:
    """Create a thread, with the messages in the body."""
    return to_json(open_thread(state, call.body))


def open_thread(state: SimulatorState, body: JsonBody) -> ThreadObject:
    """Store the thread that the body describes, and its messages; return the thread."""
    thread = ThreadObject(
        id=state.allocate_id("thread_"),
        created_at=state.get_time(),
        metadata=body.get_object("metadata"),
        tool_resources=body.get_object("tool_resources"),
    )
    messages = draft_messages(state, thread.id, body.get_objects("messages"))
    state.threads[thread.id] = thread
    save_messages(state, messages)
    return thread


def retrieve_thread(state: SimulatorState, call: ApiCall) -> JsonObject:
    """Return a thread, without its messages."""
    return to_json(state.get_thread(call.ids))


def update_thread(state: SimulatorState, call: ApiCall) -> JsonObject:
    """Change the fields of a thread that are in the body."""
    old = state.get_thread(call.ids)
    new = replace(
        old,
        metadata=call.body.get_object("metadata", old.metadata),
        tool_resources=call.body.get_object("tool_resources", old.tool_resources),
    )
    state.threads[new.id] = new
    return to_json(new)


def delete_thread(state: SimulatorState, call: ApiCall) -> JsonObject:
    """Delete a thread with its messages and runs."""
    thread = get_idle_thread(state, call)
    for message in state.find_messages(thread.id):
        del state.messages[message.id]
    for run in state.find_runs(thread.id):
        for step in state.find_steps(run.id):
            del state.steps[step.id]
        del state.runs[run.id]
    return make_deletion(state.threads.pop(thread.id))


def create_message(state: SimulatorState, call: ApiCall) -> JsonObject:
    """Add a message to a thread."""
    messages = draft_messages(state, get_idle_thread(state, call).id, [call.body.fields])
    save_messages(state, messages)
    return to_json(messages[0])


def list_messages(state: SimulatorState, call: ApiCall) -> JsonObject:
    """Return a page of a thread's messages, only those of the query's ``run_id`` if it has one."""
    run_id = call.query.get("run_id")
    messages = state.find_messages(state.get_thread(call.ids).id)
    return build_page([each for each in messages if run_id in {None, each.run_id}], call.query)


def retrieve_message(state: SimulatorState, call: ApiCall) -> JsonObject:
    """Return a message."""
    return to_json(state.get_message(call.ids))


def update_message(state: SimulatorState, call: ApiCall) -> JsonObject:
    """Change a message's metadata; its text cannot be changed."""
    old = state.get_message(call.ids)
    new = replace(old, metadata=call.body.get_object("metadata", old.metadata))
    save_messages(state, [new])
    return to_json(new)


def delete_message(state: SimulatorState, call: ApiCall) -> JsonObject:
    """Delete a message."""
    get_idle_thread(state, call)
    return make_deletion(state.messages.pop(state.get_message(call.ids).id))


def get_idle_thread(state: SimulatorState, call: ApiCall) -> ThreadObject:
    """Return the thread of a call; raise ``ApiError`` (400) if a run is active on it."""
    thread = state.get_thread(call.ids)
    run = state.find_active_run(thread.id)
    if run is not None:
        raise ApiError(400, f"Thread {thread.id} already has an active run {run.id}.")
    return thread


def draft_messages(
    state: SimulatorState, thread_id: str, drafts: Sequence[JsonObject]
) -> list[MessageObject]:
    """Build messages without storing them; raise ``ApiError`` for the first invalid draft."""
    return [_draft_message(state, thread_id, JsonBody(draft)) for draft in drafts]


def save_messages(state: SimulatorState, messages: Sequence[MessageObject]) -> None:
    """Store messages; one with a known id replaces the old version."""
    state.messages |= {message.id: message for message in messages}


def _draft_message(state: SimulatorState, thread_id: str, body: JsonBody) -> MessageObject:
    at = state.get_time()
    return MessageObject(
        id=state.allocate_id("msg_"),
        created_at=at,
        thread_id=thread_id,
        completed_at=at,
        role=_parse_role(body),
        content=_parse_content(body),
        attachments=body.get_objects("attachments"),
        metadata=body.get_object("metadata"),
    )


def _parse_role(body: JsonBody) -> str:
    role = body.require_text("role")
    if role not in ROLES:
        message = f"Invalid value: '{role}'. Supported values are: 'user' and 'assistant'."
        raise ApiError(400, message, param="role", code="invalid_value")
    return role


def _parse_content(body: JsonBody) -> Sequence[JsonObject]:
    if isinstance(body.fields.get("content"), list):
        return [_parse_part(part) for part in body.get_objects("content")]
    return [make_text_content(body.require_text("content"))]


def _parse_part(part: JsonObject) -> JsonObject:
    return (
        make_text_content(JsonBody(part).require_text("text"))
        if part.get("type") == "text"
        else part
    )
