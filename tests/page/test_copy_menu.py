"""An exchange in the forms of other tools, by the menu of its view."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from support.inspector import serve_inspector
from support.inspector_page import OpenView

DEMO = Path(__file__).parents[2] / "cassettes" / "demo.cassette"

FORMS = [
    ("curl", "curl "),
    ("openai-python", "OpenAI("),
    ("fetch", "fetch("),
    ("JSONL", '{"'),
    ("SSE", "event: thread.run"),
]


@pytest.mark.parametrize(("form", "start"), FORMS, ids=[row[0] for row in FORMS])
async def test_it_is_copied(form: str, start: str, open_view: OpenView) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/#/x/demo/7")
        await page.get_by_role("button", name="Copy").click()
        await page.get_by_role("menuitem", name=form).click()
        await expect(page.get_by_text("is in the clipboard")).to_be_visible()
        text = await page.evaluate("navigator.clipboard.readText()")
        assert start in text
        assert "REDACTED-authorization-1" not in text or form in {"JSONL"}


async def test_the_keyboard_opens_it_and_its_answer_is_saved(open_view: OpenView) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/#/x/demo/7")
        await expect(page.get_by_role("button", name="Copy")).to_be_visible()
        await page.keyboard.press("c")
        await expect(page.get_by_role("menuitem").first).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("menu")).to_be_hidden()
        await page.keyboard.press("c")
        for _ in range(5):
            await page.keyboard.press("ArrowDown")
        async with page.expect_download() as download:
            await page.keyboard.press("Enter")
        file = await (await download.value).path()
        assert file.read_bytes().startswith(b"event: thread.run.step.completed\n")


async def test_a_form_that_a_call_does_not_have_says_so(open_view: OpenView) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/#/x/demo/1", allowed=("400",))
        await page.get_by_role("button", name="Copy").click()
        await page.get_by_role("menuitem", name="SSE").click()
        await expect(page.locator("notice-list")).to_contain_text("not")


async def test_the_link_names_what_is_selected(open_view: OpenView) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/#/x/demo/7")
        await expect(page.locator(".event-timeline-row").first).to_be_visible()
        await page.keyboard.press("j")
        await page.keyboard.press("c")
        await page.get_by_role("menuitem", name="link").click()
        await expect(page.get_by_text("is in the clipboard")).to_be_visible()
        copied = await page.evaluate("navigator.clipboard.readText()")
        assert copied == f"{url}/-/#/x/demo/7?event=1"


async def test_the_current_row_of_the_list_is_copied(open_view: OpenView) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/")
        await expect(page.get_by_role("row").filter(has_text="runs.create").first).to_be_visible()
        await page.keyboard.press("c")
        await expect(page.locator("notice-list")).to_contain_text("Choose an exchange first")
        await page.get_by_role("row").filter(has_text="demo").first.focus()
        await page.keyboard.press("j")
        await page.keyboard.press("c")
        await expect(page.get_by_role("menuitem").first).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("is in the clipboard")).to_be_visible()
        first = await page.evaluate("navigator.clipboard.readText()")
        assert first.startswith("curl ")
        for _ in range(3):
            await page.keyboard.press("j")
        await page.locator(".list-view-footer").get_by_role("button", name="Copy").click()
        await page.get_by_role("menuitem", name="curl").click()
        await page.wait_for_function(
            "async (first) => (await navigator.clipboard.readText()) !== first", arg=first
        )
        assert (await page.evaluate("navigator.clipboard.readText()")).startswith("curl ")
