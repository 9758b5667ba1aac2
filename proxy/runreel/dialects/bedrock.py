"""Amazon Bedrock: Converse and InvokeModel (API reference, "Amazon Bedrock Runtime").

Streams have the media type ``application/vnd.amazon.eventstream``; ``core.http.event_stream`` reads
them.
"""

from __future__ import annotations

import json

from runreel.core.dialect import Channels
from runreel.core.unordered import UnorderedItems
from runreel.dialects.base.recognition import Marks
from runreel.dialects.base.routes import Route, Routes
from runreel.dialects.base.table_dialect import TableDialect

_MODEL = "model/{model}"


def _build_bedrock_error(message: str, code: str) -> bytes:
    return json.dumps({"message": message, "code": code}).encode()


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
    unordered_items=(UnorderedItems(("messages", None, "content"), "toolUseId"),),
)
