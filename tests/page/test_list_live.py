"""The list while calls are under way, and when the proxy is started again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from msgspec.structs import replace
from playwright.async_api import expect

from runreel.config import Address, Config
from support.client import ask, build_get, build_post
from support.control import open_session
from support.inspector_page import OpenView
from support.page_streams import Chunk, build_chat_exchange, build_delta, write_cassette
from support.proxy import LIMITS, serve_sessions
from support.recordings import write_recording
from support.upstream import LAST_CHUNK, STREAM_HEAD, ScriptStep, serve_scripts

pytestmark = pytest.mark.slow

RECORD = Config(limits=LIMITS, mode="record")
BODY = b'{"model": "gpt-4o", "stream": true, "messages": []}'
SECRET = "sk-proj-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKl"
AWAY = ("net::ERR_", "Failed to fetch")
"""Parts of what the browser's console says while the proxy is away."""


def format_chunk(data: bytes) -> bytes:
    event = b"data: " + data + b"\n\n"
    return b"%x\r\n%s\r\n" % (len(event), event)


async def test_a_row_grows_from_the_first_byte_and_becomes_its_exchange(
    tmp_path: Path, open_view: OpenView
) -> None:
    first, rest = asyncio.Event(), asyncio.Event()
    script: list[ScriptStep] = [
        STREAM_HEAD,
        first,
        format_chunk(build_delta(f"my key is {SECRET} ")),
        rest,
    ]
    script += [format_chunk(build_delta(" and done")), format_chunk(b"[DONE]"), LAST_CHUNK]
    async with (
        serve_scripts(script) as upstream,
        serve_sessions(tmp_path, config=RECORD, upstream=upstream.url) as (url, _),
    ):
        page = await open_view(f"{url}/-/")
        other = await open_view(f"{url}/-/#/?filter=text:done")
        await expect(page.get_by_role("heading", name="No exchange yet")).to_be_visible()
        await expect(page.locator("live-light")).to_have_text("live")
        client = asyncio.create_task(ask(url, build_post("/@a/v1/chat/completions", BODY)))
        row = page.locator("exchange-row")
        await expect(row).to_contain_text("chat.completions.create")
        await expect(page.locator("footer")).to_contain_text("1 under way")
        place = await row.bounding_box()
        first.set()
        await expect(row.locator(".exchange-row-bytes")).not_to_be_empty()
        assert await row.locator("frame-spark path").get_attribute("d")
        assert "my key is" not in await page.content()
        await expect(other.locator("exchange-row")).to_have_count(0)
        rest.set()
        await client
        await expect(row.locator(".exchange-row-number")).to_have_text("1")
        await expect(row.locator(".exchange-row-outcome")).to_have_text("recorded")
        await expect(other.locator("exchange-row")).to_contain_text("chat.completions.create")
        assert await row.bounding_box() == place  # nothing has moved
        assert SECRET not in await page.content()
        await row.locator("a").first.click()
        await expect(page).to_have_url(f"{url}/-/#/x/a/1")


async def test_a_session_that_begins_is_listed_with_the_exchanges_of_its_cassette(
    tmp_path: Path, open_view: OpenView
) -> None:
    """A page that was opened before shows the same as one that is opened then."""
    exchange = build_chat_exchange([Chunk(build_delta("Hello"))])
    exchanges = [replace(exchange, head=replace(exchange.head, number=n)) for n in (1, 2, 3)]
    write_recording(tmp_path / "a.cassette", exchanges)
    async with serve_sessions(tmp_path) as (url, _):
        page = await open_view(f"{url}/-/")
        filtered = await open_view(f"{url}/-/#/?filter=%232..3")
        await expect(page.get_by_role("heading", name="No exchange yet")).to_be_visible()
        await expect(filtered.locator("live-light")).to_have_text("live")
        await open_session(url, cassette="a")
        numbers = page.locator("exchange-row .exchange-row-number")
        await expect(numbers).to_have_text(["1", "2", "3"])
        await expect(filtered.locator("exchange-row .exchange-row-number")).to_have_text(["2", "3"])
        await ask(url, build_get("/@a/none"))
        await expect(numbers).to_have_text(["1", "2", "3", ""])


async def test_a_miss_is_a_row_that_leads_to_it(tmp_path: Path, open_view: OpenView) -> None:
    write_cassette(tmp_path / "a.cassette", build_chat_exchange([Chunk(build_delta("Hello"))]))
    async with serve_sessions(tmp_path) as (url, _):
        page = await open_view(f"{url}/-/")
        await expect(page.locator("live-light")).to_have_text("live")
        await ask(url, build_post("/@a/v1/chat/completions", BODY))
        row = page.locator("exchange-row[data-outcome=miss]")
        await expect(row.locator(".exchange-row-outcome")).to_have_text("miss")
        await row.locator("a").first.click()
        await expect(page).to_have_url(f"{url}/-/#/miss/a/1")
        await page.go_back()
        await page.reload()
        await expect(row).to_have_count(1)  # it is kept while the server runs


async def test_the_page_finds_a_proxy_that_was_started_again(
    tmp_path: Path, open_view: OpenView
) -> None:
    async with serve_sessions(tmp_path, config=RECORD, upstream="http://127.0.0.1:9") as (url, _):
        page = await open_view(f"{url}/-/", allowed=AWAY)
        await expect(page.locator("live-light")).to_have_text("live")
    await expect(page.locator("live-light")).to_have_text("offline")
    address = Address("127.0.0.1", urlsplit(url).port or 0)
    script = [STREAM_HEAD, format_chunk(b"[DONE]"), LAST_CHUNK]
    async with (
        serve_scripts(script) as upstream,
        serve_sessions(tmp_path / "new", config=RECORD, upstream=upstream.url, address=address) as (
            again,
            _,
        ),
    ):
        assert again == url
        await expect(page.locator("live-light")).to_have_text("live", timeout=15_000)
        await expect(page.locator("notice-list")).to_contain_text("started again")
        await ask(url, build_post("/@b/v1/chat/completions", BODY))
        await expect(page.locator("exchange-row")).to_contain_text("chat.completions.create")
