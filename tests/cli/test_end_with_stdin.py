"""``--end-with-stdin``: a server that ends with the program that started it."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.client import ask, build_get
from support.control import ask_in_session, end_session, open_session
from support.process import run_runreel, start_runreel
from support.proxy import read_exchanges
from support.upstream import serve_scripts

pytestmark = pytest.mark.slow

OPTIONS = ("--listen", "127.0.0.1:0", "--end-with-stdin")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"


async def test_it_ends_with_its_input_and_keeps_the_complete_recording(tmp_path: Path) -> None:
    async with (
        serve_scripts([OK + b"good"], [OK + b"half"]) as upstream,
        start_runreel("replay", "./", *OPTIONS, cwd=tmp_path, holds_stdin=True) as process,
    ):
        url = await process.wait_until_ready()
        settings = {"name": "c", "mode": "record", "upstream": upstream.url}
        await ask_in_session(await open_session(url, **settings), build_get("/good"))
        await end_session(url, "c")
        good = (tmp_path / "c.cassette").read_bytes()
        assert (
            await ask_in_session(await open_session(url, **settings), build_get("/half"))
        ).body == b"half"
        process.write_input(b"input that is ignored\n")
        assert (await ask(url, build_get("/-/health"))).status == 403
        process.end_input()
        ended = await process.wait()
    assert ended.code == 0
    assert (tmp_path / "c.cassette").read_bytes() == good
    [half] = read_exchanges(tmp_path / "c.cassette.failed")
    assert half.head.request.target == b"/half"


async def test_it_ends_immediately_without_input(tmp_path: Path) -> None:
    ended = await run_runreel("replay", "./", *OPTIONS, cwd=tmp_path)
    assert (ended.code, ended.output[:10]) == (0, "listening ")
