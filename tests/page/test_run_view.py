"""A run: its exchanges on one time line, and what is said in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from support.inspector import serve_inspector
from support.inspector_page import OpenView

pytestmark = pytest.mark.slow

DEMO = Path(__file__).parents[2] / "cassettes" / "demo.cassette"
PLACE = "#/run/demo/run_sim00000002"


async def test_lanes_and_transcript(open_view: OpenView) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/{PLACE}")
        lanes = page.locator("run-lanes li")
        await expect(lanes).to_have_count(5)
        await expect(lanes.nth(1)).to_contain_text("messages.create \u00d73")
        blocks = page.locator("run-transcript block-card")
        await expect(blocks.nth(1)).to_contain_text("What is the weather in Lisbon?")
        await expect(blocks.nth(2)).to_contain_text("get_weather")
        await expect(page.locator(".run-view-head")).to_contain_text("7 exchanges · 2.97 s")
        starts = await page.eval_on_selector_all(
            "run-lanes a",
            "bars => bars.toSorted((a, b) => a.dataset.number - b.dataset.number)"
            ".map(bar => bar.getBoundingClientRect().left)",
        )
        assert starts == sorted(starts)


async def test_keys_go_through_the_exchanges_and_back_comes_to_the_same(
    open_view: OpenView,
) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/{PLACE}")
        await expect(page.locator("run-lanes a").first).to_be_visible()
        for key in ("j", "j", "j", "j", "j", "k"):
            await page.keyboard.press(key)
        await expect(page.locator("run-lanes a[aria-current]")).to_have_attribute(
            "data-number", "6"
        )
        await expect(page.locator(".run-transcript-current")).to_contain_text("get_weather")
        await page.keyboard.press("o")
        await expect(page).to_have_url(f"{url}/-/#/x/demo/6")
        await page.go_back()
        current = page.locator("run-lanes a[aria-current]")
        await expect(current).to_have_attribute("data-number", "6")
        await page.reload()
        await expect(current).to_have_attribute("data-number", "6")
        await page.locator("run-lanes a").last.click()
        await expect(page).to_have_url(f"{url}/-/#/x/demo/12")


async def test_the_numbers_of_a_run(open_view: OpenView) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/{PLACE}")
        await page.locator(".run-view-actions a").click()
        await expect(page.locator(".numbers-view-facts")).to_contain_text("calls7")


async def test_a_run_that_is_not_there_says_so(open_view: OpenView) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/#/run/demo/run_nothing", allowed=("404",))
        await expect(page.get_by_role("alert")).to_contain_text("run_nothing")
        await page.keyboard.press("Escape")
        await expect(page.locator("exchange-row")).to_have_count(12)
