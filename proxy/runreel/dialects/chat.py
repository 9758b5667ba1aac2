"""The Chat Completions API of OpenAI and of the many servers that speak it (API reference, "Chat").

Azure has the deployment in the path, OpenRouter a preset; Mistral and xAI have calls of their own.
"""

from __future__ import annotations

from msgspec.structs import replace

from runreel.core.dialect import Channels
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
from runreel.dialects.base.routes import Route, Routes
from runreel.dialects.base.table_dialect import TableDialect

_REASONING = "reasoning_content|reasoning"
"""The same text in two members: servers send one of them, or both."""


def _list_texts(each: str, mode: TextMode) -> tuple[TextRule, ...]:
    """Return the rules for the delta of a choice, or for its whole message."""
    calls = f"{each}.tool_calls[*]"
    reasoning = (
        TextRule(BlockKind.REASONING, _REASONING, each, mode=mode),
        TextRule(
            *(BlockKind.REASONING, "text|summary", f"{each}.reasoning_details[]"),
            mode=TextMode.DELTA,
            is_fallback=True,
        ),
        TextRule(
            *(BlockKind.REASONING, "thinking", f"{each}.thinking_blocks[]"),
            mode=TextMode.DELTA,
            is_fallback=True,
        ),
    )
    texts = (
        TextRule(BlockKind.TEXT, "content", each, mode=mode, role="role"),
        TextRule(BlockKind.REFUSAL, "refusal", each, mode=mode, role="role"),
        TextRule(BlockKind.TEXT, "audio.transcript", each, mode=mode, channel="audio"),
        # Mistral: parts in an array.
        TextRule(BlockKind.TEXT, "text", f"{each}.content[]", role="^.delta.role|^.message.role"),
        TextRule(BlockKind.REASONING, "text", f"{each}.content[].thinking[]"),
    )
    tools = (
        TextRule(
            *(BlockKind.TOOL_CALL, "function.arguments|custom.input", calls),
            name="function.name|custom.name",
            call_id="id",
            type="type",
            mode=mode,
        ),
        TextRule(
            *(BlockKind.TOOL_CALL, "function_call.arguments", each),
            name="function_call.name",
            type="=function",
            channel="function_call",
            when=(("function_call", "*"),),
            mode=mode,
        ),
        # Groq: tools that the server runs by itself, each time as a whole.
        TextRule(
            *(BlockKind.TOOL_CALL, "arguments", f"{each}.executed_tools[*]"),
            name="name|type",
            type="type",
            channel="executed_call",
            mode=TextMode.SNAPSHOT,
        ),
        TextRule(
            *(BlockKind.TOOL_OUTPUT, "output", f"{each}.executed_tools[*]"),
            channel="executed_output",
            mode=TextMode.SNAPSHOT,
        ),
    )
    citations = (
        TextRule(
            *(BlockKind.CITATION, "url_citation.url", f"{each}.annotations[*]"),
            key=("url_citation.url",),
            owner="^.index",
            name="url_citation.title",
            mode=TextMode.SNAPSHOT,
            is_content=False,
        ),
    )
    rules = (*reasoning, *texts, *tools, *citations)
    return tuple(replace(rule, owner_word="choice") for rule in rules)


_REQUEST_TEXTS = (
    TextRule(
        *(BlockKind.TOOL_OUTPUT, "content", "messages[*]"),
        when=(("role", "tool|function"),),
        role="role",
        name="name",
        call_id="tool_call_id",
    ),
    TextRule(BlockKind.REASONING, _REASONING, "messages[*]", role="role"),
    TextRule(
        *(BlockKind.TEXT, "content", "messages[*]"),
        when=(("role", "!tool|function"),),
        role="role",
    ),
    TextRule(BlockKind.TEXT, "text|refusal", "messages[*].content[*]", role="^.role"),
    TextRule(
        *(BlockKind.MEDIA, "image_url.url|image_url|input_audio.data|file.file_data"),
        each="messages[*].content[*]",
        when=(("type", "image_url|input_audio|file"),),
        name="input_audio.format|type",
        role="^.role",
    ),
    TextRule(
        *(BlockKind.TOOL_CALL, "function.arguments|custom.input", "messages[*].tool_calls[*]"),
        name="function.name|custom.name",
        call_id="id",
        type="type",
        role="^.role",
    ),
    TextRule(BlockKind.TEXT, "prompt", role="=user"),
)

_TRACE = TraceTable(
    texts=(
        *_list_texts("choices[*].delta", TextMode.DELTA),
        *_list_texts("choices[*].message", TextMode.WHOLE),
        # Of completions; chunks of some servers of chat repeat their delta there.
        TextRule(
            BlockKind.TEXT, "text", "choices[*]", when=(("delta", "!*"),), owner_word="choice"
        ),
        TextRule(BlockKind.ERROR, "error.message|error|message", when=(("error", "*"),)),
    ),
    request_texts=_REQUEST_TEXTS,
    kind_members=("object",),
    terminal=(EventRule(data="[DONE]"),),
    usage=(
        *(
            UsageRule(
                each,
                input="prompt_tokens",
                cached="prompt_tokens_details.cached_tokens|prompt_cache_hit_tokens",
                output="completion_tokens",
                reasoning="completion_tokens_details.reasoning_tokens",
                total="total_tokens",
            )
            for each in ("x_groq.usage", "usage")
        ),
    ),
    models=(ValueRule("model"),),
    status=(ValueRule("choices[].finish_reason"),),
    ids=(IdRule("completion_id", "id"),),
)
_COMPLETION = "chat/completions/{completion_id}"
_MESSAGES = (frozenset({"model", "messages"}),)
_PROMPT = (frozenset({"model", "prompt"}),)

CHAT = TableDialect(
    name="chat",
    routes=Routes(
        (
            Route("POST", "chat/completions", "chat.completions.create", members=_MESSAGES),
            Route("GET", "chat/completions", "chat.completions.list"),
            Route("GET", _COMPLETION, "chat.completions.retrieve"),
            Route("POST", _COMPLETION, "chat.completions.update"),
            Route("DELETE", _COMPLETION, "chat.completions.delete"),
            Route("GET", f"{_COMPLETION}/messages", "chat.completions.messages.list"),
            Route("GET", "chat/deferred-completion/{request_id}", "chat.deferred.retrieve"),
            Route("POST", "completions", "completions.create", members=_PROMPT),
            Route("POST", "fim/completions", "fim.complete", members=_PROMPT),
            Route("POST", "agents/completions", "agents.complete"),
        )
    ),
    summarized=("model", "stream"),
    polled=frozenset({"chat.deferred.retrieve"}),
    channels=Channels(
        # choices[index].delta.{content, refusal, tool_calls[index].function.arguments,
        # function_call.arguments, audio.transcript}; the others are members of other servers.
        pieces=frozenset(
            {
                *("content", "refusal", "arguments", "transcript", "text"),
                *("reasoning", "reasoning_content", "thinking", "summary", "output"),
            }
        ),
        noise=frozenset({"obfuscation", "p"}),
    ),
    format_error=build_openai_error,
    trace_table=_TRACE,
    unordered_items=(UnorderedItems(("messages",), "tool_call_id", "role", frozenset({"tool"})),),
)
