"""The Gemini API and its twin on Vertex AI (API references, "models" and "interactions").

Source: ``google-genai`` 3.6. A verb after a colon ends the path: ``models/M:generateContent``.
"""

from __future__ import annotations

import json

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
from runreel.dialects.base.bodies import IDEMPOTENCY_KEYS
from runreel.dialects.base.recognition import HeaderMark, Marks
from runreel.dialects.base.routes import Evidence, Route, Routes
from runreel.dialects.base.table_dialect import TableDialect

_VERBS = {
    "generateContent": "models.generate_content",
    "streamGenerateContent": "models.generate_content_stream",
    "countTokens": "models.count_tokens",
    "computeTokens": "models.compute_tokens",
    "embedContent": "models.embed_content",
    "batchEmbedContents": "models.batch_embed_contents",
    "batchGenerateContent": "batches.create",
    "predict": "models.predict",
    "predictLongRunning": "models.predict_long_running",
}
_MODELS = ("models/{model}", "tunedModels/{model}", "endpoints/{model}")

_HINTED = (
    ("POST", "interactions", "interactions.create", (frozenset({"input"}), frozenset({"agent"}))),
)
_NAMED = (
    ("GET", "interactions/{interaction_id}", "interactions.get"),
    ("DELETE", "interactions/{interaction_id}", "interactions.delete"),
    ("POST", "interactions/{interaction_id}/cancel", "interactions.cancel"),
    ("GET", "models", "models.list"),
    ("GET", "models/{model}", "models.get"),
    ("POST", "files", "files.create"),
    ("GET", "files", "files.list"),
    ("GET", "files/{file}", "files.get"),
    ("DELETE", "files/{file}", "files.delete"),
    ("GET", "batches", "batches.list"),
    ("GET", "batches/{batch}", "batches.get"),
    ("DELETE", "batches/{batch}", "batches.delete"),
    ("POST", "agents", "agents.create"),
    ("GET", "agents", "agents.list"),
    ("GET", "agents/{agent_id}", "agents.get"),
    ("DELETE", "agents/{agent_id}", "agents.delete"),
    ("POST", "environments", "environments.create"),
    ("GET", "environments", "environments.list"),
    ("GET", "environments/{environment_id}", "environments.get"),
    ("DELETE", "environments/{environment_id}", "environments.delete"),
    ("POST", "triggers", "triggers.create"),
    ("GET", "triggers", "triggers.list"),
    ("GET", "triggers/{trigger_id}", "triggers.get"),
    ("DELETE", "triggers/{trigger_id}", "triggers.delete"),
)
_STORE = "fileSearchStores/{store}"
_OWN = (
    ("POST", "cachedContents", "caches.create"),
    ("GET", "cachedContents", "caches.list"),
    ("GET", "cachedContents/{cache}", "caches.get"),
    ("PATCH", "cachedContents/{cache}", "caches.update"),
    ("DELETE", "cachedContents/{cache}", "caches.delete"),
    ("POST", "fileSearchStores", "file_search_stores.create"),
    ("GET", "fileSearchStores", "file_search_stores.list"),
    ("GET", _STORE, "file_search_stores.get"),
    ("DELETE", _STORE, "file_search_stores.delete"),
    ("POST", f"{_STORE}/:importFile", "file_search_stores.import_file"),
    ("GET", f"{_STORE}/documents", "file_search_stores.documents.list"),
    ("GET", f"{_STORE}/documents/{{document}}", "file_search_stores.documents.get"),
    ("DELETE", f"{_STORE}/documents/{{document}}", "file_search_stores.documents.delete"),
    ("GET", f"{_STORE}/operations/{{operation}}", "file_search_stores.operations.get"),
    *(
        (
            *("POST", f"upload/{version}/{_STORE}/:uploadToFileSearchStore"),
            "file_search_stores.upload",
        )
        for version in ("v1beta", "v1")
    ),
)
"""Calls whose paths no other API has."""


def _build_google_error(message: str, code: str) -> bytes:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": code}]
    error = {"code": 404, "message": message, "status": "NOT_FOUND", "details": details}
    return json.dumps({"error": error}).encode()


_PART = "candidates[*].content.parts[]"
_PLACED_PART = "candidates[*].content.parts[*]"
_STEP = "step.delta"
_SOURCE = (
    "web.uri|maps.uri|retrievedContext.uri|retrievedContext.documentName|retrievedContext.title"
    "|retrievedContext.fileSearchStore"
)
_REFUSALS = (
    "SAFETY|RECITATION|BLOCKLIST|PROHIBITED_CONTENT|SPII|MODEL_ARMOR"
    "|IMAGE_SAFETY|IMAGE_PROHIBITED_CONTENT|IMAGE_RECITATION"
)

