"""The bodies that create or continue a run, as the API reference documents them.

Source: https://platform.openai.com/docs/api-reference/runs and OpenAI's OpenAPI description. These
types are declarations for ``check_object``; the body itself is forwarded as it was sent. A field is
``UNSET`` if it was not sent or its value has none of the documented types.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, UnsetType

from runreel.dialects.assistants.messages import NewMessage, NewThread
from runreel.dialects.assistants.tools import (
    IdentifierName,
    Metadata,
    ToolChoice,
    ToolResources,
    Tools,
)
from runreel.dialects.base.checking import CheckedStruct

INCLUDES = ("step_details.tool_calls[*].file_search.results[*].content",)
"""The documented values of the query parameter ``include``."""

ReasoningEffort: TypeAlias = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
TokenLimit: TypeAlias = Annotated[int, Meta(ge=256)]


class JsonSchema(CheckedStruct, frozen=True):
    """A JSON schema for the answer."""

    name: IdentifierName
    description: str | UnsetType = UNSET
    schema: Mapping[str, object] | UnsetType = UNSET
    strict: bool | UnsetType | None = UNSET


class TextFormat(CheckedStruct, frozen=True, tag_field="type", tag="text"):
    """Plain text."""


class JsonObjectFormat(CheckedStruct, frozen=True, tag_field="type", tag="json_object"):
    """Any JSON object."""


class JsonSchemaFormat(CheckedStruct, frozen=True, tag_field="type", tag="json_schema"):
    """JSON that follows a schema."""

    json_schema: JsonSchema


ResponseFormat: TypeAlias = Literal["auto"] | TextFormat | JsonObjectFormat | JsonSchemaFormat


class AutoTruncation(CheckedStruct, frozen=True, tag_field="type", tag="auto"):
    """Truncation by the server, which chooses the messages to drop."""

    last_messages: Annotated[int, Meta(ge=1)] | UnsetType | None = UNSET


class LastMessages(CheckedStruct, frozen=True, tag_field="type", tag="last_messages"):
    """Truncation to the newest messages."""

    last_messages: Annotated[int, Meta(ge=1)]


TruncationStrategy: TypeAlias = AutoTruncation | LastMessages


class RunOptions(CheckedStruct, frozen=True):
    """The fields that both operations that create a run have in common."""

    assistant_id: str
    model: str | UnsetType | None = UNSET
    instructions: str | UnsetType | None = UNSET
    tools: Tools | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    temperature: Annotated[float, Meta(ge=0, le=2)] | UnsetType | None = UNSET
    top_p: Annotated[float, Meta(ge=0, le=1)] | UnsetType | None = UNSET
    stream: bool | UnsetType | None = UNSET
    max_prompt_tokens: TokenLimit | UnsetType | None = UNSET
    max_completion_tokens: TokenLimit | UnsetType | None = UNSET
    truncation_strategy: TruncationStrategy | UnsetType | None = UNSET
    tool_choice: ToolChoice | UnsetType | None = UNSET
    parallel_tool_calls: bool | UnsetType = UNSET
    response_format: ResponseFormat | UnsetType | None = UNSET


class CreateRunRequest(RunOptions, frozen=True):
    """The body of ``POST …/threads/{thread_id}/runs``."""

    reasoning_effort: ReasoningEffort | UnsetType | None = UNSET
    additional_instructions: str | UnsetType | None = UNSET
    additional_messages: tuple[NewMessage, ...] | UnsetType | None = UNSET


class CreateThreadAndRunRequest(RunOptions, frozen=True):
    """The body of ``POST …/threads/runs``."""

    thread: NewThread | UnsetType = UNSET
    tool_resources: ToolResources | UnsetType | None = UNSET


class ToolOutput(CheckedStruct, frozen=True):
    """The output of a tool call."""

    tool_call_id: str | UnsetType = UNSET
    output: str | UnsetType = UNSET


class SubmitToolOutputsRequest(CheckedStruct, frozen=True):
    """The body of ``POST …/threads/{thread_id}/runs/{run_id}/submit_tool_outputs``."""

    tool_outputs: tuple[ToolOutput, ...]
    stream: bool | UnsetType | None = UNSET
