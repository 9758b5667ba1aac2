"""What tests do with the inspector's page in a browser."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from playwright.async_api import Page

from support.installed import skip_unavailable

OpenView = Callable[..., Awaitable[Page]]
"""Opens an address, with ``theme``, ``width``, ``height`` and ``motion``."""

MARKED = """name => [...(CSS.highlights.get(name) ?? [])].map(String).join("|")"""


async def read_marked(page: Page, name: str) -> str:
    """Return the texts that are highlighted."""
    return str(await page.evaluate(MARKED, name))


async def expect_marked(page: Page, name: str, text: str) -> None:
    await page.wait_for_function(f"([name, text]) => ({MARKED})(name) === text", arg=[name, text])


async def click_word(page: Page, word: str) -> None:
    """Click in the middle of a word of the transcript, as soon as it is there."""
    place = await page.wait_for_function(FIND_WORD, arg=word)
    await page.mouse.click(*await place.json_value())


FIND_WORD = """word => {
  const root = document.querySelector("stream-transcript");
  const walker = document.createTreeWalker(root ?? document, NodeFilter.SHOW_TEXT);
  while (root && walker.nextNode()) {
    const at = walker.currentNode.data.indexOf(word);
    if (at < 0) continue;
    const range = document.createRange();
    range.setStart(walker.currentNode, at);
    range.setEnd(walker.currentNode, at + word.length);
    const box = range.getBoundingClientRect();
    if (box.width > 0) return [box.left + box.width / 2, box.top + box.height / 2];
  }
  return null;
}"""


AXE = Path(__file__).parents[1] / "page" / "node_modules" / "axe-core" / "axe.min.js"


async def find_serious(page: Page) -> list[str]:
    """Return the serious findings of axe in a page: rule, and the element."""
    if not AXE.exists():
        skip_unavailable("axe-core is not installed: run npm ci in tests/page")
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    result = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for each in result["violations"]
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]
