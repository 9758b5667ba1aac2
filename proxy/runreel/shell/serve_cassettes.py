"""Serve the inspector's page for cassettes, without a proxy."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from functools import partial

from aiohttp.web_request import BaseRequest
from aiohttp.web_response import StreamResponse

from runreel.config import Address, Config
from runreel.dialects import build_finder
from runreel.shell.inspector.api import InspectorApi
from runreel.shell.inspector.page_files import API_PREFIX, PAGE_PATHS
from runreel.shell.inspector.sources.folder_source import FolderSource, PathLister
from runreel.shell.process.lifecycle import catch_stop_signals
from runreel.shell.serve_options import find_client_url, read_token
from runreel.shell.server.activity import Activity
from runreel.shell.server.admin import PREFIX, error_response
from runreel.shell.server.connection import RawResponse, WholeResponse
from runreel.shell.server.listener import listen


async def serve_cassettes(
    list_paths: PathLister,
    config: Config,
    address: Address,
    on_ready: Callable[[str], None],
) -> None:
    """Serve until a stop signal; ``on_ready`` gets the URL of the page.

    Raises ``RunreelError`` if the address is not available.
    """
    activity = Activity(build_finder(config.dialect))
    api = InspectorApi(FolderSource(list_paths), config, activity)
    token = read_token(os.environ)
    with closing(api):  # once all connections are closed
        async with (
            catch_stop_signals(graceful_signals=1) as stop,
            listen(
                _refuse_calls,
                address,
                mode=FolderSource.mode,
                max_head=config.limits.max_head,
                admin_handler=partial(_answer, api),
                open_paths=PAGE_PATHS,
                hosts=config.hosts,
                token=token,
            ) as listener,
        ):
            on_ready(f"{find_client_url(listener.url)}{PREFIX}")
            await stop.wait()
            await listener.stop_accepting()
            activity.close()


async def _answer(api: InspectorApi, request: BaseRequest) -> RawResponse:
    if request.raw_path.startswith(API_PREFIX):
        return await api.handle(request)
    return error_response(request, 404, "runreel_not_found", f"no such endpoint; try {PREFIX}")


async def _refuse_calls(request: BaseRequest) -> StreamResponse:
    """Lead a browser to the page, and refuse all other requests: this is no proxy."""
    if request.method == "GET" and request.raw_path == "/":
        headers = ((b"Location", PREFIX.encode()), (b"Content-Length", b"0"))
        return WholeResponse(request, 302, headers)
    message = f"this server only shows recordings, at {PREFIX}; to replay one: runreel replay"
    return error_response(request, 404, "runreel_not_found", message)
