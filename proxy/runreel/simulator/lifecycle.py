"""The next value of a run, a step or a message when something happens to it; all pure.

See the run lifecycle, https://platform.openai.com/docs/assistants/deep-dive#run-lifecycle.
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
"""Seconds until a run expires."""


@dataclass(frozen=True, slots=True)
class EarlyStop:
    """How a run ends that does not complete."""

    run_status: Status
    step_status: Status
    reason: str
    """Why its message is incomplete."""
    error: JsonObject | None = None
    details: JsonObject | None = None
    """Why the run is incomplete."""


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
"""By what ``metadata.simulate`` asks for; each comes in the middle of the run's message."""


def start_message(run: RunObject, name: str, at: int) -> MessageObject:
    """The still empty message that a run begins to write."""
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
    """The step that a run begins: ``kind`` is ``message_creation`` or ``tool_calls``."""
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
    """The message with one more piece of text."""
    return replace(message, content=(make_text_content(join_texts(message) + piece),))


def set_tool_call(step: RunStepObject, call_id: str, kind: str, call: JsonObject) -> RunStepObject:
    """The step with its tool call."""
    calls: JsonValue = [{"id": call_id, "type": kind, kind: call}]
    return replace(step, step_details={"type": "tool_calls", "tool_calls": calls})


def list_call_ids(step: RunStepObject) -> list[str]:
    """The ids of a step's tool calls."""
    return [str(call["id"]) for call in _get_calls(step)]


def set_outputs(step: RunStepObject, outputs: Mapping[str, str]) -> RunStepObject:
    """The step with the outputs of its function calls, by their ids."""
    calls = [_set_output(call, outputs[str(call["id"])]) for call in _get_calls(step)]
    return replace(step, step_details={"type": "tool_calls", "tool_calls": calls})


def complete_message(message: MessageObject, at: int) -> MessageObject:
    """The message once it is whole."""
    return replace(message, status=Status.COMPLETED, completed_at=at)


def cut_message(message: MessageObject, reason: str, at: int) -> MessageObject:
    """The message that stays a fragment."""
    details = {"reason": reason}
    status = Status.INCOMPLETE
    return replace(message, status=status, incomplete_details=details, incomplete_at=at)


def start_run(run: RunObject, at: int) -> RunObject:
    """The run once a worker has taken it up."""
    return replace(run, status=Status.IN_PROGRESS, started_at=at)


def require_outputs(run: RunObject, call_id: str, function: JsonObject) -> RunObject:
    """The run that needs the output of a function before it can go on."""
    call: JsonObject = {"id": call_id, "type": "function", "function": function}
    action: JsonObject = {
        "type": "submit_tool_outputs",
        "submit_tool_outputs": {"tool_calls": [call]},
    }
    return replace(run, status=Status.REQUIRES_ACTION, required_action=action)


def end_step(
    step: RunStepObject, early_stop: EarlyStop | None, usage: Usage, at: int
) -> RunStepObject:
    """The step at its end: completed, unless its run was stopped."""
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
    """The run at its end: completed, unless it was stopped."""
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
    asked = function if isinstance(function, Mapping) else {}
    return {**call, "function": {**asked, "output": output}}
