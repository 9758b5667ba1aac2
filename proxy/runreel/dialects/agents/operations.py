"""The operations of OpenAI's Agents API, named like the resource methods of OpenAI's SDKs.

Source: ``openai`` 3.57, ``resources/beta/agents``.
"""

from __future__ import annotations

from runreel.dialects.base.routes import Evidence, Route, Routes

SESSIONS_CREATE = "agents.sessions.create"
EVENTS_CREATE = "agents.sessions.events.create"
EVENTS_STREAM = "agents.sessions.events.stream"
AGENTS_CREATE = "agents.create"
AGENTS_UPDATE = "agents.update"

CHECKED = frozenset({SESSIONS_CREATE, EVENTS_CREATE, AGENTS_CREATE, AGENTS_UPDATE})
"""Operations whose bodies are checked."""

_SESSION = "agents/sessions/{session_id}"
_SUBAGENT = f"{_SESSION}/subagents/{{subagent_id}}"
_ENVIRONMENT = "agents/environments/{environment_id}"
_TEMPLATE = "agents/environments/templates/{template_id}"
_AUTOMATION = "agents/automations/{automation_id}"
_VAULT = "vaults/{vault_id}"
_CREDENTIAL = f"{_VAULT}/credentials/{{credential_id}}"

_CALLS = (
    ("POST", "agents", AGENTS_CREATE),
    ("GET", "agents", "agents.list"),
    ("GET", "agents/{agent_id}", "agents.retrieve"),
    ("POST", "agents/{agent_id}", AGENTS_UPDATE),
    ("DELETE", "agents/{agent_id}", "agents.delete"),
    ("POST", "agents/sessions", SESSIONS_CREATE),
    ("GET", "agents/sessions", "agents.sessions.list"),
    ("GET", _SESSION, "agents.sessions.retrieve"),
    ("POST", _SESSION, "agents.sessions.update"),
    ("DELETE", _SESSION, "agents.sessions.delete"),
    ("POST", f"{_SESSION}/events", EVENTS_CREATE),
    ("GET", f"{_SESSION}/events", EVENTS_STREAM),
    ("GET", f"{_SESSION}/items", "agents.sessions.items.list"),
    ("GET", f"{_SESSION}/turns", "agents.sessions.turns.list"),
    ("GET", f"{_SESSION}/turns/{{turn_id}}", "agents.sessions.turns.retrieve"),
    ("GET", f"{_SESSION}/turns/{{turn_id}}/items", "agents.sessions.turns.items.list"),
    ("GET", f"{_SESSION}/traces", "agents.sessions.traces.list"),
    ("GET", f"{_SESSION}/subagents", "agents.sessions.subagents.list"),
    ("GET", _SUBAGENT, "agents.sessions.subagents.retrieve"),
    ("GET", f"{_SUBAGENT}/items", "agents.sessions.subagents.items.list"),
    ("GET", f"{_SUBAGENT}/turns", "agents.sessions.subagents.turns.list"),
    ("GET", f"{_SUBAGENT}/turns/{{turn_id}}", "agents.sessions.subagents.turns.retrieve"),
    ("GET", f"{_SUBAGENT}/turns/{{turn_id}}/items", "agents.sessions.subagents.turns.items.list"),
    ("GET", f"{_SESSION}/artifacts", "agents.sessions.artifacts.list"),
    ("GET", f"{_SESSION}/artifacts/{{artifact_id}}", "agents.sessions.artifacts.retrieve"),
    ("DELETE", f"{_SESSION}/artifacts/{{artifact_id}}", "agents.sessions.artifacts.delete"),
    ("GET", f"{_SESSION}/artifacts/{{artifact_id}}/content", "agents.sessions.artifacts.content"),
    ("POST", "agents/environments", "agents.environments.create"),
    ("GET", "agents/environments", "agents.environments.list"),
    ("GET", _ENVIRONMENT, "agents.environments.retrieve"),
    ("POST", f"{_ENVIRONMENT}/files", "agents.environments.files.create"),
    ("GET", f"{_ENVIRONMENT}/files", "agents.environments.files.list"),
    ("POST", "agents/environments/templates", "agents.environments.templates.create"),
    ("GET", "agents/environments/templates", "agents.environments.templates.list"),
    ("GET", _TEMPLATE, "agents.environments.templates.retrieve"),
    ("POST", _TEMPLATE, "agents.environments.templates.update"),
    ("DELETE", _TEMPLATE, "agents.environments.templates.delete"),
    ("POST", "agents/automations", "agents.automations.create"),
    ("GET", "agents/automations", "agents.automations.list"),
    ("GET", _AUTOMATION, "agents.automations.retrieve"),
    ("POST", _AUTOMATION, "agents.automations.update"),
    ("DELETE", _AUTOMATION, "agents.automations.delete"),
    ("POST", f"{_AUTOMATION}/pause", "agents.automations.pause"),
    ("POST", f"{_AUTOMATION}/resume", "agents.automations.resume"),
    ("POST", f"{_AUTOMATION}/invocations", "agents.automations.invocations.create"),
    ("GET", f"{_AUTOMATION}/invocations", "agents.automations.invocations.list"),
    (
        "GET",
        f"{_AUTOMATION}/invocations/{{invocation_id}}",
        "agents.automations.invocations.retrieve",
    ),
    ("POST", "vaults", "vaults.create"),
    ("GET", "vaults", "vaults.list"),
    ("GET", _VAULT, "vaults.retrieve"),
    ("POST", _VAULT, "vaults.update"),
    ("DELETE", _VAULT, "vaults.delete"),
    ("POST", f"{_VAULT}/credentials", "vaults.credentials.create"),
    ("GET", f"{_VAULT}/credentials", "vaults.credentials.list"),
    ("GET", _CREDENTIAL, "vaults.credentials.retrieve"),
    ("POST", _CREDENTIAL, "vaults.credentials.update"),
    ("DELETE", _CREDENTIAL, "vaults.credentials.delete"),
)

ROUTES = Routes(Route(*call, needs=Evidence.HEADER) for call in _CALLS)
