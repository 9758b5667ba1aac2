"""The objects of the API. Fields are declared in the order in which they are sent.

Their names and types are those of the Assistants API reference
(https://platform.openai.com/docs/api-reference/assistants), their order is that of
recorded streams.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import TypeAlias, TypedDict

JsonValue: TypeAlias = (
    Mapping[str, "JsonValue"] | Sequence["JsonValue"] | str | int | float | bool | None
)
JsonObject: TypeAlias = Mapping[str, JsonValue]
"""A JSON object; never changed after it is built."""


class Usage(TypedDict):
    """Token counts of a step or a run."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_token_details: dict[str, int]
    completion_tokens_details: dict[str, int]


class Status(StrEnum):
    """The statuses of runs, steps and messages; not every kind of object has every status."""

    QUEUED = "queued"
    IN_PROGRESS = "in_progress"
    REQUIRES_ACTION = "requires_action"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    FAILED = "failed"
    COMPLETED = "completed"
    INCOMPLETE = "incomplete"
    EXPIRED = "expired"


ACTIVE = frozenset(
    {Status.QUEUED, Status.IN_PROGRESS, Status.REQUIRES_ACTION, Status.CANCELLING},
)
"""Statuses of a run during which its thread accepts no other run and no message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantObject:
    """An assistant: a model with instructions and tools."""

    id: str
    object: str = "assistant"
    created_at: int
    name: str | None = None
    description: str | None = None
    model: str
    instructions: str | None = None
    tools: Sequence[JsonObject] = ()
    top_p: float = 1.0
    temperature: float = 1.0
    reasoning_effort: str | None = None
    tool_resources: JsonObject = field(default_factory=dict)
    metadata: JsonObject = field(default_factory=dict)
    response_format: JsonValue = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadObject:
    """A conversation; its messages are stored separately."""

    id: str
    object: str = "thread"
    created_at: int
    metadata: JsonObject = field(default_factory=dict)
    tool_resources: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageObject:
    """A message of the user or of the assistant."""

    id: str
    object: str = "thread.message"
    created_at: int
    assistant_id: str | None = None
    thread_id: str
    run_id: str | None = None
    status: Status = Status.COMPLETED
    incomplete_details: JsonObject | None = None
    incomplete_at: int | None = None
    completed_at: int | None = None
    role: str
    content: Sequence[JsonObject] = ()
    attachments: Sequence[JsonObject] = ()
    metadata: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunObject:
    """A run of an assistant on a thread."""

    id: str
    object: str = "thread.run"
    created_at: int
    assistant_id: str
    thread_id: str
    status: Status = Status.QUEUED
    started_at: int | None = None
    expires_at: int | None
    cancelled_at: int | None = None
    failed_at: int | None = None
    completed_at: int | None = None
    required_action: JsonObject | None = None
    last_error: JsonObject | None = None
    model: str
    instructions: str | None = None
    tools: Sequence[JsonObject] = ()
    tool_resources: JsonObject = field(default_factory=dict)
    metadata: JsonObject = field(default_factory=dict)
    temperature: float = 1.0
    top_p: float = 1.0
    reasoning_effort: str | None = None
    max_completion_tokens: int | None = None
    max_prompt_tokens: int | None = None
    truncation_strategy: JsonObject
    incomplete_details: JsonObject | None = None
    usage: Usage | None = None
    response_format: JsonValue = "auto"
    tool_choice: JsonValue = "auto"
    parallel_tool_calls: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStepObject:
    """A step of a run: the creation of a message, or tool calls."""

    id: str
    object: str = "thread.run.step"
    created_at: int
    run_id: str
    assistant_id: str
    thread_id: str
    type: str
    status: Status = Status.IN_PROGRESS
    cancelled_at: int | None = None
    completed_at: int | None = None
    expires_at: int | None
    failed_at: int | None = None
    last_error: JsonObject | None = None
    step_details: JsonObject
    usage: Usage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileObject:
    """An uploaded file; its content is stored separately."""

    object: str = "file"
    id: str
    purpose: str
    filename: str
    bytes: int
    created_at: int
    expires_at: int | None = None
    status: str = "processed"
    status_details: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelObject:
    """A model in the list of models; runs and assistants may use any other name as well."""

    id: str
    object: str = "model"
    created: int
    owned_by: str = "simulator"


ApiObject: TypeAlias = (
    AssistantObject
    | ThreadObject
    | MessageObject
    | RunObject
    | RunStepObject
    | FileObject
    | ModelObject
)


def to_json(api_object: ApiObject) -> JsonObject:
    """Return the object as the API sends it."""
    return {each.name: getattr(api_object, each.name) for each in fields(api_object)}


def make_deletion(api_object: ApiObject) -> JsonObject:
    """Return the answer to the deletion of an object."""
    is_file = isinstance(api_object, FileObject)
    kind = api_object.object if is_file else f"{api_object.object}.deleted"
    return {"id": api_object.id, "object": kind, "deleted": True}


def make_text_content(value: str) -> JsonObject:
    """Return a text part of a message."""
    return {"type": "text", "text": {"value": value, "annotations": []}}


def make_usage(prompt: int, completion: int) -> Usage:
    """Return the counts for this many tokens of prompt and of completion."""
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_token_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }


def sum_usage(counts: Sequence[Usage | None]) -> Usage:
    """Return the sum of the counts of a run's steps; those without counts are skipped."""
    usages = [each for each in counts if each is not None]
    prompt = sum(each["prompt_tokens"] for each in usages)
    return make_usage(prompt, sum(each["completion_tokens"] for each in usages))


def dump_json(value: JsonObject, indent: int | None = None) -> bytes:
    """Return the JSON in UTF-8: compact, as in streams, unless ``indent`` is given.

    A lone surrogate, which UTF-8 cannot encode, is written as ``\\uXXXX``.
    """
    separators = (",", ":") if indent is None else None
    text = json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)
    return text.encode(errors="backslashreplace")
