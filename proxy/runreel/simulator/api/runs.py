"""The operations on runs and their steps.

A run with ``stream: true`` advances while its stream is read. Any other run advances to its next
status each time it is retrieved: queued, in progress, then its final status. API reference:
https://platform.openai.com/docs/api-reference/runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import TypeAlias

from runreel.simulator import lifecycle
from runreel.simulator.api.pages import build_page
from runreel.simulator.api.requests import ApiCall, JsonBody
from runreel.simulator.api.threads import (
    draft_messages,
    get_idle_thread,
    open_thread,
    save_messages,
)
from runreel.simulator.api_error import ApiError
from runreel.simulator.events import SimulatedEvent
from runreel.simulator.lifecycle import CANCELLATION, LIFETIME
from runreel.simulator.objects import (
    ACTIVE,
    AssistantObject,
    JsonObject,
    RunObject,
    RunStepObject,
    Status,
    ThreadObject,
    to_json,
)
from runreel.simulator.run_simulation import RunSimulation
from runreel.simulator.state import SimulatorState

CallResult: TypeAlias = JsonObject | Iterator[SimulatedEvent]
"""The answer to a call: an object, or the events of a run with ``stream: true``."""

NO_TRUNCATION: JsonObject = {"type": "auto", "last_messages": None}


def create_run(state: SimulatorState, call: ApiCall) -> CallResult:
    """Create a run on a thread."""
    stream = _wants_stream(call.body)
    thread = get_idle_thread(state, call)
    assistant = _find_assistant(state, call.body)
    messages = draft_messages(state, thread.id, call.body.get_objects("additional_messages"))
    run = _build_run(state, thread, assistant, call.body)
    save_messages(state, messages)
    return _save_run(state, run, RunSimulation(state, run.id).start(), stream=stream)


def create_thread_and_run(state: SimulatorState, call: ApiCall) -> CallResult:
    """Create a thread and a run on it."""
    stream = _wants_stream(call.body)
    assistant = _find_assistant(state, call.body)
    thread = open_thread(state, JsonBody(call.body.get_object("thread")))
    run = _build_run(state, thread, assistant, call.body)
    opening = [SimulatedEvent("thread.created", to_json(thread))]
    events = chain(opening, RunSimulation(state, run.id).start())
    return _save_run(state, run, events, stream=stream)


def submit_tool_outputs(state: SimulatorState, call: ApiCall) -> CallResult:
    """Continue a run with the tool outputs for which it waits."""
    stream = _wants_stream(call.body)
    run = state.get_run(call.ids)
    if run.status is not Status.REQUIRES_ACTION:
        raise ApiError(400, f'Runs in status "{run.status}" do not accept tool outputs.')
    step = state.find_steps(run.id)[-1]
    outputs = _parse_outputs(step, call.body)
    question = state.find_last_user_message(run.thread_id)
    if question is not None:
        state.answered_messages.add(question.id)
    state.steps[step.id] = lifecycle.set_outputs(step, outputs)
    resumed = replace(run, status=Status.QUEUED, required_action=None)
    events = RunSimulation(state, run.id).resume(state.steps[step.id], list(outputs.values()))
    return _save_run(state, resumed, events, stream=stream)


def list_runs(state: SimulatorState, call: ApiCall) -> JsonObject:
    """Return a page of a thread's runs."""
    return build_page(state.find_runs(state.get_thread(call.ids).id), call.query)


def retrieve_run(state: SimulatorState, call: ApiCall) -> JsonObject:
    """Return a run; one that is not streamed first advances to its next status."""
    run = state.get_run(call.ids)
    for _ in state.polled_events.get(run.id, ()):
        if state.runs[run.id].status is not run.status:
            break
    return to_json(state.runs[run.id])


def update_run(state: SimulatorState, call: ApiCall) -> JsonObject:
    """Change a run's metadata."""
    old = state.get_run(call.ids)
    state.runs[old.id] = replace(old, metadata=call.body.get_object("metadata", old.metadata))
    return to_json(state.runs[old.id])