_PART_TEXTS = (
    TextRule(BlockKind.TEXT, "text", _PART, when=(("thought", "!true"),)),
    TextRule(BlockKind.REASONING, "text", _PART, when=(("thought", "true"),)),
    # A call is whole, and has an id only sometimes: its event and its place tell it from others.
    TextRule(
        *(BlockKind.TOOL_CALL, "functionCall.args", _PLACED_PART),
        key=("@number",),
        when=(("functionCall", "*"),),
        name="functionCall.name",
        call_id="functionCall.id",
        closes="partial_arguments",
    ),
    # Tools that the API runs by itself, such as its search.
    TextRule(
        *(BlockKind.TOOL_CALL, "toolCall.args", _PLACED_PART),
        key=("@number",),
        when=(("toolCall", "*"),),
        name="toolCall.toolType",
        call_id="toolCall.id",
        channel="server_call",
    ),
    TextRule(
        *(BlockKind.TOOL_OUTPUT, "toolResponse.response", _PLACED_PART),
        key=("@number",),
        name="toolResponse.toolType",
        call_id="toolResponse.id",
    ),
    TextRule(
        *(BlockKind.TOOL_CALL, "stringValue|numberValue|boolValue"),
        f"{_PART}.functionCall.partialArgs[]",
        key=("jsonPath",),
        name="jsonPath",
        channel="partial_arguments",
    ),
    TextRule(
        *(BlockKind.CODE, "executableCode.code", _PLACED_PART),
        key=("@number",),
        type="executableCode.language",
    ),
    TextRule(BlockKind.LOGS, "codeExecutionResult.output", _PLACED_PART, key=("@number",)),
    TextRule(
        *(BlockKind.MEDIA, "inlineData.data|fileData.fileUri", _PLACED_PART),
        key=("@number",),
        name="inlineData.mimeType|fileData.mimeType",
    ),
    TextRule(
        *(BlockKind.TOOL_CALL, "webSearchQueries", "candidates[*].groundingMetadata"),
        type="=web_search",
        mode=TextMode.SNAPSHOT,
        channel="web_search",
        is_content=False,
    ),
    TextRule(
        *(BlockKind.CITATION, _SOURCE, "candidates[*].groundingMetadata.groundingChunks[*]"),
        name="web.title|maps.title|retrievedContext.title",
        is_content=False,
        mode=TextMode.SNAPSHOT,
    ),
    TextRule(
        *(BlockKind.REFUSAL, "finishMessage|finishReason", "candidates[*]"),
        when=(("finishReason", _REFUSALS),),
    ),
    TextRule(BlockKind.REFUSAL, "promptFeedback.blockReasonMessage|promptFeedback.blockReason"),
)

_INTERACTION_TEXTS = (
    *(
        replace(rule, on=("step.start",), key=("$.index",))
        for rule in (
            TextRule(BlockKind.TEXT, "text", "step.content[]"),
            TextRule(BlockKind.REASONING, "text", "step.summary[]"),
            TextRule(
                *(BlockKind.TOOL_CALL, "step.arguments"),
                name="step.name",
                call_id="step.id",
                type="step.type",
                mode=TextMode.START,
            ),
        )
    ),
    *(
        TextRule(kind, path, on=(_STEP,), key=("index",), when=(("delta.type", type_),))
        for kind, path, type_ in (
            (BlockKind.TEXT, "delta.text", "text"),
            (BlockKind.REASONING, "delta.content.text", "thought_summary"),
            (BlockKind.TOOL_CALL, "delta.arguments", "arguments_delta|function_call"),
            (BlockKind.CODE, "delta.arguments.code", "code_execution_call"),
            (
                *(BlockKind.TOOL_OUTPUT, "delta.result"),
                "code_execution_result|function_result|mcp_server_tool_result|google_search_result",
            ),
        )
    ),
    *(
        replace(rule, on=("",))
        for rule in (
            TextRule(BlockKind.TEXT, "text", "steps[*].content[]"),
            TextRule(BlockKind.REASONING, "text", "steps[*].summary[]"),
            TextRule(
                *(BlockKind.TOOL_CALL, "arguments", "steps[*]"),
                name="name",
                call_id="id",
                type="type",
            ),
        )
    ),
)


def _list_request_parts(each: str, role: str) -> tuple[TextRule, ...]:
    return (
        TextRule(BlockKind.TEXT, "text", each, role=role),
        TextRule(
            *(BlockKind.TOOL_CALL, "functionCall.args", each),
            name="functionCall.name",
            call_id="functionCall.id",
            role=role,
        ),
        TextRule(
            *(BlockKind.TOOL_OUTPUT, "functionResponse.response", each),
            name="functionResponse.name",
            call_id="functionResponse.id",
            role=role,
        ),
        TextRule(
            *(BlockKind.MEDIA, "inlineData.data|fileData.fileUri", each),
            name="inlineData.mimeType|fileData.mimeType",
            role=role,
        ),
    )


