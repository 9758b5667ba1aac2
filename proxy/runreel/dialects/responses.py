"""The Responses API of OpenAI and compatible servers, and its conversations (API reference)."""

from __future__ import annotations

from msgspec.structs import replace

from runreel.core.dialect import Channels
from runreel.core.regex.lazy_pattern import compile_later
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
from runreel.core.unordered import UnorderedItems
from runreel.dialects.base.bodies import build_openai_error
from runreel.dialects.base.recognition import HeaderMark, Marks
from runreel.dialects.base.routes import Route, Routes
from runreel.dialects.base.table_dialect import TableDialect

_OUTPUTS = frozenset(
    f"{tool}_output"
    for tool in (
        *("function_call", "custom_tool_call", "computer_call"),
        *("shell_call", "apply_patch_call"),
    )
)
"""Types of the items with the output of a call, which they name by its ``call_id``."""

_CALLS = "function_call|custom_tool_call|mcp_call|mcp_approval_request|tool_search_call"
_ACTIONS = "web_search_call|file_search_call|computer_call|local_shell_call|apply_patch_call"
"""Items whose input is an object, or a list of queries, in a member of its own."""
_NOT_REASONING = (("part.type", "!reasoning_text"),)
_TERMINAL = ("response.completed", "response.incomplete", "response.failed")


def _list_item_texts(
    each: str, *, key: tuple[str, ...] = (), on: tuple[str, ...] = ("*",), role: str = "^.role"
) -> tuple[TextRule, ...]:
    """Return the rules for whole items: of an output, of an event, of a request's input."""
    part = f"{each}.content[*]" if each else "content[*]"
    inner = f"{each}." if each else ""
    rules = (
        TextRule(BlockKind.REASONING, "text", f"{inner}summary[*]", channel="summary"),
        TextRule(
            *(BlockKind.REASONING, "text", part),
            when=(("type", "reasoning_text"),),
            channel="reasoning_text",
        ),
        TextRule(
            *(BlockKind.TEXT, "text", part),
            when=(("type", "!reasoning_text"),),
            role=role,
        ),
        TextRule(BlockKind.REFUSAL, "refusal", part, role=role),
        TextRule(BlockKind.TEXT, "transcript", part, role=role, channel="part_transcript"),
        TextRule(
            *(BlockKind.MEDIA, "image_url|file_data|input_audio.data|audio", part),
            name="type",
            call_id="file_id",
            role=role,
            when=(("type", "input_image|input_file|input_audio|output_audio|computer_screenshot"),),
        ),
        TextRule(
            *(BlockKind.CITATION, "url|file_id", f"{part}.annotations[*]"),
            name="title|filename",
        ),
        TextRule(
            *(BlockKind.TOOL_CALL, "arguments|input", each),
            when=(("type", _CALLS),),
            name="name",
            call_id="call_id|id",
            type="type",
        ),
        TextRule(
            *(BlockKind.TOOL_CALL, "action|queries|operation", each),
            when=(("type", _ACTIONS),),
            name="type",
            call_id="call_id|id",
            type="type",
            channel="action",
        ),
        TextRule(BlockKind.CODE, "code", each, call_id="id", type="type"),
        TextRule(BlockKind.CODE, ".", f"{inner}action.commands[*]", channel="command"),
        TextRule(BlockKind.LOGS, "logs", f"{inner}outputs[*]"),
        TextRule(
            *(BlockKind.TOOL_OUTPUT, "output", each),
            when=(("type", "!shell_call_output"),),
            call_id="call_id|id",
            type="type",
        ),
        TextRule(
            *(BlockKind.TOOL_OUTPUT, "error.message|error", each),
            when=(("type", "mcp_call"),),
            call_id="id",
            channel="mcp_error",
        ),
        TextRule(BlockKind.TOOL_OUTPUT, "results", each, call_id="id", channel="results"),
        TextRule(
            *(BlockKind.TOOL_OUTPUT, "tools", each),
            when=(("type", "tool_search_output|mcp_list_tools"),),
            call_id="call_id|id",
            type="type",
            channel="tools",
        ),
        TextRule(BlockKind.TEXT, "revised_prompt", each, channel="revised_prompt"),
        TextRule(BlockKind.LOGS, "stdout", f"{inner}output[*]", channel="stdout"),
        TextRule(BlockKind.LOGS, "stderr", f"{inner}output[*]", channel="stderr"),
        TextRule(
            *(BlockKind.MEDIA, "result", each),
            when=(("type", "image_generation_call"),),
            name="output_format|type",
            channel="image",
        ),
    )
    return tuple(
        replace(
            rule,
            key=key,
            on=on,
            mode=TextMode.WHOLE,
            owner_word="output",
            is_content=rule.kind is not BlockKind.CITATION,
        )
        for rule in rules
    )


