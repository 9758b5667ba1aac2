"""Clients of the inspector's API."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from runreel.config import Config
from runreel.dialects import find_dialect
from runreel.shell.inspector.api import InspectorApi
from runreel.shell.inspector.page_files import PAGE_PATHS
from runreel.shell.inspector.sources.folder_source import FolderSource
from runreel.shell.server.activity import Activity
from runreel.shell.server.connection import RawResponse
from runreel.shell.server.listener import listen
from support.client import RawAnswer, ask
from support.proxy import ANYWHERE


@asynccontextmanager
async def serve_inspector(paths: Mapping[str, Path], *, token: str = "") -> AsyncIterator[str]:
    """Serve cassettes by name; yield the base URL."""
    activity = Activity(find_dialect)
    api = InspectorApi(FolderSource(lambda: paths), Config(), activity)

    async def refuse(_request: object) -> RawResponse:
        raise AssertionError("no request of a client is expected")

    async with listen(
        refuse,
        ANYWHERE,
        mode="inspect",
        max_head=Config().limits.max_head,
        admin_handler=api.handle,
        open_paths=PAGE_PATHS,
        token=token,
    ) as listener:
        yield listener.url
        activity.close()
    api.close()


def build_api_path(path: str, **query: object) -> str:
    """Return the target of an endpoint; segments of ``path`` must be encoded."""
    return f"/-/api/{path}" + (f"?{urlencode(query)}" if query else "")


async def get_raw(url: str, target: str, *headers: str, method: str = "GET") -> RawAnswer:
    """Return the answer to a request for one of the proxy's own endpoints."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {urlsplit(url).netloc}", *headers]
    request = "\r\n".join(lines).encode() + b"\r\n\r\n"
    return await ask(url, request, bodiless=method == "HEAD")


async def get_api(url: str, path: str, **query: object) -> Any:
    """Return the document of an endpoint, whose status must be 200."""
    answer = await get_raw(url, build_api_path(path, **query))
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


async def get_error(url: str, path: str, **query: object) -> tuple[int, str]:
    """Return status and code of an error."""
    answer = await get_raw(url, build_api_path(path, **query))
    return answer.status, json.loads(answer.body)["error"]["code"]


async def list_rows(url: str, **query: object) -> list[dict[str, Any]]:
    """Return all rows of a list, page by page."""
    rows, after = [], ""
    while after is not None:
        page = await get_api(url, "exchanges", **query, **({"after": after} if after else {}))
        rows += page["rows"]
        after = page["next"]
    return rows
