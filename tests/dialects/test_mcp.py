from __future__ import annotations

import json

import pytest

from runreel.dialects import find_dialect
from runreel.dialects.mcp import Mcp
from runreel.model import Headers
from support.build import make_answer, make_request

SESSION: Headers = ((b"Mcp-Session-Id", b"s1"),)

CALLS = [
    ("a tool", "POST", {"method": "tools/call", "params": {"name": "find"}}, "tools/call"),
    (
        "a notification",
        "POST",
        {"method": "notifications/initialized"},
        "notifications/initialized",
    ),
    ("an answer to the server", "POST", {"id": 0, "result": {}}, "response"),
    ("the stream", "GET", None, "session.listen"),
    ("the end", "DELETE", None, "session.delete"),
    ("another method", "PUT", None, ""),
]


@pytest.mark.parametrize(
    ("reason", "method", "message", "operation"), CALLS, ids=[row[0] for row in CALLS]
)
def test_the_operation_of_a_call(
    reason: str, method: str, message: dict[str, object] | None, operation: str
) -> None:
    body = b"" if message is None else json.dumps({"jsonrpc": "2.0", **message}).encode()
    request = make_request(method, b"/anything", SESSION, body)
    assert find_dialect(request).name == "mcp"
    assert Mcp().interpret(request).operation == operation


def test_the_summary_names_the_tool() -> None:
    body = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"find","uri":7}}'
    assert Mcp().interpret(make_request("POST", b"/mcp", SESSION, body)).summary == {"name": "find"}


BODIES = [("no JSON", b"{"), ("an array", b'["params"]'), ("params of a list", b'{"params":[1]}')]


@pytest.mark.parametrize(("reason", "body"), BODIES, ids=[row[0] for row in BODIES])
def test_no_body_raises(reason: str, body: bytes) -> None:
    assert Mcp().interpret(make_request("POST", b"/mcp", SESSION, body)).summary == {}


def test_the_session_is_in_a_header() -> None:
    assert Mcp().find_conversation(make_request("GET", b"/mcp", SESSION)) == "s1"
    begun = make_answer(headers=((b"mcp-session-id", b"s2"),))
    assert Mcp().find_created(make_request("POST", b"/mcp"), begun) == "s2"
    assert Mcp().find_conversation(make_request("POST", b"/mcp")) == ""


OLDER = [
    ("a relative path", b"event: endpoint\r\ndata: /messages/?session_id=a1\r\n\r\n", "a1"),
    ("a URL", b"event:endpoint\ndata:http://h/m?x=1&sessionId=a-2&y=3\n\n", "a-2"),
    ("another event", b"event: message\ndata: /messages/?session_id=a1\n\n", ""),
    ("no session", b"event: endpoint\ndata: /messages\n\n", ""),
]


@pytest.mark.parametrize(("reason", "body", "session"), OLDER, ids=[row[0] for row in OLDER])
def test_the_session_of_the_older_transport_is_in_the_query(
    reason: str, body: bytes, session: str
) -> None:
    opening = make_request("GET", b"/sse", ((b"Accept", b"text/event-stream"),), b"")
    assert find_dialect(opening).name == "mcp"
    assert Mcp().find_created(opening, make_answer(body)) == session
    call = b'{"jsonrpc":"2.0","id":1,"method":"tools/list"}'
    message = make_request("POST", b"/messages?session_id=%b" % session.encode(), (), call)
    assert Mcp().find_conversation(message) == session


IDS = [
    ("a number", b'{"jsonrpc":"2.0","id":7,"method":"x"}', 7),
    ("a text", b'{"jsonrpc":"2.0","id":"a","method":"x"}', "a"),
    ("none", b'{"jsonrpc":"2.0","method":"x"}', None),
    ("that of the server", b'{"jsonrpc":"2.0","id":7,"result":{}}', None),
]


@pytest.mark.parametrize(("reason", "body", "id_"), IDS, ids=[row[0] for row in IDS])
def test_an_error_has_the_id_of_its_request(reason: str, body: bytes, id_: object) -> None:
    error = json.loads(Mcp().build_error("no", "miss", make_request("POST", b"/mcp", (), body)))
    assert error == {
        "jsonrpc": "2.0",
        "id": id_,
        "error": {"code": -32603, "message": "no", "data": {"code": "miss"}},
    }


def test_a_miss_does_not_say_that_the_session_is_gone() -> None:
    assert Mcp().miss_status == 400
