from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.replay.send_plan import (
    MAX_PAUSE_US,
    MAX_PIECE,
    Finish,
    SendPlan,
    TimedBytes,
    plan_sending,
)
from runreel.model import Answer, End, ExchangeHead, Frame, Headers, Request, Timings

CHUNKED = ((b"Transfer-Encoding", b"chunked"),)


def make_recorded_head(
    *, method: str = "POST", end: End = End.COMPLETE, whole: bool = True
) -> ExchangeHead:
    return ExchangeHead(
        number=1,
        session="",
        request=Request(method, b"/", ()),
        status=200,
        size=0,
        end=end,
        whole=whole,
        timings=Timings(0, 10, 90),
    )


def make_chunked_answer(
    body: bytes, *frames: tuple[int, int, bool], headers: Headers = CHUNKED
) -> Answer:
    return Answer(200, b"OK", headers, body, tuple(Frame(*frame) for frame in frames))


PLANS = [
    (
        "each chunk at its moment, the last chunk at the end",
        make_recorded_head(),
        make_chunked_answer(b"abc", (20, 2, True), (30, 1, True)),
        [(20, b"2\r\nab\r\n"), (30, b"1\r\nc\r\n"), (90, b"0\r\n\r\n")],
        Finish.KEEP,
    ),
    (
        "a chunk that arrived in pieces is sent as one chunk in pieces",
        make_recorded_head(),
        make_chunked_answer(b"abc", (20, 2, False), (30, 1, True)),
        [(20, b"3\r\nab"), (30, b"c\r\n"), (90, b"0\r\n\r\n")],
        Finish.KEEP,
    ),
    (
        "the late end of a chunk",
        make_recorded_head(),
        make_chunked_answer(b"ab", (20, 2, False), (30, 0, True)),
        [(20, b"2\r\nab"), (30, b"\r\n"), (90, b"0\r\n\r\n")],
        Finish.KEEP,
    ),
    (
        "an incomplete chunk stays incomplete",
        make_recorded_head(end=End.CLOSED, whole=False),
        make_chunked_answer(b"abc", (20, 2, True), (30, 1, False)),
        [(20, b"2\r\nab\r\n"), (30, b"1\r\nc\r\n"), (90, b"")],
        Finish.CLOSE,
    ),
    (
        "a reset resets",
        make_recorded_head(end=End.RESET, whole=False),
        make_chunked_answer(b"a", (20, 1, True)),
        [(20, b"1\r\na\r\n"), (90, b"")],
        Finish.RESET,
    ),
    (
        "a whole answer is sent although the recorded client left",
        make_recorded_head(end=End.CLIENT_LEFT),
        make_chunked_answer(b"a", (20, 1, True)),
        [(20, b"1\r\na\r\n"), (90, b"0\r\n\r\n")],
        Finish.KEEP,
    ),
    (
        "a body with a length is sent in its pieces",
        make_recorded_head(),
        make_chunked_answer(
            b"abc", (20, 2, False), (30, 1, False), headers=((b"Content-Length", b"3"),)
        ),
        [(20, b"ab"), (30, b"c")],
        Finish.KEEP,
    ),
    (
        "a close ends a body at its recorded moment",
        make_recorded_head(),
        make_chunked_answer(b"ab", (20, 2, False), headers=()),
        [(20, b"ab"), (90, b"")],
        Finish.CLOSE,
    ),
    (
        "an answer to HEAD has no body",
        make_recorded_head(method="HEAD"),
        make_chunked_answer(b""),
        [],
        Finish.KEEP,
    ),
    (
        "an empty chunked body is only the last chunk",
        make_recorded_head(),
        make_chunked_answer(b"", (20, 0, True)),
        [(90, b"0\r\n\r\n")],
        Finish.KEEP,
    ),
    (
        "a recorded pause is limited to an hour",
        make_recorded_head(),
        make_chunked_answer(b"a", (10**15, 1, False), headers=((b"Content-Length", b"1"),)),
        [(MAX_PAUSE_US, b"a")],
        Finish.KEEP,
    ),
]


