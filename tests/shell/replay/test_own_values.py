"""Values that a client makes anew and finds again in the answer, on real sockets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from runreel.config import Config, MatchSettings, ReplaySettings
from support.client import RawAnswer, ask, build_get, build_post
from support.proxy import serve_recording, serve_replay
from support.upstream import (
    LAST_CHUNK,
    STREAM_HEAD,
    Script,
    build_ok,
    encode_chunks,
    serve_scripts,
)

JSON = b"Content-Type: application/json"
ONE = "1c5ec7a8-1111-4a11-8111-111111111111"
TWO = "2c5ec7a8-2222-4a22-8222-222222222222"
MINE = "9b0d7a52-9999-4c99-8999-999999999999"
OTHER = "8b0d7a52-8888-4c88-8888-888888888888"


async def record(path: Path, *calls: tuple[bytes, Script]) -> None:
    scripts = (script for _, script in calls)
    async with serve_scripts(*scripts) as upstream, serve_recording(upstream.url, path) as proxy:
        for request, _ in calls:
            await ask(proxy.url, request)


async def replay(path: Path, *requests: bytes, config: Config | None = None) -> list[RawAnswer]:
    async with serve_replay(path, config=config) as (url, _):
        return [await ask(url, request) for request in requests]


def build_rpc(call_id: object, method: str = "tools/list", **params: Any) -> bytes:
    body = {"jsonrpc": "2.0", "id": call_id, "method": method, "params": params}
    return build_post("/mcp", json.dumps(body).encode())


def build_result(call_id: object, **result: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": call_id, "result": result}).encode()


def build_events(*pieces: bytes) -> list[bytes]:
    return [STREAM_HEAD + encode_chunks(*pieces) + LAST_CHUNK]


RPC_IDS = [
    ("a shifted number", 1, 12),
    ("a longer one", 7, 1_000_000),
    ("a string", "a-1", "b-22"),
    ("a string for a number", 1, "one"),
    ("a number for a string", "one", 1),
    ("a UUID", ONE, MINE),
    ("the same", 3, 3),
    ("with escapes", 'a"b', "é\\"),
]


@pytest.mark.parametrize(("why", "recorded", "sent"), RPC_IDS, ids=[row[0] for row in RPC_IDS])
async def test_the_id_of_a_json_rpc_call_is_given_back(
    tmp_path: Path, why: str, recorded: object, sent: object
) -> None:
    path = tmp_path / "c.cassette"
    other = {"id": 1, "tools": [{"id": 7, "n": 1}]}
    await record(
        path,
        (build_rpc(recorded), [build_ok(build_result(recorded, **other), JSON)]),
        (build_rpc(recorded, "ping"), build_events(b"data: " + build_result(recorded) + b"\n\n")),
    )
    whole, stream = await replay(path, build_rpc(sent), build_rpc(sent, "ping"))
    assert json.loads(whole.body) == json.loads(build_result(sent, **other))
    assert whole.find_header(b"content-length") == b"%d" % len(whole.body)
    assert stream.ended == "complete"
    assert json.loads(stream.body.removeprefix(b"data: ")) == json.loads(build_result(sent))


async def test_an_id_that_is_split_over_frames_is_given_back(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    pieces = b'event: message\ndata: {"id": 12', b'34, "result": {}}\n', b"\n: end\n\n"
    await record(path, (build_rpc(1234), build_events(*pieces)))
    [answer] = await replay(path, build_rpc(56))
    assert answer.body == b'event: message\ndata: {"id": 56, "result": {}}\n\n: end\n\n'
    assert len(answer.chunks) == 3


async def test_progress_names_the_token_of_the_request(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"

    def build_events_of(call_id: int) -> bytes:
        params = {"progressToken": call_id, "progress": 1}
        progress = {"jsonrpc": "2.0", "method": "notifications/progress", "params": params}
        events = json.dumps(progress).encode(), build_result(call_id)
        return b"".join(b"data: %b\n\n" % event for event in events)

    def build_call(call_id: int) -> bytes:
        return build_rpc(call_id, "tools/call", name="t", _meta={"progressToken": call_id})

    await record(path, (build_call(4), build_events(build_events_of(4))))
    [answer] = await replay(path, build_call(1001))
    assert answer.body == build_events_of(1001)


async def test_two_clients_with_ids_of_their_own_and_again_on_the_same_server(
    tmp_path: Path,
) -> None:
    path = tmp_path / "c.cassette"
    methods = "initialize", "tools/list", "tools/call", "tools/call"
    await record(
        path,
        *(
            (build_rpc(at, method), [build_ok(build_result(at, n=at), JSON)])
            for at, method in enumerate(methods, start=1)
        ),
    )
    async with serve_replay(path) as (url, player):
        for start in (5, 100):
            for at, method in enumerate(methods, start=1):
                ids = start + at, f"client-two-{start + at}"
                answers = [await ask(url, build_rpc(call_id, method)) for call_id in ids]
                documents = [json.loads(answer.body) for answer in answers]
                assert [document["id"] for document in documents] == list(ids)
                assert method == "tools/call" or documents[0]["result"] == {"n": at}
        assert player.tally.miss_count == 0


NOT_BOUND = [
    ("a notification is no call", {"method": "tools/list", "params": {}}),
    ("another kind of protocol", {"id": 2, "method": "tools/list", "params": {}, "jsonrpc": "1"}),
]


@pytest.mark.parametrize(("why", "body"), NOT_BOUND, ids=[row[0] for row in NOT_BOUND])
async def test_only_the_value_of_an_id_does_not_count(
    tmp_path: Path, why: str, body: dict[str, object]
) -> None:
    path = tmp_path / "c.cassette"
    await record(path, (build_rpc(1), [build_ok(build_result(1), JSON)]))
    sent = json.dumps({"jsonrpc": "2.0", **body}).encode()
    [answer] = await replay(path, build_post("/mcp", sent))
    assert answer.status == 404


async def test_the_answer_of_a_client_has_the_id_of_the_server(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    await record(path, (build_post("/mcp", build_result(8)), [build_ok(b"")]))
    answers = await replay(path, *(build_post("/mcp", build_result(call_id)) for call_id in (9, 8)))
    assert [answer.status for answer in answers] == [404, 200]


async def test_a_random_header_that_the_answer_echoes_is_given_back(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"

    def build_call(value: str, path: str = "/v1/x") -> bytes:
        return build_get(path, f"X-Request-Id: req-{value}", "User-Agent: Client/1.2.3 abcdefg")

    echo = [build_ok(b'{"trace": "%b"}' % ONE.encode(), b"x-request-id: req-" + ONE.encode())]
    silent = [build_ok(b"nothing", b"x-request-id: " + TWO.encode())]
    await record(path, (build_call(ONE), echo), (build_call(ONE, "/v1/y"), silent))
    answer, other = await replay(path, build_call(MINE), build_call(OTHER, "/v1/y"))
    assert answer.find_header(b"x-request-id") == f"req-{MINE}".encode()
    assert json.loads(answer.body) == {"trace": MINE}
    assert other.find_header(b"x-request-id") == TWO.encode()


async def test_a_value_that_is_spread_over_deltas_is_given_back(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"

    def build_call(value: str) -> bytes:
        body = {"thread_id": value, "assistant_id": "a"}
        return build_post("/threads", json.dumps(body).encode(), f"X-Run: {value}")

    def build_deltas(*texts: str) -> list[bytes]:
        return [
            b'data: {"id": "m", "delta": {"content": [{"index": 0, "text": {"value": "%b"}}]}}\n\n'
            % text.encode()
            for text in texts
        ]

    await record(path, (build_call(ONE), build_events(*build_deltas("id ", ONE[:9], ONE[9:], "."))))
    [answer] = await replay(path, build_call(MINE))
    assert answer.chunks == build_deltas("id ", MINE[:9], MINE[9:], ".")


def build_run(thread: str, text: str = "hi") -> bytes:
    body = {"assistant_id": "agent", "input": {"messages": [{"role": "user", "content": text}]}}
    return build_post(f"/threads/{thread}/runs/stream", json.dumps(body).encode())


def build_run_event(thread: str, run: str = "r-1") -> bytes:
    data = {"run_id": run, "thread": thread, "checkpoint_ns": f"node:{thread}"}
    return b"data: " + json.dumps(data).encode() + b"\r\n\r\n"


def build_run_answer(thread: str, run: str = "r-1") -> list[bytes]:
    where = f"\r\nContent-Location: /threads/{thread}/runs/{run}\r\n\r\n"
    head = STREAM_HEAD.replace(b"\r\n\r\n", where.encode())
    return [head + encode_chunks(build_run_event(thread, run)) + LAST_CHUNK]


def build_state(thread: str) -> bytes:
    return build_get(f"/threads/{thread}/state")


async def record_threads(path: Path) -> None:
    calls: list[tuple[bytes, Script]] = []
    for thread, run in ((ONE, "r-1"), (TWO, "r-2")):
        calls.append((build_run(thread), build_run_answer(thread, run)))
    for thread, run in ((ONE, "r-1"), (TWO, "r-2")):
        body = json.dumps({"thread_id": thread, "run": run}).encode()
        calls.append((build_state(thread), [build_ok(body, JSON)]))
    await record(path, *calls)


MASKED = Config(match=MatchSettings(volatile=("uuid", "date")))
"""Settings by which the ids in paths do not count at all."""
UNMASKED_OR_MASKED = pytest.mark.parametrize("config", [None, MASKED], ids=["counting", "volatile"])


@UNMASKED_OR_MASKED
async def test_a_thread_that_the_client_names_itself(tmp_path: Path, config: Config | None) -> None:
    path = tmp_path / "c.cassette"
    await record_threads(path)
    requests = [
        request for thread in (MINE, OTHER) for request in (build_run(thread), build_state(thread))
    ]
    async with serve_replay(path, config=config) as (url, player):
        for _ in range(2):
            first, first_state, second, second_state = [await ask(url, each) for each in requests]
            assert first.find_header(b"content-location") == f"/threads/{MINE}/runs/r-1".encode()
            assert first.body == build_run_event(MINE)
            assert second.find_header(b"content-location") == f"/threads/{OTHER}/runs/r-2".encode()
            assert json.loads(first_state.body) == {"thread_id": MINE, "run": "r-1"}
            assert json.loads(second_state.body) == {"thread_id": OTHER, "run": "r-2"}
        assert player.tally.miss_count == 0


@UNMASKED_OR_MASKED
async def test_a_client_that_begins_a_new_thread_each_time(
    tmp_path: Path, config: Config | None
) -> None:
    path = tmp_path / "c.cassette"
    await record_threads(path)
    async with serve_replay(path, config=config) as (url, player):
        for number in range(6):
            thread = f"{number}{MINE[1:]}"
            answers = [await ask(url, each) for each in (build_run(thread), build_state(thread))]
            assert all(thread.encode() in answer.body for answer in answers)
        assert player.tally.miss_count == 0


def build_creation(thread: str) -> bytes:
    return build_post("/threads", json.dumps({"thread_id": thread}).encode())


def build_turn(thread: str, text: str) -> bytes:
    return build_post(f"/threads/{thread}/runs/wait", json.dumps({"input": text}).encode())


TURNS = {ONE: "first", TWO: "second"}


async def record_creations(path: Path) -> None:
    """Record two threads, whose creations are equal but for the id that the client has made."""
    calls: list[tuple[bytes, Script]] = []
    for thread, text in TURNS.items():
        body = json.dumps({"thread_id": thread}).encode()
        calls.append((build_creation(thread), [build_ok(body, JSON)]))
        for turn in (text, "go on"):
            answer = json.dumps({"thread_id": thread, "answer": f"{text}: {turn}"}).encode()
            calls.append((build_turn(thread, turn), [build_ok(answer, JSON)]))
    await record(path, *calls)


@UNMASKED_OR_MASKED
@pytest.mark.parametrize(
    "rounds",
    [
        [("first", "second")] * 3,
        [("second", "first")] * 3,
        [("second",), ("first", "second"), ("second", "first"), ("first",), ("first",)],
    ],
    ids=["as recorded", "the other way round", "each its own part"],
)
async def test_creations_that_are_equal_but_for_the_id(
    tmp_path: Path, rounds: list[tuple[str, ...]], config: Config | None
) -> None:
    path = tmp_path / "c.cassette"
    await record_creations(path)
    texts = [text for each in rounds for text in each]
    async with serve_replay(path, config=config) as (url, player):
        for number, text in enumerate(texts):
            thread = f"{number:x}{MINE[1:]}"
            created = await ask(url, build_creation(thread))
            assert json.loads(created.body) == {"thread_id": thread}
            for turn in (text, "go on"):
                answer = json.loads((await ask(url, build_turn(thread, turn))).body)
                assert answer == {"thread_id": thread, "answer": f"{text}: {turn}"}
        assert player.tally.miss_count == 0


@UNMASKED_OR_MASKED
@pytest.mark.parametrize("texts", [("first", "second"), ("second", "first")])
async def test_two_clients_that_create_their_threads_at_the_same_time(
    tmp_path: Path, texts: tuple[str, str], config: Config | None
) -> None:
    path = tmp_path / "c.cassette"
    await record_creations(path)
    async with serve_replay(path, config=config) as (url, player):
        for number in range(2):
            clients = {f"{number}{MINE[1:]}": texts[0], f"{number}{OTHER[1:]}": texts[1]}
            for thread in clients:
                await ask(url, build_creation(thread))
            for is_first in (True, False):
                for thread, text in clients.items():
                    turn = text if is_first else "go on"
                    answer = json.loads((await ask(url, build_turn(thread, turn))).body)
                    assert answer == {"thread_id": thread, "answer": f"{text}: {turn}"}
        assert player.tally.miss_count == 0


def build_resumption(thread: str, last: int) -> bytes:
    return build_get(f"/threads/{thread}/runs/r-1/stream", f"Last-Event-ID: {last}")


def build_rest(thread: str, last: int) -> bytes:
    """Build the events of a run of a LangGraph server after one of them."""
    return b"".join(
        f"id: {number}\r\nevent: values\r\ndata: {thread}\r\n\r\n".encode()
        for number in range(last + 1, 5)
    )


@UNMASKED_OR_MASKED
@pytest.mark.parametrize(
    "lasts", [[2], [0, 2, 3], [3, 0, 2, 2]], ids=["alone", "as recorded", "in another order"]
)
async def test_a_resumed_stream_of_a_thread_that_the_client_has_created(
    tmp_path: Path, lasts: list[int], config: Config | None
) -> None:
    path = tmp_path / "c.cassette"
    calls: list[tuple[bytes, Script]] = [
        (build_creation(each), [build_ok(b"{}")]) for each in TURNS
    ]
    calls += [
        (build_resumption(ONE, each), build_events(build_rest(ONE, each))) for each in (0, 2, 3)
    ]
    await record(path, *calls)
    async with serve_replay(path, config=config) as (url, _):
        for thread in (MINE, OTHER):
            await ask(url, build_creation(thread))
            for last in lasts:
                answer = await ask(url, build_resumption(thread, last))
                assert answer.body == build_rest(thread, last)


async def test_a_thread_that_was_used_is_not_taken_from_its_client(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    await record_creations(path)
    one, other = build_turn(MINE, "first"), build_turn(OTHER, "second")
    answers = await replay(
        path, build_creation(MINE), one, build_creation(OTHER), other, build_turn(MINE, "second")
    )
    assert [answer.status for answer in answers] == [200, 200, 200, 200, 404]


async def test_a_client_that_runs_again_creates_its_threads_in_the_same_order(
    tmp_path: Path,
) -> None:
    path = tmp_path / "c.cassette"
    calls: list[tuple[bytes, Script]] = []
    for conversation, text in (("conv_1", b"first"), ("conv_2", b"second")):
        created = json.dumps({"id": conversation}).encode()
        calls.append((build_post("/v1/conversations", b"{}"), [build_ok(created, JSON)]))
        turn = json.dumps({"conversation": conversation, "input": text.decode()}).encode()
        calls.append((build_post("/v1/responses", turn), [build_ok(text)]))
    await record(path, *calls)
    played = await replay(path, *[request for request, _ in calls] * 3)
    bodies = [json.loads(answer.body)["id"] for answer in played[::2]]
    assert bodies == ["conv_1", "conv_2"] * 3
    assert [answer.body for answer in played[1::2]] == [b"first", b"second"] * 3


async def test_a_recorded_thread_stays_itself(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    await record_threads(path)
    own = await replay(path, build_state(TWO), build_state(ONE), build_state(MINE))
    assert [json.loads(answer.body).get("run") for answer in own[:2]] == ["r-2", "r-1"]
    assert own[2].status == 404  # the client has learnt both threads from answers


@pytest.mark.parametrize("order", [(ONE, TWO), (TWO, ONE)])
async def test_ids_that_are_recorded_mean_no_other_exchange(
    tmp_path: Path, order: tuple[str, str]
) -> None:
    path = tmp_path / "c.cassette"

    def build_turn(thread: str) -> bytes:
        return build_post("/chat", json.dumps({"thread_id": thread, "text": "hi"}).encode())

    calls = [(build_turn(each), [build_ok(each.encode())]) for each in (ONE, TWO)]
    await record(path, *calls)
    answers = await replay(path, *map(build_turn, (*order, *order)))
    assert [answer.body.decode() for answer in answers] == [*order, *order]


async def test_a_thread_that_is_first_named_in_a_call_of_no_known_kind(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    stream = f"/threads/{ONE}/runs/r-1/stream"
    rest = [STREAM_HEAD + encode_chunks(b"id: 2\r\ndata: b\r\n\r\n") + LAST_CHUNK]
    await record(
        path,
        (build_run(ONE), build_run_answer(ONE)),
        (build_get(stream, "Last-Event-ID: 1"), rest),
    )
    resumed = build_get(stream.replace(ONE, MINE), "Last-Event-ID: 1")
    answers = await replay(path, resumed, build_run(MINE), resumed, build_run(MINE), resumed)
    events, run = b"id: 2\r\ndata: b\r\n\r\n", build_run_event(MINE)
    assert [answer.body for answer in answers] == [events, run, events, run, events]


ANY_AND_MASKED = Config(
    match=MatchSettings(
        order="any",
        bind=("$.nonce", "headers.x-seq"),
        volatile=("date", "time"),
        patterns=("no [0-9]+",),
    )
)


async def test_order_bound_values_volatile_texts_and_choosing_headers_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c.cassette"

    def build_call(nonce: int, day: str, after: int, text: str = "Be kind.") -> bytes:
        body = {"nonce": nonce, "input": f"It is {day}, no {nonce}. {text}"}
        headers = f"X-Seq: {nonce}", f"Last-Event-ID: {day}, event-{after}"
        return build_post("/v1/runs", json.dumps(body).encode(), *headers)

    def build_answer(nonce: int, after: int) -> bytes:
        body = b'{"nonce": %d, "after": %d, "day": "2026-11-30"}' % (nonce, after)
        return build_ok(body, JSON, b"X-Seq: %d" % nonce)

    calls = [(nonce, after) for nonce, after in ((1, 4), (2, 5), (3, 6))]
    await record(
        path,
        *((build_call(*call[:1], "2026-11-30", call[1]), [build_answer(*call)]) for call in calls),
    )
    async with serve_replay(path, config=ANY_AND_MASKED) as (url, player):
        capsys.readouterr()
        for nonce, after in ((70, 6), (71, 4), (72, 5), (73, 6)):
            answer = await ask(url, build_call(nonce, "2026-12-01", after))
            document = {"nonce": nonce, "after": after, "day": "2026-11-30"}
            assert json.loads(answer.body) == document
            assert answer.find_header(b"x-seq") == b"%d" % nonce
        out = capsys.readouterr().out
        assert "{'headers.last-event-id': ['date'], '$.input': ['pattern', 'date']}" in out
        for other in (
            build_call(1, "2026-11-30", 7),
            build_call(1, "2026-11-30", 4, "Be terse."),
        ):
            missed = await ask(url, other)
            assert missed.status == 404
            assert b"nonce" not in missed.body
        assert player.tally.miss_count == 2


async def test_a_thread_of_openai_is_never_another_one(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    await record(path, (build_get("/v1/threads/thread_1"), [build_ok(b"{}", JSON)]))
    [answer] = await replay(path, build_get("/v1/threads/thread_2"))
    assert answer.status == 404


BIND = Config(match=MatchSettings(bind=("$.nonce", "query.n", "header:X-Seq", "path:jobs/{}")))


async def test_places_of_the_settings_are_bound(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"

    def build_call(job: str, nonce: object, query: str, seq: str) -> bytes:
        body = json.dumps({"nonce": nonce, "a": 1}).encode()
        return build_post(f"/v1/jobs/{job}?n={query}", body, f"X-Seq: {seq}")

    body = b'{"nonce": 17, "job": "job-abc-001", "q": "query-0001", "other": 17}'
    answer = [build_ok(body, JSON, b"X-Seq: 4")]
    await record(path, (build_call("job-abc-001", 17, "query-0001", "4"), answer))
    [played] = await replay(path, build_call("job-xyz-9002", 2500, "query-77", "5"), config=BIND)
    assert json.loads(played.body) == {
        "nonce": 2500,
        "job": "job-xyz-9002",
        "q": "query-77",
        "other": 17,
    }
    assert played.find_header(b"x-seq") == b"5"
    [missed] = await replay(path, build_call("job-abc-001", 18, "query-0001", "4"))
    assert missed.status == 404


def build_upload(boundary: str, nonce: str, name: str, content: str = "text") -> bytes:
    head = f"--{boundary}\r\nContent-Disposition: form-data; name="
    parts = (
        f'{head}"nonce"\r\n\r\n{nonce}',
        f'{head}"file"; filename="{name}"\r\nContent-Type: text/plain\r\n\r\n{content}',
    )
    body = "\r\n".join((*parts, f"--{boundary}--\r\n")).encode()
    headers = (
        f"Content-Type: multipart/form-data; boundary={boundary}",
        f"Content-Length: {len(body)}",
    )
    return build_get("/upload", *headers, method="POST") + body


UPLOAD = Config(match=MatchSettings(bind=("form.nonce", "filename.file")))
UPLOADS = [
    ("new values", ("n-00000002", "report-two2.txt"), 200),
    ("other content", ("n-00000002", "report-two2.txt", "other"), 404),
    ("no value", ("", "report-two2.txt"), 404),
]


@pytest.mark.parametrize(("reason", "own", "status"), UPLOADS, ids=[c[0] for c in UPLOADS])
async def test_values_in_an_upload_are_bound(
    tmp_path: Path, reason: str, own: tuple[str, ...], status: int
) -> None:
    path = tmp_path / "c.cassette"
    answer = build_ok(b'{"nonce": "n-00000001", "name": "report-one1.txt"}', JSON)
    await record(path, (build_upload("a1", "n-00000001", "report-one1.txt"), [answer]))
    [played] = await replay(path, build_upload("b2", *own), config=UPLOAD)
    assert played.status == status
    if status == 200:
        assert json.loads(played.body) == {"nonce": own[0], "name": own[1]}


async def test_without_restoring_nothing_is_put_in_answers(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    await record(path, (build_rpc(1), [build_ok(build_result(1), JSON)]))
    config = Config(replay=ReplaySettings(restore=False))
    [answer] = await replay(path, build_rpc(2), config=config)
    assert json.loads(answer.body)["id"] == 1
