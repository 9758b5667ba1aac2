"""A stream that is played again."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Page, expect

from support.inspector import serve_inspector
from support.inspector_page import OpenView
from support.page_streams import (
    build_chat_exchange,
    build_json_exchange,
    build_words,
    write_cassette,
)

WORDS = ["Once ", "upon ", "a ", "time"]


def write_story(folder: Path, gap_us: int) -> Path:
    return write_cassette(
        folder / "a.cassette", build_chat_exchange(build_words(WORDS, gap_us=gap_us))
    )


async def read_stage(page: Page) -> str:
    return await page.locator(".play-view-stage").inner_text()


async def test_it_is_played_to_its_end(tmp_path: Path, open_view: OpenView) -> None:
    async with serve_inspector({"a": write_story(tmp_path, 100_000)}) as url:
        page = await open_view(f"{url}/-/#/play/a/1")
        await expect(page.locator(".play-view-stage")).to_contain_text("Once upon a time")
        await expect(page.locator(".play-view-count")).to_contain_text("event 5 of 5")
        await expect(page.get_by_role("button", name="Again")).to_be_visible()


async def test_keys_stop_it_and_go_by_events(tmp_path: Path, open_view: OpenView) -> None:
    async with serve_inspector({"a": write_story(tmp_path, 3_600_000_000)}) as url:
        page = await open_view(f"{url}/-/#/play/a/1")
        await expect(page.locator("play-view")).to_have_attribute("data-playing", "true")
        await page.keyboard.press("Space")
        await expect(page.locator("play-view")).to_have_attribute("data-playing", "false")
        assert (await read_stage(page)).strip() == ""
        await page.keyboard.press("ArrowRight")
        await page.keyboard.press("ArrowRight")
        await expect(page.locator(".play-view-stage")).to_have_text("Once upon ")
        await page.keyboard.press("ArrowLeft")
        await expect(page.locator(".play-view-stage")).to_have_text("Once ")
        await page.keyboard.press("End")
        await expect(page.locator(".play-view-stage")).to_have_text("Once upon a time")
        await page.keyboard.press("Home")
        await expect(page.locator(".play-view-count")).to_contain_text("event 0 of 5")
        await page.keyboard.press("+")
        await expect(page.locator(".play-view-speed")).to_have_text("2\u00d7")
        await page.keyboard.press("e")
        await expect(page).to_have_url(f"{url}/-/#/x/a/1")


async def test_the_mouse_seeks_in_the_strip(tmp_path: Path, open_view: OpenView) -> None:
    async with serve_inspector({"a": write_story(tmp_path, 1_000_000)}) as url:
        page = await open_view(f"{url}/-/#/play/a/1")
        await page.get_by_role("button", name="Pause").click()
        box = await page.locator("time-strip").bounding_box()
        assert box is not None
        await page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + 10)
        await expect(page.locator(".play-view-stage")).to_have_text("Once upon ")
        slider = page.get_by_role("slider", name="Moment of the stream")
        await expect(slider).to_have_attribute("aria-valuetext", "2.01 s of 4.01 s")


async def test_full_screen_shows_the_text_alone(tmp_path: Path, open_view: OpenView) -> None:
    async with serve_inspector({"a": write_story(tmp_path, 1_000)}) as url:
        page = await open_view(f"{url}/-/#/play/a/1")
        await page.keyboard.press("f")
        await expect(page.locator("play-view:fullscreen")).to_have_count(1)
        await expect(page.locator(".play-view-bar")).to_have_css("opacity", "0")
        await page.keyboard.press("f")
        await expect(page.locator("play-view:fullscreen")).to_have_count(0)


async def test_who_wants_less_motion_gets_the_whole_text_at_rest(
    tmp_path: Path, open_view: OpenView
) -> None:
    async with serve_inspector({"a": write_story(tmp_path, 3_600_000_000)}) as url:
        page = await open_view(f"{url}/-/#/play/a/1", motion="reduce")
        await expect(page.locator(".play-view-stage")).to_have_text("Once upon a time")
        await expect(page.locator("play-view")).to_have_attribute("data-playing", "false")


async def test_an_answer_in_one_piece_is_not_played(tmp_path: Path, open_view: OpenView) -> None:
    exchange = build_json_exchange({"choices": []})
    async with serve_inspector({"a": write_cassette(tmp_path / "a.cassette", exchange)}) as url:
        page = await open_view(f"{url}/-/#/play/a/1")
        await expect(
            page.get_by_role("heading", name="This answer is not a stream")
        ).to_be_visible()
        await page.get_by_role("link", name="See the exchange").click()
        await expect(page).to_have_url(f"{url}/-/#/x/a/1")
