"""The calls on runs and their steps: the ones that this simulator is for.

A streamed run happens while its stream is read. A polled one plays on to its next status each time
it is retrieved: queued, in progress, then what it comes to. API reference:
https://platform.openai.com/docs/api-reference/runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import TypeAlias

from runreel.simulator import lifecycle
from runreel.simulator.calls import Body, Call, Refusal, listing
from runreel.simulator.events import Event
from runreel.simulator.lifecycle import CANCEL, LIFETIME
from runreel.simulator.objects import (
    ACTIVE,
    Assistant,
    JsonObject,
    Run,
    Status,
    Step,
    Thread,
    as_json,
)
from runreel.simulator.state import State
from runreel.simulator.stream import Performance
from runreel.simulator.threads import drafted, idle_thread, keep, open_thread

Answer: TypeAlias = JsonObject | Iterator[Event]
"""An object, or the events of a run whose body says ``stream: true``."""

UNTRUNCATED: JsonObject = {"type": "auto", "last_messages": None}


def create_run(state: State, call: Call) -> Answer:
    """Start a run on a thread."""
    stream = _streams(call.body)
    thread = idle_thread(state, call)
    assistant = _admitted(state, call.body)
    messages = drafted(state, thread.id, call.body.objects("additional_messages"))
    run = _new_run(state, thread, assistant, call.body)
    keep(state, messages)
    return _play(state, run, Performance(state, run.id).from_start(), stream=stream)


def create_thread_and_run(state: State, call: Call) -> Answer:
    """Open a thread and start a run on it."""
    stream = _streams(call.body)
    assistant = _admitted(state, call.body)
    thread = open_thread(state, Body(call.body.mapping("thread")))
    run = _new_run(state, thread, assistant, call.body)
    opening = [Event("thread.created", as_json(thread))]
    events = chain(opening, Performance(state, run.id).from_start())
    return _play(state, run, events, stream=stream)


def submit_tool_outputs(state: State, call: Call) -> Answer:
    """Give a run the outputs that it waits for, so that it goes on."""
    stream = _streams(call.body)
    run = state.run(call.ids)
    if run.status is not Status.REQUIRES_ACTION:
        raise Refusal(400, f'Runs in status "{run.status}" do not accept tool outputs.')
    step = state.steps_of(run.id)[-1]
    outputs = _outputs(step, call.body)
    question = state.last_user_message(run.thread_id)
    if question is not None:
        state.answered.add(question.id)
    state.steps[step.id] = lifecycle.answered(step, outputs)
    resumed = replace(run, status=Status.QUEUED, required_action=None)
    events = Performance(state, run.id).with_outputs(state.steps[step.id], list(outputs.values()))
    return _play(state, resumed, events, stream=stream)


def list_runs(state: State, call: Call) -> JsonObject:
    """A page of a thread's runs."""
    return listing(state.runs_of(state.thread(call.ids).id), call.query)


def retrieve_run(state: State, call: Call) -> JsonObject:
    """One run; if nobody streams it, it first goes on to its next status."""
    run = state.run(call.ids)
    for _ in state.polled.get(run.id, ()):
        if state.runs[run.id].status is not run.status:
            break
    return as_json(state.runs[run.id])


def update_run(state: State, call: Call) -> JsonObject:
    """Change a run's metadata."""
    old = state.run(call.ids)
    state.runs[old.id] = replace(old, metadata=call.body.mapping("metadata", old.metadata))
    return as_json(state.runs[old.id])


def cancel_run(state: State, call: Call) -> JsonObject:
    """Ask a run to stop: its stream ends with that, or its next retrieval shows it."""
    run = state.run(call.ids)
    if run.status not in ACTIVE:
        raise Refusal(400, f"Cannot cancel run with status '{run.status}'.")
    is_streamed_now = run.status is not Status.REQUIRES_ACTION and run.id not in state.polled
    if not is_streamed_now:
        state.polled[run.id] = Performance(state, run.id).stop(CANCEL)
    state.runs[run.id] = replace(run, status=Status.CANCELLING)
    return as_json(state.runs[run.id])


def list_steps(state: State, call: Call) -> JsonObject:
    """A page of a run's steps."""
    return listing(state.steps_of(state.run(call.ids).id), call.query)


def retrieve_step(state: State, call: Call) -> JsonObject:
    """One step of a run."""
    return as_json(state.step(call.ids))


def _streams(body: Body) -> bool:
    return body.flag("stream", default=False)


def _play(state: State, run: Run, events: Iterator[Event], *, stream: bool) -> Answer:
    """Keep the run; hand its events out if they are asked for, else keep them for polling."""
    state.runs[run.id] = run
    state.polled.pop(run.id, None)
    if stream:
        return events
    state.polled[run.id] = events
    return as_json(run)


def _admitted(state: State, body: Body) -> Assistant:
    """The assistant that is to run, unless the run asks for a simulated rate limit."""
    assistant = state.assistant({"assistant_id": body.required("assistant_id")})
    if body.mapping("metadata").get("simulate") == "rate_limit":
        raise Refusal(
            429,
            "Rate limit reached (simulated). Please try again in 1s.",
            kind="requests",
            code="rate_limit_exceeded",
            headers={"retry-after": "1"},
        )
    return assistant


def _new_run(state: State, thread: Thread, assistant: Assistant, body: Body) -> Run:
    """The run that a body asks for; what it leaves out is the assistant's. Not kept yet."""
    at = state.time()
    return Run(
        id=state.new_id("run_"),
        created_at=at,
        assistant_id=assistant.id,
        thread_id=thread.id,
        expires_at=at + LIFETIME,
        model=body.text("model") or assistant.model,
        instructions=_instructions(assistant, body),
        tools=body.objects("tools", assistant.tools),
        tool_resources=body.mapping("tool_resources", assistant.tool_resources),
        metadata=body.mapping("metadata"),
        temperature=body.number("temperature", assistant.temperature),
        top_p=body.number("top_p", assistant.top_p),
        reasoning_effort=body.text("reasoning_effort", assistant.reasoning_effort),
        max_completion_tokens=body.integer("max_completion_tokens"),
        max_prompt_tokens=body.integer("max_prompt_tokens"),
        truncation_strategy=body.mapping("truncation_strategy", UNTRUNCATED),
        response_format=body.fields.get("response_format") or assistant.response_format,
        tool_choice=body.fields.get("tool_choice") or "auto",
        parallel_tool_calls=body.flag("parallel_tool_calls", default=True),
    )


def _instructions(assistant: Assistant, body: Body) -> str | None:
    base = body.text("instructions", assistant.instructions)
    more = body.text("additional_instructions")
    return "\n".join(filter(None, (base, more))) or None


def _outputs(step: Step, body: Body) -> dict[str, str]:
    """The outputs by their calls' ids; a refusal unless they are those that the step waits for."""
    given = [Body(each) for each in body.objects("tool_outputs")]
    outputs = {each.required("tool_call_id"): each.text("output") or "" for each in given}
    expected = lifecycle.call_ids(step)
    if sorted(outputs) != sorted(expected):
        message = f"Expected tool outputs for call_ids {expected}, got {list(outputs)}."
        raise Refusal(400, message, param="tool_outputs", code="invalid_tool_outputs")
    return outputs
