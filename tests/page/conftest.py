"""Chromium for the tests of the inspector's page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page

from support.chromium import launch_chromium
from support.inspector_page import OpenView

FOLDER = Path(__file__).parent

SERVER_GONE = ("ERR_CONNECTION_REFUSED", "ERR_EMPTY_RESPONSE")
"""What a page says that outlives its server, as at the end of a test."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests of a module share an event loop, and so a browser."""
    shares_loop = pytest.mark.asyncio(loop_scope="module")
    for item in items:
        if item.path.parent == FOLDER and pytest_asyncio.is_async_test(item):
            item.add_marker(shares_loop, append=False)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Start the system's Chromium."""
    async with launch_chromium() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def open_view(browser: Browser) -> AsyncIterator[OpenView]:
    """Open pages; at the end, fail if one of them had an error or broke its security policy."""
    problems: list[str] = []
    contexts: list[BrowserContext] = []

    async def open_view(
        url: str,
        *,
        theme: str = "light",
        width: int = 1440,
        height: int = 900,
        motion: str = "no-preference",
        allowed: tuple[str, ...] = (),
    ) -> Page:
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce" if motion == "reduce" else "no-preference",
            permissions=["clipboard-read", "clipboard-write"],
        )
        contexts.append(context)
        page = await context.new_page()

        def report(text: str) -> None:
            if not any(each in text for each in (*allowed, *SERVER_GONE)):
                problems.append(text)

        page.on("console", lambda message: report(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: report(f"error: {error}"))
        page.on("dialog", lambda dialog: report(f"dialog: {dialog.message}"))
        await page.goto(url)
        return page

    yield open_view
    for context in contexts:
        await context.close()
    assert problems == []
