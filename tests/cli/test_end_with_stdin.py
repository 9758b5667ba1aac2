"""``--end-with-stdin``: a server that does not outlive the program that started it."""

from __future__ import annotations

from pathlib import Path

from support.client import ask, get
from support.control import begun, within
from support.control import ended as end_session
from support.process import outcome, runreel
from support.proxy import exchanges
from support.upstream import scripted

OPTIONS = ("--listen", "127.0.0.1:0", "--end-with-stdin")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"


async def test_it_ends_with_its_input_and_puts_no_half_recording_in_place(tmp_path: Path) -> None:
    async with (
        scripted([OK + b"good"], [OK + b"half"]) as upstream,
        runreel("replay", "./", *OPTIONS, cwd=tmp_path, holds_stdin=True) as process,
    ):
        url = await process.ready()
        order = {"name": "c", "mode": "record", "upstream": upstream.url}
        await within(await begun(url, **order), get("/good"))
        await end_session(url, "c")
        good = (tmp_path / "c.cassette").read_bytes()
        assert (await within(await begun(url, **order), get("/half"))).body == b"half"
        process.tell(b"what it is told there means nothing\n")
        assert (await ask(url, get("/-/health"))).status == 403
        process.end_input()
        ended = await process.ended()
    assert ended.code == 0
    assert (tmp_path / "c.cassette").read_bytes() == good
    [half] = exchanges(tmp_path / "c.cassette.failed")
    assert half.head.request.target == b"/half"


async def test_it_ends_at_once_without_an_input(tmp_path: Path) -> None:
    ended = await outcome("replay", "./", *OPTIONS, cwd=tmp_path)
    assert (ended.code, ended.out[:10]) == (0, "listening ")
