"""Amazon Bedrock: Converse and InvokeModel (API reference, "Amazon Bedrock Runtime").

Streams are binary messages (``core.http.binary.message_stream``) with the names of the events in
their headers. Those of InvokeModel hold the events of the model's own API in base64
(``core.redact.texts.wrapped_events``).
"""

from __future__ import annotations

import json

from runreel.core.dialect import Channels
from runreel.core.trace.model import BlockKind
from runreel.core.trace.table import EventRule, TextRule, TraceTable, UsageRule, ValueRule
from runreel.core.unordered import UnorderedItems
from runreel.dialects.base.recognition import Marks
from runreel.dialects.base.routes import Route, Routes
from runreel.dialects.base.table_dialect import TableDialect

_MODEL = "model/{model}"


def _build_bedrock_error(message: str, code: str) -> bytes:
    return json.dumps({"message": message, "code": code}).encode()


_DELTA = ("contentBlockDelta",)
_KEY = ("contentBlockIndex",)


def _list_blocks(each: str, role: str) -> tuple[TextRule, ...]:
    """Return the rules for the content blocks of whole messages."""
    return (
        TextRule(BlockKind.TEXT, "text", each, role=role),
        TextRule(BlockKind.REASONING, "reasoningContent.reasoningText.text", each, role=role),
        TextRule(
            *(BlockKind.TOOL_CALL, "toolUse.input", each),
            name="toolUse.name",
            call_id="toolUse.toolUseId",
            when=(("toolUse", "*"),),
            role=role,
        ),
        TextRule(
            *(BlockKind.TOOL_OUTPUT, "toolResult.content", each),
            call_id="toolResult.toolUseId",
            when=(("toolResult", "*"),),
            role=role,
        ),
        TextRule(BlockKind.MEDIA, "image.source.bytes", each, name="image.format", role=role),
    )


_INVOKED = tuple(
    rule._replace(on=("",))
    for rule in (
        # Anthropic
        TextRule(BlockKind.TEXT, "text", "content[*]"),
        TextRule(BlockKind.REASONING, "thinking", "content[*]"),
        TextRule(
            *(BlockKind.TOOL_CALL, "input", "content[*]"),
            name="name",
            call_id="id",
            when=(("type", "tool_use"),),
        ),
        # Titan, Mistral, Llama
        TextRule(BlockKind.TEXT, "outputText", "results[*]"),
        TextRule(BlockKind.TEXT, "text", "outputs[*]"),
        TextRule(BlockKind.TEXT, "generation"),
    )
)
"""Of the bodies of InvokeModel, which are those of the models' own APIs."""

_TRACE = TraceTable(
    texts=(
        TextRule(
            *(BlockKind.TOOL_CALL, "start.toolUse.input"),
            on=("contentBlockStart",),
            key=_KEY,
            when=(("start.toolUse", "*"),),
            name="start.toolUse.name",
            call_id="start.toolUse.toolUseId",
        ),
        TextRule(BlockKind.TEXT, "delta.text", on=_DELTA, key=_KEY),
        TextRule(BlockKind.REASONING, "delta.reasoningContent.text", on=_DELTA, key=_KEY),
        TextRule(BlockKind.TOOL_CALL, "delta.toolUse.input", on=_DELTA, key=_KEY),
        TextRule(
            BlockKind.TOOL_OUTPUT, "text|json", "delta.toolResult[]", on=_DELTA, is_content=False
        ),
        TextRule(
            *(BlockKind.CITATION, "delta.citation.source|delta.citation.location.web.url"),
            on=_DELTA,
            key=(*_KEY, "@number"),
            name="delta.citation.title",
            when=(("delta.citation", "*"),),
            is_content=False,
        ),
        *(rule._replace(on=("",)) for rule in _list_blocks("output.message.content[*]", "")),
        *_INVOKED,
        TextRule(BlockKind.ERROR, "message", on=("*Exception", "")),
    ),
    request_texts=(
        TextRule(BlockKind.TEXT, "system", role="=system"),
        TextRule(BlockKind.TEXT, "content", "messages[*]", role="role"),
        TextRule(BlockKind.TEXT, "prompt|inputText", role="=user"),
        TextRule(BlockKind.TEXT, "text", "system[*]", role="=system"),
        *_list_blocks("messages[*].content[*]", "^.role"),
    ),
    kind_members=(),
    terminal=(EventRule(on=("messageStop", "metadata")),),
    usage=(
        UsageRule(
            "usage",
            input="inputTokens|input_tokens",
            cached="cacheReadInputTokens|cache_read_input_tokens",
            output="outputTokens|output_tokens",
            total="totalTokens",
        ),
        UsageRule(
            "",
            input="inputTokens|inputTextTokenCount|prompt_token_count",
            output="outputTokens|generation_token_count",
        ),
    ),
    status=(ValueRule("stopReason"), ValueRule("stop_reason")),
)

BEDROCK = TableDialect(
    name="bedrock",
    marks=Marks(),
    routes=Routes(
        (
            Route("POST", f"{_MODEL}/converse", "converse"),
            Route("POST", f"{_MODEL}/converse-stream", "converse_stream"),
            Route("POST", f"{_MODEL}/invoke", "invoke_model"),
            Route(
                "POST",
                f"{_MODEL}/invoke-with-response-stream",
                "invoke_model_with_response_stream",
            ),
            Route("POST", f"{_MODEL}/count-tokens", "count_tokens"),
            Route(
                "POST",
                "guardrail/{guardrail_id}/version/{guardrail_version}/apply",
                "apply_guardrail",
            ),
            Route("POST", "async-invoke", "start_async_invoke"),
            Route("GET", "async-invoke", "list_async_invokes"),
            Route("GET", "async-invoke/{invocation_arn}", "get_async_invoke"),
        )
    ),
    channels=Channels(
        # contentBlockDelta: delta.{text, reasoningContent.text, toolUse.input} of the block
        # `contentBlockIndex`; chunk: base64 of the model's own event.
        pieces=frozenset({"text", "input", "partial_json", "thinking", "completion", "outputText"}),
        noise=frozenset({"p"}),
    ),
    format_error=_build_bedrock_error,
    trace_table=_TRACE,
    unordered_items=(UnorderedItems(("messages", None, "content"), "toolUseId"),),
)
