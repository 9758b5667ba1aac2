"""Chromium for the tests of the inspector's page."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, async_playwright

from support.inspector_page import OpenView
from support.installed import skip_unavailable

SERVER_GONE = ("ERR_CONNECTION_REFUSED", "ERR_EMPTY_RESPONSE")
"""What a page says that outlives its server, as at the end of a test."""


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Start the system's Chromium."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        skip_unavailable("chromium is not installed")
    options = ["--no-sandbox"] if os.geteuid() == 0 else []  # root has no sandbox
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=options)
        yield browser
        await browser.close()


@pytest.fixture
async def open_view(browser: Browser) -> AsyncIterator[OpenView]:
    """Open pages; at the end, fail if one of them had an error or broke its security policy."""
    problems: list[str] = []

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
    assert problems == []
