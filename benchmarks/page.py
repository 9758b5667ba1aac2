"""The speed of the inspector's page, in the system's Chromium.

``python -m benchmarks.page`` prints a table: a list of 10,000 exchanges, from its address to the
rows of its first page and to the last row; each keystroke of a filter; an exported file of 10 MB.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks import varied
from benchmarks.samples import write_cassette
from benchmarks.table import Bar, Line, make_line, render

MANY = 10_000
EXPORTED = 600
FILTER = "op:runs.create status:200"
OPENINGS = 5


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="runreel-page-") as name:
        folder = Path(name)
        many, some = folder / "many.cassette", folder / "some.cassette"
        write_cassette(many, varied.iter_streams(MANY))
        write_cassette(some, varied.iter_streams(EXPORTED))
        with sync_playwright() as playwright:
            executable = shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
            print(render([*_measure_list(browser, many), *_measure_file(browser, some)]))
            browser.close()


def _measure_list(browser: Browser, cassette: Path) -> Iterator[Line]:
    with _inspect(cassette) as url:
        page = browser.new_page()
        page.goto(url)
        page.get_by_text("10,000 exchanges").wait_for(timeout=120_000)
        page.wait_for_function(_ALL_READ, timeout=300_000)
        first = [_time_opening(browser, url) for _ in range(OPENINGS)]
        yield make_line("page", "10,000 exchanges: to the first rows", first, "ms", Bar(1000))
        keys = list(_time_keys(page))
        yield make_line("page", "10,000 exchanges: a keystroke of a filter", keys, "ms", Bar(100))


def _measure_file(browser: Browser, cassette: Path) -> Iterator[Line]:
    file = cassette.with_suffix(".html")
    command = (sys.executable, "-m", "runreel", "export", str(cassette), "--to", "html")
    subprocess.run([*command, "--output", str(file)], check=True)  # noqa: S603 - our own command
    size = file.stat().st_size / 1_000_000
    times = [_time_opening(browser, file.as_uri()) for _ in range(OPENINGS)]
    yield make_line("page", f"a file of {size:.0f} MB: to the first rows", times, "ms", Bar(1000))


def _time_opening(browser: Browser, url: str) -> float:
    page = browser.new_page()
    started = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.locator("exchange-row").first.wait_for()
    elapsed = 1000 * (time.perf_counter() - started)
    page.close()
    return elapsed


def _time_keys(page: Page) -> Iterator[float]:
    """Yield the time of each keystroke, until the list shows what it selects."""
    page.keyboard.press("/")
    for key in FILTER:
        yield page.evaluate(_TIME_KEY, key)


_ALL_READ = "async () => (await (await fetch('/-/api/exchanges?limit=1')).json()).unread === 0"

_TIME_KEY = """key => new Promise(resolve => {
  const field = document.querySelector("#filter");
  const message = document.querySelector("#filter-message");
  const started = performance.now();
  const finish = () => requestAnimationFrame(() => resolve(performance.now() - started));
  field.setRangeText(key, field.value.length, field.value.length, "end");
  const text = field.value.trim();
  const check = () => {
    const shown = new URLSearchParams(location.hash.split("?")[1]).get("filter") ?? "";
    const isShown = shown.trim() === text && !document.querySelector("[aria-busy=true]");
    if (isShown || !message.hidden) finish();
    else setTimeout(check, 1);
  };
  field.dispatchEvent(new Event("input"));
  setTimeout(check, 1);
})"""


@contextmanager
def _inspect(cassette: Path) -> Iterator[str]:
    command = (sys.executable, "-m", "runreel", "inspect", "--no-open", "--listen", "127.0.0.1:0")
    with subprocess.Popen([*command, str(cassette)], stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
