"""Many sessions on one server: they end completely and leave no resources behind."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import weakref
from pathlib import Path

import pytest
from msgspec.structs import replace

from runreel.config import Config, Size
from runreel.config.values import BodySize
from runreel.core.cassette import encode_exchange
from runreel.errors import UsageError
from runreel.model import End, OmittedReason
from runreel.shell.session.registry import Sessions, StoppingError
from support.build import make_answer, make_cassette, make_exchange, make_request
from support.client import RawAnswer, ask, build_get, build_post, open_client
from support.control import build_control_request, call_control, end_session, open_session
from support.proxy import LIMITS, read_exchanges, serve_sessions
from support.upstream import LAST_CHUNK, STALL, STREAM_HEAD, build_ok, encode_chunks, serve_scripts

RECORD = Config(limits=LIMITS, mode="record")
FIRST, SECOND = encode_chunks(b"data: 1\n\n"), encode_chunks(b"data: 2\n\n")


def write_cassette(path: Path, *targets: bytes) -> Path:
    """Write a cassette with a ``GET`` exchange for each of these targets."""
    records = [
        encode_exchange(
            make_exchange(
                number,
                request=make_request("GET", target, headers=(), body=b""),
                answer=make_answer(target, headers=((b"Content-Length", b"%d" % len(target)),)),
            )
        )
        for number, target in enumerate(targets, 1)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(make_cassette(*records))
    return path


async def test_an_answer_in_progress_ends_before_its_session_does(tmp_path: Path) -> None:
    go_on = asyncio.Event()
    async with (
        serve_scripts([STREAM_HEAD + FIRST, go_on, SECOND + LAST_CHUNK]) as upstream,
        serve_sessions(tmp_path, config=RECORD, upstream=upstream.url) as (url, sessions),
        open_client(url) as client,
    ):
        await client.send(build_get("/@c/x"))
        await client.read_head()
        await client.read_chunk()
        ending = asyncio.ensure_future(sessions.end("c"))
        await asyncio.sleep(0)
        assert (await ask(url, build_get("/@c/late"))).status == 410
        assert not ending.done()
        go_on.set()
        assert [await client.read_chunk(), await client.read_chunk()] == [b"data: 2\n\n", b""]
        report = await ending
    assert (report.recorded, report.ended) == (1, True)
    [exchange] = read_exchanges(tmp_path / "c.cassette")
    assert (exchange.head.end, exchange.head.whole) == (End.COMPLETE, True)


async def test_an_answer_that_does_not_end_is_cut_off_and_recorded(tmp_path: Path) -> None:
    config = replace(RECORD, limits=replace(LIMITS, shutdown_timeout=0.05))
    async with (
        serve_scripts([STREAM_HEAD + FIRST, STALL]) as upstream,
        serve_sessions(tmp_path, config=config, upstream=upstream.url) as (url, _),
        open_client(url) as client,
    ):
        await client.send(build_get("/@c/x"))
        await client.read_head()
        await client.read_chunk()
        report = await end_session(url, "c")
        assert await client.reader.read() == b"", "the client's stream is cut off, too"
    assert report["recorded"] == 1
    [exchange] = read_exchanges(tmp_path / "c.cassette")
    assert (exchange.head.end, exchange.answer.body) == (End.SHUTDOWN, b"data: 1\n\n")


async def test_a_request_whose_session_ends_before_it_has_arrived_is_answered_with_gone(
    tmp_path: Path,
) -> None:
    write_cassette(tmp_path / "c.cassette", b"/x")
    async with serve_sessions(tmp_path) as (url, _), open_client(url) as client:
        head, _, body = build_post("/@c/x", b'{"a": 1}').partition(b"\r\n\r\n")
        await client.send(head + b"\r\nExpect: 100-continue\r\n\r\n")
        assert (await client.read_head()).status == 100
        report = await end_session(url, "c")
        await client.send(body)
        assert (await client.read_answer()).status == 410
    assert (report["replayed"], report["missed"]) == (0, 0)


async def test_every_call_that_ends_a_session_gets_the_same_report(tmp_path: Path) -> None:
    async with (
        serve_scripts([build_ok(b"1")]) as upstream,
        serve_sessions(tmp_path, config=RECORD, upstream=upstream.url) as (url, _),
    ):
        await ask(url, build_get("/@c/x"))
        reports = await asyncio.gather(*(end_session(url, "c") for _ in range(5)))
    assert all(report == reports[0] for report in reports)
    assert reports[0]["recorded"] == 1


async def test_a_session_can_be_ended_while_it_is_being_opened(tmp_path: Path) -> None:
    write_cassette(tmp_path / "c.cassette", b"/x")
    async with serve_sessions(tmp_path) as (url, sessions):
        creation = asyncio.ensure_future(sessions.create_named("c"))
        await asyncio.sleep(0)
        report = await sessions.end("c")
        assert (await creation).has_ended
        assert (await ask(url, build_get("/@c/x"))).status == 410
    assert report.ended


async def test_a_recording_of_nothing_leaves_the_old_cassette(tmp_path: Path) -> None:
    path = write_cassette(tmp_path / "c.cassette", b"/x")
    before = path.read_bytes()
    async with serve_sessions(tmp_path, config=RECORD, upstream="http://127.0.0.1:1") as (url, _):
        await open_session(url, name="c")
        report = await end_session(url, "c")
    assert (report["recorded"], report["ok"]) == (0, True)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["c.cassette"]


async def test_a_server_cannot_be_its_own_upstream(tmp_path: Path) -> None:
    async with serve_sessions(tmp_path) as (url, _):
        settings = {"cassette": "c", "mode": "record", "upstream": url}
        status, document = await call_control(url, "POST", "", settings)
    assert status == 400
    assert "own address" in document["error"]["message"]


async def test_a_server_that_is_shutting_down_creates_no_session(tmp_path: Path) -> None:
    sessions = Sessions(Config(mode="replay"), tmp_path)
    await sessions.close()
    with pytest.raises(StoppingError):
        await sessions.create_named("c")


async def test_a_session_that_cannot_be_opened_leaves_nothing_open(tmp_path: Path) -> None:
    sessions = Sessions(RECORD, tmp_path)
    for _ in range(2):
        with pytest.raises(UsageError, match="needs the real API"):
            await sessions.create_named("c")
    await sessions.close()
    assert await sessions.list_reports() == []


async def test_a_cassette_that_cannot_be_closed_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_cassette(tmp_path / "c.cassette", b"/x")

    def fail(*_args: object, **_kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    async with (
        serve_scripts([build_ok(b"1")]) as upstream,
        serve_sessions(tmp_path, config=RECORD, upstream=upstream.url) as (url, _),
    ):
        await ask(url, build_get("/@c/x"))
        monkeypatch.setattr(os, "rename", fail)
        status, document = await call_control(url, "DELETE", "/c")
        monkeypatch.undo()
        late = await ask(url, build_get("/@c/x"))
        _, listed = await call_control(url, "GET")
        assert (await call_control(url, "POST", "", {"name": "c"}))[0] == 201, (
            "the cassette is free"
        )
    assert (status, late.status) == (500, 410)
    assert "No space left on device" in document["error"]["message"]
    assert [report["state"] for report in listed["sessions"]] == ["ended"]


@pytest.mark.slow
async def test_a_hundred_sessions_at_once(tmp_path: Path) -> None:
    replayed = [f"old-{n}" for n in range(50)]
    recorded = [f"new-{n}" for n in range(50)]
    for name in replayed:
        write_cassette(tmp_path / f"{name}.cassette", *(f"/{name}/{n}".encode() for n in range(10)))

    async def talk(url: str, name: str) -> list[RawAnswer]:
        mode = "replay" if name in replayed else "record"
        await open_session(url, name=name, mode=mode)
        async with open_client(url) as client:
            answers = []
            for number in range(10):
                await client.send(build_get(f"/@{name}/{name}/{number}"))
                answers.append(await client.read_answer())
            return answers

    async with (
        serve_scripts([build_ok(b"live")]) as upstream,
        serve_sessions(tmp_path, upstream=upstream.url) as (url, _),
    ):
        names = [name for pair in zip(replayed, recorded, strict=True) for name in pair]
        conversations = await asyncio.gather(*(talk(url, name) for name in names))
        assert threading.active_count() < 20, "an idle recording needs no thread"
        reports = await asyncio.gather(*(end_session(url, name) for name in names))
    for name, answers, report in zip(names, conversations, reports, strict=True):
        own = [f"/{name}/{n}".encode() for n in range(10)]
        expected = own if name in replayed else [b"live"] * 10
        assert [answer.body for answer in answers] == expected
        assert (report["replayed"] + report["recorded"], report["ok"]) == (10, True)
    for name in recorded:
        targets = [
            each.head.request.target for each in read_exchanges(tmp_path / f"{name}.cassette")
        ]
        assert targets == [f"/{name}/{n}".encode() for n in range(10)]


@pytest.mark.slow
async def test_hundreds_of_sessions_leave_nothing_behind(tmp_path: Path) -> None:
    write_cassette(tmp_path / "old.cassette", b"/x")
    async with (
        serve_scripts([build_ok(b"1")]) as upstream,
        serve_sessions(tmp_path, upstream=upstream.url) as (url, sessions),
        open_client(url) as client,
    ):

        async def run_session(number: int) -> None:
            mode = ("replay", "record", "auto", "passthrough")[number % 4]
            cassette = "old" if mode == "replay" else f"new-{number}"
            settings = {"name": f"s{number}", "cassette": cassette, "mode": mode}
            for request in (
                build_control_request(url, "POST", "", settings),
                build_get(f"/@s{number}/x"),
                build_control_request(url, "DELETE", f"/s{number}"),
            ):
                await client.send(request)
                assert (await client.read_answer()).status in {200, 201}

        for number in range(8):
            await run_session(number)
        before = count_resources()
        for number in range(8, 308):
            await run_session(number)
        assert count_resources() == before
        assert len(await sessions.list_reports()) == 308


def count_resources() -> tuple[int, int, int]:
    """Count open files, threads (without the shared workers) and tasks after a collection."""
    gc.collect()
    shared = ("runreel-cassette", "asyncio_", "ThreadPoolExecutor-")  # the latter: uvloop
    threads = [each for each in threading.enumerate() if not each.name.startswith(shared)]
    return len(os.listdir("/dev/fd")), len(threads), len(asyncio.all_tasks())


async def test_only_the_latest_reports_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runreel.shell.session.registry._MAX_REPORTS", 3)
    write_cassette(tmp_path / "c.cassette", b"/x")
    async with serve_sessions(tmp_path) as (url, _):
        for number in range(5):
            await open_session(url, name=f"s{number}", cassette="c")
            await end_session(url, f"s{number}")
        _, listed = await call_control(url, "GET")
        dropped, _ = await call_control(url, "GET", "/s0")
        late = await ask(url, build_get("/@s0/x"))
    assert [report["name"] for report in listed["sessions"]] == ["s2", "s3", "s4"]
    assert (dropped, late.status) == (404, 410), "its name cannot be used for a new recording"


SETTINGS = [
    ("a miss is not a failure by default", {}, False),
    ("on_miss = fail", {"on_miss": "fail"}, True),
    ("strict", {"strict": True}, True),
]


@pytest.mark.parametrize(
    ("settings", "is_failure"), [row[1:] for row in SETTINGS], ids=[row[0] for row in SETTINGS]
)
async def test_the_settings_decide_if_a_miss_is_a_failure(
    settings: dict[str, object], is_failure: bool, tmp_path: Path
) -> None:
    write_cassette(tmp_path / "c.cassette", b"/x")
    async with serve_sessions(tmp_path) as (url, sessions):
        await open_session(url, name="c", **settings)
        await ask(url, build_get("/@c/miss"))
        report = await end_session(url, "c")
    assert (report["ok"], sessions.has_failed) == (False, is_failure)


UNPLAYED: list[tuple[str, bool, bool]] = [
    ("ignore", True, False),
    ("warn", True, False),
    ("fail", False, True),
]


@pytest.mark.parametrize(("setting", "is_ok", "is_failure"), UNPLAYED)
async def test_the_setting_decides_if_unplayed_exchanges_are_a_failure(
    setting: str, is_ok: bool, is_failure: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_cassette(tmp_path / "c.cassette", b"/x", b"/y")
    async with serve_sessions(tmp_path) as (url, sessions):
        await open_session(url, name="c", on_unplayed=setting)
        await ask(url, build_get("/@c/x"))
        report = await end_session(url, "c")
    assert [each["path"] for each in report["unplayed"]] == ["/y"]
    assert (report["ok"], sessions.has_failed) == (is_ok, is_failure)
    assert ("exchanges_unplayed" in capsys.readouterr().out) == (setting != "ignore")


async def test_the_limit_on_memory_is_for_all_sessions_together(tmp_path: Path) -> None:
    limits = replace(LIMITS, max_memory=Size(150), max_body=BodySize(100))
    config = replace(RECORD, limits=limits)
    go_on = asyncio.Event()
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
    async with (
        serve_scripts([head + b"x" * 90, go_on, b"x" * 10]) as upstream,
        serve_sessions(tmp_path, config=config, upstream=upstream.url) as (url, _),
        open_client(url) as one,
        open_client(url) as two,
    ):
        for name, client in (("one", one), ("two", two)):
            await client.send(build_get(f"/@{name}/x"))
            await client.read_head()
            await client.reader.readexactly(90)
        go_on.set()
        for client in (one, two):
            assert await client.reader.readexactly(10) == b"x" * 10
        await asyncio.gather(end_session(url, "one"), end_session(url, "two"))
    omitted = [
        read_exchanges(tmp_path / f"{name}.cassette")[0].answer.omitted for name in ("one", "two")
    ]
    assert omitted == [None, OmittedReason.MAX_MEMORY]


async def test_an_ended_replay_is_freed_without_the_garbage_collector(tmp_path: Path) -> None:
    write_cassette(tmp_path / "one.cassette", b"/1", b"/2")
    gc.collect()
    gc.disable()
    try:
        async with serve_sessions(tmp_path) as (url, sessions):
            base_url = await open_session(url, cassette="one")
            prefix = base_url.removeprefix(url)
            for path in ("/1", "/2", "/miss"):
                await ask(url, build_get(f"{prefix}{path}"))
            session = sessions.get("one")
            assert session is not None
            player = weakref.ref(session.handler)
            del session
            await end_session(url, "one")
            assert player() is None
    finally:
        gc.enable()
