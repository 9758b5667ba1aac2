"""examples/browser in Chromium: replayed at its pace, from its own origin and from another one."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.async_api import Browser, Page, expect

from runreel.simulator import serve_simulator
from support.chromium import launch_chromium
from support.process import start_runreel

pytestmark = pytest.mark.clients

EXAMPLE = Path(__file__).parents[2] / "examples" / "browser"
CASSETTE = EXAMPLE / "cassettes" / "chat.cassette"
PAGE = EXAMPLE / "page"
LISBON, PORTO = "What should I see in Lisbon?", "And in Porto?"

Server = Callable[..., AbstractAsyncContextManager[str]]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with launch_chromium() as browser:
        yield browser


@pytest.fixture
async def page(browser: Browser) -> Page:
    return await browser.new_page()


@asynccontextmanager
async def replay(folder: Path, *options: str) -> AsyncIterator[str]:
    """Replay the example by its command line; yield the server's URL."""
    arguments = ("replay", str(CASSETTE), "--listen", "127.0.0.1:0", *options)
    async with start_runreel(*arguments, cwd=folder) as process:
        yield await process.wait_until_ready()
        ended = await process.stop()
    assert ended.code == 0, ended.errors


WATCH = """
window.lengths = [];
new MutationObserver(() => {
  const answers = document.querySelectorAll("li.answer");
  if (answers.length) lengths.push(answers[answers.length - 1].textContent.length);
}).observe(document, { childList: true, subtree: true, characterData: true });
"""


async def ask(page: Page, question: str) -> None:
    await page.get_by_role("button", name=question).click()
    await expect(page.locator(".streaming")).to_have_count(0)
    await expect(page.get_by_role("textbox")).to_be_enabled()


async def test_the_demo_streams_its_answers(tmp_path: Path, page: Page) -> None:
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    async with replay(tmp_path, "--serve", str(PAGE), "--speed", "recorded") as url:
        await page.goto(url)
        await page.evaluate(WATCH)
        await ask(page, LISBON)
        lengths = await page.evaluate("lengths")
        await ask(page, PORTO)
        answers = await page.locator("li.answer").all_inner_texts()
        await page.reload()
        await ask(page, LISBON)
        again = await page.locator("li.answer").all_inner_texts()
    assert [LISBON in answers[0], PORTO in answers[1]] == [True, True]
    assert again == answers[:1], "a page that is loaded again begins anew"
    assert lengths == sorted(lengths)
    assert len(set(lengths)) > 10, "the deltas were shown one by one"
    assert problems == []


async def test_a_question_without_a_recording_shows_why(tmp_path: Path, page: Page) -> None:
    async with replay(tmp_path, "--serve", str(PAGE)) as url:
        await page.goto(url)
        await page.get_by_role("textbox").fill("And in Faro?")
        await page.keyboard.press("Enter")
        status = page.get_by_role("status")
        await expect(status).to_contain_text('sent "And in Faro?"')
        await ask(page, LISBON)
        await expect(status).to_be_hidden()


@pytest.mark.parametrize("width", [360, 1280])
async def test_it_is_legible_in_light_and_in_dark(
    tmp_path: Path, browser: Browser, width: int
) -> None:
    async with replay(tmp_path, "--serve", str(PAGE)) as url:
        for scheme, is_dark in (("light", False), ("dark", True)):
            page = await browser.new_page(
                color_scheme="dark" if is_dark else "light",
                viewport={"width": width, "height": 640},
            )
            await page.goto(url)
            await ask(page, LISBON)
            style = "getComputedStyle(document.body)"
            text, ground = [
                sum(map(int, re.findall(r"\d+", await page.evaluate(f"{style}.{name}"))[:3])) / 765
                for name in ("color", "backgroundColor")
            ]
            assert (text > ground) == is_dark, scheme
            assert abs(text - ground) > 0.6
            overflow = "document.documentElement.scrollWidth > innerWidth"
            assert not await page.evaluate(overflow)
            assert await page.locator("li.question").is_visible()


@asynccontextmanager
async def serve_page() -> AsyncIterator[str]:
    """Serve the page from another origin, as a development server does."""

    class QuietHandler(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Log nothing."""

    handler = partial(QuietHandler, directory=str(PAGE))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://localhost:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


async def test_a_page_of_another_origin_needs_cors(tmp_path: Path, page: Page) -> None:
    async with serve_page() as origin:
        async with replay(tmp_path, "--cors", origin, "--speed", "recorded") as url:
            await page.goto(f"{origin}/?api={url}")
            await ask(page, LISBON)
            await expect(page.locator("li.answer")).to_contain_text(LISBON)
            await page.get_by_role("textbox").fill("And in Faro?")
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("status")).to_contain_text('sent "And in Faro?"')
        async with replay(tmp_path) as url:
            await page.goto(f"{origin}/?api={url}")
            await page.get_by_role("button", name=LISBON).click()
            await expect(page.get_by_role("status")).to_contain_text("Failed to fetch")


async def test_the_page_records_itself(tmp_path: Path, page: Page) -> None:
    async with serve_simulator() as upstream:
        options = ("--upstream", upstream, "--serve", str(PAGE), "--listen", "127.0.0.1:0")
        async with start_runreel("record", "demo", *options, cwd=tmp_path) as process:
            await page.goto(await process.wait_until_ready())
            for question in (LISBON, PORTO):
                await ask(page, question)
            live = await page.locator("li.answer").all_inner_texts()
            assert (await process.stop()).code == 0
    options = ("--serve", str(PAGE), "--listen", "127.0.0.1:0", "--on-miss", "fail")
    async with start_runreel("replay", "demo", *options, cwd=tmp_path) as process:
        await page.goto(await process.wait_until_ready())
        for question in (LISBON, PORTO):
            await ask(page, question)
        replayed = await page.locator("li.answer").all_inner_texts()
        assert (await process.stop()).code == 0
    assert replayed == live