@pytest.mark.parametrize(
    ("reason", "recorded", "stored", "pieces", "finish"), PLANS, ids=[row[0] for row in PLANS]
)
def test_plan_sending(
    reason: str,
    recorded: ExchangeHead,
    stored: Answer,
    pieces: list[tuple[int, bytes]],
    finish: Finish,
) -> None:
    plan = plan_sending(recorded, stored)
    assert plan.pieces[0].at_us == 10
    assert plan.pieces[0].data.startswith(b"HTTP/1.1 200 OK\r\n")
    assert list(plan.pieces[1:]) == [TimedBytes(*piece) for piece in pieces]
    assert plan.finish is finish


def test_http10_clients_get_no_chunks_and_a_close() -> None:
    plan = plan_sending(
        make_recorded_head(), make_chunked_answer(b"abc", (20, 2, True), (30, 1, True)), http10=True
    )
    assert b"Transfer-Encoding" not in plan.pieces[0].data
    assert [piece.data for piece in plan.pieces[1:]] == [b"ab", b"c", b""]
    assert plan.finish is Finish.CLOSE


def test_a_client_without_keep_alive_is_closed() -> None:
    stored = make_chunked_answer(b"a", (20, 1, False), headers=((b"Content-Length", b"1"),))
    assert plan_sending(make_recorded_head(), stored, keep_alive=False).finish is Finish.CLOSE


def test_extra_headers_follow_the_recorded_ones() -> None:
    plan = plan_sending(
        make_recorded_head(), make_chunked_answer(b""), extra=((b"x-runreel-outcome", b"replayed"),)
    )
    assert plan.pieces[0].data.endswith(b"chunked\r\nx-runreel-outcome: replayed\r\n\r\n")


FRAMED = st.lists(st.tuples(st.binary(max_size=4), st.booleans()))


@given(FRAMED, st.booleans())
def test_the_chunks_contain_the_body(pieces: list[tuple[bytes, bool]], whole: bool) -> None:
    stored = make_framed_answer(pieces, CHUNKED)
    sent = join_pieces(plan_sending(make_recorded_head(whole=whole), stored))
    assert decode_chunked(sent.partition(b"\r\n\r\n")[2], whole=whole) == stored.body


@given(FRAMED, st.sampled_from(["POST", "HEAD"]), st.booleans(), st.booleans(), st.booleans())
def test_at_once_sends_the_same_bytes_in_one_piece(
    pieces: list[tuple[bytes, bool]], method: str, whole: bool, http10: bool, chunked: bool
) -> None:
    recorded = make_recorded_head(method=method, whole=whole)
    stored = make_framed_answer(pieces, CHUNKED if chunked else ())
    timed = plan_sending(recorded, stored, http10=http10)
    at_once = plan_sending(recorded, stored, http10=http10, at_once=True)
    assert at_once.pieces == (TimedBytes(0, join_pieces(timed)),)
    assert at_once.finish is timed.finish


def test_at_once_sends_a_large_answer_in_several_pieces() -> None:
    body = bytes(2 * MAX_PIECE)
    stored = make_chunked_answer(body, (20, len(body), True))
    plan = plan_sending(make_recorded_head(), stored, at_once=True)
    assert [len(piece.data) for piece in plan.pieces[:2]] == [MAX_PIECE, MAX_PIECE]
    assert join_pieces(plan) == join_pieces(plan_sending(make_recorded_head(), stored))


def make_framed_answer(pieces: list[tuple[bytes, bool]], headers: Headers) -> Answer:
    frames = (Frame(at, len(data), end) for at, (data, end) in enumerate(pieces))
    return Answer(200, b"OK", headers, b"".join(data for data, _ in pieces), tuple(frames))


def join_pieces(plan: SendPlan) -> bytes:
    return b"".join(piece.data for piece in plan.pieces)


def decode_chunked(data: bytes, *, whole: bool) -> bytes:
    body = b""
    while data:
        size, _, data = data.partition(b"\r\n")
        length = int(size, 16)
        assert data[length : length + 2] == b"\r\n"
        body += data[:length]
        data = data[length + 2 :]
        if length == 0:
            assert whole
            assert data == b""
            return body
    assert not whole
    return body
