"""Places of a text in an exchange, except for the channels of streams.

A place gets a text that contains the secret. A *named* place gets the secret alone, because the
name of the place announces it.
"""

from __future__ import annotations

import base64
import gzip
import html
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

from corpus.run_streams import SplitText
from corpus.writing import Escape, Json, Leaf, write_json
from runreel.model import Answer, Exchange, Frame, Headers, Request
from support.build import make_answer, make_exchange, make_request

Build = Callable[[SplitText, Escape], Exchange]
"""A function from a text, and the escapes with which it is written in JSON, to an exchange."""

_JSON: Headers = ((b"Content-Type", b"application/json"),)
_BOUNDARY = "----corpus7MA4YWxkTrZu0gW"


@dataclass(frozen=True, slots=True)
class Place:
    """One place."""

    name: str
    group: str
    exchange: Build
    is_json: bool = False
    """True if the text can contain JSON escapes."""
    is_one_line: bool = False
    """True if the text cannot contain line ends."""
    is_named: bool = False
    is_streamed: bool = False
    """True if the text comes in pieces."""
    is_decoded: bool = False
    """True if the recorder decodes the body, so that it stores other bytes."""


def _build_request_exchange(request: Request) -> Exchange:
    return make_exchange(request=request)


def _build_target_exchange(source: SplitText, template: str) -> Exchange:
    target = template.replace("{}", quote(source.text, safe="")).encode()
    return _build_request_exchange(make_request(method="GET", target=target, headers=(), body=b""))


def _build_header_exchange(source: SplitText, name: str, template: str = "{}") -> Exchange:
    value = template.replace("{}", source.text).encode()
    return _build_request_exchange(
        make_request(headers=(*_JSON, (name.encode(), value), (b"X-Last", b"1")))
    )


def _build_basic(source: SplitText, _: Escape) -> Exchange:
    pair = base64.b64encode(f"ci:{source.text}".encode()).decode()
    return _build_header_exchange(source, "Authorization", f"Basic {pair}")


def _build_body_exchange(body: str, content_type: str) -> Exchange:
    headers = ((b"Content-Type", content_type.encode()),)
    return _build_request_exchange(make_request(headers=headers, body=body.encode()))


def _build_run_request(source: SplitText, escape: Escape, **more: Json) -> Exchange:
    run = {"assistant_id": "asst_JA9Pc6eQ744nbec10slSz5BU", "model": "gpt-4o", "stream": True}
    return _build_body_exchange(
        write_json({**run, **more, "temperature": 0.2}, escape), "application/json"
    )


def _build_prompt(source: SplitText, escape: Escape) -> Exchange:
    turn = {"role": "user", "content": Leaf(source.text)}
    return _build_run_request(source, escape, additional_messages=[turn])


def _build_parts(source: SplitText, escape: Escape) -> Exchange:
    part = {"type": "text", "text": Leaf(source.text)}
    turns = [{"role": "user", "content": [{"type": "text", "text": "Hi"}, part]}]
    return _build_run_request(source, escape, additional_messages=turns)


def _build_outputs(source: SplitText, escape: Escape) -> Exchange:
    outputs = [{"tool_call_id": "call_P9Ayqu3UQNYuTBVAg2sLimh9", "output": Leaf(source.text)}]
    return _build_run_request(source, escape, tool_outputs=outputs)


def _build_tool_text(source: SplitText, escape: Escape) -> Exchange:
    function = {"name": "f", "description": Leaf(source.text), "parameters": {"type": "object"}}
    return _build_run_request(source, escape, tools=[{"type": "function", "function": function}])


def _build_mcp(source: SplitText, escape: Escape) -> Exchange:
    headers = {"Authorization": Leaf(f"Bearer {source.text}"), "X-Trace": "7"}
    tool = {"type": "mcp", "server_label": "files", "headers": headers}
    return _build_run_request(source, escape, tools=[tool])


def _build_member_name(source: SplitText, escape: Escape) -> Exchange:
    return _build_run_request(source, escape, metadata={Leaf(source.text): "1"})


def _bind_member(name: str) -> Build:
    return lambda source, escape: _build_run_request(
        source, escape, settings={name: Leaf(source.text), "retries": 3}
    )


def _build_number(source: SplitText, _: Escape) -> Exchange:
    return _build_body_exchange('{"amount": 3, "number": ' + source.text + "}", "application/json")