def _list_deltas() -> tuple[TextRule, ...]:
    """Return the rules for each kind of delta, and for the event that repeats its whole text."""
    rows = (
        ("output_text", BlockKind.TEXT, "", "content_index", "text"),
        ("refusal", BlockKind.REFUSAL, "", "content_index", "refusal"),
        ("reasoning_text", BlockKind.REASONING, "reasoning_text", "content_index", "text"),
        ("reasoning_summary_text", BlockKind.REASONING, "summary", "summary_index", "text"),
        ("function_call_arguments", BlockKind.TOOL_CALL, "", "", "arguments"),
        ("mcp_call_arguments", BlockKind.TOOL_CALL, "", "", "arguments"),
        ("custom_tool_call_input", BlockKind.TOOL_CALL, "", "", "input"),
        ("code_interpreter_call_code", BlockKind.CODE, "", "", "code"),
        ("shell_call_command", BlockKind.CODE, "command", "command_index", "command"),
    )
    return tuple(
        TextRule(
            *(kind, path),
            on=(f"response.{name}.{event}",),
            key=("output_index", index) if index else ("output_index",),
            channel=channel,
            mode=mode,
            owner_word="output",
            role="=assistant" if kind is BlockKind.TEXT else "",
        )
        for name, kind, channel, index, whole in rows
        for event, path, mode in (
            ("delta", "delta", TextMode.DELTA),
            ("done", whole, TextMode.WHOLE),
        )
    )


_OTHER_EVENTS = (
    *(
        TextRule(
            *(BlockKind.LOGS, f"delta.{name}"),
            on=("response.shell_call_output_content.delta",),
            key=("output_index", "command_index"),
            channel=name,
            owner_word="output",
        )
        for name in ("stdout", "stderr")
    ),
    TextRule(
        *(BlockKind.TEXT, "delta"), on=("response.audio.transcript.delta",), channel="transcript"
    ),
    TextRule(BlockKind.MEDIA, "delta", on=("response.audio.delta",), type="=audio"),
    TextRule(
        *(BlockKind.MEDIA, "partial_image_b64"),
        on=("response.image_generation_call.partial_image",),
        key=("output_index",),
        mode=TextMode.SNAPSHOT,
        name="output_format|type",
        channel="image",
        owner_word="output",
    ),
    TextRule(
        *(BlockKind.CITATION, "annotation.url|annotation.file_id"),
        on=("response.output_text.annotation.added",),
        key=("output_index", "content_index", "annotation_index"),
        name="annotation.title|annotation.filename",
        owner_word="output",
    ),
    *(
        TextRule(
            *(kind, path),
            on=(event,),
            key=("output_index", index),
            mode=TextMode.WHOLE,
            channel=channel,
            owner_word="output",
            when=when,
        )
        for event, kind, path, index, channel, when in (
            *(
                ("response.content_part.done", *row)
                for row in (
                    (BlockKind.TEXT, "part.text", "content_index", "", _NOT_REASONING),
                    (BlockKind.REFUSAL, "part.refusal", "content_index", "", ()),
                )
            ),
            (
                "response.reasoning_summary_part.done",
                *(BlockKind.REASONING, "part.text", "summary_index", "summary", ()),
            ),
        )
    ),
    TextRule(BlockKind.ERROR, "response.error.message", on=_TERMINAL),
    TextRule(BlockKind.ERROR, "message|error.message", on=("error",)),
    TextRule(BlockKind.ERROR, "error.message", on=("",)),
)

