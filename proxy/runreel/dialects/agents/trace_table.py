"""The places of the parts of an exchange of the Agents API (``openai`` 3.57, ``types/beta``).

A text comes as deltas, as a whole in a done event, or in both; its key is the id of its item.
"""

from __future__ import annotations

from msgspec.structs import replace

from runreel.core.trace.model import BlockKind
from runreel.core.trace.table import (
    EventRule,
    IdRule,
    TextMode,
    TextRule,
    TraceTable,
    UsageRule,
    ValueRule,
)

_TURN = "agent.session.turn."
_CALLS = (("type", "function_call|mcp_call"),)
_COMMAND = (("type", "command_execution"),)
_FROM_USER = "user"


def _list_item_texts(item: str) -> tuple[TextRule, ...]:
    """Return the rules for an item at this path; empty for a body that is one."""
    inner = f"{item}." if item else ""
    parts, role = f"{inner}content[*]", f"^.{inner}role"
    id_ = (f"$.{inner}id",) if item else ("^.id",)
    call = (f"{inner}call_id|{inner}id",) if item else ("call_id|id",)
    rules = (
        TextRule(BlockKind.TEXT, "text", parts, key=id_, role=role, when=((role, "!user"),)),
        TextRule(
            *(BlockKind.TEXT, "text", parts),
            key=id_,
            role=role,
            when=((role, _FROM_USER),),
            is_content=False,
        ),
        TextRule(BlockKind.MEDIA, "image_url", parts, key=id_, role=role, is_content=False),
        TextRule(BlockKind.REASONING, "text", f"{inner}summary[*]", key=id_, channel="summary"),
        TextRule(
            *(BlockKind.TOOL_CALL, "arguments", item),
            key=("call_id|id",),
            when=_CALLS,
            name="name",
            call_id="call_id|id",
            type="type",
        ),
        TextRule(
            *(BlockKind.TOOL_OUTPUT, "output|error", item),
            key=("call_id|id",),
            when=(("type", "!command_execution"), ("output[0].type", "!input_text|input_image")),
            call_id="call_id|id",
            is_content=False,
        ),
        TextRule(
            *(BlockKind.TOOL_OUTPUT, "text|image_url", f"{inner}output[]"),
            key=tuple(f"$.{path}" for path in call) if item else ("^.call_id|^.id",),
            call_id=f"^.{inner}call_id",
            is_content=False,
        ),
        TextRule(BlockKind.CODE, "command", item, key=("id",), when=_COMMAND, type="type"),
        TextRule(BlockKind.LOGS, "output", item, key=("id",), when=_COMMAND),
    )
    return tuple(replace(rule, mode=TextMode.WHOLE) for rule in rules)


def _list_deltas() -> tuple[TextRule, ...]:
    """Return the rules for deltas, and for the events that repeat their whole text."""
    rows = (
        ("output_text", BlockKind.TEXT, "", "content_index", "content_part"),
        ("reasoning_summary_text", BlockKind.REASONING, "summary", "summary_index", ""),
    )
    return tuple(
        TextRule(
            *(kind, path),
            on=(f"{_TURN}{event}",),
            key=("item_id", index),
            channel=channel,
            mode=mode,
            role="=assistant" if kind is BlockKind.TEXT else "",
        )
        for name, kind, channel, index, part in rows
        for event, path, mode in (
            (f"{name}.delta", "delta", TextMode.DELTA),
            (f"{name}.done", "text", TextMode.WHOLE),
            (f"{part or 'reasoning_summary_part'}.done", "part.text", TextMode.WHOLE),
        )
    )


_ITEM_EVENTS = (f"{_TURN}item.added", f"{_TURN}item.done")
_SESSION = "agent.session"
_ENDS = tuple(f"{_SESSION}.{name}" for name in ("idle", "failed", "budget_reached"))
_TURN_ENDS = tuple(f"{_TURN}{name}" for name in ("completed", "failed", "cancelled"))

