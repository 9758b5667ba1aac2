"""A client of the control API, over raw requests."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from support.client import RawAnswer, ask


def build_control_request(
    url: str, method: str, path: str = "", document: object = None, *headers: str, host: str = ""
) -> bytes:
    """A raw request for ``/-/sessions`` and what stands behind that."""
    body = b"" if document is None else json.dumps(document).encode()
    lines = [
        f"{method} /-/sessions{path} HTTP/1.1",
        f"Host: {host or urlsplit(url).netloc}",
        *(["Content-Type: application/json"] if document is not None else []),
        f"Content-Length: {len(body)}",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def call_control(
    url: str, method: str, path: str = "", document: object = None, *headers: str
) -> tuple[int, Any]:
    """The status of the answer, and the document in it."""
    answer = await ask(url, build_control_request(url, method, path, document, *headers))
    return answer.status, json.loads(answer.body)


async def open_session(url: str, **settings: object) -> str:
    """The base URL of a session that was ordered like this."""
    status, made = await call_control(url, "POST", "", settings)
    assert status == 201, made
    return str(made["base_url"])


async def end_session(url: str, name: str, query: str = "") -> Any:
    """The report of the session at its end."""
    status, report = await call_control(url, "DELETE", f"/{name}{query}")
    assert status == 200, report
    return report


async def ask_in_session(base_url: str, request: bytes) -> RawAnswer:
    """The answer to ``request`` in the session of this base URL."""
    prefix = urlsplit(base_url).path.encode()
    method, _, rest = request.partition(b" ")
    return await ask(base_url, method + b" " + prefix + rest)
