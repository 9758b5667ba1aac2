"""Recordings that try to run, to load, or to look like something else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from support.inspector import serve_inspector
from support.inspector_page import OpenView, click_word, expect_marked
from support.page_streams import (
    Chunk,
    build_chat_exchange,
    build_delta,
    build_words,
    write_cassette,
)

MARKUP = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><a href='javascript:alert(1)'>click</a></svg>",
    "</script></title></textarea><iframe srcdoc='<script>alert(1)</script>'>",
    "<style>*{display:none}</style><link rel=stylesheet href=//example.org/x.css>",
    "{{constructor.constructor('alert(1)')()}}",
]
PLACES = ["x", "redaction", "play"]


async def expect_inert(page: Page) -> None:
    """Check that no recorded text has become an element, a link or a request."""
    foreign = await page.evaluate(
        """() => [...document.querySelectorAll("main script, main img, main iframe, main style,"
          + " main link, main object, main a[href]")]
          .filter(each => each.localName !== "a" || !each.getAttribute("href").startsWith("#/"))
          .map(each => each.outerHTML)"""
    )
    assert foreign == []


def write_hostile(path: Path, text: str) -> Path:
    tool = {"index": 0, "id": text, "type": "function", "function": {"name": text}}
    call = {**tool, "function": {"name": text, "arguments": json.dumps({text: text})}}
    chunks = [*build_words([text, "."]), Chunk(build_delta("", tool_calls=[call]))]
    messages = [
        {"role": text, "content": text},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": text}}]},
        {"role": "assistant", "tool_calls": [{"id": text, "type": "function", **tool}]},
    ]
    tools = [{"type": "function", "function": {"name": text, "description": text}}]
    request = {"model": text, "stream": True, "messages": messages, "tools": tools, text: text}
    return write_cassette(path, build_chat_exchange(chunks, request=request))


@pytest.mark.parametrize("text", MARKUP)
async def test_markup_is_text(text: str, tmp_path: Path, open_view: OpenView) -> None:
    async with serve_inspector({"a": write_hostile(tmp_path / "a.cassette", text)}) as url:
        for place in PLACES:
            page = await open_view(f"{url}/-/#/{place}/a/1")
            await expect(page.locator("main")).to_contain_text(text[:20])
            for summary in await page.locator("main summary:visible").all():
                await summary.click()
            await page.keyboard.press("j")
            await expect_inert(page)


async def test_a_citation_is_no_link(tmp_path: Path, open_view: OpenView) -> None:
    target = "javascript:alert(document.domain)"
    citation = {"type": "url_citation", "url_citation": {"url": target, "title": "A source"}}
    chunks = [*build_words(["It is so."]), Chunk(build_delta("", annotations=[citation]))]
    path = write_cassette(tmp_path / "a.cassette", build_chat_exchange(chunks))
    async with serve_inspector({"a": path}) as url:
        page = await open_view(f"{url}/-/#/x/a/1")
        await expect(page.locator("stream-transcript")).to_contain_text("It is so.")
        await page.keyboard.press("j")
        await page.keyboard.press("j")
        await expect(page.locator(".byte-pane-content")).to_contain_text("javascript:")
        await expect_inert(page)


HIDDEN = [
    ("bidi override", "abc\u202edrowssap", r"abc\u202edrowssap"),
    ("escape sequence", "\x1b[31mred\x07", r"\x1b[31mred\x07"),
    ("zero width", "pay\u200bpal", r"pay\u200bpal"),
    ("tag characters", "hi\U000e0041\U000e0042", r"hi\U000e0041\U000e0042"),
    ("line separator", "a\u2028b", r"a\u2028b"),
]


@pytest.mark.parametrize(("why", "text", "shown"), HIDDEN, ids=[row[0] for row in HIDDEN])
async def test_hidden_characters_are_visible_and_keep_their_places(
    why: str, text: str, shown: str, tmp_path: Path, open_view: OpenView
) -> None:
    exchange = build_chat_exchange(build_words([text, " after"]))
    async with serve_inspector({"a": write_cassette(tmp_path / "a.cassette", exchange)}) as url:
        page = await open_view(f"{url}/-/#/x/a/1")
        await expect(page.locator("stream-transcript marked-text")).to_have_text(f"{shown} after")
        await click_word(page, "after")
        await expect_marked(page, "linked-words", " after")
        await page.keyboard.press("k")
        await expect_marked(page, "linked-words", shown)


async def test_halves_of_a_surrogate_pair_keep_the_places_of_what_follows(
    tmp_path: Path, open_view: OpenView
) -> None:
    halves = [
        Chunk(build_delta("x").replace(b'"x"', half)) for half in (b'"\\ud83d"', b'"\\udc4b"')
    ]
    exchange = build_chat_exchange([*halves, *build_words([" then", " more"])])
    async with serve_inspector({"a": write_cassette(tmp_path / "a.cassette", exchange)}) as url:
        page = await open_view(f"{url}/-/#/x/a/1")
        await click_word(page, "more")
        await expect_marked(page, "linked-words", " more")


async def test_numbers_are_shown_as_they_were_written(tmp_path: Path, open_view: OpenView) -> None:
    request = {"model": "m", "seed": 12345678901234567890, "messages": []}
    exchange = build_chat_exchange(build_words(["ok"]), request=request)
    async with serve_inspector({"a": write_cassette(tmp_path / "a.cassette", exchange)}) as url:
        page = await open_view(f"{url}/-/#/x/a/1")
        await page.get_by_text("Request body").click()
        await expect(page.locator("request-pane")).to_contain_text("12345678901234567890")


@pytest.mark.parametrize("address", ["#/x/%00/1", "#/x/a/%3Cscript%3E", "#/x/a/-1", "#/x/a/1e3"])
async def test_hostile_addresses_are_an_error_in_words(
    address: str, tmp_path: Path, open_view: OpenView
) -> None:
    path = write_cassette(tmp_path / "a.cassette", build_chat_exchange(build_words(["ok"])))
    async with serve_inspector({"a": path}) as url:
        page = await open_view(f"{url}/-/{address}", allowed=("400", "404"))
        await expect(page.get_by_role("alert")).to_be_visible()
        await expect_inert(page)