_TRACE = TraceTable(
    texts=(
        *_list_deltas(),
        *_list_item_texts(
            "item",
            key=("$.output_index",),
            on=("response.output_item.added", "response.output_item.done"),
        ),
        *_list_item_texts("response.output[*]", on=_TERMINAL),
        *_list_item_texts("output[*]", on=("",)),
        *(
            replace(rule, owner="$.id", owner_word="")
            for rule in _list_item_texts(
                "", key=("$.id",), on=("message", "reasoning", "*_call", "*_output"), role="$.role"
            )
        ),
        *_OTHER_EVENTS,
    ),
    request_texts=(
        TextRule(BlockKind.TEXT, "instructions", role="=system", channel="instructions"),
        TextRule(BlockKind.TEXT, "input", role="=user"),
        TextRule(BlockKind.TEXT, "content", "input[*]", role="role"),
        *(replace(rule, owner_word="") for rule in _list_item_texts("input[*]")),
    ),
    list_member="data",
    terminal=(EventRule(on=_TERMINAL), EventRule(data="[DONE]")),
    usage=tuple(
        UsageRule(
            each,
            input="input_tokens",
            cached="input_tokens_details.cached_tokens",
            output="output_tokens",
            reasoning="output_tokens_details.reasoning_tokens",
            total="total_tokens",
        )
        for each in ("response.usage", "usage", "")
    ),
    models=(ValueRule("response.model"), ValueRule("model", on=("",))),
    labels=(
        ValueRule("item.type"),
        ValueRule("part.type"),
    ),
    status=(ValueRule("response.status"), ValueRule("status", on=("",))),
    ids=(
        IdRule("response_id", "response.id"),
        IdRule("response_id", "id", when=(("object", "response|response.compaction"),)),
        IdRule("previous_response_id", "response.previous_response_id"),
        IdRule("previous_response_id", "previous_response_id", on=("",)),
        IdRule("conversation_id", "response.conversation.id"),
        IdRule("conversation_id", "conversation.id"),
        IdRule("conversation_id", "id", when=(("object", "conversation"),)),
    ),
    request_ids=(
        IdRule("previous_response_id", "previous_response_id"),
        IdRule("conversation_id", "conversation"),
        IdRule("conversation_id", "conversation.id"),
    ),
)
_RESPONSE = "responses/{response_id}"
_CONVERSATION = "conversations/{conversation_id}"
_BODY = (frozenset({"model", "input"}), frozenset({"input", "previous_response_id"}))

RESPONSES = TableDialect(
    name="responses",
    marks=Marks(headers=(HeaderMark(b"openai-beta", b"responses"),)),
    routes=Routes(
        (
            Route("POST", "responses", "responses.create", members=_BODY),
            Route("GET", _RESPONSE, "responses.retrieve"),
            Route("DELETE", _RESPONSE, "responses.delete"),
            Route("POST", f"{_RESPONSE}/cancel", "responses.cancel"),
            Route("GET", f"{_RESPONSE}/input_items", "responses.input_items.list"),
            Route("POST", "responses/compact", "responses.compact", members=_BODY),
            Route("POST", "responses/input_tokens", "responses.input_tokens.count", members=_BODY),
            Route("POST", "conversations", "conversations.create"),
            Route("GET", _CONVERSATION, "conversations.retrieve"),
            Route("POST", _CONVERSATION, "conversations.update"),
            Route("DELETE", _CONVERSATION, "conversations.delete"),
            Route("POST", f"{_CONVERSATION}/items", "conversations.items.create"),
            Route("GET", f"{_CONVERSATION}/items", "conversations.items.list"),
            Route("GET", f"{_CONVERSATION}/items/{{item_id}}", "conversations.items.retrieve"),
            Route("DELETE", f"{_CONVERSATION}/items/{{item_id}}", "conversations.items.delete"),
        )
    ),
    conversations=("response_id", "conversation_id"),
    summarized=("model", "stream", "previous_response_id", "conversation"),
    channels=Channels(
        # Delta events (response.output_text.delta, response.function_call_arguments.delta …) have
        # a member `delta`, that of a shell's output an object with `stdout` and `stderr`; the
        # events that repeat the whole have the other members.
        pieces=frozenset(
            {
                *("delta", "text", "arguments", "refusal", "code", "input", "transcript"),
                *("command", "stdout", "stderr"),
            }
        ),
        noise=frozenset({"obfuscation"}),
    ),
    format_error=build_openai_error,
    trace_table=_TRACE,
    created={"conversations.create": compile_later(rb'"id"\s*:\s*"(conv_[^"\\]+)"')},
    polled=frozenset({"responses.retrieve"}),
    unordered_items=(UnorderedItems(("input",), "call_id", "type", _OUTPUTS),),
)
