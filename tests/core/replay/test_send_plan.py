from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.replay.send_plan import MAX_PAUSE_US, Finish, TimedBytes, plan_sending
from runreel.model import Answer, End, ExchangeHead, Frame, Headers, Request, Timings

CHUNKED = ((b"Transfer-Encoding", b"chunked"),)


def head(*, method: str = "POST", end: End = End.COMPLETE, whole: bool = True) -> ExchangeHead:
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


def answer(body: bytes, *frames: tuple[int, int, bool], headers: Headers = CHUNKED) -> Answer:
    return Answer(200, b"OK", headers, body, tuple(Frame(*frame) for frame in frames))


SCRIPTS = [
    (
        "each chunk at its moment, the last one at the end",
        head(),
        answer(b"abc", (20, 2, True), (30, 1, True)),
        [(20, b"2\r\nab\r\n"), (30, b"1\r\nc\r\n"), (90, b"0\r\n\r\n")],
        Finish.KEEP,
    ),
    (
        "a chunk that came in pieces is one chunk, in its pieces",
        head(),
        answer(b"abc", (20, 2, False), (30, 1, True)),
        [(20, b"3\r\nab"), (30, b"c\r\n"), (90, b"0\r\n\r\n")],
        Finish.KEEP,
    ),
    (
        "the end of a chunk that came late",
        head(),
        answer(b"ab", (20, 2, False), (30, 0, True)),
        [(20, b"2\r\nab"), (30, b"\r\n"), (90, b"0\r\n\r\n")],
        Finish.KEEP,
    ),
    (
        "a chunk that never ended is cut off, not ended",
        head(end=End.CLOSED, whole=False),
        answer(b"abc", (20, 2, True), (30, 1, False)),
        [(20, b"2\r\nab\r\n"), (30, b"1\r\nc\r\n"), (90, b"")],
        Finish.CLOSE,
    ),
    (
        "a reset resets",
        head(end=End.RESET, whole=False),
        answer(b"a", (20, 1, True)),
        [(20, b"1\r\na\r\n"), (90, b"")],
        Finish.RESET,
    ),
    (
        "a client that left gets the whole answer next time",
        head(end=End.CLIENT_LEFT),
        answer(b"a", (20, 1, True)),
        [(20, b"1\r\na\r\n"), (90, b"0\r\n\r\n")],
        Finish.KEEP,
    ),
    (
        "a body with a length comes in its pieces",
        head(),
        answer(b"abc", (20, 2, False), (30, 1, False), headers=((b"Content-Length", b"3"),)),
        [(20, b"ab"), (30, b"c")],
        Finish.KEEP,
    ),
    (
        "a close ends a body at its recorded moment",
        head(),
        answer(b"ab", (20, 2, False), headers=()),
        [(20, b"ab"), (90, b"")],
        Finish.CLOSE,
    ),
    ("HEAD has no body, whatever it promises", head(method="HEAD"), answer(b""), [], Finish.KEEP),
    (
        "an empty chunked body is just its end",
        head(),
        answer(b"", (20, 0, True)),
        [(90, b"0\r\n\r\n")],
        Finish.KEEP,
    ),
    (
        "a recorded eternity is cut to an hour",
        head(),
        answer(b"a", (10**15, 1, False), headers=((b"Content-Length", b"1"),)),
        [(MAX_PAUSE_US, b"a")],
        Finish.KEEP,
    ),
]


@pytest.mark.parametrize(
    ("why", "recorded", "stored", "cues", "finish"), SCRIPTS, ids=[row[0] for row in SCRIPTS]
)
def test_script(
    why: str, recorded: ExchangeHead, stored: Answer, cues: list[tuple[int, bytes]], finish: Finish
) -> None:
    played = plan_sending(recorded, stored)
    assert played.pieces[0].at_us == 10
    assert played.pieces[0].data.startswith(b"HTTP/1.1 200 OK\r\n")
    assert list(played.pieces[1:]) == [TimedBytes(*cue) for cue in cues]
    assert played.finish is finish


def test_http10_gets_no_chunks_and_a_close() -> None:
    played = plan_sending(head(), answer(b"abc", (20, 2, True), (30, 1, True)), http10=True)
    assert b"Transfer-Encoding" not in played.pieces[0].data
    assert [cue.data for cue in played.pieces[1:]] == [b"ab", b"c", b""]
    assert played.finish is Finish.CLOSE


def test_a_client_that_closes_is_closed() -> None:
    stored = answer(b"a", (20, 1, False), headers=((b"Content-Length", b"1"),))
    assert plan_sending(head(), stored, keep_alive=False).finish is Finish.CLOSE


def test_extra_headers_follow_the_recorded_ones() -> None:
    played = plan_sending(head(), answer(b""), extra=((b"x-runreel-outcome", b"replayed"),))
    assert played.pieces[0].data.endswith(b"chunked\r\nx-runreel-outcome: replayed\r\n\r\n")


@given(st.lists(st.tuples(st.binary(max_size=4), st.booleans())), st.booleans())
def test_at_once_is_the_same_bytes_and_the_chunks_hold_the_body(
    pieces: list[tuple[bytes, bool]], whole: bool
) -> None:
    frames = tuple(Frame(at, len(data), end) for at, (data, end) in enumerate(pieces))
    if whole and frames:
        frames = (*frames[:-1], frames[-1]._replace(end_of_chunk=True))
    body = b"".join(data for data, _ in pieces)
    played = plan_sending(head(whole=whole), Answer(200, b"OK", CHUNKED, body, frames))
    sent = b"".join(cue.data for cue in played.pieces)
    assert played.without_delays().pieces == (TimedBytes(0, sent),)
    assert dechunked(sent.partition(b"\r\n\r\n")[2], whole=whole) == body


def dechunked(data: bytes, *, whole: bool) -> bytes:
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