def _build_form(source: SplitText, name: str) -> Exchange:
    body = f"kind=note&{name}={quote_plus(source.text)}&n=1"
    return _build_body_exchange(body, "application/x-www-form-urlencoded")


def _build_multipart(source: SplitText, name: str, more: str = "") -> Exchange:
    part = f'Content-Disposition: form-data; name="{name}"{more}\r\n\r\n{source.text}\r\n'
    first = 'Content-Disposition: form-data; name="purpose"\r\n\r\nassistants\r\n'
    parts = "".join(f"--{_BOUNDARY}\r\n{one}" for one in (first, part))
    body = f"{parts}--{_BOUNDARY}--\r\n"
    return _build_body_exchange(body, f"multipart/form-data; boundary={_BOUNDARY}")


def _build_malformed(source: SplitText, escape: Escape) -> Exchange:
    return _build_body_exchange(f'{{"input": "{escape(source.text)}", oops: }}', "application/json")


def _build_broken_tail(source: SplitText, escape: Escape) -> Exchange:
    return _build_body_exchange(
        f'{{"model": "gpt-4o", "input": "{escape(source.text)}', "application/json"
    )


def _build_json_lines(source: SplitText, escape: Escape) -> Exchange:
    body = {"messages": [{"role": "user", "content": Leaf(source.text)}]}
    lines = [write_json({"custom_id": f"r{n}", "body": body}, escape) for n in range(2)]
    return _build_body_exchange("\n".join(lines) + "\n", "application/jsonl")


def _build_answer_exchange(
    body: bytes, content_type: str, status: int = 200, headers: Headers = ()
) -> Exchange:
    length = (b"Content-Length", b"%d" % len(body))
    every = ((b"Content-Type", content_type.encode()), *headers, length)
    frames = (Frame(1_000, len(body), False),)
    answer = Answer(status, b"OK", every, body, frames)
    return make_exchange(request=make_request(), answer=answer)


def _build_answer_header(source: SplitText, name: str, template: str = "{}") -> Exchange:
    value = template.replace("{q}", quote(source.text, safe="")).replace("{}", source.text)
    return _build_answer_exchange(
        b"{}", "application/json", headers=((name.encode(), value.encode()),)
    )


def _build_completion(source: SplitText, escape: Escape) -> Exchange:
    message = {"role": "assistant", "content": Leaf(source.text)}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 9, "completion_tokens": 12, "total_tokens": 21}
    body = {"id": "chatcmpl-9Xtj47S36iWNBARmBocBaifGBbjtw", "choices": [choice], "usage": usage}
    return _build_answer_exchange(write_json(body, escape, indent=2).encode(), "application/json")


