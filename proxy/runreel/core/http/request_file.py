"""Parsing of a request from a file: HTTP/1.1 text, or JSON.

The JSON is an object with ``method``, ``target`` (or ``url``), ``headers`` and ``body``, an entry
of a HAR file (HAR 1.2, "request"), or the document of an exchange, as ``runreel show --json``
prints it.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from typing import NoReturn
from urllib.parse import urlsplit

from runreel.core.http.headers import find_header
from runreel.errors import UsageError
from runreel.model import Headers, Request

_REQUEST_LINE = re.compile(rb"([A-Za-z!#$%&'*+.^_`|~-]+) (\S+)(?: HTTP/1\.[01])?")
_LINE_END = re.compile(rb"\r?\n")
_HEAD_END = re.compile(rb"\r?\n\r?\n|\r?\n?\Z")
_MAX_LENGTH_DIGITS = 19
"""Number of digits from which a ``Content-Length`` is ignored."""

_BODY_MEMBERS = {"size", "omitted"}
"""Members of a body in the document of an exchange, beside its text or base64."""

_METHOD = re.compile(r"[A-Za-z!#$%&'*+.^_`|~-]+")


def parse_request_file(data: bytes) -> Request:
    """Parse a request. Raise UsageError that names the mistake and repeats nothing of the data."""
    data = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not data:
        _raise_usage_error("it is empty")
    return _parse_json(data) if data.startswith(b"{") else _parse_http(data)


def _raise_usage_error(reason: str) -> NoReturn:
    raise UsageError(
        f"this is not a request: {reason}. Write it as HTTP/1.1 text (POST /v1/threads HTTP/1.1, "
        "headers, an empty line, the body) or as JSON with method, target, headers and body"
    )


def _parse_http(data: bytes) -> Request:
    head, body = _HEAD_END.split(data, maxsplit=1)
    first, *lines = _LINE_END.split(head)
    match = _REQUEST_LINE.fullmatch(first)
    if match is None:
        _raise_usage_error("its first line is not a request line")
    pairs = [line.partition(b":") for line in lines]
    if not all(colon and name and not name[-1:].isspace() for name, colon, _ in pairs):
        _raise_usage_error("a line before the body is not a header")
    headers = tuple((name, value.strip()) for name, _, value in pairs)
    method, target = match[1].decode("ascii"), match[2]
    return Request(
        method, _parse_target(target.decode("latin-1")), headers, _trim_body(headers, body)
    )


def _trim_body(headers: Headers, body: bytes) -> bytes:
    """Return the body without the line end that editors append after ``Content-Length`` bytes."""
    digits = find_header(headers, b"content-length") or b""
    is_length = digits.isdigit() and len(digits) < _MAX_LENGTH_DIGITS
    length = int(digits) if is_length else len(body)
    return body[:length] if not body[length:].strip() else body


def _parse_target(text: str) -> bytes:
    """Return path and query of a target, which is in origin form or a URL."""
    if not text.startswith("/"):
        try:
            parts = urlsplit(text)
        except ValueError:
            parts = urlsplit("")
        if not parts.scheme or not parts.netloc:
            _raise_usage_error("its target is neither a path nor a URL")
        text = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return text.encode("latin-1") if text.isascii() else text.encode()


def _parse_json(data: bytes) -> Request:
    try:
        entry = json.loads(data)
    except (ValueError, RecursionError):
        _raise_usage_error("it starts with { but is not valid JSON")
    if isinstance(entry.get("exchanges"), list):
        _raise_usage_error("it lists exchanges without their bodies; print one: show CASSETTE N")
    entry = entry["exchange"] if isinstance(entry.get("exchange"), dict) else entry
    fields = entry["request"] if isinstance(entry.get("request"), dict) else entry
    headers = _parse_headers(fields.get("headers") or {})
    body = _parse_json_body(fields)
    method = fields.get("method", "POST" if body else "GET")
    target = next((fields[name] for name in ("target", "path", "url") if name in fields), None)
    if not isinstance(method, str) or not _METHOD.fullmatch(method):
        _raise_usage_error('its "method" is not an HTTP method')
    if not isinstance(target, str):
        _raise_usage_error('it has no "target"')
    return Request(method, _parse_target(target), headers, body)


def _parse_headers(headers: object) -> Headers:
    """Parse headers from an object, from pairs, or from HAR's objects with name and value."""
    pairs: Iterable[object] = headers.items() if isinstance(headers, dict) else ()
    if isinstance(headers, list):
        pairs = (
            (each.get("name"), each.get("value")) if isinstance(each, dict) else each
            for each in headers
        )
    parsed: list[tuple[bytes, bytes]] = []
    for pair in pairs:
        match pair:
            case (str(name), str(value)) | [str(name), str(value)]:
                parsed.append((name.encode(), value.encode()))
            case _:
                _raise_usage_error('its "headers" are not pairs of name and value, both strings')
    return tuple(parsed)


def _unwrap_shown_body(body: Mapping[str, object]) -> Mapping[str, object]:
    """Return the fields of a body in the document of an exchange, as a HAR file has them."""
    if body["omitted"] is not None:
        _raise_usage_error("its body was not kept when it was recorded")
    if "base64" in body:
        return {"body": body["base64"], "encoding": "base64"}
    return {"body": body.get("text")}


def _parse_json_body(fields: Mapping[str, object]) -> bytes:
    post_data = fields.get("postData")
    if isinstance(post_data, dict):
        fields = {"body": post_data.get("text", ""), "encoding": post_data.get("encoding")}
    body = fields.get("body")
    if isinstance(body, dict) and body.keys() >= _BODY_MEMBERS:
        fields = _unwrap_shown_body(body)
        body = fields["body"]
    if fields.get("encoding") == "base64" and isinstance(body, str):
        try:
            return base64.b64decode(body, validate=True)
        except ValueError:
            _raise_usage_error("its body is not valid base64")
    if body is None:
        return b""
    return (
        body.encode("utf-8", "surrogatepass")
        if isinstance(body, str)
        else json.dumps(body).encode()
    )
