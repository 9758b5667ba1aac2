"""Tools of agents (``types/beta/agent_tool_param``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import UNSET, UnsetType

from runreel.dialects.agents.environments import OptionalNames
from runreel.dialects.base.checking import CheckedStruct


class AgentFunction(
    CheckedStruct, frozen=True, tag_field="type", tag="function", rename={"is_async": "async"}
):
    """A function that the application runs."""

    name: str
    description: str
    parameters: Mapping[str, object]
    defer_loading: bool | UnsetType = UNSET
    is_async: bool | UnsetType = UNSET


class ToolSearch(CheckedStruct, frozen=True, tag_field="type", tag="tool_search"):
    """A search for functions that are not loaded yet."""


class ProgrammaticToolCalling(
    CheckedStruct, frozen=True, tag_field="type", tag="programmatic_tool_calling"
):
    """Calls of tools from code that the model writes."""

    enabled: bool | UnsetType = UNSET


class HttpTransport(CheckedStruct, frozen=True, tag_field="type", tag="http"):
    """An MCP server over HTTP."""

    server_url: str
    authorization: str | UnsetType | None = UNSET
    headers: Mapping[str, str] | UnsetType | None = UNSET


class StdioTransport(CheckedStruct, frozen=True, tag_field="type", tag="stdio"):
    """An MCP server that is a local process."""

    command: str
    cwd: str
    args: OptionalNames = UNSET
    env: Mapping[str, str] | UnsetType | None = UNSET
    env_vars: OptionalNames = UNSET


class McpTool(CheckedStruct, frozen=True, tag_field="type", tag="mcp"):
    """The tools of an MCP server."""

    server_label: str
    transport: HttpTransport | StdioTransport
    allowed_tools: OptionalNames = UNSET
    connection_origin: Literal["service", "environment"] | UnsetType | None = UNSET
    credential_id: str | UnsetType | None = UNSET
    request_metadata: Mapping[str, object] | UnsetType | None = UNSET
    required: bool | UnsetType = UNSET


class SearchLocation(CheckedStruct, frozen=True):
    """A place near which results are preferred."""

    city: str | UnsetType | None = UNSET
    country: str | UnsetType | None = UNSET
    region: str | UnsetType | None = UNSET
    timezone: str | UnsetType | None = UNSET


class WebSearch(CheckedStruct, frozen=True, tag_field="type", tag="web_search"):
    """A search on the web."""

    allowed_domains: OptionalNames = UNSET
    context_size: Literal["low", "medium", "high"] | UnsetType | None = UNSET
    location: SearchLocation | UnsetType | None = UNSET
    mode: Literal["disabled", "cached", "live"] | UnsetType | None = UNSET


class ComputerUse(CheckedStruct, frozen=True, tag_field="type", tag="computer_use"):
    """A browser in a hosted environment."""

    include_screenshots: bool | UnsetType = UNSET


class AutomationsTool(CheckedStruct, frozen=True, tag_field="type", tag="automations"):
    """Wake-ups that the agent schedules by itself."""


AgentTool: TypeAlias = (
    AgentFunction
    | ToolSearch
    | ProgrammaticToolCalling
    | McpTool
    | WebSearch
    | ComputerUse
    | AutomationsTool
)
