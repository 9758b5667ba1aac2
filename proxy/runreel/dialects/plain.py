"""The fallback dialect for requests to any other API."""

from __future__ import annotations

from collections.abc import Mapping

from runreel.core.dialect import CallMeaning, Channels
from runreel.core.trace.table import UNKNOWN_API
from runreel.core.unordered import UnorderedItems
from runreel.dialects.base.bodies import IDEMPOTENCY_KEYS, NOT_FOUND, build_openai_error
from runreel.dialects.base.client_ids import JSON_RPC_IDS, LANGGRAPH_IDS
from runreel.model import Answer, Request


class Plain:
    """The dialect of what is not recognised, which knows only what most APIs have in common."""

    name = "plain"
    channels = Channels(
        pieces=frozenset(),
        noise=frozenset({"obfuscation"}),
    )
    trace_table = UNKNOWN_API
    volatile = IDEMPOTENCY_KEYS
    choosing_headers: tuple[bytes, ...] = ()
    unordered_items: tuple[UnorderedItems, ...] = ()
    bound = (*JSON_RPC_IDS, *LANGGRAPH_IDS)
    polled = frozenset[str]()
    miss_status = NOT_FOUND
    fed: Mapping[str, frozenset[str]] = {}

    def find_scope(self, request: Request) -> str:
        """Return an empty scope: no request is known to belong to a thread."""
        return ""

    def find_conversation(self, request: Request) -> str:
        """Return an empty text."""
        return ""

    def find_created(self, request: Request, answer: Answer) -> str:
        """Return an empty text."""
        return ""

    def interpret(self, request: Request) -> CallMeaning:
        """Return an empty meaning: no operation is known."""
        return CallMeaning(operation="", scope="")

    def build_error(self, message: str, code: str, request: Request | None = None) -> bytes:
        """Return an error in OpenAI's format, which most SDKs can read."""
        return build_openai_error(message, code)