def cancel_run(state: SimulatorState, call: ApiCall) -> JsonObject:
    """Cancel a run: its stream ends, or its next retrieval shows the status ``cancelled``."""
    run = state.get_run(call.ids)
    if run.status not in ACTIVE:
        raise ApiError(400, f"Cannot cancel run with status '{run.status}'.")
    is_streamed_now = run.status is not Status.REQUIRES_ACTION and run.id not in state.polled_events
    if not is_streamed_now:
        state.polled_events[run.id] = RunSimulation(state, run.id).stop(CANCELLATION)
    state.runs[run.id] = replace(run, status=Status.CANCELLING)
    return to_json(state.runs[run.id])


def list_steps(state: SimulatorState, call: ApiCall) -> JsonObject:
    """Return a page of a run's steps."""
    return build_page(state.find_steps(state.get_run(call.ids).id), call.query)


def retrieve_step(state: SimulatorState, call: ApiCall) -> JsonObject:
    """Return a step of a run."""
    return to_json(state.get_step(call.ids))


def _wants_stream(body: JsonBody) -> bool:
    return body.get_flag("stream", default=False)


def _save_run(
    state: SimulatorState, run: RunObject, events: Iterator[SimulatedEvent], *, stream: bool
) -> CallResult:
    """Save the run; return its events if it is streamed, else save them for polling."""
    state.runs[run.id] = run
    state.polled_events.pop(run.id, None)
    if stream:
        return events
    state.polled_events[run.id] = events
    return to_json(run)


def _find_assistant(state: SimulatorState, body: JsonBody) -> AssistantObject:
    """Return the assistant of the run; raise ``ApiError`` for a simulated rate limit."""
    assistant = state.get_assistant({"assistant_id": body.require_text("assistant_id")})
    if body.get_object("metadata").get("simulate") == "rate_limit":
        raise ApiError(
            429,
            "Rate limit reached (simulated). Please try again in 1s.",
            kind="requests",
            code="rate_limit_exceeded",
            headers={"retry-after": "1"},
        )
    return assistant


def _build_run(
    state: SimulatorState, thread: ThreadObject, assistant: AssistantObject, body: JsonBody
) -> RunObject:
    """Build a run, with the assistant's values for fields that are not in the body."""
    at = state.get_time()
    return RunObject(
        id=state.allocate_id("run_"),
        created_at=at,
        assistant_id=assistant.id,
        thread_id=thread.id,
        expires_at=at + LIFETIME,
        model=body.get_text("model") or assistant.model,
        instructions=_join_instructions(assistant, body),
        tools=body.get_objects("tools", assistant.tools),
        tool_resources=body.get_object("tool_resources", assistant.tool_resources),
        metadata=body.get_object("metadata"),
        temperature=body.get_number("temperature", assistant.temperature),
        top_p=body.get_number("top_p", assistant.top_p),
        reasoning_effort=body.get_text("reasoning_effort", assistant.reasoning_effort),
        max_completion_tokens=body.get_integer("max_completion_tokens"),
        max_prompt_tokens=body.get_integer("max_prompt_tokens"),
        truncation_strategy=body.get_object("truncation_strategy", NO_TRUNCATION),
        response_format=body.fields.get("response_format") or assistant.response_format,
        tool_choice=body.fields.get("tool_choice") or "auto",
        parallel_tool_calls=body.get_flag("parallel_tool_calls", default=True),
    )


def _join_instructions(assistant: AssistantObject, body: JsonBody) -> str | None:
    base = body.get_text("instructions", assistant.instructions)
    more = body.get_text("additional_instructions")
    return "\n".join(filter(None, (base, more))) or None


def _parse_outputs(step: RunStepObject, body: JsonBody) -> dict[str, str]:
    """Return the outputs by call id; raise ``ApiError`` unless the step waits for exactly these."""
    items = [JsonBody(each) for each in body.get_objects("tool_outputs")]
    outputs = {each.require_text("tool_call_id"): each.get_text("output") or "" for each in items}
    expected = lifecycle.list_call_ids(step)
    if sorted(outputs) != sorted(expected):
        message = f"Expected tool outputs for call_ids {expected}, got {list(outputs)}."
        raise ApiError(400, message, param="tool_outputs", code="invalid_tool_outputs")
    return outputs
