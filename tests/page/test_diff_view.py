"""The comparison: the first difference, words, places, and what is folded."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from support.inspector import serve_inspector
from support.inspector_page import OpenView
from support.recordings import Facts, record_program, write_recording

pytestmark = pytest.mark.slow

GOOD = Facts()
BAD = Facts(city="Porto", answer="It is raining in Porto today, with 24 degrees and a light wind.")
PLACE = "#/diff?a=good&b=bad"


@pytest.fixture
def paths(tmp_path: Path) -> dict[str, Path]:
    facts = {"good": (1, GOOD), "bad": (2, BAD), "same": (3, GOOD)}
    return {
        name: write_recording(
            tmp_path / f"{name}.cassette", record_program("assistants", seed, fact)
        )
        for name, (seed, fact) in facts.items()
    }


async def test_the_place_where_both_part_is_first(
    open_view: OpenView, paths: dict[str, Path]
) -> None:
    async with serve_inspector(paths) as url:
        page = await open_view(f"{url}/-/{PLACE}")
        first = page.locator(".diff-heading-first")
        await expect(first).to_contain_text("answer.tool_call[1].$.city")
        await expect(first.locator(".diff-change-old pre")).to_have_text("Lisbon")
        await expect(first.locator(".diff-change-new pre")).to_have_text("Porto")
        await expect(page.locator("diff-heading strong")).to_have_text("behaviour")
        words = page.locator("diff-change", has_text="answer.text[1]").last
        assert "".join(await words.locator("del").all_inner_texts()).split()[:2] == [
            "sunny",
            "Lisbon",
        ]
        assert "".join(await words.locator("ins").all_inner_texts()).split()[:2] == [
            "raining",
            "Porto",
        ]
        await first.get_by_role("link", name="B: event").click()
        await expect(page).to_have_url(f"{url}/-/#/x/bad/6?event=8")
        await page.go_back()
        await expect(first).to_contain_text("Porto")


async def test_keys_go_through_differences_to_both_exchanges(
    open_view: OpenView, paths: dict[str, Path]
) -> None:
    async with serve_inspector(paths) as url:
        page = await open_view(f"{url}/-/{PLACE}")
        await expect(page.locator("diff-change").first).to_be_visible()
        for key in ("j", "j", "j", "k"):
            await page.keyboard.press(key)
        await expect(page.locator("diff-change:focus")).to_contain_text("city")
        await page.keyboard.press("a")
        await expect(page).to_have_url(f"{url}/-/#/x/good/5?event=8")
        await page.go_back()
        await page.keyboard.press("j")
        await page.keyboard.press("b")
        await expect(page).to_have_url(f"{url}/-/#/x/bad/6?event=8")
        await page.go_back()
        shown = await page.locator("diff-view diff-exchange").count()
        await page.keyboard.press("e")
        await expect(page).to_have_url(f"{url}/-/{PLACE}&equal=1")
        await expect(page.locator("diff-view diff-exchange")).not_to_have_count(shown)
        await page.keyboard.press("s")
        await expect(page).to_have_url(f"{url}/-/#/diff?a=bad&b=good")
        await expect(page.locator(".diff-change-old pre").first).to_have_text("Porto")


async def test_recordings_that_do_the_same(open_view: OpenView, paths: dict[str, Path]) -> None:
    async with serve_inspector(paths) as url:
        page = await open_view(f"{url}/-/#/diff?a=good&b=same")
        await expect(page.locator("diff-heading")).to_contain_text("They do the same")
        await expect(page.locator("diff-heading strong")).to_have_text("equivalent")
        await expect(page.locator("diff-exchange")).to_have_count(0)


async def test_what_cannot_be_compared_says_why(
    open_view: OpenView, paths: dict[str, Path]
) -> None:
    async with serve_inspector(paths) as url:
        page = await open_view(f"{url}/-/#/diff?a=good&b=nothing", allowed=("404",))
        await expect(page.get_by_role("alert")).to_contain_text("nothing")
        await page.goto(f"{url}/-/#/diff?a=good")
        await expect(page.get_by_role("heading", name="Nothing to compare")).to_be_visible()


async def test_two_runs_are_compared(open_view: OpenView, paths: dict[str, Path]) -> None:
    async with serve_inspector(paths) as url:
        page = await open_view(f"{url}/-/#/?recording=good&filter=op:runs.create")
        for name in ("good", "bad"):
            await page.goto(f"{url}/-/#/?recording={name}&filter=tool:get_weather")
            await expect(page.locator("recording-row")).to_contain_text(name)
            await page.locator(".exchange-row-run a").first.click()
            await expect(page.locator(".run-view-head")).to_contain_text(f"of {name}")
            await expect(page.locator("run-lanes a").first).to_be_visible()
            await page.keyboard.press("d")
        await expect(page).to_have_url(re.compile("#/diff.a=good%3Arun_"))
        await expect(page.locator(".diff-heading-first")).to_contain_text("city")
