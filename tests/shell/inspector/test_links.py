"""Addresses of the page in log lines, in the reports of sessions and in the failures of tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from runreel.config import Config
from runreel.core.page_links import PageLinks
from runreel.core.report.sentences import format_event
from runreel.pytest_plugin.failures import ItemUnderTest, describe_failures
from runreel.pytest_plugin.proxy.report import RunreelReport
from support.client import ask, build_get
from support.control import call_control, open_session
from support.proxy import LIMITS, record_bodies, serve_sessions
from support.upstream import build_ok, serve_scripts

EXCHANGE = {
    "event": "exchange_recorded",
    "exchange": 7,
    "method": "GET",
    "path": "/v1/models",
    "status": 200,
    "seconds": 1.0,
    "bytes": 5,
    "inspect": "http://127.0.0.1:7357/-/#/x/default/7",
}


async def test_log_lines_and_the_report_lead_to_the_page(tmp_path: Path) -> None:
    await record_bodies(tmp_path / "c.cassette", b"1")
    config = Config(limits=LIMITS, mode="replay")
    async with (
        serve_scripts([build_ok(b"1")]) as upstream,
        serve_sessions(tmp_path, config=config, upstream=upstream.url) as (url, sessions),
    ):
        with capture_logs() as events:
            await open_session(url, cassette="c")
            await open_session(url, name="r", mode="record")
            await ask(url, build_get("/@c/1"))
            await ask(url, build_get("/@c/2"))
            await ask(url, build_get("/@r/1"))
            _, report = await call_control(url, "GET", "/c")
            await sessions.end("r")
    links = {event["event"]: event["inspect"] for event in events if "inspect" in event}
    assert links == {
        "exchange_replayed": f"{url}/-/#/x/c/1",
        "exchange_recorded": f"{url}/-/#/x/r/1",
        "miss": f"{url}/-/#/miss/c/1",
    }
    assert report["misses"][0]["inspect"] == links["miss"]


def test_names_are_encoded_and_without_a_server_there_is_no_link() -> None:
    links = PageLinks("http://127.0.0.1:1")
    assert links.build_exchange_link("a/b c", 7) == "http://127.0.0.1:1/-/#/x/a%2Fb%20c/7"
    assert PageLinks().build_exchange_link("a", 1) == PageLinks().build_miss_link("a", 1) == ""


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (None, f"recorded 7: 200 GET /v1/models (1.00 s, 5 B) {EXCHANGE['inspect']}"),
        (100, f"recorded 7: 200 GET /v1/models (1.00 s, 5 B) {EXCHANGE['inspect']}"),
        (60, "recorded 7: 200 GET /v1/models (1.00 s, 5 B)"),
    ],
)
def test_a_sentence_has_the_address_if_there_is_room(width: int | None, line: str) -> None:
    assert format_event(EXCHANGE, width).lines == [line]


def test_the_sentence_about_a_miss_has_it_on_a_line_of_its_own() -> None:
    event = {"event": "miss", "method": "GET", "path": "/x", "inspect": "http://a/-/#/miss/c/1"}
    assert format_event(event, 40).lines[1:] == ["  http://a/-/#/miss/c/1"]
    assert format_event(event, 20).lines[1:] == []  # an address must not be cut


def test_a_failed_test_says_where_to_look() -> None:
    report = RunreelReport(
        *("replay", 0, 0, 1, 0, (), (), ("GET /x: no exchange",)), links=("http://a/-/#/miss/c/1",)
    )
    item = ItemUnderTest("t.py::test", "cassettes/my test.cassette", ("replay", "CI is set"))
    text = describe_failures(report, item)
    assert "See it in a browser: http://a/-/#/miss/c/1 (while pytest runs; later: " in text
    assert "runreel inspect 'cassettes/my test.cassette')" in text
