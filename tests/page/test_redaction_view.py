"""Placeholders, and the rule for a text that is selected."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import expect

from support.inspector import serve_inspector
from support.inspector_page import OpenView, expect_marked
from support.page_streams import build_chat_exchange, build_words, write_cassette

DEMO = Path(__file__).parents[2] / "cassettes" / "demo.cassette"


def write_redacted(folder: Path) -> Path:
    request = {"messages": [{"role": "user", "content": "Write to REDACTED-email-1 👋 and Ann."}]}
    words = build_words(["I wrote to REDACTED-email-1 ", "and to Ann."])
    return write_cassette(folder / "a.cassette", build_chat_exchange(words, request=request))


async def test_keys_go_through_the_placeholders(tmp_path: Path, open_view: OpenView) -> None:
    async with serve_inspector({"a": write_redacted(tmp_path)}) as url:
        page = await open_view(f"{url}/-/#/redaction/a/1")
        await expect(page.locator(".redaction-list-mark")).to_have_count(2)
        await expect_marked(page, "placeholders", "REDACTED-email-1")
        await page.keyboard.press("j")
        await expect_marked(page, "current-mark", "REDACTED-email-1")
        await page.keyboard.press("j")
        await expect(page).to_have_url(f"{url}/-/#/redaction/a/1?part=answer")
        await expect_marked(page, "current-mark", "REDACTED-email-1")
        await page.reload()
        await expect(page.get_by_role("button", name="Answer", exact=True)).to_have_attribute(
            "aria-pressed", "true"
        )
        await page.keyboard.press("e")
        await expect(page).to_have_url(f"{url}/-/#/x/a/1")


async def test_a_text_selected_by_keyboard_gets_a_rule_to_paste(
    tmp_path: Path, open_view: OpenView
) -> None:
    async with serve_inspector({"a": write_redacted(tmp_path)}) as url:
        page = await open_view(f"{url}/-/#/redaction/a/1")
        await expect(page.locator(".selectable-text-field")).to_contain_text("Ann")
        await page.keyboard.press("t")
        await page.keyboard.press("Control+End")
        for _ in range(5):
            await page.keyboard.press("ArrowLeft")
        for _ in range(3):
            await page.keyboard.press("Shift+ArrowLeft")
        await expect(page.locator("rule-panel")).to_contain_text("A rule for Ann")
        await expect(page.locator(".copied-lines")).to_contain_text("$.messages[*].content")
        text = await page.locator(".selectable-text-field").inner_text()
        await page.keyboard.press("x")
        await page.keyboard.press("Delete")
        assert await page.locator(".selectable-text-field").inner_text() == text
        await page.get_by_role("button", name="Copy the rule").click()
        await expect(page.get_by_text("in the clipboard")).to_be_visible()
        copied = await page.evaluate("navigator.clipboard.readText()")
        assert copied.startswith("[runreel.redact]\npaths = [")


async def test_a_text_selected_by_mouse_gets_a_rule(tmp_path: Path, open_view: OpenView) -> None:
    async with serve_inspector({"a": write_redacted(tmp_path)}) as url:
        page = await open_view(f"{url}/-/#/redaction/a/1?part=answer")
        await page.get_by_text("and to Ann").dblclick(position={"x": 60, "y": 8})
        await expect(page.locator("rule-panel")).to_contain_text("A rule for")


async def test_headers_show_their_placeholder(open_view: OpenView) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/#/redaction/demo/7")
        await expect(page.locator("marked-headers mark")).to_have_text("REDACTED-authorization-1")
        await expect(page.locator("marked-headers")).to_contain_text("Bearer ")
