"""The inspector of a running proxy, which is loaded when somebody opens its page."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp.web_request import BaseRequest

from runreel.config import Config
from runreel.shell.process.uncancellable import run_in_worker
from runreel.shell.server.activity import Activity
from runreel.shell.server.admin import PREFIX
from runreel.shell.server.connection import RawResponse

if TYPE_CHECKING:
    from runreel.shell.inspector.api import InspectorApi
    from runreel.shell.inspector.sources.server_source import SessionLists

API_PREFIX = f"{PREFIX}api/"
"""Beginning of the path of every endpoint of the inspector."""


class InspectorEntry:
    """Hands requests to the API, whose modules are imported for the first one."""

    def __init__(
        self, sessions: SessionLists, config: Config, activity: Activity, *, workers: int = 1
    ) -> None:
        """Load nothing yet; ``close`` must be called in the end.

        ``workers`` is the number of processes, each of which has its own sessions.
        """
        self._sessions = sessions
        self._config = config
        self._activity = activity
        self._workers = workers
        self._api: InspectorApi | None = None
        self._turn = asyncio.Lock()

    async def handle(self, request: BaseRequest) -> RawResponse:
        """Answer one request below ``API_PREFIX``."""
        async with self._turn:
            if self._api is None:
                self._api = await run_in_worker(self._load)
        return await self._api.handle(request)

    def _load(self) -> InspectorApi:
        from runreel.shell.inspector.api import InspectorApi  # noqa: PLC0415 - slow to import
        from runreel.shell.inspector.index.library import InspectorLibrary  # noqa: PLC0415 - as above
        from runreel.shell.inspector.sources.server_source import (  # noqa: PLC0415 - as above
            ServerSource,
        )

        source = ServerSource(self._sessions, self._config.mode, workers=self._workers)
        return InspectorApi(InspectorLibrary(source, self._config), self._activity)

    def close(self) -> None:
        """End its threads."""
        if self._api is not None:
            self._api.close()
