"""The views of an exchange for everybody: axe, both themes, a narrow window, 200 % zoom."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from support.inspector import serve_inspector
from support.inspector_page import OpenView, find_serious

DEMO = Path(__file__).parents[2] / "cassettes" / "demo.cassette"
PLACES = [
    "x/demo/7?event=12",
    "x/demo/11",
    "redaction/demo/7",
    "redaction/demo/7?part=answer",
    "play/demo/7",
    "x/demo/7?tab=request",
    "x/demo/7?tab=bytes&event=12",
]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 400])
async def test_axe_has_no_serious_finding(width: int, theme: str, open_view: OpenView) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        for place in PLACES:
            page = await open_view(f"{url}/-/#/{place}", theme=theme, width=width, motion="reduce")
            await expect(page.locator("main > *")).to_be_visible()
            await expect(page.locator(".view-state-loading:visible")).to_have_count(0)
            assert await find_serious(page) == [], place


@pytest.mark.parametrize("place", PLACES)
async def test_nothing_is_cut_off_in_a_narrow_window_and_at_200_percent(
    place: str, open_view: OpenView
) -> None:
    """Zoom of 200 % makes a window of 1440 pixels 720 wide."""
    async with serve_inspector({"demo": DEMO}) as url:
        for width in (400, 720):
            page = await open_view(f"{url}/-/#/{place}", width=width, height=700, motion="reduce")
            await expect(page.locator("main > *")).to_be_visible()
            overflow = await page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert overflow == 0
            for button in await page.locator("main button:visible").all():
                box = await button.bounding_box()
                if box is not None and box["y"] < 700:
                    assert box["x"] >= -1
                    assert box["x"] + box["width"] <= width + 1


async def test_every_pane_is_reached_by_its_tab_in_a_narrow_window(open_view: OpenView) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/#/x/demo/7", width=400)
        await expect(page.locator("event-timeline")).to_be_visible()
        for name, element in [
            ("Transcript", "stream-transcript"),
            ("Bytes", "byte-pane"),
            ("Request", "request-pane"),
            ("Events", "event-timeline"),
        ]:
            await page.locator(".pane-tabs").get_by_role("button", name=name).click()
            await expect(page.locator(element)).to_be_visible()
            others = page.locator(".pane:visible")
            await expect(others).to_have_count(1)
        await page.keyboard.press("3")
        await expect(page.locator("stream-transcript")).to_be_focused()


async def test_a_screen_reader_hears_the_selected_event(open_view: OpenView) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/#/x/demo/7")
        timeline = page.get_by_role("grid", name="Events")
        await timeline.focus()
        await page.keyboard.press("j")
        await page.keyboard.press("j")
        active = await timeline.get_attribute("aria-activedescendant")
        row = page.locator(f"#{active}")
        await expect(row).to_have_attribute("aria-selected", "true")
        await expect(row).to_have_attribute("aria-rowindex", "2")
        await expect(timeline).to_have_attribute("aria-rowcount", "33")
