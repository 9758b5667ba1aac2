"""The calls on threads and on the messages in them.

API reference: https://platform.openai.com/docs/api-reference/threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from runreel.simulator.calls import Body, Call, Refusal, listing
from runreel.simulator.objects import JsonObject, Message, Thread, as_json, deleted, text_content
from runreel.simulator.state import State

ROLES = ("user", "assistant")


def create_thread(state: State, call: Call) -> JsonObject:
    """Open a thread, with its first messages if the body has some."""
    return as_json(open_thread(state, call.body))


def open_thread(state: State, body: Body) -> Thread:
    """Keep the thread that a body describes, and its messages."""
    thread = Thread(
        id=state.new_id("thread_"),
        created_at=state.time(),
        metadata=body.mapping("metadata"),
        tool_resources=body.mapping("tool_resources"),
    )
    messages = drafted(state, thread.id, body.objects("messages"))
    state.threads[thread.id] = thread
    keep(state, messages)
    return thread


def retrieve_thread(state: State, call: Call) -> JsonObject:
    """One thread, without its messages."""
    return as_json(state.thread(call.ids))


def update_thread(state: State, call: Call) -> JsonObject:
    """Change what the body names."""
    old = state.thread(call.ids)
    new = replace(
        old,
        metadata=call.body.mapping("metadata", old.metadata),
        tool_resources=call.body.mapping("tool_resources", old.tool_resources),
    )
    state.threads[new.id] = new
    return as_json(new)


def delete_thread(state: State, call: Call) -> JsonObject:
    """Forget a thread, its messages and its runs."""
    thread = idle_thread(state, call)
    for message in state.messages_of(thread.id):
        del state.messages[message.id]
    for run in state.runs_of(thread.id):
        for step in state.steps_of(run.id):
            del state.steps[step.id]
        del state.runs[run.id]
    return deleted(state.threads.pop(thread.id))


def create_message(state: State, call: Call) -> JsonObject:
    """Add a message to a thread."""
    messages = drafted(state, idle_thread(state, call).id, [call.body.fields])
    keep(state, messages)
    return as_json(messages[0])


def list_messages(state: State, call: Call) -> JsonObject:
    """A page of a thread's messages, those of one run if the query names it."""
    run_id = call.query.get("run_id")
    messages = state.messages_of(state.thread(call.ids).id)
    return listing([each for each in messages if run_id in {None, each.run_id}], call.query)


def retrieve_message(state: State, call: Call) -> JsonObject:
    """One message."""
    return as_json(state.message(call.ids))


def update_message(state: State, call: Call) -> JsonObject:
    """Change a message's metadata; its text stays."""
    old = state.message(call.ids)
    new = replace(old, metadata=call.body.mapping("metadata", old.metadata))
    keep(state, [new])
    return as_json(new)


def delete_message(state: State, call: Call) -> JsonObject:
    """Forget a message."""
    idle_thread(state, call)
    return deleted(state.messages.pop(state.message(call.ids).id))


def idle_thread(state: State, call: Call) -> Thread:
    """The thread that a call names; a refusal (400) if a run is active on it."""
    thread = state.thread(call.ids)
    run = state.active_run(thread.id)
    if run is not None:
        raise Refusal(400, f"Thread {thread.id} already has an active run {run.id}.")
    return thread


def drafted(state: State, thread_id: str, drafts: Sequence[JsonObject]) -> list[Message]:
    """The messages that drafts describe, or a refusal of the first bad one; not kept yet."""
    return [_message(state, thread_id, Body(draft)) for draft in drafts]


def keep(state: State, messages: Sequence[Message]) -> None:
    """Keep new messages, or new versions of known ones."""
    state.messages |= {message.id: message for message in messages}


def _message(state: State, thread_id: str, body: Body) -> Message:
    at = state.time()
    return Message(
        id=state.new_id("msg_"),
        created_at=at,
        thread_id=thread_id,
        completed_at=at,
        role=_role(body),
        content=_content(body),
        attachments=body.objects("attachments"),
        metadata=body.mapping("metadata"),
    )


def _role(body: Body) -> str:
    role = body.required("role")
    if role not in ROLES:
        message = f"Invalid value: '{role}'. Supported values are: 'user' and 'assistant'."
        raise Refusal(400, message, param="role", code="invalid_value")
    return role


def _content(body: Body) -> Sequence[JsonObject]:
    if isinstance(body.fields.get("content"), list):
        return [_part(part) for part in body.objects("content")]
    return [text_content(body.required("content"))]


def _part(part: JsonObject) -> JsonObject:
    return text_content(Body(part).required("text")) if part.get("type") == "text" else part
