"""From a cold start to the difference between a good and a bad run of an agent, by keyboard."""

from __future__ import annotations

import json
import time
from pathlib import Path

from playwright.async_api import expect

from runreel.model import Exchange
from support.inspector import serve_inspector
from support.inspector_page import OpenView, expect_marked
from support.page_streams import (
    Chunk,
    build_chat_exchange,
    build_delta,
    build_words,
    write_cassette,
)

TOOLS = [{"type": "function", "function": {"name": "refund", "parameters": {"type": "object"}}}]
QUESTION = {"role": "user", "content": "Please refund order 17: it never came."}


def build_run(order: int) -> list[Exchange]:
    """Build a run of five exchanges, of which the third calls a tool for an order."""
    arguments = json.dumps({"order": order, "reason": "lost"})
    call = {"index": 0, "id": "call_1", "type": "function"}
    function = {"name": "refund", "arguments": arguments}
    calls = [Chunk(build_delta("", tool_calls=[{**call, "function": function}]))]
    texts = [["Let ", "me ", "see."], ["It ", "was ", "lost."], [], ["Done."], ["Bye."]]
    exchanges, messages = [], [QUESTION]
    for number, words in enumerate(texts, start=1):
        request = {"model": "gpt-4o", "stream": True, "messages": [*messages], "tools": TOOLS}
        chunks = build_words(words) if words else calls
        exchanges.append(build_chat_exchange(chunks, number=number, request=request))
        messages.append({"role": "user", "content": f"step {number}"})
    return exchanges


async def test_two_marks_lead_to_the_first_difference(tmp_path: Path, open_view: OpenView) -> None:
    paths = {
        "bad": write_cassette(tmp_path / "bad.cassette", *build_run(71)),
        "good": write_cassette(tmp_path / "good.cassette", *build_run(17)),
    }
    async with serve_inspector(paths) as url:
        began = time.monotonic()
        page = await open_view(f"{url}/-/")
        await expect(page.get_by_role("row").filter(has_text="good").first).to_be_visible()
        await page.keyboard.press("Home")
        await page.keyboard.press("d")
        for _ in range(6):
            await page.keyboard.press("j")
        await page.keyboard.press("d")
        await expect(page).to_have_url(f"{url}/-/#/diff?a=bad&b=good")
        parting = page.locator("main").get_by_text("They part here").locator("..")
        await expect(parting).to_contain_text("answer.tool_call[1].$.order")
        await expect(parting).to_contain_text("71")
        seconds = time.monotonic() - began
        print(f"found after {seconds:.1f} s and 9 keys")  # shown by pytest -s
        await page.get_by_role("link", name="A: event 1").first.click()
        await expect(page).to_have_url(f"{url}/-/#/x/bad/3?event=1")
        await expect_marked(page, "linked-words", '{"order": 71, "reason": "lost"}')
