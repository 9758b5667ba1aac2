"""Cassettes of every version stay readable: frozen files of each version, and their contents.

The files are never generated again. A new version gets a new folder next to these.
"""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from runreel.core.cassette import (
    CassetteContents,
    CassetteHeader,
    StoredExchange,
    decode_answer,
    read_contents,
)
from runreel.model import (
    Answer,
    End,
    Exchange,
    ExchangeHead,
    Frame,
    LedgerEntry,
    OmittedReason,
    PlaceholderMark,
    Problem,
    Request,
    Timings,
)

FORMATS = Path(__file__).parents[2] / "golden" / "format"
SAMPLE_PATH = FORMATS / "v1" / "sample.cassette"

HEADER = CassetteHeader(
    created_ns=1_700_000_000_000_000_000,
    writer="runreel 0.1.0",
    upstream="https://api.example.test/v1",
    extra={"note": "frozen", "list": (1, None, b"\x00")},
    version=1,
)
STREAM = b"".join(b'event: delta\ndata: {"n": %d}\n\n' % n for n in range(9)) + b"data: [DONE]\n\n"
EXCHANGES = {
    1: Exchange(
        ExchangeHead(
            number=1,
            session="default",
            request=Request(
                method="POST",
                target=b"/v1/threads/thread_1/runs?include=\xe9",
                headers=((b"Authorization", b"Bearer REDACTED-key-1"), (b"X-Odd", b"caf\xe9")),
                body=b'{"assistant_id": "asst_1", "stream": true, "temperature": 3}',
            ),
            status=200,
            size=len(STREAM),
            end=End.COMPLETE,
            whole=True,
            timings=Timings(started_ns=1_700_000_000_123_456_789, head_us=1_000, end_us=95_000),
            dialect="assistants",
            operation="runs.create",
            summary={"assistant_id": "asst_1", "stream": True, "temperature": 3.5, "model": None},
            problems=(Problem("temperature", "is greater than 2"),),
            ledger=(LedgerEntry("authorization", "request.headers.authorization", 1),),
            ruleset="default-1",
        ),
        Answer(
            status=200,
            reason=b"OK",
            headers=(
                (b"Transfer-Encoding", b"chunked"),
                (b"SET-Cookie", b"a"),
                (b"set-cookie", b"b"),
            ),
            body=STREAM,
            frames=(
                Frame(1_500, 100, True),
                Frame(9_000, 0, False),
                Frame(94_000, len(STREAM) - 100, True),
            ),
        ),
    ),
    2: Exchange(
        ExchangeHead(
            number=2,
            session="other",
            request=Request("GET", b"/v1/threads/thread_1", ()),
            status=429,
            size=3,
            end=End.RESET,
            whole=False,
            timings=Timings(started_ns=1_700_000_001_000_000_000, head_us=5, end_us=6),
        ),
        Answer(429, b"", ((b"retry-after", b"1"),), b"{}\n", (Frame(5, 3, False),)),
    ),
    3: Exchange(
        ExchangeHead(
            number=3,
            session="default",
            request=Request("POST", b"/v1/files", (), omitted=OmittedReason.MAX_BODY),
            status=200,
            size=0,
            end=End.CLIENT_LEFT,
            whole=False,
            timings=Timings(started_ns=1_700_000_002_000_000_000, head_us=1, end_us=3),
            operation="files.create",
        ),
        Answer(200, b"OK", (), b"", (Frame(2, 77, True),), omitted=OmittedReason.ENCODING),
    ),
}


SPLIT_STREAM = b'data: {"delta":"I am REDA"}\n\ndata: {"delta":"CTED-name-1."}\n\n'
MARKED = Exchange(
    ExchangeHead(
        number=1,
        session="default",
        request=Request("GET", b"/v1/x", ()),
        status=200,
        size=len(SPLIT_STREAM),
        end=End.COMPLETE,
        whole=True,
        timings=Timings(started_ns=1_700_000_000_000_000_000, head_us=5, end_us=6),
    ),
    Answer(
        status=200,
        reason=b"OK",
        headers=((b"Content-Type", b"text/event-stream"), (b"X-Name", b"REDACTED-name-1")),
        body=SPLIT_STREAM,
        frames=(Frame(5, len(SPLIT_STREAM), True),),
        marks=(
            PlaceholderMark(1, b"REDACTED-name-1", "url-lower", (0, 15, 9)),
            PlaceholderMark(-1, b"REDACTED-name-1", "mixed pspu", (21, 4, 2, 46, 11, 9)),
            PlaceholderMark(-1, b"REDACTED-name-1", "", (60, 1, 1)),
            PlaceholderMark(-1, b"REDACTED-name-1 REDACTED-name-2", "offset", (61, 1, 2)),
        ),
    ),
)


def make_framed(number: int, *frames: Frame) -> Exchange:
    """Make an exchange whose answer came in these frames."""
    body = b"x" * sum(frame.length for frame in frames)
    head = replace(EXCHANGES[2].head, number=number, size=len(body))
    return Exchange(head, replace(EXCHANGES[2].answer, body=body, frames=frames))


FRAMED = {
    5: make_framed(5, Frame(70_000, 300, True), Frame(75_000, 1, False), Frame(75_000, 0, True)),
    6: make_framed(6, Frame(2**40, 70_000, False), Frame(2**40 + 255, 2, False)),
    7: make_framed(7, Frame(9, 1, True), Frame(8, 1, True)),
    8: make_framed(8),
}
"""Frames of several widths, whose times decrease, and none."""


def read_file(path: Path) -> tuple[CassetteContents, dict[int, Exchange]]:
    data = path.read_bytes()
    contents = read_contents(lambda at, length: data[at : at + length], len(data))

    def read_exchange(stored: StoredExchange) -> Exchange:
        return Exchange(stored.head, decode_answer(stored, data[stored.body_offset : stored.end]))

    return contents, {stored.head.number: read_exchange(stored) for stored in contents.exchanges}


def test_the_sample_of_version_1_still_reads() -> None:
    contents, exchanges = read_file(SAMPLE_PATH)
    assert contents.header == HEADER
    assert exchanges == EXCHANGES
    assert [stored.codec for stored in contents.exchanges] == ["zlib", "none", "none"]
    assert (contents.retractions, contents.next_number) == (1, 5)
    assert (contents.torn, contents.damages) == (None, ())


def test_the_sample_with_marks_still_reads() -> None:
    contents, exchanges = read_file(SAMPLE_PATH.with_name("marks.cassette"))
    assert exchanges == {1: MARKED}
    assert (contents.torn, contents.damages) == (None, ())


def test_the_sample_of_version_2_still_reads() -> None:
    contents, exchanges = read_file(FORMATS / "v2" / "sample.cassette")
    assert contents.header == replace(HEADER, version=2)
    assert exchanges == {**EXCHANGES, 4: replace_number(MARKED, 4), **FRAMED}
    assert [stored.codec for stored in contents.exchanges][:3] == ["zlib", "none", "none"]
    assert (contents.retractions, contents.next_number) == (1, 10)
    assert (contents.torn, contents.damages) == (None, ())


def replace_number(exchange: Exchange, number: int) -> Exchange:
    return Exchange(replace(exchange.head, number=number), exchange.answer)
