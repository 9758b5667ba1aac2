"""The Model Context Protocol over HTTP, from 2024-11-05 (with SSE) to 2026-07-28.

Source: https://modelcontextprotocol.io/specification, "Transports", and ``mcp`` 2.3. All calls have
one path, which may be any. The method of a JSON-RPC message is the operation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from runreel.core.bound_places import BoundPlace
from runreel.core.dialect import CallMeaning, Channels
from runreel.core.http.headers import find_header
from runreel.core.regex.lazy_pattern import compile_later
from runreel.core.trace.model import BlockKind
from runreel.core.trace.table import EventRule, TextRule, TraceTable, ValueRule
from runreel.core.unordered import UnorderedItems
from runreel.dialects.base.bodies import collect_scalars
from runreel.dialects.base.client_ids import JSON_RPC_IDS
from runreel.dialects.base.recognition import HeaderMark, Marks
from runreel.dialects.base.routes import Route, Routes
from runreel.model import Answer, Request

_INTERNAL_ERROR = -32603
"""JSON-RPC 2.0, section 5.1."""


_TRACE = TraceTable(
    texts=(
        TextRule(
            *(BlockKind.TOOL_OUTPUT, "text|resource.text", "result.content[*]"), key=("$.id",)
        ),
        TextRule(*(BlockKind.MEDIA, "data", "result.content[*]"), key=("$.id",), name="mimeType"),
        TextRule(
            *(BlockKind.TOOL_OUTPUT, "result.structuredContent"),
            key=("$.id",),
            channel="structured",
            when=(("result.structuredContent", "*"),),
        ),
        TextRule(BlockKind.TEXT, "text", "result.contents[*]", key=("$.id",), name="uri"),
        TextRule(
            *(BlockKind.TEXT, "content.text", "result.messages[*]"), key=("$.id",), role="role"
        ),
        TextRule(BlockKind.TEXT, "result.content.text", key=("$.id",), role="result.role"),
        TextRule(
            *(BlockKind.LOGS, "params.data|params.message"),
            on=("notifications/*",),
            key=("@number",),
            name="params.level|params.logger",
            is_content=False,
        ),
        TextRule(
            *(BlockKind.TEXT, "content.text", "params.messages[*]"),
            on=("sampling/createMessage",),
            key=("$.id",),
            role="role",
            channel="sampling",
            is_content=False,
        ),
        TextRule(
            *(BlockKind.TEXT, "params.message"),
            on=("elicitation/create",),
            key=("$.id",),
            channel="elicitation",
            is_content=False,
        ),
        TextRule(BlockKind.ERROR, "error.message"),
    ),
    request_texts=(
        TextRule(
            *(BlockKind.TOOL_CALL, "params.arguments"),
            name="params.name",
            when=(("method", "tools/call|prompts/get"),),
        ),
        TextRule(BlockKind.TEXT, "result.content.text", role="result.role"),
        TextRule(BlockKind.TOOL_OUTPUT, "result.content", when=(("result.action", "*"),)),
    ),
    kind_members=("method",),
    terminal=(EventRule(when=(("id", "*"), ("method", "!*"))),),
    needs_terminal=False,
    models=(ValueRule("result.model"),),
)


_SESSION_IN_QUERY = re.compile(rb"[?&]session_?[iI]d=([^&#\s]+)")
_ENDPOINT = compile_later(rb"event: ?endpoint\r?\ndata:[^\r\n]*?" + _SESSION_IN_QUERY.pattern)
"""The first event of the older transport's stream: where to send messages."""


class Mcp:
    """The dialect of MCP."""

    name = "mcp"
    routes = Routes((Route("GET", "sse", "session.listen"),))
    """The stream of the older transport, before which no message is sent."""
    marks = Marks(
        headers=(
            HeaderMark(b"mcp-protocol-version"),
            HeaderMark(b"mcp-session-id"),
            HeaderMark(b"mcp-method"),
        ),
        body=frozenset({"jsonrpc", "method"}),
        accept=(b"application/json", b"text/event-stream"),
    )
    channels = Channels(pieces=frozenset())
    trace_table = _TRACE
    volatile = ("$.params.clientInfo.version", "$.params._meta.progressToken")
    choosing_headers: tuple[bytes, ...] = (b"mcp-protocol-version",)
    unordered_items: tuple[UnorderedItems, ...] = ()
    bound: tuple[BoundPlace, ...] = JSON_RPC_IDS
    polled = frozenset[str]()
    miss_status = 400
    """404 would say that the session is gone."""
    fed: Mapping[str, frozenset[str]] = {
        **dict.fromkeys(("session.listen", "subscriptions/listen"), frozenset[str]()),
        **dict.fromkeys(("tools/call", "prompts/get", "resources/read"), frozenset({"response"})),
    }
    """A stream of the server's own messages reports on all calls, the answer to a call goes on when
    the client has answered what the server asked in it."""

    def find_scope(self, request: Request) -> str:
        """Return an empty scope: calls of a session may come in any order."""
        return ""

    def find_conversation(self, request: Request) -> str:
        """Return the id of the session, from a header or, in the older transport, the query."""
        value = find_header(request.headers, b"mcp-session-id")
        match = _SESSION_IN_QUERY.search(request.target) if value is None else None
        return (match[1] if match else value or b"").decode("latin-1")

    def find_created(self, request: Request, answer: Answer) -> str:
        """Return the id of the session that the server has begun, or an empty string."""
        value = find_header(answer.headers, b"mcp-session-id")
        match = _ENDPOINT.match(answer.body) if value is None else None
        return (match[1] if match else value or b"").decode("latin-1")

    def interpret(self, request: Request) -> CallMeaning:
        """Return the method of the message as operation, and the tool that it calls."""
        if request.method != "POST":
            return CallMeaning(_SESSION_CALLS.get(request.method, ""), scope="")
        message = collect_scalars(request.body, ("method",))
        operation = message.get("method", "response" if b'"jsonrpc"' in request.body else "")
        return CallMeaning(str(operation), scope="", summary=_collect_names(request.body))

    def build_error(self, message: str, code: str, request: Request | None = None) -> bytes:
        """Return a JSON-RPC error with the id of the request, or null if it has none."""
        error = {"code": _INTERNAL_ERROR, "message": message, "data": {"code": code}}
        scalars = {} if request is None else collect_scalars(request.body, ("id", "method"))
        id_ = scalars.get("id") if "method" in scalars else None
        return json.dumps({"jsonrpc": "2.0", "id": id_, "error": error}).encode()


_SESSION_CALLS = {"GET": "session.listen", "DELETE": "session.delete"}


def _collect_names(body: bytes) -> dict[str, str]:
    """Return the name of the tool, the prompt or the resource in a message."""
    try:
        params = json.loads(body).get("params")
    except (ValueError, RecursionError, AttributeError):
        return {}
    names = {name: params.get(name) for name in ("name", "uri")} if isinstance(params, dict) else {}
    return {name: value for name, value in names.items() if isinstance(value, str)}
