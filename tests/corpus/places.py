"""Where a text can stand in an exchange, all but the channels of streams.

A place is given the whole text with the secret in it; a *named* place is given the secret alone,
since the name beside it says what it is.
"""

from __future__ import annotations

import base64
import gzip
import html
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

from corpus.run_streams import Told
from corpus.writing import Escape, Json, Leaf, written
from runreel.model import Answer, Exchange, Frame, Headers, Request
from support.build import make_answer, make_exchange, make_request

Build = Callable[[Told, Escape], Exchange]
"""What is told, and how JSON writes it, to the exchange that holds it."""

_JSON: Headers = ((b"Content-Type", b"application/json"),)
_BOUNDARY = "----corpus7MA4YWxkTrZu0gW"


@dataclass(frozen=True, slots=True)
class Place:
    """One place."""

    name: str
    group: str
    exchange: Build
    is_json: bool = False
    """Whether JSON's escapes can be used here."""
    is_one_line: bool = False
    """Whether no line end can stand here."""
    is_named: bool = False
    is_streamed: bool = False
    """Whether it is told in pieces."""
    is_decoded: bool = False
    """Whether the recorder decodes what stands here, so that the bytes stored are others."""


def _asking(request: Request) -> Exchange:
    return make_exchange(request=request)


def _target(told: Told, template: str) -> Exchange:
    target = template.replace("{}", quote(told.text, safe="")).encode()
    return _asking(make_request(method="GET", target=target, headers=(), body=b""))


def _header(told: Told, name: str, template: str = "{}") -> Exchange:
    value = template.replace("{}", told.text).encode()
    return _asking(make_request(headers=(*_JSON, (name.encode(), value), (b"X-Last", b"1"))))


def _basic(told: Told, _: Escape) -> Exchange:
    pair = base64.b64encode(f"ci:{told.text}".encode()).decode()
    return _header(told, "Authorization", f"Basic {pair}")


def _body(body: str, content_type: str) -> Exchange:
    headers = ((b"Content-Type", content_type.encode()),)
    return _asking(make_request(headers=headers, body=body.encode()))


def _run(told: Told, escape: Escape, **more: Json) -> Exchange:
    run = {"assistant_id": "asst_JA9Pc6eQ744nbec10slSz5BU", "model": "gpt-4o", "stream": True}
    return _body(written({**run, **more, "temperature": 0.2}, escape), "application/json")


def _prompt(told: Told, escape: Escape) -> Exchange:
    turn = {"role": "user", "content": Leaf(told.text)}
    return _run(told, escape, additional_messages=[turn])


def _parts(told: Told, escape: Escape) -> Exchange:
    part = {"type": "text", "text": Leaf(told.text)}
    turns = [{"role": "user", "content": [{"type": "text", "text": "Hi"}, part]}]
    return _run(told, escape, additional_messages=turns)


def _outputs(told: Told, escape: Escape) -> Exchange:
    outputs = [{"tool_call_id": "call_P9Ayqu3UQNYuTBVAg2sLimh9", "output": Leaf(told.text)}]
    return _run(told, escape, tool_outputs=outputs)


def _tool_text(told: Told, escape: Escape) -> Exchange:
    function = {"name": "f", "description": Leaf(told.text), "parameters": {"type": "object"}}
    return _run(told, escape, tools=[{"type": "function", "function": function}])


def _mcp(told: Told, escape: Escape) -> Exchange:
    headers = {"Authorization": Leaf(f"Bearer {told.text}"), "X-Trace": "7"}
    tool = {"type": "mcp", "server_label": "files", "headers": headers}
    return _run(told, escape, tools=[tool])


def _member_name(told: Told, escape: Escape) -> Exchange:
    return _run(told, escape, metadata={Leaf(told.text): "1"})


def _member(name: str) -> Build:
    return lambda told, escape: _run(told, escape, settings={name: Leaf(told.text), "retries": 3})


def _number(told: Told, _: Escape) -> Exchange:
    return _body('{"amount": 3, "number": ' + told.text + "}", "application/json")


