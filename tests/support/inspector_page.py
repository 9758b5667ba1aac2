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
    """Click in the middle of a word of the transcript."""
    place = await page.evaluate(
        """word => {
          const walker = document.createTreeWalker(
            document.querySelector("stream-transcript"), NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const at = walker.currentNode.data.indexOf(word);
            if (at < 0) continue;
            const range = document.createRange();
            range.setStart(walker.currentNode, at);
            range.setEnd(walker.currentNode, at + word.length);
            const box = range.getBoundingClientRect();
            return [box.left + box.width / 2, box.top + box.height / 2];
          }
        }""",
        word,
    )
    await page.mouse.click(*place)


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
