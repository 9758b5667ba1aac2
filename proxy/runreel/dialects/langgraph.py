"""The API of LangGraph servers, version 1 and the event streaming of version 2.

Source: ``langgraph-api`` 0.16, ``api/{runs,threads,event_streaming}.py`` and its OpenAPI
description. Several paths are those of OpenAI's Assistants API, so ids, members of the body and
headers tell them apart: ids of threads and runs are UUIDs here.
"""

from __future__ import annotations

import json

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
from runreel.dialects.base.bodies import IDEMPOTENCY_KEYS
from runreel.dialects.base.client_ids import LANGGRAPH_IDS
from runreel.dialects.base.recognition import HeaderMark, Marks
from runreel.dialects.base.routes import Evidence, Route, Routes
from runreel.dialects.base.table_dialect import TableDialect

_UUID = compile_later(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

_RUN_MEMBERS = tuple(
    frozenset({name})
    for name in (
        *("input", "command", "config", "context", "checkpoint", "checkpoint_id", "durability"),
        *("stream_mode", "stream_subgraphs", "stream_resumable", "multitask_strategy", "webhook"),
        *("if_not_exists", "interrupt_before", "interrupt_after", "on_disconnect", "after_seconds"),
    )
)
"""Members of a run that OpenAI's API has not."""
_STATELESS_MEMBERS = (frozenset({"assistant_id"}),)
_THREAD_MEMBERS = tuple(
    frozenset({name}) for name in ("thread_id", "if_exists", "ttl", "supersteps")
)

_THREAD = "threads/{thread_id}"
_RUN = f"{_THREAD}/runs/{{run_id}}"
_ASSISTANT = "assistants/{assistant_id}"
_CRON = "runs/crons/{cron_id}"

_SHARED = (
    Route("POST", f"{_THREAD}/runs", "runs.create", members=_RUN_MEMBERS),
    Route("GET", f"{_THREAD}/runs", "runs.list"),
    Route("GET", _RUN, "runs.get"),
    Route("DELETE", _RUN, "runs.delete"),
    Route("POST", f"{_RUN}/cancel", "runs.cancel"),
    Route("POST", "threads", "threads.create", members=_THREAD_MEMBERS),
    Route("GET", _THREAD, "threads.get"),
    Route("PATCH", _THREAD, "threads.update"),
    Route("DELETE", _THREAD, "threads.delete"),
    Route("POST", "assistants", "assistants.create", members=(frozenset({"graph_id"}),)),
    Route("GET", _ASSISTANT, "assistants.get"),
    Route("PATCH", _ASSISTANT, "assistants.update"),
    Route("DELETE", _ASSISTANT, "assistants.delete"),
)
"""Calls whose paths OpenAI's API has, too."""

_STATELESS = tuple(
    Route("POST", *call, members=_STATELESS_MEMBERS)
    for call in (
        ("runs", "runs.create_stateless"),
        ("runs/stream", "runs.stream_stateless"),
        ("runs/wait", "runs.wait_stateless"),
        ("runs/crons", "crons.create"),
    )
)

_OWN = (
    Route("POST", f"{_THREAD}/runs/stream", "runs.stream"),
    Route("POST", f"{_THREAD}/runs/wait", "runs.wait"),
    Route("POST", f"{_THREAD}/runs/crons", "crons.create_for_thread"),
    Route("GET", f"{_RUN}/join", "runs.join"),
    Route("GET", f"{_RUN}/stream", "runs.join_stream"),
    Route("GET", f"{_THREAD}/state", "threads.get_state"),
    Route("POST", f"{_THREAD}/state", "threads.update_state"),
    Route("POST", f"{_THREAD}/state/checkpoint", "threads.get_state"),
    Route("GET", f"{_THREAD}/state/{{checkpoint_id}}", "threads.get_state"),
    Route("GET", f"{_THREAD}/history", "threads.get_history"),
    Route("POST", f"{_THREAD}/history", "threads.get_history"),
    Route("POST", f"{_THREAD}/copy", "threads.copy"),
    Route("GET", f"{_THREAD}/stream", "threads.join_stream"),
    Route("POST", f"{_THREAD}/stream/events", "threads.stream_events"),
    Route("POST", f"{_THREAD}/commands", "threads.commands"),
    Route("POST", "threads/search", "threads.search"),
    Route("POST", "threads/count", "threads.count"),
    Route("POST", "threads/prune", "threads.prune"),
    Route("POST", "assistants/search", "assistants.search"),
    Route("POST", "assistants/count", "assistants.count"),
    Route("GET", f"{_ASSISTANT}/graph", "assistants.get_graph"),
    Route("GET", f"{_ASSISTANT}/schemas", "assistants.get_schemas"),
    Route("GET", f"{_ASSISTANT}/subgraphs", "assistants.get_subgraphs"),
    Route("GET", f"{_ASSISTANT}/subgraphs/{{namespace}}", "assistants.get_subgraphs"),
    Route("POST", f"{_ASSISTANT}/versions", "assistants.get_versions"),
    Route("POST", f"{_ASSISTANT}/latest", "assistants.set_latest"),
    Route("POST", "runs/batch", "runs.create_batch"),
    Route("POST", "runs/cancel", "runs.cancel_many"),
    Route("GET", "runs/{run_id}/stream", "runs.join_stream_stateless", needs=Evidence.HINT),
    Route("POST", "runs/crons/search", "crons.search"),
    Route("POST", "runs/crons/count", "crons.count"),
    Route("DELETE", _CRON, "crons.delete"),
    Route("PATCH", _CRON, "crons.update"),
    Route("PUT", "store/items", "store.put_item"),
    Route("GET", "store/items", "store.get_item"),
    Route("DELETE", "store/items", "store.delete_item"),
    Route("POST", "store/items/search", "store.search_items"),
    Route("POST", "store/namespaces", "store.list_namespaces"),
    Route("GET", "ok", "health", needs=Evidence.HEADER),
    Route("GET", "info", "info", needs=Evidence.HEADER),
    Route("POST", "a2a/{assistant_id}", "a2a"),
)


def _build_langgraph_error(message: str, code: str) -> bytes:
    return json.dumps({"detail": message, "code": code}).encode()


_TUPLES = ("messages", "messages|*")
_SNAPSHOTS = ("messages/partial", "messages/complete", "messages/partial|*", "messages/complete|*")
_STATES = ("values", "values|*", "updates", "updates|*", "")
_OF_TOOL = (("type", "tool|ToolMessage|ToolMessageChunk"),)
_OF_MODEL = (("type", "ai|AIMessage|AIMessageChunk"),)


def _list_message_texts(message: str, on: tuple[str, ...], mode: TextMode) -> tuple[TextRule, ...]:
    """Return the rules for messages at this path, each with its id as key."""
    calls = TextRule(
        *(BlockKind.TOOL_CALL, "args", f"{message}.tool_calls[*]"),
        key=("^.id",),
        when=(("^.type", "!AIMessageChunk"),),
        name="name",
        call_id="id",
    )
    rules = (
        TextRule(
            *(BlockKind.REASONING, "additional_kwargs.reasoning_content", message),
            key=("id",),
            when=_OF_MODEL,
        ),
        TextRule(
            *(BlockKind.TEXT, "content", message), key=("id",), when=_OF_MODEL, role="=assistant"
        ),
        TextRule(
            *(BlockKind.TOOL_OUTPUT, "content", message),
            key=("id",),
            when=_OF_TOOL,
            name="name",
            call_id="tool_call_id",
            is_content=False,
        ),
        TextRule(
            *(BlockKind.REASONING, "reasoning|thinking", f"{message}.content[*]"),
            key=("^.id",),
        ),
        TextRule(
            *(BlockKind.TEXT, "text", f"{message}.content[*]"),
            key=("^.id",),
            when=(("^.type", "ai|AIMessage|AIMessageChunk"),),
            role="=assistant",
        ),
        calls,
    )
    return tuple(replace(rule, on=on, mode=mode) for rule in rules)


_CHUNKS = TextRule(
    *(BlockKind.TOOL_CALL, "args", "[0].tool_call_chunks[*]"),
    on=_TUPLES,
    key=("^.id",),
    name="name",
    call_id="id",
)

_START = "content-block-start"
_BLOCK_KEY = ("params.namespace[0]", "params.namespace[1]", "params.data.index")
"""The place of a block in the message that a graph, or a graph within it, is writing. The next
message of the same graph begins at index 0 again."""

_VERSION_2 = (
    *(
        TextRule(
            *(kind, path),
            on=("messages",),
            key=_BLOCK_KEY,
            when=(("params.data.event", event),),
            name=name,
            call_id=call_id,
            opens_block=event == _START,
        )
        for kind, path, event, name, call_id in (
            (BlockKind.TEXT, "params.data.content.text", _START, "", ""),
            (BlockKind.REASONING, "params.data.content.reasoning", _START, "", ""),
            (
                *(BlockKind.TOOL_CALL, "params.data.content.args", _START),
                *("params.data.content.name", "params.data.content.id"),
            ),
            (
                *(BlockKind.TEXT, "params.data.delta.text|params.data.content.text"),
                *("content-block-delta", "", ""),
            ),
            (BlockKind.REASONING, "params.data.delta.reasoning", "content-block-delta", "", ""),
            (BlockKind.TOOL_CALL, "params.data.delta.args", "content-block-delta", "", ""),
        )
    ),
    TextRule(
        *(BlockKind.LOGS, "params.data.delta"),
        on=("tools",),
        key=("params.data.tool_call_id",),
        is_content=False,
    ),
    TextRule(
        *(BlockKind.TOOL_OUTPUT, "params.data.output"),
        on=("tools",),
        key=("params.data.tool_call_id",),
        call_id="params.data.tool_call_id",
        when=(("params.data.event", "tool-finished"),),
        is_content=False,
    ),
)

_TRACE = TraceTable(
    texts=(
        *_list_message_texts("[0]", _TUPLES, TextMode.DELTA),
        _CHUNKS,
        *_list_message_texts("[]", _SNAPSHOTS, TextMode.SNAPSHOT),
        *_list_message_texts("messages[]", _STATES, TextMode.WHOLE),
        *_list_message_texts("*.messages[]", ("updates", "updates|*"), TextMode.WHOLE),
        TextRule(BlockKind.TEXT, "data.chunk.content", on=("events",), key=("run_id",)),
        *_VERSION_2,
        TextRule(BlockKind.ERROR, "message|error", on=("error", "error|*")),
        TextRule(BlockKind.ERROR, "__error__.message|__error__.error", on=("",)),
    ),
    request_texts=(
        TextRule(
            *(BlockKind.TOOL_OUTPUT, "content", "input.messages[*]"),
            when=(("type|role", "tool"),),
            call_id="tool_call_id",
        ),
        TextRule(
            *(BlockKind.TEXT, "content", "input.messages[*]"),
            when=(("type|role", "!tool"),),
            role="role|type",
        ),
        TextRule(BlockKind.TEXT, "text", "input.messages[*].content[*]", role="^.role|^.type"),
    ),
    kind_members=("method",),
    terminal=(
        EventRule(on=("end", "error")),
        EventRule(
            on=("lifecycle",),
            when=(
                ("params.data.event", "completed|failed|interrupted"),
                ("params.namespace", "!*"),
            ),
        ),
    ),
    needs_terminal=False,
    usage=tuple(
        UsageRule(
            each,
            input="input_tokens",
            cached="input_token_details.cache_read",
            output="output_tokens",
            reasoning="output_token_details.reasoning",
            total="total_tokens",
            on=on,
            key=("^.id",) if each.startswith("[") else ("@number",),
        )
        for each, on in (
            ("[0].usage_metadata", _TUPLES),
            ("[].usage_metadata", _SNAPSHOTS),
            ("params.data.usage", ("messages",)),
        )
    ),
    models=(
        ValueRule("[0].response_metadata.model_name", on=_TUPLES),
        ValueRule("[1].ls_model_name", on=_TUPLES),
    ),
    labels=(ValueRule("params.data.event"),),
    status=(ValueRule("status", on=("",)), ValueRule("params.data.event", on=("lifecycle",))),
    ids=(
        IdRule("run_id", "run_id", on=("metadata", "")),
        IdRule("run_id", "[1].run_id", on=_TUPLES),
        IdRule("thread_id", "[1].thread_id", on=_TUPLES),
        IdRule("thread_id", "thread_id", on=("",)),
    ),
)

LANGGRAPH = TableDialect(
    name="langgraph",
    marks=Marks(
        headers=(
            HeaderMark(b"user-agent", b"langgraph-sdk"),
            HeaderMark(b"x-langgraph-auth-type"),
        ),
        hints=(HeaderMark(b"x-api-key"),),
        ids={"thread_id": _UUID, "run_id": _UUID, "assistant_id": _UUID},
    ),
    routes=Routes(
        (*(route._replace(needs=Evidence.HINT) for route in (*_SHARED, *_STATELESS)), *_OWN)
    ),
    conversations=("thread_id",),
    is_ordered=False,
    summarized=("assistant_id", "stream_mode"),
    channels=Channels(
        # messages: [0].{content, tool_call_chunks[i].args, additional_kwargs.reasoning_content};
        # events: data.chunk.content; version 2: delta.{text, reasoning, args}.
        pieces=frozenset(
            {"content", "args", "reasoning_content", "reasoning", "thinking", "text", "delta"}
        ),
    ),
    format_error=_build_langgraph_error,
    trace_table=_TRACE,
    volatile=IDEMPOTENCY_KEYS,
    bound=LANGGRAPH_IDS,
    fed=dict.fromkeys(("threads.stream_events", "threads.join_stream"), frozenset[str]()),
    created={"threads.create": compile_later(rb'"thread_id"\s*:\s*"([^"\\]+)"')},
    unordered_items=(UnorderedItems(("input", "messages"), "tool_call_id"),),
    polled=frozenset({"runs.get"}),
)
