"""Enough of OpenAI's Agents API to hold a conversation: sessions, and what happens in their turns.

A turn calls the first function among the tools of its agent, and then writes a text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from runreel.simulator import answers
from runreel.simulator.api.requests import JsonBody
from runreel.simulator.api_error import ApiError, make_missing_error, make_not_found_error
from runreel.simulator.state import SimulatorState

SessionEvent: TypeAlias = dict[str, Any]
"""An event, whose ``type`` is its name."""

_PREFIX = "agent.session."


@dataclass(eq=False, slots=True)
class AgentSession:
    """A session: its agent, its items, its turns, and who listens to its events."""

    id: str
    agent: dict[str, Any]
    environment: Mapping[str, Any]
    metadata: Mapping[str, Any]
    created_at: int
    status: str = "idle"
    required_actions: list[dict[str, Any]] = field(default_factory=list)
    items: list[dict[str, Any]] = field(default_factory=list)
    turns: list[dict[str, Any]] = field(default_factory=list)
    listeners: list[Callable[[SessionEvent], None]] = field(default_factory=list)

    def to_document(self) -> dict[str, Any]:
        """Return the session as the API shows it."""
        return {
            "id": self.id,
            "object": "agent.session",
            "created_at": self.created_at,
            "last_active_at": self.created_at,
            "status": self.status,
            "required_actions": list(self.required_actions),
            "error": None,
            "agent": self.agent,
            "environment": self.environment,
            "vault_ids": [],
            "metadata": self.metadata,
            "usage": None,
        }


class AgentSessions:
    """All sessions, oldest first."""

    def __init__(self, state: SimulatorState) -> None:
        """Ids and the time come from ``state``."""
        self._state = state
        self._sessions: dict[str, AgentSession] = {}

    def get(self, session_id: str) -> AgentSession:
        """Return a session. Raise ``ApiError`` (404) for an unknown id."""
        if session_id not in self._sessions:
            raise make_not_found_error("session", session_id)
        return self._sessions[session_id]

    def create(self, body: JsonBody) -> AgentSession:
        """Create a session without any turn."""
        environment = body.get_object("environment")
        if "type" not in environment:
            raise make_missing_error("environment")
        config = body.get_object("agent")
        if not body.get_text("agent_id") and "model" not in config:
            raise make_missing_error("agent.model")
        session = AgentSession(
            self._state.allocate_id("sess_"),
            {"id": self._state.allocate_id("agent_"), "name": None, "tools": [], **config},
            environment,
            body.get_object("metadata"),
            self._state.get_time(),
        )
        self._sessions[session.id] = session
        return session

    def submit(self, session: AgentSession, event: Mapping[str, Any]) -> Iterator[SessionEvent]:
        """Return what an input event leads to. Raise ``ApiError`` (400) if it does not fit."""
        kind = str(event.get("type", "")).removeprefix(f"{_PREFIX}input.")
        if kind == "message":
            return self._start_turn(session, event.get("input") or [])
        if kind == "tool_result":
            return self._resume_turn(session, event)
        raise ApiError(400, f"The simulator does not know events of type {event.get('type')}.")

    def start(self, session: AgentSession, text: object) -> Iterator[SessionEvent]:
        """Return what the input of a new session leads to."""
        content = [{"type": "input_text", "text": text}]
        messages = [{"role": "user", "content": content}] if isinstance(text, str) else text
        return self._start_turn(session, messages if isinstance(messages, list) else [])

    def _start_turn(
        self, session: AgentSession, messages: Sequence[Mapping[str, Any]]
    ) -> Iterator[SessionEvent]:
        if session.status != "idle":
            raise ApiError(400, f"The session {session.id} is not idle.")
        return self._run_turn(session, messages)

    def _run_turn(
        self, session: AgentSession, messages: Sequence[Mapping[str, Any]]
    ) -> Iterator[SessionEvent]:
        turn = self._make_turn(session)
        session.turns.append(turn)
        session.status = "in_progress"
        yield self._make_turn_event(session, "created", turn=dict(turn))
        for message in messages:
            item = self._make_message(turn, "user", message.get("content", []))
            yield self._add_item(session, turn, item, None)
        yield self._make_session_event(session, "in_progress")
        turn["status"] = "in_progress"
        yield self._make_turn_event(session, "in_progress", turn=dict(turn))
        functions = [each for each in session.agent["tools"] if each.get("type") == "function"]
        if functions:
            yield from self._call_function(session, turn, functions[0])
        else:
            question = _join_texts(messages)
            yield from self._write_reply(session, turn, answers.compose_reply(question))

    def _call_function(
        self, session: AgentSession, turn: dict[str, Any], function: Mapping[str, Any]
    ) -> Iterator[SessionEvent]:
        call_id = self._state.allocate_id("exec_")
        call = {
            "type": "function_call",
            "turn_id": turn["id"],
            "call_id": call_id,
            "name": function["name"],
            "arguments": json.loads(answers.compose_arguments(function)),
        }
        yield self._add_item(session, turn, {"id": call_id, **call, "status": "in_progress"}, 0)
        session.status, session.required_actions = "requires_action", [call]
        yield self._make_session_event(session, "requires_action")

    def _resume_turn(
        self, session: AgentSession, event: Mapping[str, Any]
    ) -> Iterator[SessionEvent]:
        call_id = event.get("call_id")
        pending = [call for call in session.required_actions if call["call_id"] == call_id]
        if not pending:
            message = f"Unknown pending tool call: {call_id}"
            raise ApiError(400, message, code="invalid_request_error")
        session.required_actions = []
        session.status = "in_progress"
        return self._finish_call(session, pending[0], event)

    def _finish_call(
        self, session: AgentSession, call: Mapping[str, Any], event: Mapping[str, Any]
    ) -> Iterator[SessionEvent]:
        turn = session.turns[-1]
        output = event.get("output") or event.get("error") or ""
        text = output if isinstance(output, str) else _join_parts(output)
        result = {
            "id": self._state.allocate_id("fco_"),
            "turn_id": turn["id"],
            "type": "function_call_output",
            "call_id": call["call_id"],
            "status": "completed",
            "output": [{"type": "input_text", "text": text}],
            "error": None,
        }
        yield self._add_item(session, turn, result, None)
        done = {"id": call["call_id"], **call, "status": "completed"}
        yield self._make_item_event(session, turn, "done", done, 0)
        yield from self._write_reply(session, turn, answers.compose_tool_reply([text]))

    def _write_reply(
        self, session: AgentSession, turn: dict[str, Any], reply: str
    ) -> Iterator[SessionEvent]:
        item = self._make_message(turn, "assistant", [], "in_progress", "final_answer")
        place = {"item_id": item["id"], "output_index": 1, "content_index": 0}
        yield self._make_item_event(session, turn, "added", dict(item), 1)
        part = {"type": "output_text", "text": ""}
        yield self._make_turn_event(session, "content_part.added", **place, part=part)
        for piece in answers.split_text(reply):
            yield self._make_turn_event(session, "output_text.delta", **place, delta=piece)
        yield self._make_turn_event(session, "output_text.done", **place, text=reply)
        part = {"type": "output_text", "text": reply}
        yield self._make_turn_event(session, "content_part.done", **place, part=part)
        item |= {"status": "completed", "content": [part]}
        session.items.append(item)
        yield self._make_item_event(session, turn, "done", item, 1)
        yield from self._end_turn(session, turn)

    def _end_turn(self, session: AgentSession, turn: dict[str, Any]) -> Iterator[SessionEvent]:
        turn |= {"status": "completed", "completed_at": self._state.get_time()}
        yield self._make_turn_event(session, "completed", turn=dict(turn), usage=_USAGE)
        session.status = "idle"
        yield self._make_session_event(session, "idle")

    def _make_turn(self, session: AgentSession) -> dict[str, Any]:
        return {
            "id": self._state.allocate_id("turn_"),
            "object": "agent.session.turn",
            "session_id": session.id,
            "agent_id": session.agent["id"],
            "subagent_id": None,
            "status": "queued",
            "created_at": self._state.get_time(),
            "started_at": None,
            "completed_at": None,
            "error": None,
            "usage": None,
        }

    def _make_message(
        self,
        turn: Mapping[str, Any],
        role: str,
        content: object,
        status: str = "completed",
        phase: str | None = None,
    ) -> dict[str, Any]:
        return {
            "type": "message",
            "id": self._state.allocate_id("msg_"),
            "turn_id": turn["id"],
            "role": role,
            "content": content,
            "status": status,
            "phase": phase,
        }

    def _add_item(
        self,
        session: AgentSession,
        turn: Mapping[str, Any],
        item: dict[str, Any],
        output_index: int | None,
    ) -> SessionEvent:
        session.items.append(item)
        return self._make_item_event(session, turn, "added", item, output_index)

    def _make_item_event(
        self,
        session: AgentSession,
        turn: Mapping[str, Any],
        name: str,
        item: Mapping[str, Any],
        output_index: int | None,
    ) -> SessionEvent:
        fields = {"output_index": output_index, "item": item}
        return self._make_turn_event(session, f"item.{name}", **fields)

    def _make_turn_event(self, session: AgentSession, name: str, **fields: object) -> SessionEvent:
        ids = {"session_id": session.id, "turn_id": session.turns[-1]["id"]}
        return {**self._make_event(f"turn.{name}"), **ids, **fields}

    def _make_session_event(self, session: AgentSession, name: str) -> SessionEvent:
        return {**self._make_event(name), "session": session.to_document()}

    def make_created_event(self, session: AgentSession) -> SessionEvent:
        """Return the first event of a session."""
        return self._make_session_event(session, "created")

    def _make_event(self, name: str) -> SessionEvent:
        return {"type": f"{_PREFIX}{name}", "event_id": self._state.allocate_id("evt_")}


_USAGE = {
    "input_tokens": 24,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 12,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 36,
}


def _join_texts(messages: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join(_join_parts(message.get("content", [])) for message in messages)


def _join_parts(parts: object) -> str:
    texts = (
        (part.get("text", "") for part in parts if isinstance(part, dict))
        if isinstance(parts, list)
        else ()
    )
    return " ".join(map(str, texts))
