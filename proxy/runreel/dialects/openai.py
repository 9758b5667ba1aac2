"""OpenAI's calls beside conversations: embeddings, moderations, images, audio (API reference).

Many servers have them under the same paths: Azure, Groq, Mistral, Ollama, vLLM, Voyage. That of
``rerank`` is known from vLLM, Jina and Voyage.
"""

from __future__ import annotations

from runreel.core.dialect import Channels
from runreel.core.trace.model import BlockKind
from runreel.core.trace.table import (
    EventRule,
    TextMode,
    TextRule,
    TraceTable,
    UsageRule,
    ValueRule,
)
from runreel.dialects.base.bodies import build_openai_error
from runreel.dialects.base.routes import Evidence, Route, Routes
from runreel.dialects.base.table_dialect import TableDialect

_PARTIAL_IMAGES = ("image_generation.partial_image", "image_edit.partial_image")
_IMAGES = ("image_generation.completed", "image_edit.completed")

_TRACE = TraceTable(
    texts=(
        TextRule(BlockKind.TEXT, "delta", on=("transcript.text.delta",)),
        TextRule(BlockKind.TEXT, "text", on=("transcript.text.done",), mode=TextMode.WHOLE),
        # Mistral
        TextRule(BlockKind.TEXT, "text", on=("transcription.text.delta",)),
        TextRule(BlockKind.TEXT, "text", on=("transcription.done",), mode=TextMode.WHOLE),
        TextRule(BlockKind.TEXT, "text", on=("",)),
        TextRule(BlockKind.MEDIA, "audio", on=("speech.audio.delta",), type="=audio"),
        TextRule(
            *(BlockKind.MEDIA, "b64_json"),
            on=(*_PARTIAL_IMAGES, *_IMAGES),
            name="output_format",
            mode=TextMode.SNAPSHOT,
        ),
        TextRule(BlockKind.MEDIA, "b64_json|url", "data[*]", on=("",), name="$.output_format"),
        TextRule(BlockKind.TEXT, "revised_prompt", "data[*]", on=("",)),
        TextRule(BlockKind.ERROR, "error.message|error|detail", when=(("error|detail", "*"),)),
    ),
    request_texts=(
        TextRule(BlockKind.TEXT, "instructions", role="=system", channel="instructions"),
        TextRule(BlockKind.TEXT, "input|prompt|query", role="=user"),
        TextRule(BlockKind.TEXT, ".", "input[*]", role="=user"),
        TextRule(BlockKind.TEXT, "text", "input[*]", role="=user", channel="part"),
        TextRule(BlockKind.MEDIA, "image_url.url", "input[*]", role="=user"),
        TextRule(BlockKind.TEXT, ".", "documents[*]", role="=user", channel="document"),
        TextRule(BlockKind.TEXT, "text", "documents[*]", role="=user", channel="document_text"),
    ),
    terminal=(
        EventRule(on=("transcript.text.done", "transcription.done", "speech.audio.done", *_IMAGES)),
        EventRule(data="[DONE]"),
    ),
    usage=(
        UsageRule(
            "usage",
            input="input_tokens|prompt_tokens",
            cached="input_tokens_details.cached_tokens|prompt_tokens_details.cached_tokens",
            output="output_tokens|completion_tokens",
            total="total_tokens",
        ),
    ),
    models=(ValueRule("model"),),
)

_INPUT = (frozenset({"input"}),)

OPENAI = TableDialect(
    name="openai",
    routes=Routes(
        (
            Route("POST", "embeddings", "embeddings.create", Evidence.HINT, _INPUT),
            Route("POST", "moderations", "moderations.create", Evidence.HINT, _INPUT),
            Route(
                *("POST", "rerank", "rerank", Evidence.HINT),
                members=(frozenset({"query", "documents"}),),
            ),
            Route("POST", "images/generations", "images.generate"),
            Route("POST", "images/edits", "images.edit"),
            Route("POST", "images/variations", "images.create_variation"),
            Route("POST", "audio/speech", "audio.speech.create"),
            Route("POST", "audio/transcriptions", "audio.transcriptions.create"),
            Route("POST", "audio/translations", "audio.translations.create"),
            Route("POST", "realtime/client_secrets", "realtime.client_secrets.create"),
            Route("POST", "realtime/calls", "realtime.calls.create"),
        )
    ),
    summarized=("model", "stream"),
    channels=Channels(
        # transcript.text.delta: delta; of Mistral, transcription.text.delta: text.
        pieces=frozenset({"delta", "text"}),
        noise=frozenset({"obfuscation"}),
    ),
    format_error=build_openai_error,
    trace_table=_TRACE,
)
