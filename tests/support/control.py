"""A client of the control API, over raw requests."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from support.client import RawAnswer, ask


def control(
    url: str, method: str, path: str = "", order: object = None, *headers: str, host: str = ""
) -> bytes:
    """A raw request for ``/-/sessions`` and what stands behind that."""
    body = b"" if order is None else json.dumps(order).encode()
    lines = [
        f"{method} /-/sessions{path} HTTP/1.1",
        f"Host: {host or urlsplit(url).netloc}",
        *(["Content-Type: application/json"] if order is not None else []),
        f"Content-Length: {len(body)}",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def told(
    url: str, method: str, path: str = "", order: object = None, *headers: str
) -> tuple[int, Any]:
    """The status of the answer, and the document in it."""
    answer = await ask(url, control(url, method, path, order, *headers))
    return answer.status, json.loads(answer.body)


async def begun(url: str, **order: object) -> str:
    """The base URL of a session that was ordered like this."""
    status, made = await told(url, "POST", "", order)
    assert status == 201, made
    return str(made["base_url"])


async def ended(url: str, name: str, query: str = "") -> Any:
    """The report of the session at its end."""
    status, report = await told(url, "DELETE", f"/{name}{query}")
    assert status == 200, report
    return report


async def within(base_url: str, request: bytes) -> RawAnswer:
    """The answer to ``request`` in the session of this base URL."""
    prefix = urlsplit(base_url).path.encode()
    method, _, rest = request.partition(b" ")
    return await ask(base_url, method + b" " + prefix + rest)
