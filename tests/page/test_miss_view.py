"""Why no exchange answered, in the page: by the link of a miss, with what helps."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import expect

from support.client import ask, build_post
from support.control import open_session
from support.inspector_page import OpenView, find_serious
from support.page_streams import build_chat_exchange, build_messages, build_words, write_cassette
from support.proxy import serve_sessions

RECORDED = "6fa459ea-ee8a-4ca4-894e-db77e160355e"
SENT = "16fd2706-8baf-433b-82eb-8c7fada847da"


def build_question(text: str, trace: str) -> str:
    messages = str(build_messages(text)).replace("'", '"')
    return f'{{"model": "gpt-4o", "trace": "{trace}", "messages": {messages}}}'


def write_answer(folder: Path) -> Path:
    request = {
        "model": "gpt-4o",
        "trace": RECORDED,
        "messages": build_messages(
            "What is the weather in Lisbon today, and what should I take along, please?"
        ),
    }
    exchange = build_chat_exchange(build_words(["Sunny."]), request=request)
    return write_cassette(folder / "c.cassette", exchange)


async def test_a_changed_prompt_is_compared_word_by_word(
    tmp_path: Path, open_view: OpenView
) -> None:
    write_answer(tmp_path)
    question = build_question(
        "What is the weather in <b>Porto</b> today, and what should I take along, please?", RECORDED
    )
    async with serve_sessions(tmp_path) as (url, _):
        await open_session(url, cassette="c")
        await ask(url, build_post("/@c/v1/chat/completions", question.encode()))
        page = await open_view(f"{url}/-/#/miss/c/1")
        await expect(page.get_by_role("heading", level=1)).to_contain_text(
            "No exchange answers POST /v1/chat/completions"
        )
        card = page.locator("difference-card")
        await expect(card).to_have_count(1)
        await expect(card.locator("del")).to_have_text("Lisbon ")
        await expect(card.locator("ins")).to_have_text("<b>Porto</b> ")
        await page.keyboard.press("j")
        await expect(card).to_be_focused()
        await page.get_by_role("button", name="Copy the command").click()
        copied = await page.evaluate("navigator.clipboard.readText()")
        assert copied.startswith("runreel record ")
        await page.keyboard.press("e")
        await expect(page).to_have_url(f"{url}/-/#/x/c/1")
        await page.go_back()
        await expect(card).to_have_count(1)
        await page.reload()
        await expect(card).to_have_count(1)
        for theme in ("light", "dark"):
            page = await open_view(f"{url}/-/#/miss/c/1", theme=theme, width=400)
            await expect(page.locator("difference-card")).to_have_count(1)
            assert await find_serious(page) == []


async def test_a_value_that_is_new_each_time_gets_the_line_to_paste(
    tmp_path: Path, open_view: OpenView
) -> None:
    write_answer(tmp_path)
    question = build_question(
        "What is the weather in Lisbon today, and what should I take along, please?", SENT
    )
    async with serve_sessions(tmp_path) as (url, _):
        await open_session(url, cassette="c")
        await ask(url, build_post("/@c/v1/chat/completions", question.encode()))
        page = await open_view(f"{url}/-/#/miss/c/1")
        await expect(page.locator("difference-card")).to_contain_text("the lines below settle it")
        await expect(page.locator("main")).to_contain_text(
            "With these lines, exchange 1 answers this request."
        )
        await page.keyboard.press("c")
        await expect(page.get_by_text("in the clipboard")).to_be_visible()
        copied = await page.evaluate("navigator.clipboard.readText()")
        assert copied == '[runreel.match]\nignore = ["$.trace"]\n'


async def test_a_miss_that_is_not_there_says_so(tmp_path: Path, open_view: OpenView) -> None:
    write_answer(tmp_path)
    async with serve_sessions(tmp_path) as (url, _):
        await open_session(url, cassette="c")
        page = await open_view(f"{url}/-/#/miss/c/7", allowed=("404",))
        await expect(page.get_by_role("alert")).to_contain_text("no miss 7")
