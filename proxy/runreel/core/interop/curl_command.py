"""A request as a command for curl, to paste into a POSIX shell."""

from __future__ import annotations

import shlex
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import parse_qsl, quote

from runreel.core.http.headers import find_header
from runreel.core.interop.keys import find_variable, insert_variable
from runreel.model import Request

_LEFT_OUT = frozenset({"accept-encoding", "content-length", "user-agent"})
"""Headers that curl makes by itself. Their values belong to the recorded client."""

_MAX_ARGUMENT = 100_000
"""Bytes of a body that is an argument: Linux allows 128 KiB. A shell has no limit for its own."""

_STREAM_MARKS = (b'"stream": true', b'"stream":true', b"alt=sse")


def format_curl(request: Request, upstream: str) -> str:
    """Return the command, which sends the request to ``upstream``, a base URL.

    The key is read from the environment, as ``$OPENAI_API_KEY``. A body that is not text is piped
    into curl through ``base64 -d``.
    """
    parts = ["curl", *_list_options(request), *_list_headers(request)]
    prefix, data = _format_body(request.body)
    lines = [*parts, *data, _format_url(upstream, request.target)]
    return prefix + " \\\n  ".join([" ".join(lines[:2]), *lines[2:]]) + "\n"


def _list_options(request: Request) -> list[str]:
    is_stream = b"text/event-stream" in (find_header(request.headers, b"accept") or b"") or any(
        mark in request.body or mark in request.target for mark in _STREAM_MARKS
    )
    options = "-sSN" if is_stream else "-sS"
    return [options, "--head" if request.method == "HEAD" else f"-X {request.method}"]


def _list_headers(request: Request) -> Iterator[str]:
    for name, value in request.headers:
        header = f"{_decode(name)}: {_decode(value)}"
        if _decode(name).lower() not in _LEFT_OUT:
            yield f"-H {_quote(header, find_variable(_decode(name), _decode(value)))}"
    if request.body and find_header(request.headers, b"content-type") is None:
        yield "-H 'Content-Type:'"  # else curl sends that of a form


def _format_url(upstream: str, target: bytes) -> str:
    path, mark, query = _decode(target).partition("?")
    names = [(name, find_variable(name, value)) for name, value in parse_qsl(query)]
    variable = next(filter(None, (variable for _, variable in names)), "")
    return _quote(f"{upstream}{path}{mark}{query}", variable)


def _format_body(body: bytes) -> tuple[str, list[str]]:
    """Return what comes before the command, and the option of curl that reads the body."""
    if not body:
        return "", []
    text = _decode_text(body)
    if text is None:
        return f"printf %s {b64encode(body).decode()} | base64 -d | ", ["--data-binary @-"]
    if len(body) > _MAX_ARGUMENT:
        return f"printf %s {shlex.quote(text)} | ", ["--data-binary @-"]
    return "", [f"--data-raw {shlex.quote(text)}"]


def _decode_text(body: bytes) -> str | None:
    """Return the body as text, or None if no argument of a command can hold it."""
    try:
        return None if b"\0" in body else body.decode()
    except UnicodeDecodeError:
        return None


def _quote(text: str, variable: str) -> str:
    """Quote a word for the shell, with the variable for its placeholder if there is one."""
    if not variable:
        return shlex.quote(text)
    before, _, after = insert_variable(text, variable).partition(f"${variable}")
    return f'{_quote_part(before)}"${variable}"{_quote_part(after)}'


def _quote_part(text: str) -> str:
    return shlex.quote(text) if text else ""


def _decode(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return quote(data, safe="/:;?=&%")
