"""The list of exchanges: rows, filter, groups, marks and places, by keyboard and by mouse."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from support.inspector import serve_inspector
from support.inspector_page import OpenView, find_serious
from support.recordings import Facts, record_program, write_recording

pytestmark = pytest.mark.slow

DEMO = Path(__file__).parents[2] / "cassettes" / "demo.cassette"
PROGRAMS = ("anthropic", "assistants", "chat", "responses")


@pytest.fixture
def cassettes(tmp_path: Path) -> dict[str, Path]:
    """Return recordings of four dialects, each one good and one bad."""
    bad = Facts(city="Porto", answer="It is raining in Porto today.")
    paths = {"demo": DEMO}
    for seed, name in enumerate(PROGRAMS):
        for kind, facts in (("good", Facts()), ("bad", bad)):
            path = tmp_path / f"{name}-{kind}.cassette"
            paths[f"{name}/{kind}"] = write_recording(path, record_program(name, seed, facts))
    return paths


PLACES = {
    "": "exchange-row",
    "#/numbers": "stats-table td",
    "#/diff?a=demo:6&b=demo:7": "diff-change",
    "#/run/demo/run_sim00000002": "run-transcript section",
    "#/?filter=text:zebra": ".view-state-empty",
    "#/nowhere": ".view-state-empty",
}
"""Places of the page, and what is visible there in the end."""


async def press(page: Page, *keys: str) -> None:
    for key in keys:
        await page.keyboard.press(key)


async def test_rows_say_what_an_exchange_is(open_view: OpenView) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/")
        head = page.locator("recording-row")
        await expect(head).to_contain_text("demo12 exchanges · 47.5 KiB")
        row = page.locator("exchange-row").nth(3)
        await expect(row.locator(".exchange-row-run")).to_have_text("run_sim00000001")
        cells = await row.locator("[role=gridcell]").all_inner_texts()
        assert cells[1] == "4"
        assert cells[3].startswith("runs.create POST /v1/threads/")
        assert cells[5:10] == ["gpt-4o", "200", "224 ms", "1.42 s", "56 → 41"]
        assert await row.locator("frame-spark path").get_attribute("d")
        await expect(page.locator("footer")).to_contain_text("12 exchanges")
        assert await page.title() == "runreel"


async def test_keys_move_open_and_come_back_to_the_same_row(open_view: OpenView) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/")
        await expect(page.locator("exchange-row")).to_have_count(12)
        await press(page, "j", "j", "ArrowDown", "k", "Enter")
        await expect(page).to_have_url(f"{url}/-/#/x/demo/2")
        await press(page, "Escape")
        focused = page.locator("exchange-row:focus")
        await expect(focused).to_contain_text("threads.create")
        await press(page, "G", "o")
        await expect(page).to_have_url(f"{url}/-/#/x/demo/12")
        await page.go_back()
        await expect(focused).to_contain_text("messages.list")
        await page.reload()
        await expect(focused).to_contain_text("messages.list")
        await press(page, "g", "g", "ArrowLeft")
        await expect(page.locator("exchange-row")).to_have_count(0)
        await press(page, "ArrowRight")
        await expect(page.locator("exchange-row")).to_have_count(12)


async def test_a_click_opens_a_row_and_folds_a_recording(open_view: OpenView) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/")
        await page.locator("exchange-row").nth(5).locator("[role=gridcell]").nth(1).click()
        await expect(page).to_have_url(f"{url}/-/#/x/demo/6")
        await page.go_back()
        await page.locator("exchange-row a", has_text="run_sim00000003").first.click()
        await expect(page).to_have_url(f"{url}/-/#/run/demo/run_sim00000003")
        await page.go_back()
        await page.locator("recording-row").click()
        await expect(page.locator("exchange-row")).to_have_count(0)
        await page.locator("recording-row").click()
        await expect(page.locator("exchange-row")).to_have_count(12)


async def test_the_filter_says_where_it_is_wrong_and_stands_in_the_address(
    open_view: OpenView,
) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/")
        await expect(page.locator("exchange-row")).to_have_count(12)
        await press(page, "/")
        await page.keyboard.type("op:runs.* stauts:200")
        await expect(page.locator("#filter-message mark")).to_have_text("stauts")
        await expect(page.get_by_role("combobox", name="Filter")).to_have_attribute(
            "aria-invalid", "true"
        )
        await press(page, *["Backspace"] * len(" stauts:200"), "Enter")
        await expect(page.locator("exchange-row")).to_have_count(6)
        await expect(page.locator("footer")).to_contain_text("6 exchanges of 12 match")
        await expect(page).to_have_url(f"{url}/-/#/?filter=op%3Aruns.*")
        await page.reload()
        await expect(page.locator("exchange-row")).to_have_count(6)
        await expect(page.get_by_role("combobox", name="Filter")).to_have_value("op:runs.*")
        await press(page, "Escape")
        await expect(page.locator("exchange-row")).to_have_count(12)
        await page.go_back()
        await expect(page.locator("exchange-row")).to_have_count(6)


async def test_a_filter_that_matches_nothing_says_what_to_do(open_view: OpenView) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/#/?filter=text:zebra")
        await expect(page.get_by_role("heading", name="No exchange matches")).to_be_visible()
        await press(page, "Escape")
        await expect(page.locator("exchange-row")).to_have_count(12)


async def test_completions_are_chosen_by_keys(open_view: OpenView) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/")
        await press(page, "/")
        await page.keyboard.type("stat")
        await expect(page.locator("#filter-choices li").first).to_have_text("status:")
        await press(page, "ArrowDown", "Enter")
        field = page.get_by_role("combobox", name="Filter")
        await expect(field).to_have_value("status:")
        await page.keyboard.type("201 or op:run")
        await expect(page.locator("#filter-choices li").first).to_have_text("op:runs.create")
        await press(page, "ArrowDown", "Tab")
        await expect(field).to_have_value("status:201 or op:runs.create")
        await expect(page.locator("exchange-row")).to_have_count(3)


async def test_one_recording_is_chosen(open_view: OpenView, cassettes: dict[str, Path]) -> None:
    async with serve_inspector(cassettes) as url:
        page = await open_view(f"{url}/-/")
        await expect(page.locator("recording-row").first).to_be_visible()
        menu = page.get_by_role("combobox", name="Recording")
        await menu.select_option("chat/bad")
        await expect(page).to_have_url(f"{url}/-/#/?recording=chat%2Fbad")
        await expect(page.locator("recording-row")).to_have_count(1)
        await page.go_back()
        await expect(menu).to_have_value("")


async def test_two_marked_rows_are_compared(
    open_view: OpenView, cassettes: dict[str, Path]
) -> None:
    async with serve_inspector(cassettes) as url:
        page = await open_view(f"{url}/-/#/?recording=chat/good")
        await expect(page.locator("exchange-row").first).to_be_visible()
        await press(page, "j", "d")
        await expect(page.locator("mark-tray")).to_contain_text("#1 marked")
        await page.reload()
        await expect(page.locator("exchange-row button", has_text="A")).to_have_count(1)
        await page.goto(f"{url}/-/#/?recording=chat/bad")
        await expect(page.locator("recording-row")).to_contain_text("chat/bad")
        row = page.locator("exchange-row").first
        await row.hover()
        await row.get_by_role("button").click()
        await expect(page).to_have_url(f"{url}/-/#/diff?a=chat%2Fgood%3A1&b=chat%2Fbad%3A1")
        await page.get_by_role("button", name="Clear marks").click()
        await expect(page.locator("mark-tray")).to_be_hidden()


async def test_help_lists_the_keys_of_the_view(open_view: OpenView) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/")
        await expect(page.locator("exchange-row").first).to_be_visible()
        await press(page, "j", "?")
        sheet = page.get_by_role("dialog", name="Keyboard")
        await expect(sheet).to_contain_text("Mark for a comparison")
        await press(page, "?")
        await expect(sheet).to_be_hidden()
        await expect(page.locator("exchange-row:focus")).to_have_count(1)
        await press(page, "?", "Escape")
        await expect(sheet).to_be_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing_serious(open_view: OpenView, theme: str) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/", theme=theme)
        for place, shown in PLACES.items():
            await page.goto(f"{url}/-/{place}")
            await expect(page.locator(shown).first).to_be_visible()
            assert await find_serious(page) == [], place
