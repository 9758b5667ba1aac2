"""The Gemini API and its twin on Vertex AI (API references, "models" and "interactions").

Source: ``google-genai`` 3.6. A verb after a colon ends the path: ``models/M:generateContent``.
"""

from __future__ import annotations

import json

from runreel.core.dialect import Channels
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
    ("POST", "cachedContents", "caches.create"),
    ("GET", "cachedContents", "caches.list"),
    ("GET", "cachedContents/{cache}", "caches.get"),
    ("PATCH", "cachedContents/{cache}", "caches.update"),
    ("DELETE", "cachedContents/{cache}", "caches.delete"),
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


def _build_google_error(message: str, code: str) -> bytes:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": code}]
    error = {"code": 404, "message": message, "status": "NOT_FOUND", "details": details}
    return json.dumps({"error": error}).encode()


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
    volatile=(*IDEMPOTENCY_KEYS, "query.key"),
    choosing_headers=(b"api-revision",),
)
