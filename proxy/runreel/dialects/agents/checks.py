"""Check the bodies that create agents and sessions and that continue these.

Besides the types of the fields, some fields need or exclude others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec

from runreel.dialects.agents.operations import (
    AGENTS_CREATE,
    AGENTS_UPDATE,
    EVENTS_CREATE,
    SESSIONS_CREATE,
)
from runreel.dialects.agents.requests import (
    CreateAgentRequest,
    CreateEventsRequest,
    CreateSessionRequest,
    UpdateAgentRequest,
)
from runreel.dialects.base.bodies import parse_object
from runreel.dialects.base.checking import CheckedStruct, check_object
from runreel.model import Problem, Request

_MAX_TOOLS: Final = 3 * 1024**2
"""Bytes of the tools as compact JSON."""
_MAX_CACHED_BODY: Final = 65_536
_CACHE_SIZE: Final = 64

_Body = Mapping[str, Any]


def check_request(request: Request, operation: str) -> Sequence[Problem]:
    """Return the problems of the body of one of the operations in ``BODY_TYPES``."""
    if len(request.body) <= _MAX_CACHED_BODY and request.omitted is None:
        return _check_cached(request.body, operation)
    value = parse_object(request.body, request.omitted)
    return [value] if isinstance(value, Problem) else _check_value(value, operation)


@lru_cache(_CACHE_SIZE)
def _check_cached(body: bytes, operation: str) -> Sequence[Problem]:
    value = parse_object(body)
    return [value] if isinstance(value, Problem) else _check_value(value, operation)


def _check_value(value: dict[str, object], operation: str) -> Sequence[Problem]:
    _, problems = check_object(BODY_TYPES[operation], value)
    known = {problem.path for problem in problems}
    more = (each for each in _CHECKS[operation](value) if each.path not in known)
    return [*problems, *more]


def _check_session(body: _Body) -> Iterator[Problem]:
    yield from _check_agent_source(body)
    environment = _get_object(body, "environment")
    kind = environment.get("type")
    if kind == "none" and not body.get("input"):
        yield Problem("input", "is required for an environment of type none")
    elif body.get("stream") is True and kind != "self_hosted" and not body.get("input"):
        yield Problem("input", "is required with stream, unless the environment is self_hosted")
    if "stream_options" in body and body.get("stream") is not True:
        yield Problem("stream_options", "is only allowed with stream: true")
    yield from _check_environment(environment)


def _check_agent_source(body: _Body) -> Iterator[Problem]:
    agent = _get_object(body, "agent")
    if "agent_id" not in body and "model" not in agent:
        yield Problem("agent.model", "is required without agent_id")
    yield from _check_tools(agent, "agent.tools")


def _check_environment(environment: _Body) -> Iterator[Problem]:
    given = environment.keys() - {"type", "environment_id"}
    if "environment_id" in environment and given:
        message = "cannot be combined with a template or an inline configuration"
        yield Problem("environment.environment_id", message)
    network = _get_object(environment, "network")
    if not network.get("blocked_domains"):
        return
    path = "environment.network.blocked_domains"
    if network.get("access") != "restricted":
        yield Problem(path, "requires access: restricted")
    elif network.get("allowed_domains"):
        yield Problem(path, "cannot be combined with allowed_domains")


def _check_new_agent(body: _Body) -> Iterator[Problem]:
    if "model" not in body:
        yield Problem("model", "is required")
    yield from _check_saved_agent(body)


def _check_saved_agent(body: _Body) -> Iterator[Problem]:
    """Yield problems of an agent that is saved: it holds no credentials."""
    yield from _check_tools(body, "tools")
    tools = body.get("tools")
    for index, tool in enumerate(tools if isinstance(tools, list) else ()):
        transport = _get_object(tool, "transport") if isinstance(tool, dict) else {}
        for name in transport.keys() & {"authorization", "env"}:
            message = "is only allowed in a session: a saved agent holds no credentials"
            yield Problem(f"tools[{index}].transport.{name}", message)


def _check_tools(agent: _Body, path: str) -> Iterator[Problem]:
    tools = agent.get("tools")
    if tools and len(msgspec.json.encode(tools)) > _MAX_TOOLS:
        yield Problem(path, f"has more than {_MAX_TOOLS} bytes of JSON, the documented maximum")


def _check_events(body: _Body) -> Iterator[Problem]:
    events = body.get("events")
    for index, event in enumerate(events if isinstance(events, list) else ()):
        if isinstance(event, dict):
            path = f"events[{index}]"
            yield from _check_result(event, path)
            yield from _check_login(_get_object(event, "response"), f"{path}.response")


def _check_result(event: _Body, path: str) -> Iterator[Problem]:
    if event.get("success") is True and event.get("error") is not None:
        yield Problem(f"{path}.error", "is only for a call that failed")
    elif event.get("success") is False and event.get("output") is not None:
        yield Problem(f"{path}.output", "is only for a call that succeeded")


def _check_login(response: _Body, path: str) -> Iterator[Problem]:
    if response.get("action") == "submit" and "fields" not in response:
        yield Problem(f"{path}.fields", "is required with action: submit")


def _get_object(value: _Body, name: str) -> _Body:
    member = value.get(name)
    return member if isinstance(member, dict) else {}


BODY_TYPES: Final[Mapping[str, type[CheckedStruct]]] = {
    SESSIONS_CREATE: CreateSessionRequest,
    EVENTS_CREATE: CreateEventsRequest,
    AGENTS_CREATE: CreateAgentRequest,
    AGENTS_UPDATE: UpdateAgentRequest,
}
"""The type of the body, for each operation that is checked."""

_CHECKS: Final[Mapping[str, Callable[[_Body], Iterator[Problem]]]] = {
    SESSIONS_CREATE: _check_session,
    EVENTS_CREATE: _check_events,
    AGENTS_CREATE: _check_new_agent,
    AGENTS_UPDATE: _check_saved_agent,
}
"""Checks beyond those of the declared types, by operation."""
