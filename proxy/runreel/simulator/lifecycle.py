"""The next value of a run, a step or a message when something happens to it; all pure.

See the run lifecycle, https://platform.openai.com/docs/assistants/deep-dive#run-lifecycle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from runreel.simulator.answers import text_of
from runreel.simulator.objects import (
    Json,
    JsonObject,
    Message,
    Run,
    Status,
    Step,
    Usage,
    text_content,
)

LIFETIME = 600
"""Seconds until a run expires."""


@dataclass(frozen=True, slots=True)
class Stop:
    """How a run ends that does not complete."""

    run: Status
    step: Status
    reason: str
    """Why its message is incomplete."""
    error: JsonObject | None = None
    details: JsonObject | None = None
    """Why the run is incomplete."""


CANCEL = Stop(Status.CANCELLED, Status.CANCELLED, "run_cancelled")

STOPS: Mapping[str, Stop] = {
    "fail": Stop(
        Status.FAILED,
        Status.FAILED,
        "run_failed",
        error={"code": "server_error", "message": "Sorry, something went wrong (simulated)."},
    ),
    "expire": Stop(Status.EXPIRED, Status.EXPIRED, "run_expired"),
    "incomplete": Stop(
        Status.INCOMPLETE,
        Status.COMPLETED,
        "max_tokens",
        details={"reason": "max_completion_tokens"},
    ),
}
"""By what ``metadata.simulate`` asks for; each comes in the middle of the run's message."""


def new_message(run: Run, name: str, at: int) -> Message:
    """The still empty message that a run begins to write."""
    return Message(
        id=name,
        created_at=at,
        assistant_id=run.assistant_id,
        thread_id=run.thread_id,
        run_id=run.id,
        status=Status.IN_PROGRESS,
        role="assistant",
    )


def new_step(run: Run, name: str, kind: str, details: Json, at: int) -> Step:
    """The step that a run begins: ``kind`` is ``message_creation`` or ``tool_calls``."""
    return Step(
        id=name,
        created_at=at,
        run_id=run.id,
        assistant_id=run.assistant_id,
        thread_id=run.thread_id,
        type=kind,
        expires_at=run.expires_at,
        step_details={"type": kind, kind: details},
    )


def written(message: Message, piece: str) -> Message:
    """The message with one more piece of text."""
    return replace(message, content=(text_content(text_of(message) + piece),))


def called(step: Step, call_id: str, kind: str, call: JsonObject) -> Step:
    """The step with its tool call."""
    calls: Json = [{"id": call_id, "type": kind, kind: call}]
    return replace(step, step_details={"type": "tool_calls", "tool_calls": calls})


def call_ids(step: Step) -> list[str]:
    """The ids of a step's tool calls."""
    return [str(call["id"]) for call in _calls(step)]


def answered(step: Step, outputs: Mapping[str, str]) -> Step:
    """The step with the outputs of its function calls, by their ids."""
    calls = [_with_output(call, outputs[str(call["id"])]) for call in _calls(step)]
    return replace(step, step_details={"type": "tool_calls", "tool_calls": calls})


def message_ended(message: Message, at: int) -> Message:
    """The message once it is whole."""
    return replace(message, status=Status.COMPLETED, completed_at=at)


def message_stopped(message: Message, reason: str, at: int) -> Message:
    """The message that stays a fragment."""
    details = {"reason": reason}
    status = Status.INCOMPLETE
    return replace(message, status=status, incomplete_details=details, incomplete_at=at)


def run_begun(run: Run, at: int) -> Run:
    """The run once a worker has taken it up."""
    return replace(run, status=Status.IN_PROGRESS, started_at=at)


def run_waiting(run: Run, call_id: str, function: JsonObject) -> Run:
    """The run that needs the output of a function before it can go on."""
    call: JsonObject = {"id": call_id, "type": "function", "function": function}
    action: JsonObject = {
        "type": "submit_tool_outputs",
        "submit_tool_outputs": {"tool_calls": [call]},
    }
    return replace(run, status=Status.REQUIRES_ACTION, required_action=action)


def step_ended(step: Step, how: Stop | None, usage: Usage, at: int) -> Step:
    """The step at its end: completed, unless its run was stopped."""
    status = how.step if how else Status.COMPLETED
    return replace(
        step,
        status=status,
        cancelled_at=at if status is Status.CANCELLED else None,
        completed_at=at if status is Status.COMPLETED else None,
        failed_at=at if status is Status.FAILED else None,
        last_error=how.error if how else None,
        usage=usage,
    )


def run_ended(run: Run, how: Stop | None, usage: Usage, at: int) -> Run:
    """The run at its end: completed, unless it was stopped."""
    status = how.run if how else Status.COMPLETED
    return replace(
        run,
        status=status,
        expires_at=None,
        cancelled_at=at if status is Status.CANCELLED else None,
        failed_at=at if status is Status.FAILED else None,
        completed_at=at if status in {Status.COMPLETED, Status.INCOMPLETE} else None,
        required_action=None,
        last_error=how.error if how else None,
        incomplete_details=how.details if how else None,
        usage=usage,
    )


def _calls(step: Step) -> list[JsonObject]:
    calls = step.step_details["tool_calls"]
    return [call for call in calls if isinstance(call, Mapping)] if isinstance(calls, list) else []


def _with_output(call: JsonObject, output: str) -> JsonObject:
    function = call["function"]
    asked = function if isinstance(function, Mapping) else {}
    return {**call, "function": {**asked, "output": output}}