_ACTIONS = (
    TextRule(
        *(BlockKind.TOOL_CALL, "arguments", "session.required_actions[]"),
        key=("call_id|request_id",),
        name="name",
        call_id="call_id|request_id",
        type="type",
        mode=TextMode.WHOLE,
    ),
    TextRule(
        *(BlockKind.TOOL_CALL, "arguments", "required_actions[]"),
        on=("",),
        key=("call_id|request_id",),
        name="name",
        call_id="call_id|request_id",
        type="type",
        mode=TextMode.WHOLE,
    ),
)

_OTHERS = (
    TextRule(
        *(BlockKind.LOGS, "delta"),
        on=("agent.output.command_execution_output.delta",),
        key=("item_id",),
    ),
    TextRule(
        *(BlockKind.TEXT, "text", "subagent.instructions[]"),
        on=("agent.session.subagent.created",),
        key=("$.subagent.id",),
        role="=user",
        channel="instructions",
        mode=TextMode.WHOLE,
        is_content=False,
    ),
    TextRule(BlockKind.ERROR, "session.error.message", on=(f"{_SESSION}.failed",)),
    TextRule(BlockKind.ERROR, "turn.error.message", on=(f"{_TURN}failed",)),
    TextRule(BlockKind.ERROR, "error.message", on=("error", "")),
)


def _list_messages(each: str) -> tuple[TextRule, ...]:
    """Return the rules for the messages of a request."""
    part = f"{each}[*].content[*]"
    return (
        TextRule(BlockKind.TEXT, "text", part, role="^.role"),
        TextRule(BlockKind.MEDIA, "image_url", part, name="type", role="^.role"),
    )


TRACE_TABLE = TraceTable(
    texts=(
        *_list_deltas(),
        *(replace(rule, on=_ITEM_EVENTS) for rule in _list_item_texts("item")),
        *(
            replace(rule, on=("message", "agent_message", "*_call", "*_output", "reasoning"))
            for rule in _list_item_texts("")
        ),
        *(
            replace(rule, on=("command_execution",))
            for rule in _list_item_texts("")
            if rule.when == _COMMAND
        ),
        *_ACTIONS,
        *_OTHERS,
    ),
    request_texts=(
        TextRule(BlockKind.TEXT, "agent.instructions|instructions", role="=system"),
        TextRule(BlockKind.TEXT, "input", role="=user"),
        *_list_messages("input"),
        *_list_messages("events[*].input"),
        TextRule(
            *(BlockKind.TOOL_OUTPUT, "output|error", "events[*]"),
            when=(("output[0].type", "!input_text|input_image"),),
            call_id="call_id",
        ),
        TextRule(BlockKind.TOOL_OUTPUT, "text", "events[*].output[]", call_id="^.call_id"),
    ),
    list_member="data",
    terminal=(
        EventRule(on=_ENDS),
        EventRule(on=_TURN_ENDS, when=(("turn.subagent_id", "!*"),)),
    ),
    usage=(
        UsageRule(
            "usage",
            input="input_tokens",
            cached="input_tokens_details.cached_tokens",
            output="output_tokens",
            reasoning="output_tokens_details.reasoning_tokens",
            total="total_tokens",
            key=("$.turn_id|$.id",),
        ),
    ),
    models=(ValueRule("session.agent.model"), ValueRule("agent.model", on=("",))),
    requested_model="agent.model|model",
    labels=(
        ValueRule("item.type"),
        ValueRule("part.type"),
    ),
    status=(
        ValueRule("session.status"),
        ValueRule("turn.status"),
        ValueRule("status", on=("",)),
    ),
    ids=(
        IdRule("session_id", "session_id"),
        IdRule("session_id", "session.id"),
        IdRule("session_id", "id", when=(("object", _SESSION),)),
        IdRule("turn_id", "turn_id"),
        IdRule("agent_id", "session.agent.id"),
        IdRule("agent_id", "agent.id"),
    ),
    request_ids=(
        IdRule("agent_id", "agent_id"),
        IdRule("turn_id", "events[].turn_id"),
    ),
)
