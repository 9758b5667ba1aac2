"""The inspector's API on a real socket: recordings, lists, exchanges, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from msgspec.structs import replace

from runreel.config import Address
from runreel.shell.server.connection import SAFE_HEADERS
from support.build import make_answer, make_exchange
from support.client import RawAnswer, ask, build_get, open_client
from support.inspector import (
    build_api_path,
    get_api,
    get_error,
    get_raw,
    list_rows,
    serve_inspector,
)
from support.proxy import serve_sessions
from support.recordings import Facts, record_program, write_recording


@pytest.fixture
def paths(tmp_path: Path) -> dict[str, Path]:
    a = [make_exchange(number) for number in range(1, 6)]
    failed = make_exchange(1, answer=make_answer(status=500))
    program = record_program("chat", 1, Facts(answer="You will get a refund."))
    refund = next(each for each in program if each.answer.body.count(b"ref"))
    b = [failed, replace(refund, head=replace(refund.head, number=2))]
    return {
        "folder/a": write_recording(tmp_path / "a.cassette", a),
        "b": write_recording(tmp_path / "b.cassette", b),
    }


async def test_recordings_are_listed_with_their_state(paths: dict[str, Path]) -> None:
    with paths["b"].open("ab") as file:
        file.write(b"\0" * 20)
    async with serve_inspector({**paths, "gone": Path("gone.cassette")}) as url:
        document = await get_api(url, "recordings")
    a, b, gone = document["recordings"]
    assert (document["live"], document["mode"], document["schema_version"]) == (
        False,
        "inspect",
        1,
    )
    assert (a["name"], a["kind"], a["exchanges"], a["damage"]) == ("folder/a", "cassette", 5, [])
    assert (b["state"], len(b["damage"])) == ("torn tail", 1)
    assert (gone["state"], gone["exchanges"]) == ("unreadable", 0)
    assert "no cassette" in gone["damage"][0]


async def test_a_list_has_all_exchanges_once_whatever_the_size_of_its_pages(
    paths: dict[str, Path],
) -> None:
    async with serve_inspector(paths) as url:
        every = [
            [(row["recording"], row["number"]) for row in await list_rows(url, **query)]
            for query in (
                {},
                {"limit": 1},
                {"limit": 3},
                {"order": "desc", "limit": 2},
                {"recording": "b"},
            )
        ]
    expected = [*(("folder/a", number) for number in range(1, 6)), ("b", 1), ("b", 2)]
    assert every == [expected, expected, expected, expected[::-1], expected[5:]]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("status:500", [("b", 1)]),
        ("text:refund or #5", [("folder/a", 5), ("b", 2)]),
        ("refund status:500", []),
        ("not status:500 not #1..4", [("folder/a", 5)]),
    ],
)
async def test_a_filter_selects(
    paths: dict[str, Path], text: str, numbers: list[tuple[str, int]]
) -> None:
    async with serve_inspector(paths) as url:
        for limit in (1, 500):
            rows = await list_rows(url, filter=text, limit=limit)
            assert [(row["recording"], row["number"]) for row in rows] == numbers


async def test_an_exchange_has_its_document_events_and_bytes(paths: dict[str, Path]) -> None:
    async with serve_inspector(paths) as url:
        document = await get_api(url, "x/folder%2Fa/2")
        links = await get_api(url, "x/folder%2Fa/2/links")
        page = await get_api(url, "x/b/2/events", **{"from": 2, "limit": 1})
        answer = await get_api(url, "x/folder%2Fa/2/bytes", **{"from": 3, "to": 9})
        request = await get_api(url, "x/folder%2Fa/2/bytes", part="request")
    exchange = make_exchange(2)
    assert document["links"].keys() == links.keys() - {"schema_version"}
    assert links == {"schema_version": 1, "previous": 1, "next": 3, "run": None, "unread": 0}
    assert document["exchange"]["answer"]["body"]["text"] == exchange.answer.body.decode()
    assert document["row"]["number"] == 2
    assert page["total"] > 3
    assert [event["number"] for event in page["events"]] == [2]
    assert answer["text"] == exchange.answer.body[3:9].decode()
    assert request["text"] == exchange.head.request.body.decode()


REFUSED = [
    ("no endpoint", "nothing", {}, 404, "runreel_not_found"),
    ("no recording", "x/c/1", {}, 404, "runreel_not_found"),
    ("no exchange", "x/b/9", {}, 404, "runreel_not_found"),
    ("no part", "x/b/1/nothing", {}, 404, "runreel_not_found"),
    ("not a number", "x/b/one", {}, 400, "runreel_bad_query"),
    ("a number too many", "x/b/" + "9" * 30, {}, 400, "runreel_bad_query"),
    ("no number", "x/b", {}, 404, "runreel_not_found"),
    ("an unknown parameter", "recordings", {"x": 1}, 400, "runreel_bad_query"),
    ("a wrong limit", "exchanges", {"limit": 0}, 400, "runreel_bad_query"),
    ("a wrong order", "exchanges", {"order": "up"}, 400, "runreel_bad_query"),
    ("a wrong cursor", "exchanges", {"after": "7"}, 400, "runreel_bad_query"),
    ("the cursor of a stranger", "exchanges", {"after": "1.1.1@c"}, 400, "runreel_bad_query"),
    ("a wrong filter", "exchanges", {"filter": "stauts:1"}, 400, "runreel_bad_filter"),
    ("a long query", "exchanges", {"filter": "x" * 20_000}, 400, "runreel_bad_query"),
]


@pytest.mark.parametrize(("why", "path", "query", "status", "code"), REFUSED)
async def test_mistakes_are_answered(
    paths: dict[str, Path], why: str, path: str, query: dict[str, Any], status: int, code: str
) -> None:
    async with serve_inspector(paths) as url:
        assert await get_error(url, path, **query) == (status, code)


async def test_a_mistake_in_a_filter_has_its_place(paths: dict[str, Path]) -> None:
    async with serve_inspector(paths) as url:
        document = await get_api(url, "filter", text="op:a stauts:1")
        assert await get_api(url, "filter", text="op:a") == {"schema_version": 1, "ok": True}
    assert (document["ok"], document["offset"], document["length"]) == (False, 5, 6)
    assert 'did you mean "status"' in document["message"]
    assert document["suggestion"] == "status"


async def test_a_filter_is_completed_at_an_offset(paths: dict[str, Path]) -> None:
    async with serve_inspector(paths) as url:
        await list_rows(url)
        document = await get_api(url, "filter", text="stat or op:x", at=4)
        assert (document["ok"], document["completions"]) == (True, ["status:"])
        document = await get_api(url, "filter", text="op:", at=3)
        assert not document["ok"]
        assert document["completions"]
        assert await get_error(url, "filter", text="op", at="x") == (400, "runreel_bad_query")


async def test_every_answer_forbids_what_it_can(paths: dict[str, Path]) -> None:
    targets = (
        "/-/",
        "/-/page/index.html",
        "/-/page/nothing.js",
        build_api_path("recordings"),
        build_api_path("nothing"),
        build_api_path("x/b/1"),
    )
    async with serve_inspector(paths) as url:
        answers = [
            await get_raw(url, target, method=method)
            for target in targets
            for method in ("GET", "HEAD", "POST")
        ]
    for answer in answers:
        check_safe_headers(answer)
        assert answer.find_header(b"cache-control") in {b"no-store", b"no-cache"}


def check_safe_headers(answer: RawAnswer) -> None:
    """Check that an answer has each of the headers once, whatever its status."""
    for name, value in SAFE_HEADERS:
        present = [each for header, each in answer.headers if header.lower() == name.lower()]
        assert present == [value], (answer.status, name)
    policy = answer.find_header(b"content-security-policy") or b""
    assert policy.startswith(b"default-src 'none'; ")
    assert b"unsafe" not in policy
    assert b"frame-ancestors 'none'" in policy


async def test_every_answer_of_a_proxy_forbids_what_it_can(tmp_path: Path) -> None:
    """The rows: answers of all own endpoints, and rejections before any of them is asked."""
    token = f"Authorization: Bearer {TOKEN}"
    rows = [
        ("/-/health", (), 200),
        ("/-/nothing", (token,), 404),
        ("/-/sessions", (token,), 200),
        ("/-/sessions/nothing", (token,), 404),
        ("/-/sessions", (), 401),
        ("/-/api/recordings", (), 401),
        ("/-/api/recordings", (token, "Origin: http://evil.example"), 403),
        ("/-/api/recordings", (token, "Sec-Fetch-Site: cross-site"), 403),
        ("/-/activity", ("Sec-Fetch-Site: cross-site",), 403),
    ]
    async with serve_sessions(tmp_path, token=TOKEN, address=Address("0.0.0.0", 0)) as (url, _):
        local = url.replace("0.0.0.0", "127.0.0.1")
        for target, lines, status in rows:
            answer = await get_raw(local, target, *lines)
            assert answer.status == status, target
            check_safe_headers(answer)


async def test_a_foreign_host_and_a_live_stream_have_the_headers_too(tmp_path: Path) -> None:
    async with serve_sessions(tmp_path) as (url, _):
        for target in ("/-/", "/-/health", "/-/api/recordings", "/-/sessions"):
            answer = await ask(url, build_get(target))  # its Host is no name of the proxy
            assert answer.status == 403, target
            check_safe_headers(answer)
        for path in ("/-/api/live", "/-/activity"):
            host = f"Host: {urlsplit(url).netloc}"
            async with open_client(url) as client:
                await client.send(f"GET {path} HTTP/1.1\r\n{host}\r\n\r\n".encode())
                check_safe_headers(await client.read_head())


async def test_the_page_needs_a_known_host_and_the_api_more(paths: dict[str, Path]) -> None:
    cross = "Sec-Fetch-Site: cross-site"
    async with serve_inspector(paths) as url:
        pages = [await get_raw(url, "/-/", *lines) for lines in ((), (cross,))]
        api = [
            await get_raw(url, build_api_path("recordings"), *lines)
            for lines in ((), (cross,), ("Origin: http://evil.example",))
        ]
    assert [answer.status for answer in pages] == [200, 200]
    assert [answer.status for answer in api] == [200, 403, 403]


TOKEN = "a-token-that-is-hard-to-gueses"


async def test_beyond_this_machine_the_api_needs_the_token_and_the_page_does_not(
    tmp_path: Path,
) -> None:
    everywhere = Address("0.0.0.0", 0)
    targets = ("/-/", "/-/page/main.js", "/-/api/recordings", "/-/api/live", "/-/api/nothing")
    wrong = ("Authorization: Bearer another-token-as-long",)
    async with serve_sessions(tmp_path, token=TOKEN, address=everywhere) as (url, _):
        local = url.replace("0.0.0.0", "127.0.0.1")
        statuses = {
            target: [(await get_raw(local, target, *lines)).status for lines in ((), wrong)]
            for target in targets
        }
        right = await get_raw(local, "/-/api/recordings", f"Authorization: Bearer {TOKEN}")
        in_query = await get_raw(local, f"/-/api/recordings?token={TOKEN}")
    assert statuses == {
        target: [200, 200] if target in targets[:2] else [401, 401] for target in targets
    }
    assert right.status == 200
    assert in_query.status == 401


async def test_without_a_token_there_is_no_api_beyond_this_machine(tmp_path: Path) -> None:
    async with serve_sessions(tmp_path, address=Address("0.0.0.0", 0)) as (url, _):
        local = url.replace("0.0.0.0", "127.0.0.1")
        assert (await get_error(local, "recordings"))[0] == 403


async def test_an_exchange_that_cannot_be_read_has_a_row_that_says_so(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "a.cassette", [make_exchange(1), make_exchange(2)])
    data = bytearray(path.read_bytes())
    at = data.index(b"data: [DONE]")
    data[at] ^= 1
    path.write_bytes(data)
    async with serve_inspector({"a": path}) as url:
        rows = await list_rows(url)
        rows = await list_rows(url)
        error = await get_error(url, "x/a/1")
        readable = await list_rows(url, filter="not text:xyzzy")
    assert [bool(row["damage"]) for row in rows] == [True, False]
    assert all(row["is_read"] for row in rows)
    assert error == (422, "runreel_unreadable")
    assert [row["number"] for row in readable] == [2]


async def test_a_cassette_that_is_replaced_is_shown_anew(paths: dict[str, Path]) -> None:
    async with serve_inspector(paths) as url:
        before = await list_rows(url, recording="folder/a")
        new = paths["b"].with_name("new")
        write_recording(new, [make_exchange(1, session="second")])
        new.replace(paths["folder/a"])
        after = await list_rows(url, recording="folder/a")
        while len(after) == len(before):
            after = await list_rows(url, recording="folder/a")
        cursor = (await get_api(url, "exchanges", limit=1))["next"]
        paths["folder/a"].unlink()
        gone = (await get_api(url, "recordings"))["recordings"][0]
        while gone["state"] != "unreadable":
            gone = (await get_api(url, "recordings"))["recordings"][0]
    assert [row["session"] for row in after] == ["second"]
    assert cursor
    assert "no cassette" in gone["damage"][0]
