"""The numbers: as ``stats`` computes them, grouped, sorted, and with the way to the exchanges."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from support.inspector import serve_inspector
from support.inspector_page import OpenView

pytestmark = pytest.mark.slow

DEMO = Path(__file__).parents[2] / "cassettes" / "demo.cassette"


async def test_figures_and_the_way_to_their_exchanges(open_view: OpenView) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/#/numbers")
        row = page.locator("stats-table tbody tr", has_text="runs.create")
        await expect(row).to_contain_text("gpt-4o3")
        cells = await row.locator("td").all_inner_texts()
        assert {"308 ms", "1.42 s", "34.5 ms", "57", "17.8 KiB", "56", "41"} <= {*cells}
        await expect(page.locator("stats-table tfoot")).to_contain_text("All12")
        heads = await page.locator("stats-table thead button").all_inner_texts()
        assert "Stalls" not in heads  # there are none
        await page.get_by_role("button", name="Size").click()
        sizes = page.locator("stats-table tbody tr")
        await expect(sizes.first).to_contain_text("runs.create")
        await expect(page).to_have_url(f"{url}/-/#/numbers?sort=bytes")
        await row.get_by_role("link").click()
        await expect(page.locator("exchange-row")).to_have_count(3)
        await expect(page.get_by_role("combobox", name="Filter")).to_have_value(
            "op:runs.create model:gpt-4o"
        )
        await page.go_back()
        await expect(page.locator("stats-table th[aria-sort]")).to_contain_text("Size")


async def test_keys_choose_groups(open_view: OpenView) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/")
        await expect(page.locator("exchange-row")).to_have_count(12)
        await page.keyboard.press("g")
        await page.keyboard.press("n")
        await expect(page.locator("stats-table tbody tr")).to_have_count(7)
        await page.keyboard.press("b")
        await page.keyboard.press("Space")
        await expect(page).to_have_url(f"{url}/-/#/numbers?by=model")
        await expect(page.locator("stats-table tbody tr")).to_have_count(2)
        await page.keyboard.press("Escape")
        await expect(page.locator("exchange-row")).to_have_count(12)
        await page.goto(f"{url}/-/#/numbers")
        await expect(page.locator("stats-table tbody tr")).to_have_count(7)
        for key in ("j", "j", "k", "j", "Enter"):
            await page.keyboard.press(key)
        await expect(page.get_by_role("combobox", name="Filter")).not_to_have_value("")


async def test_a_filter_selects_what_is_counted(open_view: OpenView) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/#/numbers?filter=op:messages.*")
        await expect(page.locator(".numbers-view-facts")).to_contain_text("calls4")
        await page.goto(f"{url}/-/#/numbers?filter=text:zebra")
        await expect(page.get_by_role("heading", name="No exchange matches")).to_be_visible()
