"""Keys typed before a view shows what it reads: they are for that, not for what was there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from support.inspector import serve_inspector
from support.inspector_page import OpenView

pytestmark = pytest.mark.slow

DEMO = Path(__file__).parents[2] / "cassettes" / "demo.cassette"

TYPED = [
    ("the next one's own next", ("n", "n"), "#/x/demo/8"),
    ("parts of the exchange that is read", ("n", "x"), "#/redaction/demo/7"),
    ("its run, not that of the one before", ("n", "n", "n", "r"), "#/run/demo/run_sim00000003"),
    ("its events", ("n", "j", "j"), "#/x/demo/7?event=2"),
    ("Escape does not wait", ("n", "Escape"), "#/"),
    ("what was typed before one leaves is gone", ("n", "x", "g", "l"), "#/"),
]


@pytest.mark.parametrize(("why", "keys", "place"), TYPED)
async def test_keys_wait_for_what_they_are_about(
    open_view: OpenView, why: str, keys: tuple[str, ...], place: str
) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view("about:blank")
        async with hold_answer(page, "**/-/api/x/demo/7"):
            await page.goto(f"{url}/-/#/x/demo/6")
            await expect(page.locator("exchange-view h1")).to_contain_text("#6")
            for key in keys:
                await page.keyboard.press(key)
        await expect(page).to_have_url(f"{url}/-/{place}")
        await page.evaluate("new Promise(requestAnimationFrame)")
        assert page.url == f"{url}/-/{place}"


async def test_the_run_of_a_linked_exchange_is_known_once_all_are_read(open_view: OpenView) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view("about:blank")
        async with hold_answer(page, "**/-/api/x/demo/7/links"):
            await page.goto(f"{url}/-/#/x/demo/7")
            await expect(page.locator("exchange-view h1")).to_contain_text("#7")
            await page.keyboard.press("r")
        await expect(page.locator("run-view h1")).to_contain_text("run_sim00000002")


async def test_an_exchange_that_cannot_be_read_has_not_the_run_of_the_one_before(
    open_view: OpenView,
) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view("about:blank", allowed=("500",))
        # Before the page is opened, for the reason that `hold_answer` gives.
        await page.route("**/-/api/x/demo/8", fail)
        await page.goto(f"{url}/-/#/x/demo/7")
        await expect(page.locator("exchange-view h1")).to_contain_text("#7")
        await page.keyboard.press("n")
        await expect(page.get_by_role("alert")).to_contain_text("500")
        await page.keyboard.press("r")
        await page.evaluate("new Promise(requestAnimationFrame)")
        assert page.url == f"{url}/-/#/x/demo/8"


async def fail(route: Route) -> None:
    await route.fulfill(status=500, body="")


@asynccontextmanager
async def hold_answer(page: Page, pattern: str) -> AsyncIterator[None]:
    """
    Hold back the answers to some requests until the block ends.

    Begin the block before the page is opened: for a moment, a page that is open already still
    sends its requests to the server itself.
    """
    is_open = asyncio.Event()

    async def wait(route: Route) -> None:
        await is_open.wait()
        await route.continue_()

    await page.route(pattern, wait)
    try:
        yield
    finally:
        is_open.set()
