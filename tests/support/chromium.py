"""The system's Chromium, for tests of web pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright, expect

from support.installed import skip_unavailable

# What is expected comes sooner or later; five seconds, the default, are short on a busy machine.
expect.set_options(timeout=20_000)


@asynccontextmanager
async def launch_chromium() -> AsyncIterator[Browser]:
    """Start Chromium for the length of the block; skip the test where it is not installed."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        skip_unavailable("chromium is not installed")
    options = ["--no-sandbox"] if os.geteuid() == 0 else []  # root has no sandbox
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=options)
        yield browser
        await browser.close()
