"""The list with many rows, hostile names, small windows, large text, and two windows."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from msgspec.structs import replace
from playwright.async_api import expect

from runreel.config import Address
from runreel.core.cassette import encode_exchange
from runreel.model import Problem
from support.build import make_answer, make_cassette, make_exchange, make_head
from support.inspector import serve_inspector
from support.inspector_page import OpenView
from support.proxy import serve_sessions

pytestmark = pytest.mark.slow

DEMO = Path(__file__).parents[2] / "cassettes" / "demo.cassette"
MANY = 10_000
HOSTILE = "<img src=x onerror=alert(1)></script>\u202etxt.\x1b[31m\x00\u200b"


def write_many(path: Path) -> Path:
    exchange = make_exchange(answer=make_answer(b"data: [DONE]\n\n"))
    heads = (replace(exchange.head, number=number) for number in range(1, MANY + 1))
    records = (encode_exchange(replace(exchange, head=head)) for head in heads)
    path.write_bytes(make_cassette(*records))
    return path


async def test_ten_thousand_rows_scroll_without_a_gap(tmp_path: Path, open_view: OpenView) -> None:
    async with serve_inspector({"many": write_many(tmp_path / "many.cassette")}) as url:
        page = await open_view(f"{url}/-/")
        await expect(page.locator("footer")).to_contain_text("10,000 exchanges", timeout=30_000)
        assert await page.locator("exchange-row").count() < 100
        await page.keyboard.press("G")
        last = page.locator("exchange-row:focus")
        await expect(last.locator(".exchange-row-number")).to_have_text("10000")
        await expect(last).to_have_attribute("aria-rowindex", "10002")
        await page.keyboard.press("PageUp")
        await expect(last).to_be_in_viewport()
        for share in (0.1, 0.5, 0.77):
            gaps = await page.evaluate(
                """async share => {
                  const list = document.querySelector("virtual-list");
                  list.scrollTo({top: share * list.scrollHeight});
                  const frame = () => new Promise(requestAnimationFrame);
                  await frame();
                  await frame();
                  const box = list.getBoundingClientRect();
                  const gaps = [];
                  for (let y = box.top + 40; y < box.bottom; y += 20) {
                    const hit = document.elementFromPoint(box.left + 200, y);
                    if (!hit.closest("exchange-row")) gaps.push(y);
                  }
                  return gaps;
                }""",
                share,
            )
            assert gaps == []
        # The row with the focus is still there, and the next key goes on from it.
        await page.keyboard.press("End")
        await page.keyboard.press("k")
        await expect(last.locator(".exchange-row-number")).to_have_text("9999")


async def test_hostile_names_are_shown_as_they_are(tmp_path: Path, open_view: OpenView) -> None:
    head = make_head(
        operation=HOSTILE * 40,
        session=HOSTILE,
        problems=(Problem(HOSTILE, HOSTILE),),
    )
    path = tmp_path / "a.cassette"
    path.write_bytes(make_cassette(encode_exchange(make_exchange(head=head))))
    async with serve_inspector({HOSTILE.replace("/", "") + "a": path}) as url:
        page = await open_view(f"{url}/-/")
        row = page.locator("exchange-row")
        await expect(row).to_contain_text(
            r"<img src=x onerror=alert(1)></script>\u202etxt.\x1b[31m"
        )
        await expect(page.locator("recording-row")).to_contain_text(r"\u202etxt")
        for place in ("#/numbers", f"#/?filter={'op:x'}"):
            await page.goto(f"{url}/-/{place}")
            await expect(page.locator("main")).to_be_visible()
        await page.goto(f"{url}/-/#/numbers?by=operation,session")
        await expect(page.locator("stats-table tbody tr")).to_contain_text(r"\u202etxt")
        shown = await page.evaluate("document.body.innerText")
        assert not {"\u202e", "\x1b", "\x00", "\u200b"} & set(shown)
        assert await page.locator("main img, main script").count() == 0


@pytest.mark.parametrize(("width", "zoom"), [(400, 1), (1280, 2), (900, 1)])
async def test_nothing_is_cut_off_in_small_windows(
    open_view: OpenView, width: int, zoom: int
) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        # Zoom of the browser makes the window smaller, measured in pixels of the page.
        page = await open_view(f"{url}/-/", width=width // zoom, height=800 // zoom)
        for place, part in {
            "": "exchange-row",
            "#/numbers": "stats-table td",
            "#/run/demo/run_sim00000002": "run-transcript section",
            "#/diff?a=demo:6&b=demo:7": "diff-change",
        }.items():
            await page.goto(f"{url}/-/{place}")
            await expect(page.locator(part).first).to_be_visible()
            overflow = "document.documentElement.scrollWidth - innerWidth"
            assert await page.evaluate(overflow) <= 0, place
            await expect(page.get_by_role("combobox", name="Filter")).to_be_in_viewport()
            await expect(page.get_by_role("button", name="Keyboard help")).to_be_in_viewport()
        await page.goto(f"{url}/-/")
        row = page.locator("exchange-row").nth(3)
        await expect(row.get_by_text("runs.create")).to_be_in_viewport()
        await expect(row.locator(".exchange-row-duration")).to_be_in_viewport()


async def test_two_windows_have_their_own_places(open_view: OpenView) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        one = await open_view(f"{url}/-/#/?filter=op:runs.*")
        two = await open_view(f"{url}/-/")
        await expect(one.locator("exchange-row")).to_have_count(6)
        await expect(two.locator("exchange-row")).to_have_count(12)
        await two.keyboard.press("j")
        await two.keyboard.press("d")
        await expect(two.locator("mark-tray")).to_be_visible()
        await expect(one.locator("mark-tray")).to_be_hidden()


async def test_the_token_is_asked_for_once_and_stays_out_of_the_address(
    tmp_path: Path, open_view: OpenView
) -> None:
    everywhere = Address("0.0.0.0", 0)
    async with serve_sessions(tmp_path, token="right-token", address=everywhere) as (url, _):
        address = f"http://127.0.0.1:{urlsplit(url).port}/-/"
        page = await open_view(address, allowed=("401",))
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Token (").fill("wrong")
        await page.keyboard.press("Enter")
        await expect(dialog).to_contain_text("not the right one")
        await dialog.get_by_label("Token (").fill("right-token")
        await page.keyboard.press("Enter")
        await expect(page.locator("live-light")).to_have_text("live")
        await expect(page.get_by_role("heading", name="No exchange yet")).to_be_visible()
        assert page.url == address
        await page.reload()
        await expect(page.get_by_role("heading", name="No exchange yet")).to_be_visible()
        await expect(dialog).to_have_count(0)


async def test_reduced_motion_has_no_animations(open_view: OpenView) -> None:
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/", motion="reduce")
        await expect(page.locator("exchange-row")).to_have_count(12)
        assert await page.evaluate("document.getAnimations().length") == 0
