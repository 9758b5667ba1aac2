"""A client of the control API that sends raw requests."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from support.client import RawAnswer, ask


def build_control_request(
    url: str, method: str, path: str = "", document: object = None, *headers: str, host: str = ""
) -> bytes:
    """Build a raw request for ``/-/sessions`` followed by ``path``, with ``document`` as JSON."""
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
    """Call the control API; return the status of the answer and its JSON document."""
    answer = await ask(url, build_control_request(url, method, path, document, *headers))
    return answer.status, json.loads(answer.body)


async def open_session(url: str, **settings: object) -> str:
    """Open a session with these settings and return its base URL."""
    status, document = await call_control(url, "POST", "", settings)
    assert status == 201, document
    return str(document["base_url"])


async def end_session(url: str, name: str, query: str = "") -> Any:
    """End the session and return its report."""
    status, report = await call_control(url, "DELETE", f"/{name}{query}")
    assert status == 200, report
    return report


async def ask_in_session(base_url: str, request: bytes) -> RawAnswer:
    """Send ``request`` in the session of this base URL and return the answer."""
    prefix = urlsplit(base_url).path.encode()
    method, _, rest = request.partition(b" ")
    return await ask(base_url, method + b" " + prefix + rest)