def _build_answer_arguments(source: SplitText, escape: Escape) -> Exchange:
    arguments = Leaf(write_json({"query": source.text, "limit": 3}))
    call = {"id": "call_P9Ayqu3UQNYuTBVAg2sLimh9", "function": {"arguments": arguments}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    body = write_json({"choices": [{"index": 0, "message": message}]}, escape)
    return _build_answer_exchange(body.encode(), "application/json")


def _build_listing(source: SplitText, escape: Escape) -> Exchange:
    items = [{"id": f"item_{n}", "value": Leaf(source.text)} for n in range(3)]
    return _build_answer_exchange(write_json({"data": items}, escape).encode(), "application/json")


def _build_error(source: SplitText, escape: Escape) -> Exchange:
    message = f"Incorrect API key provided: {source.text}. You can find it in your account."
    problem = {"message": Leaf(message), "type": "invalid_request_error", "param": None}
    body = write_json({"error": {**problem, "code": "invalid_api_key"}}, escape)
    return _build_answer_exchange(body.encode(), "application/json", status=401)


def _bind_answer_member(name: str) -> Build:
    def build(source: SplitText, escape: Escape) -> Exchange:
        body = write_json({"object": "session", name: Leaf(source.text), "expires_at": 1}, escape)
        return _build_answer_exchange(body.encode(), "application/json")

    return build


def _build_ephemeral(source: SplitText, escape: Escape) -> Exchange:
    secret = {"value": Leaf(source.text), "expires_at": 1_730_000_000}
    body = write_json({"object": "realtime.session", "client_secret": secret}, escape)
    return _build_answer_exchange(body.encode(), "application/json")


def _build_html(source: SplitText, _: Escape) -> Exchange:
    text = html.escape(source.text)
    page = f"<html><body><h1>502</h1><pre title='{text}'>{text}</pre></body></html>"
    return _build_answer_exchange(page.encode(), "text/html", status=502)


def _build_latin(source: SplitText, _: Escape) -> Exchange:
    body = f"Schlüssel: {source.text}\nGrüße".encode("latin-1", "replace")
    return _build_answer_exchange(body, "text/plain; charset=iso-8859-1")


def _build_gzip(source: SplitText, escape: Escape) -> Exchange:
    body = gzip.compress(write_json({"note": Leaf(source.text)}, escape).encode(), mtime=0)
    encoding = ((b"Content-Encoding", b"gzip"),)
    return _build_answer_exchange(body, "application/json", headers=encoding)


def _build_cut_answer(source: SplitText, escape: Escape) -> Exchange:
    body = f'{{"id": "x", "output": "{escape(source.text)}'
    answer = make_answer(body.encode(), headers=_JSON)
    return make_exchange(answer=answer)


def _build_ndjson(source: SplitText, escape: Escape) -> Exchange:
    """Build a stream of Ollama: one object per line, the text in pieces."""
    lines = [
        write_json({"response": Leaf(piece), "done": False}, escape) for piece in source.pieces
    ]
    chunks = [f"{line}\n".encode() for line in (*lines, '{"response":"","done":true}')]
    return _build_stream_exchange(chunks, "application/x-ndjson")


def _build_text_stream(source: SplitText, _: Escape) -> Exchange:
    """Build a stream of plain text in chunks."""
    chunks = [piece.encode() for piece in source.pieces if piece]
    return _build_stream_exchange(chunks, "text/plain; charset=utf-8")


def _build_data_stream(source: SplitText, escape: Escape) -> Exchange:
    """Build an older data stream of the AI SDK: a digit, a colon and a JSON string per line."""
    chunks = [f'0:"{escape(piece)}"\n'.encode() for piece in source.pieces]
    return _build_stream_exchange(chunks, "text/plain; charset=utf-8")


def _build_stream_exchange(chunks: list[bytes], content_type: str) -> Exchange:
    answer = make_answer(*chunks, headers=((b"Content-Type", content_type.encode()),))
    return make_exchange(request=make_request(target=b"/api/generate"), answer=answer)


REQUEST_PLACES: tuple[Place, ...] = (
    Place(
        "path", "target", lambda source, _: _build_target_exchange(source, "/v1/files/{}/content")
    ),
    Place(
        "query",
        "target",
        lambda source, _: _build_target_exchange(source, "/v1/search?n=1&q={}&limit=3"),
    ),
    Place(
        "header",
        "headers",
        lambda source, _: _build_header_exchange(source, "X-Debug"),
        is_one_line=True,
    ),
    Place(
        "user-agent",
        "headers",
        lambda source, _: _build_header_exchange(source, "User-Agent"),
        is_one_line=True,
    ),
    Place("prompt", "request-json", _build_prompt, is_json=True),
    Place("content-parts", "request-json", _build_parts, is_json=True),
    Place(
        "instructions",
        "request-json",
        lambda source, escape: _build_run_request(source, escape, instructions=Leaf(source.text)),
        is_json=True,
    ),
    Place(
        "metadata",
        "request-json",
        lambda source, escape: _build_run_request(
            source, escape, metadata={"note": Leaf(source.text)}
        ),
        is_json=True,
    ),
    Place("tool-outputs", "request-json", _build_outputs, is_json=True),
    Place("tool-description", "request-json", _build_tool_text, is_json=True),
    Place("member-name", "request-json", _build_member_name, is_json=True),
    Place("form", "request-bodies", lambda source, _: _build_form(source, "note")),
    Place("multipart", "request-bodies", lambda source, _: _build_multipart(source, "note")),
    Place(
        "multipart-file",
        "request-bodies",
        lambda source, _: _build_multipart(
            source, "file", '; filename="a.txt"\r\nContent-Type: application/octet-stream'
        ),
    ),
    Place(
        "plain-text",
        "request-bodies",
        lambda source, _: _build_body_exchange(source.text, "text/plain"),
    ),
    Place("no-type", "request-bodies", lambda source, _: _build_body_exchange(source.text, "")),
    Place("malformed", "request-bodies", _build_malformed, is_json=True),
    Place("broken-tail", "request-bodies", _build_broken_tail, is_json=True),
    Place("json-lines", "request-bodies", _build_json_lines, is_json=True),
)

ANSWER_PLACES: tuple[Place, ...] = (
    Place(
        "answer-header",
        "answer-headers",
        lambda source, _: _build_answer_header(source, "X-Echo"),
        is_one_line=True,
    ),
    Place(
        "location",
        "answer-headers",
        lambda source, _: _build_answer_header(
            source, "Location", "https://example.com/next?note={q}&n=1"
        ),
    ),
    Place(
        "link",
        "answer-headers",
        lambda source, _: _build_answer_header(
            source, "Link", '<https://example.com/?q={q}>; rel="next"'
        ),
    ),
    Place("completion", "answer-json", _build_completion, is_json=True),
    Place("answer-arguments", "answer-json", _build_answer_arguments, is_json=True),
    Place("listing", "answer-json", _build_listing, is_json=True),
    Place("error", "answer-json", _build_error, is_json=True),
    Place("gzip", "answer-json", _build_gzip, is_json=True, is_decoded=True),
    Place("html", "answer-text", _build_html),
    Place(
        "answer-text",
        "answer-text",
        lambda source, _: _build_answer_exchange(source.text.encode(), "text/plain"),
    ),
    Place("latin-1", "answer-text", _build_latin),
    Place("cut-answer", "answer-text", _build_cut_answer, is_json=True),
    Place("text-stream", "answer-text", _build_text_stream, is_streamed=True),
    Place("ndjson", "answer-text", _build_ndjson, is_json=True, is_streamed=True),
    Place("data-stream", "answer-text", _build_data_stream, is_json=True, is_streamed=True),
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


def _bind_header(name: str) -> Build:
    return lambda source, _: _build_header_exchange(source, name)


def _bind_parameter(name: str) -> Build:
    return lambda source, _: _build_target_exchange(
        source, f"/v1/models?limit=3&{name}={{}}&after=m1"
    )


def _bind_field(name: str) -> Build:
    return lambda source, _: _build_form(source, name)


def _bind_part(name: str) -> Build:
    return lambda source, _: _build_multipart(source, name)


def _iter_named_places() -> Iterator[Place]:
    for name in _HEADERS.split():
        yield _build_named_place(f"header-{name}", _bind_header(name), is_one_line=True)
    for name in _PARAMETERS.split():
        yield _build_named_place(f"query-{name}", _bind_parameter(name))
        yield _build_named_place(f"form-{name}", _bind_field(name))
        yield _build_named_place(f"part-{name}", _bind_part(name))
    for name in _MEMBERS.split():
        yield _build_named_place(f"member-{name}", _bind_member(name), is_json=True)
        yield _build_named_place(f"answer-{name}", _bind_answer_member(name), is_json=True)


def _build_named_place(
    name: str, build: Build, *, is_json: bool = False, is_one_line: bool = False
) -> Place:
    return Place(name, "named", build, is_json, is_one_line, is_named=True)


def _build_bearer(source: SplitText, _: Escape) -> Exchange:
    return _build_header_exchange(source, "Authorization", "Bearer {}")


def _build_cookie(source: SplitText, _: Escape) -> Exchange:
    return _build_header_exchange(source, "Cookie", "sid={}")


def _build_set_cookie(source: SplitText, _: Escape) -> Exchange:
    return _build_answer_header(source, "Set-Cookie", "sid={}; Path=/; HttpOnly")


def _build_location_token(source: SplitText, _: Escape) -> Exchange:
    url = "https://app.example.com/cb#access_token={q}&state=7"
    return _build_answer_header(source, "Location", url)


NAMED_PLACES: tuple[Place, ...] = (
    *_iter_named_places(),
    _build_named_place("bearer", _build_bearer, is_one_line=True),
    _build_named_place("basic", _build_basic),
    _build_named_place("cookie", _build_cookie, is_one_line=True),
    _build_named_place("mcp-header", _build_mcp, is_json=True),
    _build_named_place("ephemeral", _build_ephemeral, is_json=True),
    _build_named_place("set-cookie", _build_set_cookie, is_one_line=True),
    _build_named_place("location-token", _build_location_token),
)

NUMBER_PLACE = Place("json-number", "request-json", _build_number, is_named=True)
"""Digits as a JSON number instead of a string."""

PLACES: Mapping[str, Place] = {
    place.name: place for place in (*REQUEST_PLACES, *ANSWER_PLACES, *NAMED_PLACES, NUMBER_PLACE)
}