def _form(told: Told, name: str) -> Exchange:
    body = f"kind=note&{name}={quote_plus(told.text)}&n=1"
    return _body(body, "application/x-www-form-urlencoded")


def _multipart(told: Told, name: str, more: str = "") -> Exchange:
    part = f'Content-Disposition: form-data; name="{name}"{more}\r\n\r\n{told.text}\r\n'
    first = 'Content-Disposition: form-data; name="purpose"\r\n\r\nassistants\r\n'
    parts = "".join(f"--{_BOUNDARY}\r\n{one}" for one in (first, part))
    body = f"{parts}--{_BOUNDARY}--\r\n"
    return _body(body, f"multipart/form-data; boundary={_BOUNDARY}")


def _malformed(told: Told, escape: Escape) -> Exchange:
    return _body(f'{{"input": "{escape(told.text)}", oops: }}', "application/json")


def _broken_tail(told: Told, escape: Escape) -> Exchange:
    return _body(f'{{"model": "gpt-4o", "input": "{escape(told.text)}', "application/json")


def _json_lines(told: Told, escape: Escape) -> Exchange:
    body = {"messages": [{"role": "user", "content": Leaf(told.text)}]}
    lines = [written({"custom_id": f"r{n}", "body": body}, escape) for n in range(2)]
    return _body("\n".join(lines) + "\n", "application/jsonl")


def _answering(
    body: bytes, content_type: str, status: int = 200, headers: Headers = ()
) -> Exchange:
    length = (b"Content-Length", b"%d" % len(body))
    every = ((b"Content-Type", content_type.encode()), *headers, length)
    frames = (Frame(1_000, len(body), False),)
    answer = Answer(status, b"OK", every, body, frames)
    return make_exchange(request=make_request(), answer=answer)


def _answer_header(told: Told, name: str, template: str = "{}") -> Exchange:
    value = template.replace("{q}", quote(told.text, safe="")).replace("{}", told.text)
    return _answering(b"{}", "application/json", headers=((name.encode(), value.encode()),))


def _completion(told: Told, escape: Escape) -> Exchange:
    message = {"role": "assistant", "content": Leaf(told.text)}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 9, "completion_tokens": 12, "total_tokens": 21}
    body = {"id": "chatcmpl-9Xtj47S36iWNBARmBocBaifGBbjtw", "choices": [choice], "usage": usage}
    return _answering(written(body, escape, indent=2).encode(), "application/json")


