"""The transitions of a run, a step or a message: pure functions that return the changed object.

Run lifecycle: https://platform.openai.com/docs/assistants/deep-dive#run-lifecycle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from runreel.simulator.answers import join_texts
from runreel.simulator.objects import (
    JsonObject,
    JsonValue,
    MessageObject,
    RunObject,
    RunStepObject,
    Status,
    Usage,
    make_text_content,
)

LIFETIME = 600
"""Seconds from the creation of a run until it expires."""


@dataclass(frozen=True, slots=True)
class EarlyStop:
    """An end of a run before it is completed."""

    run_status: Status
    step_status: Status
    reason: str
    """The reason why its message is incomplete."""
    error: JsonObject | None = None
    details: JsonObject | None = None
    """The reason why the run is incomplete."""


CANCELLATION = EarlyStop(Status.CANCELLED, Status.CANCELLED, "run_cancelled")

EARLY_STOPS: Mapping[str, EarlyStop] = {
    "fail": EarlyStop(
        Status.FAILED,
        Status.FAILED,
        "run_failed",
        error={"code": "server_error", "message": "Sorry, something went wrong (simulated)."},
    ),
    "expire": EarlyStop(Status.EXPIRED, Status.EXPIRED, "run_expired"),
    "incomplete": EarlyStop(
        Status.INCOMPLETE,
        Status.COMPLETED,
        "max_tokens",
        details={"reason": "max_completion_tokens"},
    ),
}
"""By value of ``metadata.simulate``; each takes effect in the middle of the run's message."""


def start_message(run: RunObject, name: str, at: int) -> MessageObject:
    """Return the empty message that a run starts to write."""
    return MessageObject(
        id=name,
        created_at=at,
        assistant_id=run.assistant_id,
        thread_id=run.thread_id,
        run_id=run.id,
        status=Status.IN_PROGRESS,
        role="assistant",
    )


def start_step(run: RunObject, name: str, kind: str, details: JsonValue, at: int) -> RunStepObject:
    """Return the step that a run starts; ``kind`` is ``message_creation`` or ``tool_calls``."""
    return RunStepObject(
        id=name,
        created_at=at,
        run_id=run.id,
        assistant_id=run.assistant_id,
        thread_id=run.thread_id,
        type=kind,
        expires_at=run.expires_at,
        step_details={"type": kind, kind: details},
    )


def append_text(message: MessageObject, piece: str) -> MessageObject:
    """Return the message with a piece of text added."""
    return replace(message, content=(make_text_content(join_texts(message) + piece),))


def set_tool_call(step: RunStepObject, call_id: str, kind: str, call: JsonObject) -> RunStepObject:
    """Return the step with its tool call; ``kind`` is the type of the tool."""
    calls: JsonValue = [{"id": call_id, "type": kind, kind: call}]
    return replace(step, step_details={"type": "tool_calls", "tool_calls": calls})


def list_call_ids(step: RunStepObject) -> list[str]:
    """Return the ids of a step's tool calls."""
    return [str(call["id"]) for call in _get_calls(step)]


def set_outputs(step: RunStepObject, outputs: Mapping[str, str]) -> RunStepObject:
    """Return the step with the outputs of its function calls, given by call id."""
    calls = [_set_output(call, outputs[str(call["id"])]) for call in _get_calls(step)]
    return replace(step, step_details={"type": "tool_calls", "tool_calls": calls})


def complete_message(message: MessageObject, at: int) -> MessageObject:
    """Return the message as completed."""
    return replace(message, status=Status.COMPLETED, completed_at=at)


def cut_message(message: MessageObject, reason: str, at: int) -> MessageObject:
    """Return the message as incomplete, for this reason."""
    details = {"reason": reason}
    status = Status.INCOMPLETE
    return replace(message, status=status, incomplete_details=details, incomplete_at=at)


def start_run(run: RunObject, at: int) -> RunObject:
    """Return the run as in progress."""
    return replace(run, status=Status.IN_PROGRESS, started_at=at)


def require_outputs(run: RunObject, call_id: str, function: JsonObject) -> RunObject:
    """Return the run as waiting for the output of a function."""
    call: JsonObject = {"id": call_id, "type": "function", "function": function}
    action: JsonObject = {
        "type": "submit_tool_outputs",
        "submit_tool_outputs": {"tool_calls": [call]},
    }
    return replace(run, status=Status.REQUIRES_ACTION, required_action=action)


def end_step(
    step: RunStepObject, early_stop: EarlyStop | None, usage: Usage, at: int
) -> RunStepObject:
    """Return the step as ended: completed, or as ``early_stop`` says."""
    status = early_stop.step_status if early_stop else Status.COMPLETED
    return replace(
        step,
        status=status,
        cancelled_at=at if status is Status.CANCELLED else None,
        completed_at=at if status is Status.COMPLETED else None,
        failed_at=at if status is Status.FAILED else None,
        last_error=early_stop.error if early_stop else None,
        usage=usage,
    )


def end_run(run: RunObject, early_stop: EarlyStop | None, usage: Usage, at: int) -> RunObject:
    """Return the run as ended: completed, or as ``early_stop`` says."""
    status = early_stop.run_status if early_stop else Status.COMPLETED
    return replace(
        run,
        status=status,
        expires_at=None,
        cancelled_at=at if status is Status.CANCELLED else None,
        failed_at=at if status is Status.FAILED else None,
        completed_at=at if status in {Status.COMPLETED, Status.INCOMPLETE} else None,
        required_action=None,
        last_error=early_stop.error if early_stop else None,
        incomplete_details=early_stop.details if early_stop else None,
        usage=usage,
    )


def _get_calls(step: RunStepObject) -> list[JsonObject]:
    calls = step.step_details["tool_calls"]
    return [call for call in calls if isinstance(call, Mapping)] if isinstance(calls, list) else []


def _set_output(call: JsonObject, output: str) -> JsonObject:
    function = call["function"]
    fields = function if isinstance(function, Mapping) else {}
    return {**call, "function": {**fields, "output": output}}
