"""The API of Ollama, whose streams are lines of JSON (https://docs.ollama.com/api)."""

from __future__ import annotations

import json

from runreel.core.dialect import Channels
from runreel.core.unordered import UnorderedItems
from runreel.dialects.base.recognition import HeaderMark, Marks
from runreel.dialects.base.routes import Evidence, Route, Routes
from runreel.dialects.base.table_dialect import TableDialect

_CALLS = (
    ("chat", "chat", ("model", "messages")),
    ("generate", "generate", ("model", "prompt")),
    ("embed", "embed", ("model", "input")),
    ("embeddings", "embeddings", ("model", "prompt")),
    ("pull", "pull", ("model", "stream")),
    ("push", "push", ("model", "stream")),
    ("create", "create", ("model", "from")),
    ("show", "show", ("model",)),
    ("copy", "copy", ("source", "destination")),
)


def _build_ollama_error(message: str, code: str) -> bytes:
    return json.dumps({"error": message, "code": code}).encode()


OLLAMA = TableDialect(
    name="ollama",
    marks=Marks(headers=(HeaderMark(b"user-agent", b"ollama"),)),
    routes=Routes(
        (
            *(
                Route("POST", f"api/{name}", operation, Evidence.HINT, (frozenset(members),))
                for name, operation, members in _CALLS
            ),
            Route("GET", "api/tags", "list", Evidence.HEADER),
            Route("GET", "api/ps", "ps", Evidence.HEADER),
            Route("GET", "api/version", "version", Evidence.HEADER),
            Route("DELETE", "api/delete", "delete", Evidence.HEADER),
        )
    ),
    summarized=("model", "stream"),
    channels=Channels(
        # Lines of chat: message.{content, thinking}; of generate: {response, thinking}.
        pieces=frozenset({"content", "response", "thinking"}),
    ),
    format_error=_build_ollama_error,
    unordered_items=(UnorderedItems(("messages",), "tool_name", "role", frozenset({"tool"})),),
)
