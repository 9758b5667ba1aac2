"""A request as JavaScript that calls ``fetch`` (Fetch standard), for Node.js and its siblings."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import parse_qsl, quote

from runreel.core.interop.keys import find_variable, insert_variable
from runreel.model import Request

_LEFT_OUT = frozenset({"accept-encoding", "connection", "content-length", "host", "user-agent"})
"""Headers that ``fetch`` makes by itself, or refuses."""

_READ = """\
if (response.headers.get("content-type")?.includes("event-stream")) {
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    process.stdout.write(piece);
  }
} else {
  console.log(response.status, await response.text());
}
"""


def format_fetch(request: Request, upstream: str) -> str:
    """Return a module that sends the request to ``upstream``, a base URL, and prints its answer.

    The key is read from the environment, as ``process.env.OPENAI_API_KEY``.
    """
    lines = [
        f"const response = await fetch({_format_url(upstream, request.target)}, {{",
        f"  method: {json.dumps(request.method)},",
        "  headers: {",
        *_iter_headers(request),
        "  },",
        *_iter_body(request.body),
        "});",
    ]
    return "\n".join(lines) + "\n" + _READ


def _iter_headers(request: Request) -> Iterator[str]:
    for raw_name, raw_value in request.headers:
        name, value = _decode(raw_name), _decode(raw_value)
        if name.lower() not in _LEFT_OUT:
            yield f"    {json.dumps(name)}: {_format_text(value, find_variable(name, value))},"


def _iter_body(body: bytes) -> Iterator[str]:
    if not body:
        return
    try:
        text = body.decode()
    except UnicodeDecodeError:
        yield f'  body: Buffer.from("{b64encode(body).decode()}", "base64"),'
        return
    yield f"  body: {_format_text(text, '')},"


def _format_url(upstream: str, target: bytes) -> str:
    path, mark, query = _decode(target).partition("?")
    names = [find_variable(name, value) for name, value in parse_qsl(query)]
    return _format_text(f"{upstream}{path}{mark}{query}", next(filter(None, names), ""))


def _format_text(text: str, variable: str) -> str:
    """Return a string of JavaScript, with the variable for its placeholder if there is one."""
    if not variable:
        return json.dumps(text)
    before, _, after = insert_variable(text, variable).partition(f"${variable}")
    parts = [json.dumps(before), f"process.env.{variable}", json.dumps(after)]
    return " + ".join(part for part in parts if part != '""')


def _decode(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return quote(data, safe="/:;?=&%")
