"""The fields of a create-run request for display: the most telling ones first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from runreel.dialects.assistants.runs import BODY_TYPES, read_run_request
from runreel.dialects.base.bodies import parse_object
from runreel.model import Problem, Request

_ORDER: Final = (
    "assistant_id",
    "model",
    "stream",
    "instructions",
    "additional_instructions",
    "additional_messages",
    "thread",
    "tool_outputs",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "tool_resources",
    "response_format",
    "reasoning_effort",
    "temperature",
    "top_p",
    "max_prompt_tokens",
    "max_completion_tokens",
    "truncation_strategy",
    "metadata",
)


@dataclass(frozen=True, slots=True)
class RunRequestFields:
    """The fields of a request that creates or continues a run, in reading order."""

    operation: str
    thread_id: str
    run_id: str
    include: tuple[str, ...]
    fields: Mapping[str, object]
    """The documented fields with the values that were sent, in reading order."""
    unknown: Mapping[str, object]
    """All other fields with the values that were sent."""
    problems: tuple[Problem, ...]


def collect_run_request_fields(request: Request) -> RunRequestFields | None:
    """Return the fields of a request that creates or continues a run; None for any other.

    Never raises.
    """
    view = read_run_request(request)
    if view is None:
        return None
    body = parse_object(request.body, request.omitted)
    sent = {} if isinstance(body, Problem) else body
    documented = BODY_TYPES[view.operation].__struct_fields__
    return RunRequestFields(
        operation=view.operation,
        thread_id=view.thread_id,
        run_id=view.run_id,
        include=view.include,
        fields={name: sent[name] for name in _ORDER if name in sent and name in documented},
        unknown={name: value for name, value in sent.items() if name not in documented},
        problems=view.problems,
    )
