"""An exchange with much in it: many events, events and bodies of megabytes."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.async_api import expect

from support.inspector import serve_inspector
from support.inspector_page import OpenView, expect_marked
from support.page_streams import (
    Chunk,
    build_chat_exchange,
    build_delta,
    build_json_exchange,
    build_words,
    write_cassette,
)

MEGABYTE = 1_000_000
MANY = 5_000


async def test_five_thousand_events_are_linked_to_the_last(
    tmp_path: Path, open_view: OpenView
) -> None:
    exchange = build_chat_exchange(build_words([f"word{n} " for n in range(MANY)]))
    async with serve_inspector({"a": write_cassette(tmp_path / "a.cassette", exchange)}) as url:
        page = await open_view(f"{url}/-/#/x/a/1")
        await expect(page.locator(".event-timeline-row").first).to_contain_text("word0")
        rows = await page.locator(".event-timeline-row").count()
        assert rows < 100
        await page.keyboard.press("G")
        await page.keyboard.press("k")
        await expect_marked(page, "linked-words", f"word{MANY - 1} ")
        await expect_marked(page, "linked-bytes", f"word{MANY - 1} ")
        await page.evaluate("document.querySelector('event-timeline').scrollTop = 0")
        await expect(page.locator(".event-timeline-row").first).to_contain_text("word0")


async def test_an_event_of_five_megabytes_is_usable(tmp_path: Path, open_view: OpenView) -> None:
    text = "lorem ipsum " * (5 * MEGABYTE // 12)
    chunks = [*build_words(["a "]), Chunk(build_delta(text)), *build_words(["z"])]
    exchange = build_chat_exchange(chunks)
    async with serve_inspector({"a": write_cassette(tmp_path / "a.cassette", exchange)}) as url:
        page = await open_view(f"{url}/-/#/x/a/1?event=2")
        await expect(page.locator(".byte-pane-title")).to_contain_text("event 2")
        await expect(page.locator(".byte-pane-window")).to_contain_text("bytes")
        await page.locator(".byte-pane-window").get_by_role("button", name="Later").click()
        await expect(page.locator(".byte-pane-content")).to_contain_text("lorem")
        size = await page.evaluate("document.querySelector('linked-panes').textContent.length")
        assert size < MEGABYTE
        await page.keyboard.press("j")
        await expect(page).to_have_url(f"{url}/-/#/x/a/1?event=3")


async def test_bodies_of_twenty_megabytes_are_usable(tmp_path: Path, open_view: OpenView) -> None:
    long = "sentence number one. " * MEGABYTE
    request = {"model": "m", "messages": [{"role": "user", "content": long}]}
    message = {"role": "assistant", "content": long}
    answer = {"choices": [{"index": 0, "message": message}]}
    exchange = build_json_exchange(answer, request=request)
    assert len(json.dumps(answer)) > 20 * MEGABYTE
    async with serve_inspector({"a": write_cassette(tmp_path / "a.cassette", exchange)}) as url:
        page = await open_view(f"{url}/-/#/x/a/1")
        await expect(page.locator(".byte-pane-title")).to_contain_text("20.0 MiB", timeout=60_000)
        await expect(page.locator("stream-transcript")).to_contain_text("sentence number one.")
        await page.locator(".byte-pane-window").get_by_role("button", name="Later").click()
        await expect(page.locator(".byte-pane-window")).to_contain_text("bytes 65,536 to 131,072")
        await page.get_by_text("Request body").click()
        await page.get_by_role("button", name="Show its bytes").first.click()
        await expect(page.locator(".byte-pane-title")).to_contain_text("request")
