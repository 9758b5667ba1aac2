"""OpenAI's Agents API: sessions of agents, their turns, items and events (beta, 2026-09).

Each call has the header ``OpenAI-Beta: agents=v1``, without which no request is recognised. The
stream of a session's events is opened before the requests on whose effects it reports.
"""

from __future__ import annotations

from collections.abc import Sequence

from runreel.core.dialect import Channels
from runreel.core.regex.lazy_pattern import compile_later
from runreel.core.unordered import UnorderedItems
from runreel.dialects.agents.operations import CHECKED, EVENTS_STREAM, ROUTES, SESSIONS_CREATE
from runreel.dialects.agents.trace_table import TRACE_TABLE
from runreel.dialects.base.bodies import IDEMPOTENCY_KEYS, build_openai_error
from runreel.dialects.base.recognition import HeaderMark, Marks
from runreel.dialects.base.table_dialect import TableDialect
from runreel.model import Problem, Request


def _check_request(request: Request, operation: str) -> Sequence[Problem]:
    if operation not in CHECKED:
        return ()
    from runreel.dialects.agents import checks  # noqa: PLC0415 - many types, for few requests

    return checks.check_request(request, operation)


AGENTS = TableDialect(
    name="agents",
    marks=Marks(headers=(HeaderMark(b"openai-beta", b"agents="),)),
    routes=ROUTES,
    conversations=("session_id", "vault_id", "automation_id", "environment_id"),
    summarized=("agent_id", "stream"),
    channels=Channels(
        # turn.output_text.delta, turn.reasoning_summary_text.delta, command_execution_output.delta:
        # `delta`; the other members repeat the whole, or come without deltas.
        pieces=frozenset({"delta", "text", "arguments", "output", "command", "refusal"}),
        noise=frozenset({"obfuscation", "event_id"}),
    ),
    format_error=build_openai_error,
    trace_table=TRACE_TABLE,
    check_request=_check_request,
    volatile=IDEMPOTENCY_KEYS,
    fed=dict.fromkeys((SESSIONS_CREATE, EVENTS_STREAM), frozenset[str]()),
    created={SESSIONS_CREATE: compile_later(rb'"id"\s*:\s*"(sess_[^"\\]+)"')},
    unordered_items=(UnorderedItems(("events",), "call_id"),),
    polled=frozenset({"agents.sessions.retrieve", "agents.sessions.turns.retrieve"}),
)
