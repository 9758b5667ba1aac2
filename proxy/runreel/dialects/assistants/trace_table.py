"""The places of texts, usage and ids in the objects of the Assistants API and their deltas.

Every object has its kind in the member ``object`` (API reference, "Assistants streaming events"),
so the same rules serve streams, single objects and lists.
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

_ID_NAMES = {
    "assistant": "assistant_id",
    "assistant.deleted": "assistant_id",
    "file": "file_id",
    "thread": "thread_id",
    "thread.deleted": "thread_id",
    "thread.message": "message_id",
    "thread.message.deleted": "message_id",
    "thread.message.delta": "message_id",
    "thread.run": "run_id",
    "thread.run.step": "step_id",
    "thread.run.step.delta": "step_id",
    "vector_store": "vector_store_id",
}
"""By kind of object: the name under which other objects refer to its ``id``."""

_END_STATES = "completed|failed|cancelled|expired|incomplete|requires_action"


def _list_parts(each: str, role: str) -> tuple[TextRule, ...]:
    """Return the rules for the parts of messages, in answers and in requests."""
    return (
        TextRule(BlockKind.TEXT, "text.value|text", each, role=role),
        TextRule(BlockKind.REFUSAL, "refusal", each, role=role),
        TextRule(
            *(BlockKind.MEDIA, "image_url.url", each),
            call_id="image_file.file_id",
            name="type",
            when=(("type", "image_file|image_url"),),
            role=role,
        ),
        TextRule(
            *(BlockKind.CITATION, "text", f"{each}.text.annotations[*]"),
            name="file_citation.file_id|file_path.file_id|url_citation.title|url_citation.url",
        ),
    )


def _list_calls(each: str) -> tuple[TextRule, ...]:
    """Return the rules for calls of tools.

    Some servers send the ``type`` only in the first piece of a call.
    """
    return (
        TextRule(
            *(BlockKind.TOOL_CALL, "function.arguments", each),
            when=(("function", "*"),),
            name="function.name",
            call_id="id",
            type="=function",
        ),
        TextRule(BlockKind.TOOL_OUTPUT, "function.output", each, call_id="id"),
        TextRule(
            *(BlockKind.CODE, "code_interpreter.input", each),
            call_id="id",
            type="=code_interpreter",
        ),
        TextRule(*(BlockKind.LOGS, "logs", f"{each}.code_interpreter.outputs[*]"), call_id="^.id"),
        TextRule(
            *(BlockKind.MEDIA, "image.data", f"{each}.code_interpreter.outputs[*]"),
            call_id="image.file_id",
            name="type",
            when=(("image", "*"),),
        ),
        TextRule(
            *(BlockKind.TOOL_CALL, "openapi.arguments|mcp.arguments|arguments", each),
            when=(("function", "!*"), ("code_interpreter", "!*")),
            name="name|server_label|type",
            call_id="id",
            type="type",
        ),
    )


def _bind(
    rules: tuple[TextRule, ...], kind: str, mode: TextMode = TextMode.WHOLE
) -> tuple[TextRule, ...]:
    """Return the rules for objects of one kind, with the object's id in the key.

    A step holds calls of earlier answers too, with the outputs that the client sent.
    """
    return tuple(
        replace(
            rule,
            on=(kind,),
            mode=mode,
            key=("$.id",),
            owner="$.id",
            is_content=kind != "thread.run.step",
        )
        for rule in rules
    )


_REQUIRED = "required_action.submit_tool_outputs.tool_calls[*]"

TRACE_TABLE = TraceTable(
    texts=(
        *_bind(
            _list_parts("delta.content[*]", "=assistant"), "thread.message.delta", TextMode.DELTA
        ),
        *_bind(_list_parts("content[*]", "$.role"), "thread.message"),
        *_bind(
            _list_calls("delta.step_details.tool_calls[*]"),
            "thread.run.step.delta",
            TextMode.DELTA,
        ),
        *_bind(_list_calls("step_details.tool_calls[*]"), "thread.run.step"),
        *(
            replace(
                rule,
                on=("thread.run",),
                mode=TextMode.WHOLE,
                key=("id",),
                is_content=False,
            )
            for rule in _list_calls(_REQUIRED)[:2]
        ),
        TextRule(BlockKind.ERROR, "last_error.message", on=("thread.run", "thread.run.step")),
        TextRule(BlockKind.ERROR, "error.message|message", on=("error",)),
        TextRule(BlockKind.ERROR, "error.message"),
    ),
    request_texts=(
        TextRule(BlockKind.TEXT, "instructions", role="=system"),
        TextRule(
            *(BlockKind.TEXT, "additional_instructions"), role="=system", channel="additional"
        ),
        *(
            rule
            for array in ("messages[*]", "thread.messages[*]", "additional_messages[*]")
            for rule in (
                TextRule(BlockKind.TEXT, "content", array, role="role"),
                *_list_parts(f"{array}.content[*]", "^.role"),
            )
        ),
        TextRule(BlockKind.TEXT, "content", role="role", when=(("role", "*"),)),
        *_list_parts("content[*]", "$.role"),
        TextRule(
            *(BlockKind.TOOL_OUTPUT, "output", "tool_outputs[*]"),
            call_id="tool_call_id",
            role="=tool",
        ),
    ),
    kind_members=("object",),
    list_member="data",
    terminal=(
        EventRule(data="[DONE]"),
        EventRule(on=("thread.run",), when=(("status", _END_STATES),)),
    ),
    usage=(
        UsageRule(
            "usage",
            on=("thread.run",),
            input="prompt_tokens",
            cached="prompt_token_details.cached_tokens|prompt_tokens_details.cached_tokens",
            output="completion_tokens",
            reasoning="completion_tokens_details.reasoning_tokens",
            total="total_tokens",
        ),
    ),
    models=(ValueRule("model", on=("thread.run", "assistant")),),
    status=(ValueRule("status", on=("thread.run",)),),
    ids=(
        *(IdRule(name, "id", on=(kind,)) for kind, name in _ID_NAMES.items()),
        *(IdRule(name, name) for name in ("assistant_id", "run_id", "thread_id")),
    ),
)
