"""The bodies that create agents and sessions and that continue these, as the SDK declares them.

Source: ``openai`` 3.57, ``types/beta/agent_create_params``, ``agents/session_create_params`` and
``agent_session_input_param``. As in ``assistants.requests``, these types are declarations for
``check_object``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, UnsetType

from runreel.dialects.agents.environments import SessionEnvironment
from runreel.dialects.agents.tools import AgentTool
from runreel.dialects.assistants.tools import Metadata
from runreel.dialects.base.checking import CheckedStruct

ServiceTier: TypeAlias = Literal["auto", "default", "flex", "priority", "fast", "ultrafast"]
Effort: TypeAlias = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


class InputText(CheckedStruct, frozen=True, tag_field="type", tag="input_text"):
    """A text for the model."""

    text: str


class InputImage(CheckedStruct, frozen=True, tag_field="type", tag="input_image"):
    """An image for the model."""

    image_url: str


InputContent: TypeAlias = tuple[InputText | InputImage, ...]


class InputMessage(CheckedStruct, frozen=True):
    """A message of the user."""

    role: Literal["user"]
    content: InputContent
    type: Literal["message"] | UnsetType = UNSET


class AgentReasoning(CheckedStruct, frozen=True):
    """The effort of the model's reasoning, and the part of it that is shown."""

    effort: Effort | UnsetType | None = UNSET
    summary: Literal["concise", "detailed", "auto"] | UnsetType | None = UNSET


class PlainTextFormat(CheckedStruct, frozen=True, tag_field="type", tag="text"):
    """Ordinary text."""


class SchemaFormat(CheckedStruct, frozen=True, tag_field="type", tag="json_schema"):
    """JSON that follows a schema."""

    schema: Mapping[str, object]


class AgentText(CheckedStruct, frozen=True):
    """The form of the answer."""

    format: PlainTextFormat | SchemaFormat | UnsetType | None = UNSET
    verbosity: Literal["low", "medium", "high"] | UnsetType | None = UNSET


class MultiAgent(CheckedStruct, frozen=True):
    """The use of subagents."""

    enabled: bool
    max_concurrent_subagents: Annotated[int, Meta(ge=1)] | UnsetType = UNSET


class Compaction(CheckedStruct, frozen=True, rename={"is_async": "async"}):
    """The compaction of a long context."""

    is_async: bool | UnsetType | None = UNSET


class Experimental(CheckedStruct, frozen=True):
    """Settings that may change."""

    time_awareness: bool | UnsetType = UNSET


class AgentConfig(CheckedStruct, frozen=True):
    """The configuration of an agent; fields that are not sent keep their values."""

    model: str | UnsetType = UNSET
    instructions: str | UnsetType | None = UNSET
    tools: tuple[AgentTool, ...] | UnsetType | None = UNSET
    reasoning: AgentReasoning | UnsetType | None = UNSET
    text: AgentText | UnsetType | None = UNSET
    service_tier: ServiceTier | UnsetType | None = UNSET
    multi_agent: MultiAgent | UnsetType | None = UNSET
    compaction: Compaction | UnsetType | None = UNSET
    experimental: Experimental | UnsetType = UNSET


class UpdateAgentRequest(AgentConfig, frozen=True):
    """The body of ``POST …/agents/{agent_id}``."""

    name: str | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET


class CreateAgentRequest(UpdateAgentRequest, frozen=True):
    """The body of ``POST …/agents``; its model is checked apart."""


class PromptCacheOptions(CheckedStruct, frozen=True):
    """The time for which prompts are cached."""

    ttl: Literal["30m", "12h"] | UnsetType = UNSET


class EventOptions(CheckedStruct, frozen=True):
    """Options of the stream of events."""

    include_obfuscation: bool | UnsetType = UNSET


class CreateSessionRequest(CheckedStruct, frozen=True):
    """The body of ``POST …/agents/sessions``."""

    environment: SessionEnvironment
    agent: AgentConfig | UnsetType = UNSET
    agent_id: str | UnsetType = UNSET
    input: str | tuple[InputMessage, ...] | UnsetType | None = UNSET
    stream: bool | UnsetType = UNSET
    stream_options: EventOptions | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    prompt_cache_options: PromptCacheOptions | UnsetType | None = UNSET
    review: Literal["none", "auto_review"] | UnsetType = UNSET
    vault_ids: tuple[str, ...] | UnsetType | None = UNSET


_EVENT = "agent.session.input."


class MessageInput(CheckedStruct, frozen=True, tag_field="type", tag=f"{_EVENT}message"):
    """Messages, which start a turn."""

    input: Annotated[tuple[InputMessage, ...], Meta(min_length=1)]


class CancelInput(CheckedStruct, frozen=True, tag_field="type", tag=f"{_EVENT}cancel"):
    """The end of the active turn."""


class ToolResultInput(CheckedStruct, frozen=True, tag_field="type", tag=f"{_EVENT}tool_result"):
    """The result of a function call."""

    turn_id: str
    call_id: str
    success: bool
    output: str | InputContent | UnsetType | None = UNSET
    error: str | UnsetType | None = UNSET


class McpDecision(CheckedStruct, frozen=True, tag_field="type", tag="mcp_tool_call"):
    """A decision about the call of an MCP tool."""

    decision: Literal["approve", "deny", "cancel"]


class McpApprovalInput(
    CheckedStruct, frozen=True, tag_field="type", tag=f"{_EVENT}mcp_approval_request_result"
):
    """The answer to a request for the approval of an MCP call."""

    request_id: str
    response: McpDecision


class BrowserField(CheckedStruct, frozen=True):
    """A value to enter into a page."""

    field_id: str
    value: str


class BrowserAuthentication(
    CheckedStruct, frozen=True, tag_field="type", tag="browser_authentication"
):
    """Values for a log-in page, or the refusal to give any."""

    action: Literal["submit", "cancel"]
    fields: Annotated[tuple[BrowserField, ...], Meta(max_length=6)] | UnsetType = UNSET
    selected_option: str | UnsetType | None = UNSET


class BrowserAccess(CheckedStruct, frozen=True, tag_field="type", tag="browser_origin_access"):
    """A decision about an origin that a browser wants to open."""

    decision: Literal["approve", "deny", "cancel"]


class ComputerApprovalInput(
    CheckedStruct,
    frozen=True,
    tag_field="type",
    tag=f"{_EVENT}computer_use_approval_request_result",
):
    """The answer to a request of a browser."""

    request_id: str
    response: BrowserAuthentication | BrowserAccess


class CreateEventsRequest(CheckedStruct, frozen=True):
    """The body of ``POST …/agents/sessions/{session_id}/events``."""

    events: Annotated[
        tuple[
            MessageInput | CancelInput | ToolResultInput | McpApprovalInput | ComputerApprovalInput,
            ...,
        ],
        Meta(min_length=1),
    ]
