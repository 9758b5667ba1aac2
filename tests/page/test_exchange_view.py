"""The view of an exchange: events, words and bytes that are linked, by keyboard and by mouse."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.async_api import expect

from support.inspector import serve_inspector
from support.inspector_page import OpenView, click_word, expect_marked, read_marked
from support.page_streams import (
    Chunk,
    build_chat_exchange,
    build_delta,
    build_json_exchange,
    build_messages,
    build_words,
    write_cassette,
)

DEMO = Path(__file__).parents[2] / "cassettes" / "demo.cassette"
LISBON = "#/x/demo/7"


async def test_keys_go_through_events_and_mark_their_words_and_bytes(open_view: OpenView) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/{LISBON}")
        await expect(page.get_by_role("heading", level=1)).to_contain_text(
            "runs.submit_tool_output"
        )
        for _ in range(14):
            await page.keyboard.press("j")
        await expect(page).to_have_url(f"{url}/-/{LISBON}?event=14")
        await expect(page.locator("[aria-selected=true]")).to_contain_text("' a'")
        await expect_marked(page, "linked-words", " a")
        await expect_marked(page, "linked-bytes", " a")
        await page.keyboard.press("k")
        await expect_marked(page, "linked-words", " °C,")
        await page.keyboard.press("g")
        await page.keyboard.press("g")
        await expect(page).to_have_url(f"{url}/-/{LISBON}?event=1")
        await page.keyboard.press("G")
        await expect(page).to_have_url(f"{url}/-/{LISBON}?event=32")
        assert await read_marked(page, "linked-words") == ""


async def test_a_clicked_word_selects_its_event_and_its_bytes(open_view: OpenView) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/{LISBON}")
        await click_word(page, "know")
        await expect(page).to_have_url(f"{url}/-/{LISBON}?event=26")
        await expect_marked(page, "linked-bytes", " know,")
        await expect(page.locator("[aria-selected=true]")).to_contain_text("know")
        # The emoji before it takes two code units, its text range is counted in code points.
        await page.goto(f"{url}/-/#/x/demo/4")
        await expect(page.locator("stream-transcript")).to_contain_text("You said")
        await click_word(page, "You")
        await expect_marked(page, "linked-words", " You")


async def test_a_clicked_event_marks_its_words(open_view: OpenView) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/{LISBON}")
        await page.get_by_role("row", name="functi").click()
        await expect_marked(page, "linked-words", " functi")
        await page.get_by_role("button", name="Hex").click()
        await expect(page.locator(".byte-pane-marked").first).to_contain_text("functi")
        await page.get_by_role("button", name="JSON").click()
        await expect(page.locator("json-tree").last).to_contain_text("thread.message.delta")


async def test_reload_and_back_keep_the_event(open_view: OpenView) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/#/x/demo/4?event=12")
        await expect_marked(page, "linked-words", "tor")
        await page.reload()
        await expect_marked(page, "linked-words", "tor")
        await page.keyboard.press("n")
        await expect(page).to_have_url(f"{url}/-/#/x/demo/5")
        await page.keyboard.press("p")
        await expect(page).to_have_url(f"{url}/-/#/x/demo/4")
        await page.go_back()
        await page.go_back()
        await expect(page).to_have_url(f"{url}/-/#/x/demo/4?event=12")
        await expect_marked(page, "linked-words", "tor")


async def test_an_answer_in_one_piece_is_linked_with_its_bytes(
    tmp_path: Path, open_view: OpenView
) -> None:
    message = {"role": "assistant", "content": "Grüße 👋 from afar"}
    exchange = build_json_exchange(
        {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    )
    async with serve_inspector({"a": write_cassette(tmp_path / "a.cassette", exchange)}) as url:
        page = await open_view(f"{url}/-/#/x/a/1")
        await expect(page.locator("event-timeline")).to_be_hidden()
        await click_word(page, "afar")
        await expect_marked(page, "linked-words", "Grüße 👋 from afar")


async def test_the_request_is_a_conversation_with_its_problems(
    tmp_path: Path, open_view: OpenView
) -> None:
    tool = {"type": "function", "function": {"name": "get_weather", "parameters": {}}}
    call = {"id": "call_1", "type": "function"}
    function = {"name": "get_weather", "arguments": '{"city":"Lisbon"}'}
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    messages = [
        {"role": "system", "content": "Be kind. " * 400},
        {"role": "user", "content": [{"type": "text", "text": "Where is this?"}, picture]},
        {"role": "assistant", "content": None, "tool_calls": [{**call, "function": function}]},
        {"role": "tool", "tool_call_id": "call_1", "content": "sunny"},
    ]
    request = {"model": "gpt-4o", "stream": True, "messages": messages, "tools": [tool]}
    exchange = build_chat_exchange(build_words(["Lis", "bon"]), request=request)
    async with serve_inspector({"a": write_cassette(tmp_path / "a.cassette", exchange)}) as url:
        page = await open_view(f"{url}/-/#/x/a/1")
        roles = page.locator(".message-list-role")
        await expect(roles).to_have_text(["system", "user", "assistant", "tool"])
        await expect(page.locator("block-card[data-kind=media]")).to_contain_text("image/png")
        assert await page.locator("img").count() == 0
        folded = page.locator(".message-list-folded summary")
        await expect(folded).to_have_count(3)
        await folded.nth(1).click()
        await expect(page.locator("message-list")).to_contain_text('{"city":"Lisbon"}')


async def test_long_conversations_are_folded_in_the_middle(
    tmp_path: Path, open_view: OpenView
) -> None:
    request = {"model": "gpt-4o", "messages": build_messages(*(f"text {n}" for n in range(90)))}
    exchange = build_chat_exchange(build_words(["ok"]), request=request)
    async with serve_inspector({"a": write_cassette(tmp_path / "a.cassette", exchange)}) as url:
        page = await open_view(f"{url}/-/#/x/a/1")
        messages = page.locator(".message-list-message")
        await expect(messages).to_have_count(15)
        await page.get_by_role("button", name="Show 75 messages between").click()
        await expect(messages).to_have_count(90)
        await expect(messages.nth(3)).to_contain_text("text 3")


async def test_stalls_are_marked_and_keys_go_to_them(tmp_path: Path, open_view: OpenView) -> None:
    chunks = [*build_words(["a", "b"]), Chunk(build_delta("c"), 3_000_000), *build_words(["d"])]
    exchange = build_chat_exchange(chunks)
    async with serve_inspector({"a": write_cassette(tmp_path / "a.cassette", exchange)}) as url:
        page = await open_view(f"{url}/-/#/x/a/1")
        await expect(page.get_by_text("stalled 3.00 s")).to_be_visible()
        await page.keyboard.press("s")
        await expect(page).to_have_url(f"{url}/-/#/x/a/1?event=3")
        rows = page.locator(".event-timeline-row")
        tops = await rows.evaluate_all("rows => rows.map(row => row.offsetTop)")
        assert tops[2] - tops[1] > 2 * (tops[1] - tops[0])


async def test_an_exchange_that_is_not_there_says_so(open_view: OpenView) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/#/x/demo/99", allowed=("404",))
        await expect(page.get_by_role("alert")).to_contain_text("no exchange 99")
        await expect(page.get_by_role("button", name="Try again")).to_be_visible()


async def test_a_problem_of_an_event_leads_to_it(tmp_path: Path, open_view: OpenView) -> None:
    chunks = [*build_words(["a", "b"]), Chunk(b'{"choices": ['), *build_words(["d"])]
    exchange = build_chat_exchange(chunks, ends_with_mark=False)
    async with serve_inspector({"a": write_cassette(tmp_path / "a.cassette", exchange)}) as url:
        page = await open_view(f"{url}/-/#/x/a/1")
        problems = page.locator(".request-pane-problems")
        await expect(problems).to_contain_text("is not JSON")
        await problems.get_by_role("link", name="events[3]").click()
        await expect(page).to_have_url(f"{url}/-/#/x/a/1?event=3")
        await expect(page.locator("[aria-selected=true]")).to_have_attribute(
            "data-kind", "unreadable"
        )
        await expect(page.locator(".fact[data-tone=alarm]")).to_contain_text(
            "without the event that ends such a stream"
        )


async def test_escape_leads_from_a_part_back_to_the_exchange_and_then_to_the_list(
    open_view: OpenView,
) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/#/x/demo/7")
        await expect(page.locator(".event-timeline-row").first).to_be_visible()
        await page.keyboard.press("j")
        await expect(page).to_have_url(re.compile("event=1"))
        for key, view in (("x", "redaction-view"), ("P", "play-view"), ("r", "run-view")):
            await page.keyboard.press(key)
            await expect(page.locator(view)).to_be_visible()
            await page.keyboard.press("Escape")
            await expect(page).to_have_url(f"{url}/-/#/x/demo/7?event=1")
            await expect(page.locator("exchange-view")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.locator("list-view")).to_be_visible()


async def test_escape_leads_from_a_link_to_a_part_to_its_exchange(open_view: OpenView) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/#/redaction/demo/7")
        await expect(page.locator("redaction-view h1")).to_contain_text("#7")
        await page.keyboard.press("Escape")
        await expect(page.locator("exchange-view h1")).to_contain_text("#7")
