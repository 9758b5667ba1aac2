"""A call under way, watched from its first byte until it is the exchange of its recording."""

from __future__ import annotations

import asyncio
from pathlib import Path

from playwright.async_api import expect

from runreel.config import Config
from support.client import ask, build_post
from support.inspector_page import OpenView, expect_marked, find_serious
from support.page_streams import build_delta
from support.proxy import LIMITS, serve_sessions
from support.upstream import LAST_CHUNK, STREAM_HEAD, ScriptStep, serve_scripts

RECORD = Config(limits=LIMITS, mode="record")
SECRET = "sk-proj-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKl"


def format_chunk(data: bytes) -> bytes:
    """Return an event of a stream as a chunk of its transfer coding."""
    event = b"data: " + data + b"\n\n"
    return b"%x\r\n%s\r\n" % (len(event), event)


async def test_a_call_grows_from_its_first_byte_and_becomes_its_exchange(
    tmp_path: Path, open_view: OpenView
) -> None:
    head, first, rest = asyncio.Event(), asyncio.Event(), asyncio.Event()
    script: list[ScriptStep] = [
        head,
        STREAM_HEAD,
        first,
        format_chunk(build_delta(f"the key is {SECRET} ")),
        rest,
        format_chunk(build_delta("and that is all")),
        format_chunk(b"[DONE]"),
        LAST_CHUNK,
    ]
    body = b'{"model": "gpt-4o", "stream": true, "messages": []}'
    async with (
        serve_scripts(script) as upstream,
        serve_sessions(tmp_path, config=RECORD, upstream=upstream.url) as (url, _),
    ):
        request = build_post("/@a/v1/chat/completions", body)
        client = asyncio.create_task(ask(url, request))
        await upstream.head_received.wait()
        page = await open_view(f"{url}/-/#/call/a/1")
        await expect(page.get_by_role("heading", level=1)).to_contain_text("under way")
        await expect(page.get_by_role("heading", level=1)).to_contain_text("chat.completions")
        head.set()
        first.set()
        await expect(page.locator(".arrival-list-rows li")).to_have_count(1)
        assert await find_serious(page) == []
        shown = await page.content()
        assert "the key is" not in shown
        assert SECRET not in shown
        rest.set()
        await client
        await expect(page).to_have_url(f"{url}/-/#/x/a/1")
        await expect(page.locator("stream-transcript")).to_contain_text("and that is all")
        assert SECRET not in await page.content()
        await page.keyboard.press("G")
        await page.keyboard.press("k")
        await expect_marked(page, "linked-words", "and that is all")
        # The place of a call that has ended leads to its exchange, also for one who comes later.
        await page.goto(f"{url}/-/#/call/a/1")
        await page.reload()
        await expect(page).to_have_url(f"{url}/-/#/x/a/1")


async def test_a_call_that_is_not_there_says_so(tmp_path: Path, open_view: OpenView) -> None:
    async with serve_sessions(tmp_path) as (url, _):
        page = await open_view(f"{url}/-/#/call/a/9", allowed=("404",))
        await expect(page.locator("view-state")).to_contain_text("not")