_TRACE = TraceTable(
    texts=(
        *(replace(rule, owner_word="candidate") for rule in _PART_TEXTS),
        *_INTERACTION_TEXTS,
        TextRule(BlockKind.ERROR, "error.message"),
        TextRule(BlockKind.ERROR, "[0].error.message"),
    ),
    request_texts=(
        *_list_request_parts("systemInstruction.parts[*]", "=system"),
        *_list_request_parts("contents[*].parts[*]", "^.role"),
        *_list_request_parts("content.parts[*]", "=user"),
        *_list_request_parts("requests[*].content.parts[*]", "=user"),
        TextRule(BlockKind.TEXT, "content|prompt", "instances[*]", role="=user"),
        TextRule(BlockKind.TEXT, "system_instruction", role="=system"),
        TextRule(BlockKind.TEXT, "input", role="=user"),
        TextRule(BlockKind.TEXT, "text", "input[*]", role="=user"),
        TextRule(BlockKind.TEXT, "text", "input[*].content[*]", role="^.role"),
        TextRule(BlockKind.TOOL_OUTPUT, "result", "input[*]", call_id="call_id", name="name"),
    ),
    kind_members=("event_type",),
    terminal=(
        EventRule(each="candidates[]", when=(("finishReason", "*"),)),
        EventRule(when=(("promptFeedback.blockReason", "*"),)),
        EventRule(on=("interaction.completed",)),
        EventRule(data="[DONE]"),
    ),
    usage=(
        UsageRule(
            "usageMetadata",
            input="promptTokenCount",
            cached="cachedContentTokenCount",
            output="candidatesTokenCount",
            reasoning="thoughtsTokenCount",
            total="totalTokenCount",
        ),
        UsageRule("", input="totalTokens", output="", total="totalTokens"),
        UsageRule(
            "predictions[*].embeddings.statistics", input="token_count|tokenCount", output=""
        ),
        *(
            UsageRule(
                each,
                input="total_input_tokens",
                cached="total_cached_tokens",
                output="total_output_tokens",
                reasoning="total_thought_tokens",
                total="total_tokens",
            )
            for each in ("interaction.usage", "usage")
        ),
    ),
    models=(ValueRule("modelVersion"), ValueRule("interaction.model"), ValueRule("model")),
    labels=(ValueRule("step.type"),),
    status=(
        ValueRule("candidates[].finishReason"),
        ValueRule("promptFeedback.blockReason"),
        ValueRule("interaction.status"),
    ),
    ids=(
        IdRule("response_id", "responseId"),
        IdRule("interaction_id", "interaction.id"),
        IdRule("interaction_id", "id", on=("",)),
    ),
    request_ids=(IdRule("previous_response_id", "previous_interaction_id"),),
)

GEMINI = TableDialect(
    name="gemini",
    marks=Marks(
        headers=(
            HeaderMark(b"x-goog-api-key"),
            HeaderMark(b"x-goog-api-client"),
            HeaderMark(b"user-agent", b"google-genai-sdk"),
        ),
        query=frozenset({"key", "alt"}),
    ),
    routes=Routes(
        (
            *(
                Route("POST", f"{model}/:{verb}", operation)
                for model in _MODELS
                for verb, operation in _VERBS.items()
            ),
            *(
                Route(method, pattern, operation, Evidence.HINT, members)
                for method, pattern, operation, members in _HINTED
            ),
            *(Route(*call, needs=Evidence.HINT) for call in _NAMED),
            *(Route(*call) for call in _OWN),
            Route("POST", "upload/v1beta/files", "files.upload"),
            Route("POST", "upload/v1/files", "files.upload"),
        ),
        splits_verbs=True,
    ),
    conversations=("interaction_id",),
    summarized=("model", "agent", "stream", "previous_interaction_id"),
    channels=Channels(
        # candidates[i].content.parts[].{text, functionCall.partialArgs[].stringValue,
        # executableCode.code, codeExecutionResult.output}; interactions: delta.{text, arguments,
        # content.text, result}.
        pieces=frozenset({"text", "stringValue", "code", "output", "arguments", "result"}),
        noise=frozenset({"event_id"}),
    ),
    format_error=_build_google_error,
    trace_table=_TRACE,
    volatile=(*IDEMPOTENCY_KEYS, "query.key"),
    choosing_headers=(b"api-revision",),
)
