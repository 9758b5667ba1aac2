"""The views of an exchange in an exported file: from disk, without a server."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from runreel.cli import run
from runreel.shell.store import CassetteReader
from support.inspector_page import OpenView, click_word, expect_marked

DEMO = Path(__file__).parents[2] / "cassettes" / "demo.cassette"


@pytest.fixture
def exported(tmp_path: Path) -> str:
    """Export the sample as a file; return its address."""
    file = tmp_path / "demo.html"
    assert run(["export", str(DEMO), "--to", "html", "-o", str(file)]) == 0
    return file.as_uri()


async def test_an_exchange_is_linked_and_copied(exported: str, open_view: OpenView) -> None:
    page = await open_view(exported)
    row = page.get_by_role("row").filter(has_text="runs.submit_tool_outputs").first
    await row.click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("runs.submit_tool_outputs")
    await click_word(page, "know")
    await expect_marked(page, "linked-words", " know,")
    await expect_marked(page, "linked-bytes", " know,")
    await page.keyboard.press("k")
    await expect_marked(page, "linked-words", " to")
    await page.keyboard.press("c")
    await page.get_by_role("menuitem", name="curl").click()
    await expect(page.get_by_text("in the clipboard")).to_be_visible()
    assert "curl " in await page.evaluate("navigator.clipboard.readText()")


async def test_only_the_forms_are_offered_that_the_file_holds(
    exported: str, open_view: OpenView
) -> None:
    """Each of them is taken; the answer is built from the bytes that the page shows."""
    page = await open_view(exported)
    await page.get_by_role("row").filter(has_text="runs.submit_tool_outputs").first.click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("runs.submit_tool_outputs")
    await page.keyboard.press("c")
    items = page.locator(".copy-menu-item:visible span:first-child")
    names = await items.all_text_contents()
    assert names == [
        *("Copy as curl", "Copy as openai-python", "Copy as fetch"),
        *("Save the raw answer", "Copy the link"),
    ]
    await expect(page.locator(".copy-menu-rest")).to_contain_text("runreel export")
    for name in names:
        if name.startswith("Copy"):
            await page.get_by_role("menuitem", name=name).click()
            await expect(page.locator("notice-list")).to_contain_text(name.replace("Copy ", ""))
            await page.keyboard.press("c")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("ArrowUp")
    async with page.expect_download() as download:
        await page.keyboard.press("Enter")
    file = await (await download.value).path()
    assert file.read_bytes() == read_answer("runs.submit_tool_outputs")


def read_answer(operation: str) -> bytes:
    """Return the body of the first answer to a call."""
    with CassetteReader.open(DEMO) as reader:
        number = next(head.number for head in reader.heads if head.operation == operation)
        return reader.read_exchange(number).answer.body


async def test_it_is_played(exported: str, open_view: OpenView) -> None:
    page = await open_view(exported)
    await page.get_by_role("row").filter(has_text="runs.submit_tool_outputs").first.click()
    await page.get_by_role("link", name="Play").click()
    await expect(page.locator(".play-view-stage")).to_contain_text("That is all there is to know")


async def test_its_placeholders_are_shown(exported: str, open_view: OpenView) -> None:
    page = await open_view(exported)
    await page.get_by_role("row").filter(has_text="runs.submit_tool_outputs").first.click()
    await page.get_by_role("link", name="Redaction", exact=True).click()
    await expect(page.locator("marked-headers mark")).to_have_text("REDACTED-authorization-1")
    await page.keyboard.press("t")
    await page.keyboard.press("Control+A")
    await expect(page.locator("rule-panel")).to_contain_text("runreel inspect")