def _answer_arguments(told: Told, escape: Escape) -> Exchange:
    arguments = Leaf(written({"query": told.text, "limit": 3}))
    call = {"id": "call_P9Ayqu3UQNYuTBVAg2sLimh9", "function": {"arguments": arguments}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    body = written({"choices": [{"index": 0, "message": message}]}, escape)
    return _answering(body.encode(), "application/json")


def _listing(told: Told, escape: Escape) -> Exchange:
    items = [{"id": f"item_{n}", "value": Leaf(told.text)} for n in range(3)]
    return _answering(written({"data": items}, escape).encode(), "application/json")


def _error(told: Told, escape: Escape) -> Exchange:
    message = f"Incorrect API key provided: {told.text}. You can find it in your account."
    problem = {"message": Leaf(message), "type": "invalid_request_error", "param": None}
    body = written({"error": {**problem, "code": "invalid_api_key"}}, escape)
    return _answering(body.encode(), "application/json", status=401)


def _answer_member(name: str) -> Build:
    def build(told: Told, escape: Escape) -> Exchange:
        body = written({"object": "session", name: Leaf(told.text), "expires_at": 1}, escape)
        return _answering(body.encode(), "application/json")

    return build


def _ephemeral(told: Told, escape: Escape) -> Exchange:
    secret = {"value": Leaf(told.text), "expires_at": 1_730_000_000}
    body = written({"object": "realtime.session", "client_secret": secret}, escape)
    return _answering(body.encode(), "application/json")


def _html(told: Told, _: Escape) -> Exchange:
    text = html.escape(told.text)
    page = f"<html><body><h1>502</h1><pre title='{text}'>{text}</pre></body></html>"
    return _answering(page.encode(), "text/html", status=502)


def _latin(told: Told, _: Escape) -> Exchange:
    body = f"Schlüssel: {told.text}\nGrüße".encode("latin-1", "replace")
    return _answering(body, "text/plain; charset=iso-8859-1")


def _gzip(told: Told, escape: Escape) -> Exchange:
    body = gzip.compress(written({"note": Leaf(told.text)}, escape).encode(), mtime=0)
    encoding = ((b"Content-Encoding", b"gzip"),)
    return _answering(body, "application/json", headers=encoding)


def _cut_answer(told: Told, escape: Escape) -> Exchange:
    body = f'{{"id": "x", "output": "{escape(told.text)}'
    answer = make_answer(body.encode(), headers=_JSON)
    return make_exchange(answer=answer)


def _ndjson(told: Told, escape: Escape) -> Exchange:
    """Ollama's stream: one object a line, the text in pieces."""
    lines = [written({"response": Leaf(piece), "done": False}, escape) for piece in told.pieces]
    chunks = [f"{line}\n".encode() for line in (*lines, '{"response":"","done":true}')]
    return _streaming(chunks, "application/x-ndjson")


def _text_stream(told: Told, _: Escape) -> Exchange:
    """Plain text in chunks, as some servers stream it."""
    chunks = [piece.encode() for piece in told.pieces if piece]
    return _streaming(chunks, "text/plain; charset=utf-8")


def _data_stream(told: Told, escape: Escape) -> Exchange:
    """The AI SDK's older data stream: a letter, a colon and a JSON string a line."""
    chunks = [f'0:"{escape(piece)}"\n'.encode() for piece in told.pieces]
    return _streaming(chunks, "text/plain; charset=utf-8")


def _streaming(chunks: list[bytes], content_type: str) -> Exchange:
    answer = make_answer(*chunks, headers=((b"Content-Type", content_type.encode()),))
    return make_exchange(request=make_request(target=b"/api/generate"), answer=answer)


REQUEST_PLACES: tuple[Place, ...] = (
    Place("path", "target", lambda told, _: _target(told, "/v1/files/{}/content")),
    Place("query", "target", lambda told, _: _target(told, "/v1/search?n=1&q={}&limit=3")),
    Place("header", "headers", lambda told, _: _header(told, "X-Debug"), is_one_line=True),
    Place("user-agent", "headers", lambda told, _: _header(told, "User-Agent"), is_one_line=True),
    Place("prompt", "request-json", _prompt, is_json=True),
    Place("content-parts", "request-json", _parts, is_json=True),
    Place(
        "instructions",
        "request-json",
        lambda told, escape: _run(told, escape, instructions=Leaf(told.text)),
        is_json=True,
    ),
    Place(
        "metadata",
        "request-json",
        lambda told, escape: _run(told, escape, metadata={"note": Leaf(told.text)}),
        is_json=True,
    ),
    Place("tool-outputs", "request-json", _outputs, is_json=True),
    Place("tool-description", "request-json", _tool_text, is_json=True),
    Place("member-name", "request-json", _member_name, is_json=True),
    Place("form", "request-bodies", lambda told, _: _form(told, "note")),
    Place("multipart", "request-bodies", lambda told, _: _multipart(told, "note")),
    Place(
        "multipart-file",
        "request-bodies",
        lambda told, _: _multipart(
            told, "file", '; filename="a.txt"\r\nContent-Type: application/octet-stream'
        ),
    ),
    Place("plain-text", "request-bodies", lambda told, _: _body(told.text, "text/plain")),
    Place("no-type", "request-bodies", lambda told, _: _body(told.text, "")),
    Place("malformed", "request-bodies", _malformed, is_json=True),
    Place("broken-tail", "request-bodies", _broken_tail, is_json=True),
    Place("json-lines", "request-bodies", _json_lines, is_json=True),
)

ANSWER_PLACES: tuple[Place, ...] = (
    Place(
        "answer-header",
        "answer-headers",
        lambda told, _: _answer_header(told, "X-Echo"),
        is_one_line=True,
    ),
    Place(
        "location",
        "answer-headers",
        lambda told, _: _answer_header(told, "Location", "https://example.com/next?note={q}&n=1"),
    ),
    Place(
        "link",
        "answer-headers",
        lambda told, _: _answer_header(told, "Link", '<https://example.com/?q={q}>; rel="next"'),
    ),
    Place("completion", "answer-json", _completion, is_json=True),
    Place("answer-arguments", "answer-json", _answer_arguments, is_json=True),
    Place("listing", "answer-json", _listing, is_json=True),
    Place("error", "answer-json", _error, is_json=True),
    Place("gzip", "answer-json", _gzip, is_json=True, is_decoded=True),
    Place("html", "answer-text", _html),
    Place(
        "answer-text", "answer-text", lambda told, _: _answering(told.text.encode(), "text/plain")
    ),
    Place("latin-1", "answer-text", _latin),
    Place("cut-answer", "answer-text", _cut_answer, is_json=True),
    Place("text-stream", "answer-text", _text_stream, is_streamed=True),
    Place("ndjson", "answer-text", _ndjson, is_json=True, is_streamed=True),
    Place("data-stream", "answer-text", _data_stream, is_json=True, is_streamed=True),
)

_MEMBERS = """
    api_key apiKey API-KEY password passwd db_password access_token refresh_token id_token
    client_secret clientSecret secret secret_key private_key authorization auth_token
    session_token webhook_secret account_key aws_secret_access_key OPENAI_API_KEY passphrase
"""
_HEADERS = """
    Authorization Proxy-Authorization api-key x-api-key x-goog-api-key X-Auth-Token X-Access-Token
    X-Vault-Token PRIVATE-TOKEN Ocp-Apim-Subscription-Key X-Amz-Security-Token
"""
_PARAMETERS = "api_key key access_token token sig code client_secret password"


def _named_header(name: str) -> Build:
    return lambda told, _: _header(told, name)


def _named_parameter(name: str) -> Build:
    return lambda told, _: _target(told, f"/v1/models?limit=3&{name}={{}}&after=m1")


def _named_field(name: str) -> Build:
    return lambda told, _: _form(told, name)


def _named_part(name: str) -> Build:
    return lambda told, _: _multipart(told, name)


def _under_names() -> Iterator[Place]:
    for name in _HEADERS.split():
        yield _named(f"header-{name}", _named_header(name), is_one_line=True)
    for name in _PARAMETERS.split():
        yield _named(f"query-{name}", _named_parameter(name))
        yield _named(f"form-{name}", _named_field(name))
        yield _named(f"part-{name}", _named_part(name))
    for name in _MEMBERS.split():
        yield _named(f"member-{name}", _member(name), is_json=True)
        yield _named(f"answer-{name}", _answer_member(name), is_json=True)


def _named(name: str, build: Build, *, is_json: bool = False, is_one_line: bool = False) -> Place:
    return Place(name, "named", build, is_json, is_one_line, is_named=True)


def _bearer(told: Told, _: Escape) -> Exchange:
    return _header(told, "Authorization", "Bearer {}")


def _cookie(told: Told, _: Escape) -> Exchange:
    return _header(told, "Cookie", "sid={}")


def _set_cookie(told: Told, _: Escape) -> Exchange:
    return _answer_header(told, "Set-Cookie", "sid={}; Path=/; HttpOnly")


def _location_token(told: Told, _: Escape) -> Exchange:
    url = "https://app.example.com/cb#access_token={q}&state=7"
    return _answer_header(told, "Location", url)


NAMED_PLACES: tuple[Place, ...] = (
    *_under_names(),
    _named("bearer", _bearer, is_one_line=True),
    _named("basic", _basic),
    _named("cookie", _cookie, is_one_line=True),
    _named("mcp-header", _mcp, is_json=True),
    _named("ephemeral", _ephemeral, is_json=True),
    _named("set-cookie", _set_cookie, is_one_line=True),
    _named("location-token", _location_token),
)

NUMBER_PLACE = Place("json-number", "request-json", _number, is_named=True)
"""Digits that are a number in JSON, not a string."""

PLACES: Mapping[str, Place] = {
    place.name: place for place in (*REQUEST_PLACES, *ANSWER_PLACES, *NAMED_PLACES, NUMBER_PLACE)
}
