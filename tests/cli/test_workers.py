"""``runreel replay --workers N``: one port, several processes, whole sessions."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from runreel.core.cassette import encode_exchange
from runreel.model import Request
from support.activity import Follower, follow
from support.build import make_answer, make_cassette, make_exchange, make_header, make_request
from support.client import RawAnswer, RawClient, ask, build_get, build_post, open_client
from support.control import (
    ask_in_session,
    build_control_request,
    call_control,
    end_session,
    open_session,
)
from support.inspector import get_api, get_error, list_rows
from support.process import RunningProcess, run_runreel, start_runreel

WORKERS = ("--workers", "2", "--listen", "127.0.0.1:0")
JSON = ((b"Content-Type", b"application/json"),)
NAMES = ("a", "b", "c", "d")
LARGE = b'{"n": 2, "text": "%b"}' % (b"x" * 3_000_000)


def write_cassette(path: Path, name: str) -> None:
    """Write the calls of one session; each answer has the session's name."""

    def encode(number: int, request: Request) -> bytes:
        text = f"data: {name} {number}\n\n".encode()
        return encode_exchange(
            make_exchange(number, request=request, answer=make_answer(text[:3], text[3:]))
        )

    bodies = (b'{"n": 1}', LARGE, b'{"n": 3}')
    requests = [make_request("POST", b"/v1/x", JSON, body) for body in bodies]
    records = [encode(number, each) for number, each in enumerate(requests, start=1)]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(make_cassette(*records, header=make_header(upstream="http://up.test/base")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in NAMES:
        write_cassette(tmp_path / "cassettes" / f"{name}.cassette", name)
    return tmp_path


async def ask_on(client: RawClient, request: bytes) -> RawAnswer:
    await client.send(request)
    return await client.read_answer()


def list_workers(process: RunningProcess) -> list[int]:
    """Return the workers of a server, which are the children of its first process."""
    children = Path(f"/proc/{process.process.pid}/task/{process.process.pid}/children")
    if not children.exists():
        pytest.skip("needs Linux with /proc/PID/task/PID/children")
    return [int(pid) for pid in children.read_text().split()]


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
async def test_one_connection_may_have_requests_for_all_sessions(loop: str, folder: Path) -> None:
    async with start_runreel("replay", "cassettes/", "--loop", loop, *WORKERS, cwd=folder) as p:
        url = await p.wait_until_ready()
        async with open_client(url) as client:
            for number, body in ((1, b'{"n": 1}'), (2, LARGE), (3, b'{"n": 3}')):
                for name in NAMES:
                    answer = await ask_on(client, build_post(f"/@{name}/v1/x", body))
                    assert (answer.status, answer.ended) == (200, "complete")
                    assert answer.chunks == [b"dat", f"a: {name} {number}\n\n".encode()]
        reports = [await end_session(url, name) for name in NAMES]
        assert [report["played"] for report in reports] == [[1, 2, 3]] * len(NAMES)
        assert (await p.stop()).code == 0


async def test_sessions_are_in_different_processes_and_each_in_one(folder: Path) -> None:
    async with start_runreel("replay", "cassettes/", *WORKERS, cwd=folder) as process:
        url = await process.wait_until_ready()
        workers = list_workers(process)
        assert len(workers) == 2

        def count_open() -> Counter[str]:
            links = (
                os.readlink(link)
                for pid in workers
                for link in Path(f"/proc/{pid}/fd").iterdir()
                if link.is_symlink()
            )
            return Counter(Path(link).stem for link in links if link.endswith(".cassette"))

        for _ in range(3):
            for name in NAMES:
                assert (await ask(url, build_post(f"/@{name}/v1/x", b'{"n": 1}'))).status == 200
        assert count_open() == Counter(NAMES)
        os.kill(workers[0], signal.SIGSTOP)  # the other one has half of them
        tasks = [
            asyncio.create_task(ask(url, build_post(f"/@{name}/v1/x", b'{"n": 1}')))
            for name in NAMES
            for _ in range(4)
        ]
        done, _ = await asyncio.wait(tasks, timeout=2)
        os.kill(workers[0], signal.SIGCONT)
        assert len(done) <= len(tasks) // 2
        assert [(await task).status for task in tasks] == [200] * len(tasks)


BODIES = [
    ("a chunked body", ("Transfer-Encoding: chunked",), b'5\r\n{"n":\r\n3\r\n 1}\r\n0\r\n\r\n'),
    ("a chunked body that waits", ("Transfer-Encoding: chunked", "Expect: 100-continue"), b""),
    ("a body that waits", ("Content-Length: 8", "Expect: 100-continue"), b""),
    ("a body in two parts", ("Content-Length: 8",), b'{"n"'),
]


@pytest.mark.parametrize(("why", "headers", "start"), BODIES, ids=[row[0] for row in BODIES])
async def test_a_request_is_handed_over_however_its_body_comes(
    why: str, headers: tuple[str, ...], start: bytes, folder: Path
) -> None:
    rest = {b"": b'{"n": 1}', b'{"n"': b": 1}"}.get(start, b"")
    if "Transfer-Encoding: chunked" in headers and not start:
        rest = b"8\r\n%b\r\n0\r\n\r\n" % rest
    async with start_runreel("replay", "cassettes/", *WORKERS, cwd=folder) as process:
        url = await process.wait_until_ready()
        async with open_client(url) as client:
            for name in NAMES:
                head = build_get(
                    f"/@{name}/v1/x", "Content-Type: application/json", *headers, method="POST"
                )
                await client.send(head + start)
                if "Expect: 100-continue" in headers:
                    assert (await client.read_head()).status == 100
                # The head is handed over alone, or with the rest if that has come already.
                await client.send(rest)
                assert (await client.read_answer()).body == f"data: {name} 1\n\n".encode()


async def test_pipelined_requests_are_answered_or_refused(folder: Path) -> None:
    request = build_post("/@a/v1/x", b'{"n": 1}')
    outcomes: list[int] = []
    async with start_runreel("replay", "cassettes/", *WORKERS, cwd=folder) as process:
        url = await process.wait_until_ready()
        while len(outcomes) < 12 or (200 not in outcomes and len(outcomes) < 200):
            async with open_client(url) as client:  # with any worker, often the same one
                await client.send(2 * request)
                first = await client.read_answer()
                if first.status == 200:
                    assert (await client.read_answer()).status == 200
                outcomes.append(first.status)
    assert set(outcomes) <= {200, 400}
    assert 200 in outcomes


async def test_a_chunked_body_that_is_too_long_is_refused(folder: Path) -> None:
    body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(LARGE), LARGE)
    statuses = []
    limit = {"RUNREEL_LIMITS_MAX_BODY": "1MB"}
    async with start_runreel("replay", "cassettes/", *WORKERS, cwd=folder, env=limit) as process:
        url = await process.wait_until_ready()
        for _ in range(8):  # any worker may get it
            head = build_get("/@a/v1/x", "Transfer-Encoding: chunked", method="POST")
            statuses.append((await ask(url, head + body)).status)
    assert set(statuses) <= {404, 413}


async def test_the_page_lists_the_sessions_of_all_workers(folder: Path) -> None:
    async with start_runreel("replay", "cassettes/", *WORKERS, cwd=folder) as process:
        url = await process.wait_until_ready()
        for name in NAMES:
            await ask(url, build_post(f"/@{name}/v1/x", b'{"n": 1}'))
        for _ in range(4):  # from whatever worker has the connection
            document = await get_api(url, "recordings")
            assert sorted(each["name"] for each in document["recordings"]) == [*NAMES]
            assert document["workers"] == 2
            for name in NAMES:
                rows = await list_rows(url, recording=name)
                assert {row["recording"] for row in rows} == {name}
                assert (await get_api(url, f"x/{name}/1"))["recording"] == name


async def test_the_page_has_the_exchanges_and_the_misses_of_all_workers(folder: Path) -> None:
    async with start_runreel("replay", "cassettes/", *WORKERS, cwd=folder) as process:
        url = await process.wait_until_ready()
        for name in NAMES:
            await ask(url, build_post(f"/@{name}/v1/x", b'{"n": 1}'))
            assert (await ask(url, build_post(f"/@{name}/v1/none", b"{}"))).status == 404
        instances = set()
        for _ in range(4):  # from whatever worker has the connection
            each = await list_rows(url, limit=1, order="desc")
            rows = await list_rows(url)
            page = await get_api(url, "exchanges")
            assert {row["recording"] for row in rows} == {*NAMES}
            assert sorted(map(find_place, each)) == sorted(map(find_place, rows))
            assert page["total"] == page["matched"] == len({*map(find_place, rows)}) == len(rows)
            assert (page["recordings"], page["next"]) == (len(NAMES), None)
            misses = (await get_api(url, "misses"))["misses"]
            assert sorted(miss["recording"] for miss in misses) == sorted(NAMES)
            for text in ("x", "[1]", '["", 7]', '["", [1]]', "[" * 9000):
                assert (await get_error(url, "exchanges", after=text))[0] == 400
            assert (await get_error(url, "exchanges", filter="status:"))[0] == 400
            assert await list_rows(url, filter="status:>=500") == []
            instances.add((await get_api(url, "recordings"))["instance"])
        assert len(instances) == 1


def find_place(row: dict[str, Any]) -> tuple[str, int]:
    return row["recording"], row["number"]


async def test_the_page_watches_all_workers(folder: Path) -> None:
    live = "/-/api/live"
    async with start_runreel("replay", "cassettes/", *WORKERS, cwd=folder) as process:
        url = await process.wait_until_ready()
        async with follow(url, path=live) as follower:
            assert (await follower.read())[0] == "hello"
            for name in NAMES:
                assert (await ask(url, build_post(f"/@{name}/v1/x", b'{"n": 1}'))).status == 200
            notes = await read_ends(follower, len(NAMES))
            last_id = follower.last_id
        kinds = Counter(kind for kind, _ in notes)
        assert (kinds["hello"], kinds["begin"], kinds["row"]) == (0, len(NAMES), len(NAMES))
        calls = {
            kind: {note["call"] for each, note in notes if each == kind}
            for kind in ("begin", "row", "end")
        }
        assert calls["begin"] == calls["row"] == calls["end"]
        assert len(calls["end"]) == len(NAMES)
        assert {row["call"] for row in await list_rows(url)} - {None} == calls["end"]
        for name in NAMES:
            assert (await ask(url, build_post(f"/@{name}/v1/x", b'{"n": 3}'))).status == 200
        async with follow(url, path=f"{live}?after={last_id}") as follower:
            notes = await read_ends(follower, len(NAMES))
            begun = {note["call"] for kind, note in notes if kind == "begin"}
            assert begun.isdisjoint(calls["end"])
            stopping = asyncio.create_task(process.stop())
            assert (await follower.read_until("over"))[-1] == ("over", {})
        assert (await stopping).code == 0


async def read_ends(follower: Follower, count: int) -> list[tuple[str, Any]]:
    """Return the events up to that many ends of calls."""
    notes: list[tuple[str, Any]] = []
    for _ in range(count):
        notes += await follower.read_until("end")
    return notes


async def test_the_control_api_knows_the_sessions_of_all_workers(folder: Path) -> None:
    async with start_runreel("replay", "cassettes/", *WORKERS, cwd=folder) as process:
        url = await process.wait_until_ready()
        bases = [await open_session(url, cassette=name) for name in NAMES]
        again = [await open_session(url, cassette="a") for _ in range(3)]
        assert [base.rpartition("@")[2] for base in again] == ["a-2", "a-3", "a-4"]
        named = await open_session(url, cassette="b", name="other")
        for base in (*bases, *again, named):
            assert (await ask_in_session(base, build_post("/v1/x", b'{"n": 1}'))).status == 200
        assert (await call_control(url, "POST", "", {"cassette": "b", "name": "other"}))[0] == 409
        ended = await end_session(url, "other")
        assert (ended["cassette"], ended["replayed"]) == ("cassettes/b.cassette", 1)
        assert (await call_control(url, "GET", "/other"))[1]["state"] == "ended"
        for path in ("/unknown", "/%40a"):
            assert (await call_control(url, "GET", path))[0] == 404
            assert (await call_control(url, "DELETE", path))[0] == 404
        for _ in range(4):
            status, document = await call_control(url, "GET")
            states = {each["name"]: each["state"] for each in document["sessions"]}
            names = ("a", "b", "c", "d", "a-2", "a-3", "a-4")
            assert (status, states) == (200, {**dict.fromkeys(names, "open"), "other": "ended"})
            assert document["sessions"][-1]["name"] == "other"
            assert all(each["base_url"].startswith(f"{url}/@") for each in document["sessions"])
            request = build_control_request(url, "HEAD")
            assert (await ask(url, request, bodiless=True)).status == 200


async def test_the_default_session_is_found_on_every_connection(folder: Path) -> None:
    async with start_runreel("replay", "a", *WORKERS, cwd=folder) as process:
        url = await process.wait_until_ready()
        answers = [await ask(url, build_post("/v1/x", b'{"n": 1}')) for _ in range(12)]
        assert {answer.body for answer in answers} == {b"data: a 1\n\n"}
        assert (await ask(url, build_post("/@b/v1/x", b'{"n": 1}'))).body == b"data: b 1\n\n"
        assert (await end_session(url, "default"))["replayed"] == 12
        assert (await ask(url, build_post("/v1/x", b'{"n": 1}'))).status == 410


async def test_misses_are_reported_by_their_session_and_count_for_the_exit_code(
    folder: Path,
) -> None:
    options = ("--on-miss", "fail", *WORKERS)
    async with start_runreel("replay", "cassettes/", *options, cwd=folder) as process:
        url = await process.wait_until_ready()
        for name in NAMES:
            assert (await ask(url, build_post(f"/@{name}/v1/x", b'{"n": 9}'))).status == 404
        document = (await call_control(url, "GET"))[1]
        assert [each["missed"] for each in document["sessions"]] == [1] * len(NAMES)
        end = await process.stop()
    events = [json.loads(line) for line in end.errors.splitlines()]
    missed = Counter(each["session"] for each in events if each["event"] == "miss")
    assert (end.code, missed) == (1, Counter(NAMES))
    ended = {each["session"]: each["missed"] for each in events if each["event"] == "session_ended"}
    assert ended == dict.fromkeys(NAMES, 1)


CLIENT = """
import json, os, sys, urllib.request
assert os.environ["OPENAI_BASE_URL"].count("/v1") == 0, "the upstream has a path of its own"
url = os.environ["OPENAI_BASE_URL"] + "/v1/x"
request = urllib.request.Request(url, b'{"n": 1}', {"Content-Type": "application/json"})
print(urllib.request.urlopen(request).read().decode().strip())
sys.exit(int(sys.argv[1]))
"""


@pytest.mark.parametrize("code", [0, 7])
async def test_a_command_runs_beside_the_workers(code: int, folder: Path) -> None:
    command = (sys.executable, "-c", CLIENT, str(code))
    end = await run_runreel("replay", "a", "--workers", "2", "--", *command, cwd=folder)
    assert (end.code, end.output) == (code, "data: a 1\n")
    assert '"replayed": 1' in end.errors


async def test_an_error_at_the_start_is_said_once(folder: Path) -> None:
    end = await run_runreel("replay", "missing", *WORKERS, cwd=folder)
    assert end.code == 3
    assert end.errors.count("no cassette at") == 1
    assert end.output == ""


ENDS = [
    ("a worker dies", "worker", 3),
    ("the first process dies", "first", -signal.SIGKILL),
    ("the first process is asked to stop", "stop", 0),
]


@pytest.mark.parametrize(("why", "victim", "code"), ENDS, ids=[row[0] for row in ENDS])
async def test_no_process_is_left_behind(why: str, victim: str, code: int, folder: Path) -> None:
    async with start_runreel("replay", "cassettes/", *WORKERS, cwd=folder) as process:
        url = await process.wait_until_ready()
        workers = list_workers(process)
        await ask(url, build_post("/@a/v1/x", b'{"n": 1}'))
        if victim == "worker":
            os.kill(workers[1], signal.SIGKILL)
        else:
            process.send(signal.SIGKILL if victim == "first" else signal.SIGTERM)
        end = await process.wait()  # to the end of standard error, which the workers have too
    assert end.code == code
    assert ("worker_ended" in end.errors) is (victim == "worker")
    assert '"event": "session_ended"' in end.errors or victim == "worker"
    with pytest.raises(OSError, match=r"refused|reset|Connect"):
        await ask(url, build_get("/-/health"))


@pytest.mark.parametrize("count", ["0", "65", "two"])
async def test_a_wrong_number_of_workers_is_an_error(count: str, folder: Path) -> None:
    end = await run_runreel("replay", "a", "--workers", count, cwd=folder)
    assert end.code == 2
    assert "workers" in end.errors


@pytest.mark.parametrize("names", [NAMES, ()])
async def test_the_summary_is_that_of_one_process(names: tuple[str, ...], folder: Path) -> None:
    ends = []
    for workers in ("1", "2"):
        arguments = ("cassettes/", "--workers", workers, "--listen", "127.0.0.1:0")
        console = {"RUNREEL_LOG_FORMAT": "console", "RUNREEL_ON_UNUSED": "fail"}
        async with start_runreel("replay", *arguments, cwd=folder, env=console) as process:
            url = await process.wait_until_ready()
            for name in names:
                await ask(url, build_post(f"/@{name}/v1/x", b'{"n": 1}'))
            end = await process.stop()
        ends.append((end.code, sorted(end.errors.replace(url, "URL").splitlines())))
    assert ends[0] == ends[1]
    assert ends[0][0] == (0 if names else 1)
    assert any("4 replayed" in line for line in ends[0][1]) is bool(names)


async def test_the_activity_of_all_workers_is_one_stream(folder: Path) -> None:
    async with start_runreel("replay", "cassettes/", *WORKERS, cwd=folder) as process:
        url = await process.wait_until_ready()
        async with follow(url) as follower:
            for name in (*NAMES, *NAMES):
                assert (await ask(url, build_post(f"/@{name}/v1/x", b'{"n": 1}'))).status == 200
            notes = [await follower.read() for _ in range(4 * len(NAMES))]
            assert Counter(kind for kind, _ in notes) == {"begin": 8, "end": 8}
            assert Counter(note["session"] for _, note in notes) == dict.fromkeys(NAMES, 4)
            begun = {note["call"]: note["session"] for kind, note in notes if kind == "begin"}
            ended = {note["call"]: note["session"] for kind, note in notes if kind == "end"}
            assert begun == ended
            assert len(begun) == 2 * len(NAMES)
            last_id = follower.last_id
            assert last_id.count(",") == 1
        for name in NAMES:
            assert (await ask(url, build_post(f"/@{name}/v1/x", b'{"n": 3}'))).status == 200
        async with follow(url, f"Last-Event-ID: {last_id}") as follower:
            notes = [await follower.read() for _ in range(2 * len(NAMES))]
            assert {note["call"] for _, note in notes}.isdisjoint(begun)
            assert {note["session"] for _, note in notes} == {*NAMES}
            stopping = asyncio.create_task(process.stop())
            assert (await follower.read_until("over"))[-1] == ("over", {})
        assert (await stopping).code == 0


async def test_a_lost_worker_ends_the_stream_of_all(folder: Path) -> None:
    async with start_runreel("replay", "cassettes/", *WORKERS, cwd=folder) as process:
        url = await process.wait_until_ready()
        async with follow(url) as follower:
            os.kill(list_workers(process)[1], signal.SIGKILL)
            rest = await follower.client.reader.read()
            assert b"event: over" not in rest
        assert (await process.wait()).code != 0
