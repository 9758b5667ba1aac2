"""The sessions of a running proxy, as the inspector's API shows them."""

from __future__ import annotations

from pathlib import Path

from runreel.config import Config
from support.client import ask, build_get
from support.control import end_session, open_session
from support.inspector import get_api, get_error, list_rows
from support.proxy import LIMITS, record_bodies, serve_sessions
from support.upstream import build_ok, serve_scripts

RECORD = Config(limits=LIMITS, mode="record")


async def test_a_recorded_exchange_is_shown_while_its_session_is_open_and_after(
    tmp_path: Path,
) -> None:
    async with (
        serve_scripts([build_ok(b"1"), build_ok(b"2")]) as upstream,
        serve_sessions(tmp_path, config=RECORD, upstream=upstream.url) as (url, sessions),
    ):
        await ask(url, build_get("/@a/1"))
        session = sessions.get("a")
        assert session is not None
        while not session.list_stored_numbers():
            await sessions.list_reports()
        [recording] = (await get_api(url, "recordings"))["recordings"]
        rows = await list_rows(url)
        document = await get_api(url, "x/a/1")
        missing = await get_error(url, "x/a/2")
        await end_session(url, "a")
        [ended] = (await get_api(url, "recordings"))["recordings"]
        after = await list_rows(url, recording="a")
    assert (recording["state"], recording["mode"], recording["exchanges"]) == ("open", "record", 1)
    assert (ended["state"], ended["exchanges"]) == ("ended", 1)
    [row] = rows
    assert (row["target"], row["outcome"], row["session"]) == ("/1", "recorded", "a")
    assert document["exchange"]["answer"]["body"]["text"] == "1"
    assert missing == (404, "runreel_not_found")
    assert [each["number"] for each in after] == [1]


async def test_a_replay_shows_its_cassette_and_what_was_played(tmp_path: Path) -> None:
    await record_bodies(tmp_path / "c.cassette", b"1", b"2")
    async with serve_sessions(tmp_path) as (url, _):
        await open_session(url, cassette="c")
        await ask(url, build_get("/@c/2"))
        rows = await list_rows(url)
    assert [(row["number"], row["outcome"]) for row in rows] == [(1, None), (2, "replayed")]
