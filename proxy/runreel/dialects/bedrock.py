"""Amazon Bedrock: Converse and InvokeModel (API reference, "Amazon Bedrock Runtime").

Streams are binary messages (``core.http.binary.message_stream``) with the names of the events in
their headers. Those of InvokeModel hold the events of the model's own API in base64
(``core.http.binary.packed_event``), which are read by its rules.
"""

from __future__ import annotations

import json

from msgspec.structs import replace

from runreel.core.dialect import Channels
from runreel.core.http.binary.packed_event import PACKED_NAME
from runreel.core.trace.model import BlockKind
from runreel.core.trace.table import (
    ANY_EVENT,
    EventRule,
    TextRule,
    TraceTable,
    UsageRule,
    ValueRule,
)
from runreel.core.unordered import UnorderedItems
from runreel.dialects.anthropic import ANTHROPIC
from runreel.dialects.base.recognition import Marks
from runreel.dialects.base.routes import Route, Routes
from runreel.dialects.base.table_dialect import TableDialect
from runreel.dialects.chat import CHAT

_MODEL = "model/{model}"


def _build_bedrock_error(message: str, code: str) -> bytes:
    return json.dumps({"message": message, "code": code}).encode()


_ANTHROPIC, _CHAT = ANTHROPIC.trace_table, CHAT.trace_table

_CHUNK = (PACKED_NAME,)
"""The name of events of models that do not name theirs."""


def _list_blocks(each: str, role: str) -> tuple[TextRule, ...]:
    """Return the rules for the content blocks of whole messages."""
    return (
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


def _list_stream_texts(
    start: str = "",
    delta: str = "",
    on: tuple[str, str] = ("contentBlockStart", "contentBlockDelta"),
) -> tuple[TextRule, ...]:
    """Return the rules for the blocks of a stream; ``start`` and ``delta`` lead to its events."""
    on_start, on_delta = on[:1], on[1:]
    key = (f"{delta}contentBlockIndex",)
    delta = f"{delta}delta"
    return (
        TextRule(
            *(BlockKind.TOOL_CALL, f"{start}start.toolUse.input"),
            on=on_start,
            key=(f"{start}contentBlockIndex",),
            when=((f"{start}start.toolUse", "*"),),
            name=f"{start}start.toolUse.name",
            call_id=f"{start}start.toolUse.toolUseId",
        ),
        TextRule(BlockKind.TEXT, f"{delta}.text", on=on_delta, key=key),
        TextRule(BlockKind.REASONING, f"{delta}.reasoningContent.text", on=on_delta, key=key),
        TextRule(BlockKind.TOOL_CALL, f"{delta}.toolUse.input", on=on_delta, key=key),
        TextRule(
            *(BlockKind.TOOL_OUTPUT, "text|json", f"{delta}.toolResult[]"),
            on=on_delta,
            is_content=False,
        ),
        TextRule(
            *(BlockKind.CITATION, f"{delta}.citation.source|{delta}.citation.location.web.url"),
            on=on_delta,
            key=(*key, "@number"),
            name=f"{delta}.citation.title",
            when=((f"{delta}.citation", "*"),),
            is_content=False,
        ),
    )


_INVOKED = (
    *(
        replace(rule, on=("", *_CHUNK, "completion")) if rule.on == ANY_EVENT else rule
        for rule in (*_ANTHROPIC.texts, *_CHAT.texts)
    ),
    # Nova
    *_list_stream_texts("contentBlockStart.", "contentBlockDelta.", (PACKED_NAME, PACKED_NAME)),
    # Titan, Mistral, Llama, Cohere
    TextRule(BlockKind.TEXT, "outputText", "results[*]", on=("",)),
    TextRule(BlockKind.TEXT, "outputText", on=_CHUNK, key=("index",)),
    TextRule(BlockKind.TEXT, "text", "outputs[*]", on=("", *_CHUNK)),
    TextRule(BlockKind.TEXT, "generation", on=("", *_CHUNK)),
    TextRule(BlockKind.TEXT, "text", on=_CHUNK, when=(("is_finished", "false|true"),)),
    TextRule(BlockKind.TEXT, "text", on=("",), when=(("generation_id", "*"),)),
    TextRule(BlockKind.TEXT, "text", "generations[*]", on=("",)),
)
"""Texts of InvokeModel, whose events and bodies are those of the models' own APIs."""

_TRACE = TraceTable(
    texts=(
        *_list_stream_texts(),
        TextRule(BlockKind.TEXT, "text", "output.message.content[*]", on=("",)),
        *(replace(rule, on=("",)) for rule in _list_blocks("output.message.content[*]", "")),
        *_INVOKED,
        TextRule(BlockKind.ERROR, "message", on=("*Exception", "")),
    ),
    request_texts=(
        *_ANTHROPIC.request_texts,
        *_list_blocks("messages[*].content[*]", "^.role"),
        TextRule(BlockKind.TEXT, "inputText|message", role="=user"),
        TextRule(BlockKind.TEXT, ".", "texts[*]", role="=user"),
    ),
    terminal=(
        EventRule(on=("messageStop", "metadata", "message_stop")),
        EventRule(when=(("amazon-bedrock-invocationMetrics", "*"),)),
    ),
    usage=(
        *_ANTHROPIC.usage,
        *_CHAT.usage,
        *(
            UsageRule(
                each,
                input="inputTokens",
                cached="cacheReadInputTokens|cacheReadInputTokenCount",
                output="outputTokens",
                total="totalTokens",
            )
            for each in ("usage", "metadata.usage", "")
        ),
        UsageRule(
            "",
            input="inputTextTokenCount|prompt_token_count",
            output="totalOutputTextTokenCount|generation_token_count",
        ),
        UsageRule("results[0]", input="inputTextTokenCount", output="tokenCount"),
        UsageRule(
            "amazon-bedrock-invocationMetrics", input="inputTokenCount", output="outputTokenCount"
        ),
    ),
    # InvokeModel reports them so for every model.
    usage_headers=(
        ("input_tokens", b"x-amzn-bedrock-input-token-count"),
        ("cached_tokens", b"x-amzn-bedrock-cache-read-input-token-count"),
        ("output_tokens", b"x-amzn-bedrock-output-token-count"),
    ),
    models=_ANTHROPIC.models,
    labels=_ANTHROPIC.labels,
    status=(
        *_ANTHROPIC.status,
        *_CHAT.status,
        *(
            ValueRule(path)
            for path in (
                *("stopReason", "messageStop.stopReason", "outputs[].stop_reason"),
                *("completionReason", "results[].completionReason", "finish_reason"),
            )
        ),
    ),
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
        # `contentBlockIndex`; chunk: the model's own event.
        pieces=frozenset({"text", "input", "outputText", "generation"})
        | ANTHROPIC.channels.pieces
        | CHAT.channels.pieces,
        noise=frozenset({"p"}),
    ),
    format_error=_build_bedrock_error,
    trace_table=_TRACE,
    unordered_items=(UnorderedItems(("messages", None, "content"), "toolUseId"),),
)
