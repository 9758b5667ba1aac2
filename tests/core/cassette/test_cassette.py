"""Encoding and decoding of exchanges and retractions."""

from __future__ import annotations

import zlib
from itertools import chain

import msgpack  # type: ignore[import-untyped]  # it ships no types
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from runreel.core.cassette import (
    CassetteContents,
    Codec,
    Record,
    RecordKind,
    StoredExchange,
    decode_answer,
    decode_head,
    decode_retraction,
    encode_exchange,
    encode_retraction,
    read_contents,
)
from runreel.core.cassette.fields import MAX_INT
from runreel.core.cassette.packing import MAX_ITEMS
from runreel.core.cassette.record import encode_record
from runreel.errors import CassetteVersionError, CorruptCassetteError, StoreError
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
from support.build import (
    make_answer,
    make_cassette,
    make_exchange,
    make_frames,
    make_head,
    make_request,
)


def read_cassette(data: bytes) -> CassetteContents:
    return read_contents(lambda offset, length: data[offset : offset + length], len(data))


def read_only_exchange(record: bytes) -> tuple[StoredExchange, bytes]:
    """Return the exchange in a cassette with only this record, and its stored body."""
    data = make_cassette(record)
    contents = read_cassette(data)
    assert contents.damages == ()
    (stored,) = contents.exchanges
    return stored, data[stored.body_offset : stored.end]


def decode(record: bytes) -> Exchange:
    stored, body = read_only_exchange(record)
    return Exchange(stored.head, decode_answer(stored, body))


# --- encoding and decoding again

ints = st.integers(0, MAX_INT)
texts = st.text("aä/ \n\x00", max_size=5)
tokens = st.text("aA-!|", min_size=1, max_size=4)
headers = st.lists(
    st.tuples(tokens.map(str.encode), st.text("a :;\té\x7f", max_size=5).map(str.encode)),
    max_size=4,
).map(tuple)
scalars = (
    st.none() | st.booleans() | st.integers(-(2**63), MAX_INT) | st.floats(allow_nan=False) | texts
)
requests = st.builds(
    Request,
    method=tokens,
    target=st.text("/ab?é%", max_size=5).map(lambda rest: b"/" + rest.encode()),
    headers=headers,
    body=st.binary(max_size=9),
) | st.builds(
    Request,
    method=tokens,
    target=st.just(b"*"),
    headers=headers,
    omitted=st.sampled_from(OmittedReason),
    digest=st.sampled_from(["", "20", "2000:" + "0123456789abcdef" * 4]),
)
marks = st.builds(
    PlaceholderMark,
    st.integers(-1, 9),
    st.binary(max_size=4),
    texts,
    st.lists(st.tuples(ints, ints, ints), max_size=2).map(lambda rows: tuple(chain(*rows))),
)


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    chunks = draw(st.lists(st.binary(max_size=9), max_size=5))
    omitted = draw(st.none() | st.sampled_from(OmittedReason))
    return Answer(
        status=draw(st.integers(100, 999)),
        reason=draw(st.sampled_from([b"", b"OK", b"Tr\xe8s bien"])),
        headers=draw(headers),
        body=b"" if omitted else b"".join(chunks),
        frames=tuple(Frame(draw(ints), len(chunk), draw(st.booleans())) for chunk in chunks),
        omitted=omitted,
        marks=tuple(draw(st.lists(marks, max_size=2))),
    )


@st.composite
def exchanges(draw: st.DrawFn) -> Exchange:
    answer = draw(answers())
    head = ExchangeHead(
        number=draw(st.integers(1, MAX_INT)),
        session=draw(texts),
        request=draw(requests),
        status=answer.status,
        size=len(answer.body),
        end=draw(st.sampled_from(End)),
        whole=draw(st.booleans()),
        timings=draw(st.builds(Timings, started_ns=ints, head_us=ints, end_us=ints)),
        dialect=draw(texts),
        operation=draw(texts),
        summary=draw(st.dictionaries(texts, scalars, max_size=3)),
        problems=draw(st.lists(st.builds(Problem, texts, texts), max_size=2).map(tuple)),
        ledger=draw(st.lists(st.builds(LedgerEntry, texts, texts, ints), max_size=2).map(tuple)),
        ruleset=draw(texts),
    )
    return Exchange(head, answer)


@given(exchange=exchanges(), codec=st.sampled_from(Codec))
def test_an_encoded_exchange_decodes_to_the_same(exchange: Exchange, codec: Codec) -> None:
    assert decode(encode_exchange(exchange, codec=codec)) == exchange


def test_a_retraction_decodes_to_its_number() -> None:
    contents = read_cassette(make_cassette(encode_exchange(make_exchange(7)), encode_retraction(7)))

    assert contents.exchanges == ()
    assert contents.retractions == 1
    assert contents.next_number == 8


def test_exchanges_are_sorted_by_number() -> None:
    records = [encode_exchange(make_exchange(number)) for number in (2, 3, 1)]

    numbers = [stored.head.number for stored in read_cassette(make_cassette(*records)).exchanges]

    assert numbers == [1, 2, 3]


def test_a_number_that_occurs_twice_is_damage() -> None:
    record = encode_exchange(make_exchange(1))
    data = make_cassette(record, record)

    contents = read_cassette(data)

    assert [stored.head.number for stored in contents.exchanges] == [1]
    (damage,) = contents.damages
    assert (damage.offset, damage.length) == (len(data) - len(record), len(record))
    assert "exchange 1 occurs twice" in damage.reason


# --- compression


def test_a_compressed_answer_is_smaller() -> None:
    exchange = make_exchange(answer=make_answer(b'data: {"delta": "hello"}\n\n' * 20))

    compressed = encode_exchange(exchange, codec=Codec.ZLIB)

    assert len(compressed) < len(encode_exchange(exchange))
    assert read_only_exchange(compressed)[0].codec == "zlib"


@pytest.mark.parametrize(
    ("chunk", "reason"),
    [(b"x", "too short to gain"), (bytes(1_000_000), "would expand more than readers allow")],
)
def test_an_answer_is_stored_plain_if_compression_does_not_help(chunk: bytes, reason: str) -> None:
    exchange = make_exchange(answer=make_answer(chunk, headers=()))

    stored, _ = read_only_exchange(encode_exchange(exchange, codec=Codec.ZLIB))

    assert stored.codec == "none", reason


# --- data that readers refuse is not written

UNSTORABLE = [
    ("a header value that starts another header", {"headers": ((b"a", b"b\r\nSet-Cookie: x"),)}),
    ("a header value with NUL", {"headers": ((b"a", b"\0"),)}),
    ("a header name with a space", {"headers": ((b"a b", b""),)}),
    ("a header name with a colon", {"headers": ((b"a:b", b""),)}),
    ("a header without a name", {"headers": ((b"a", b"1"), (b"", b"2"))}),
    ("too many headers", {"headers": ((b"a", b""),) * (MAX_ITEMS + 1)}),
]
UNSTORABLE_REQUESTS = [
    *UNSTORABLE,
    ("a method with a space", {"method": "GET /"}),
    ("no method", {"method": ""}),
    ("a method beyond ASCII", {"method": "GÉT"}),
    ("a target that is a URL", {"target": b"http://a/"}),
    ("a target with a space", {"target": b"/a b"}),
    ("a target that splits the request line", {"target": b"/a\r\nHost: b"}),
    ("a target with DEL", {"target": b"/\x7f"}),
    ("an omitted body that is not empty", {"omitted": OmittedReason.MAX_BODY}),
    ("a digest of a body that is not omitted", {"digest": "20"}),
    ("an invalid digest", {"body": b"", "omitted": OmittedReason.MAX_BODY, "digest": "20:abc"}),
]
UNSTORABLE_ANSWERS = [
    *UNSTORABLE,
    ("a status below 100", {"status": 99}),
    ("a status above 999", {"status": 1000}),
    ("a reason with a line break", {"reason": b"OK\r\nA: b"}),
    ("an omitted body that is not empty", {"omitted": OmittedReason.MAX_BODY}),
    ("frames that do not add up", {"frames": make_frames(1)}),
    ("a frame before the request", {"frames": (Frame(-1, 26, True),)}),
    ("a frame of negative length", {"frames": (Frame(0, 27, True), Frame(0, -1, True))}),
    ("a mark of no header", {"marks": (PlaceholderMark(-2, b"", "", ()),)}),
    ("a mark with half a piece", {"marks": (PlaceholderMark(0, b"", "", (1,)),)}),
    ("a mark before the body", {"marks": (PlaceholderMark(-1, b"", "", (-1, 2, 3)),)}),
    ("a frame after the end of time", {"frames": (Frame(MAX_INT + 1, 26, True),)}),
]
UNSTORABLE_HEADS = [
    ("number 0", {"number": 0}),
    ("a number beyond 64 bits", {"number": 2**64}),
    ("a time before 1970", {"timings": Timings(started_ns=-1)}),
    ("a status that is not the answer's", {"status": 201}),
    ("a size that is not the body's", {"size": 3}),
    ("a summary that is not flat", {"summary": {"a": ["b"]}}),
]


@pytest.mark.parametrize(
    ("reason", "change"), UNSTORABLE_REQUESTS, ids=[c[0] for c in UNSTORABLE_REQUESTS]
)
def test_an_invalid_request_is_not_stored(reason: str, change: dict[str, object]) -> None:
    request = replace(make_request(), **change)
    with pytest.raises(StoreError, match="exchange 1 cannot be stored: request"):
        encode_exchange(make_exchange(request=request))


@pytest.mark.parametrize(
    ("reason", "change"), UNSTORABLE_ANSWERS, ids=[c[0] for c in UNSTORABLE_ANSWERS]
)
def test_an_invalid_answer_is_not_stored(reason: str, change: dict[str, object]) -> None:
    answer = replace(make_answer(), **change)
    with pytest.raises(StoreError, match="exchange 1 cannot be stored"):
        encode_exchange(make_exchange(answer=answer))


@pytest.mark.parametrize(
    ("reason", "change"), UNSTORABLE_HEADS, ids=[c[0] for c in UNSTORABLE_HEADS]
)
def test_an_invalid_head_is_not_stored(reason: str, change: dict[str, object]) -> None:
    head = replace(make_head(), **change)
    with pytest.raises(StoreError, match="cannot be stored"):
        encode_exchange(make_exchange(head=head))


def test_a_value_of_an_unsupported_type_raises_type_error() -> None:
    head = make_head(summary={"a": object()})  # type: ignore[dict-item]  # the mistake under test
    with pytest.raises(TypeError, match="object cannot be stored in a cassette"):
        encode_exchange(make_exchange(head=head))


def test_a_record_too_large_for_readers_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runreel.core.cassette.record.MAX_PART", 100)
    with pytest.raises(StoreError, match="do not fit in a cassette's record"):
        encode_exchange(make_exchange())


# --- unusual values are stored


def test_frames_beyond_the_limit_are_merged_into_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runreel.core.cassette.encode.MAX_FRAMES", 3)
    frames = tuple(Frame(at, 1, end_of_chunk=at % 2 == 0) for at in range(5))
    answer = make_answer(b"abcde", frames=frames)

    stored_frames = decode(encode_exchange(make_exchange(answer=answer))).answer.frames

    assert stored_frames == (*frames[:2], Frame(4, 3, end_of_chunk=True))


def test_text_and_numbers_that_msgpack_cannot_hold_are_written_as_text() -> None:
    head = make_head(
        session="half a pair: \ud800", summary={"model": "\udfff", "max_tokens": 10**30}
    )

    decoded_head = decode(encode_exchange(make_exchange(head=head))).head

    assert decoded_head.session == "half a pair: \\ud800"
    assert decoded_head.summary == {"model": "\\udfff", "max_tokens": "1" + "0" * 30}


def test_problems_and_ledger_entries_beyond_the_limit_are_left_out() -> None:
    head = make_head(
        problems=(Problem("a", "b"),) * (MAX_ITEMS + 1),
        ledger=(LedgerEntry("a", "b", 1),) * (MAX_ITEMS + 1),
    )

    decoded_head = decode(encode_exchange(make_exchange(head=head))).head

    assert (len(decoded_head.problems), len(decoded_head.ledger)) == (MAX_ITEMS, MAX_ITEMS)


def test_marks_that_readers_refuse_are_left_out() -> None:
    mark = PlaceholderMark(0, b"a", "plain", (0, 1, 1))
    long = PlaceholderMark(0, b"a", "plain", (0, 0, 0) * (MAX_ITEMS // 3 + 1))
    answer = replace(make_answer(), marks=(long, *[mark] * (MAX_ITEMS + 1)))

    assert decode(encode_exchange(make_exchange(answer=answer))).answer.marks == (
        (mark,) * MAX_ITEMS
    )


# --- every field is checked


def unpack_map(data: bytes) -> dict[str, object]:
    values: dict[str, object] = msgpack.unpackb(data)
    return values


def encode_altered(
    *, head: dict[str, object] | None = None, request: dict[str, object] | None = None,
    answer: dict[str, object] | None = None, without: str = "",
) -> bytes:  # fmt: skip
    """Encode a record with changed fields and the right checksums."""
    stored, body = read_only_exchange(encode_exchange(make_exchange(), version=1))
    data = make_cassette(encode_exchange(make_exchange(), version=1))
    head_at = stored.offset + 13
    head_map = unpack_map(data[head_at : stored.body_offset - 5])
    head_map["request"] = {**head_map["request"], **(request or {})}  # type: ignore[dict-item]
    plain = msgpack.packb({**unpack_map(body), **(answer or {})})
    head_map |= {"body_crc32": zlib.crc32(plain), "body_length": len(plain), **(head or {})}
    head_map.pop(without, None)
    return encode_record(RecordKind.EXCHANGE, msgpack.packb(head_map), plain)


BAD_HEADS: list[tuple[str, dict[str, object], str]] = [
    ("number missing", {"without": "number"}, "number is missing"),
    ("number a str", {"head": {"number": "1"}}, "number is not an int"),
    ("number a bool", {"head": {"number": True}}, "number is not an int"),
    ("number zero", {"head": {"number": 0}}, "number is not within"),
    ("session a bin", {"head": {"session": b"a"}}, "session is not a str"),
    ("request missing", {"without": "request"}, "request is missing"),
    ("request an array", {"head": {"request": []}}, "request is not a map"),
    ("method a bin", {"request": {"method": b"GET"}}, "request.method is not a str"),
    ("method not a token", {"request": {"method": "G T"}}, "request.method is not a token"),
    ("target a str", {"request": {"target": "/"}}, "request.target is not a bin"),
    ("target with a space", {"request": {"target": b"/ "}}, "request.target is not a path"),
    ("headers a map", {"request": {"headers": {}}}, "request.headers is not an array"),
    ("a header of one", {"request": {"headers": [[b"a"]]}}, "request.headers has an item"),
    ("a header a str", {"request": {"headers": [["a", b"b"]]}}, "request.headers has an item"),
    ("a header no array", {"request": {"headers": [b"ab"]}}, "request.headers has an item"),
    ("an injecting header", {"request": {"headers": [[b"a", b"\r\nb: c"]]}}, "CR, LF or NUL"),
    ("an unknown omission", {"request": {"omitted": "?"}}, "request.omitted has a value that"),
    ("a digest a bin", {"request": {"digest": b"1"}}, "request.digest is not a str"),
    (
        "a digest and a body",
        {"request": {"digest": "1"}},
        "request.digest is present, but the body",
    ),
    (
        "a digest in capitals",
        {"request": {"body": b"", "omitted": "max_body", "digest": f"2000:{'A' * 64}"}},
        "request.digest is not a length",
    ),
    ("status too low", {"head": {"status": 99}}, "status is not within"),
    ("size negative", {"head": {"size": -1}}, "size is not within"),
    (
        "end unknown",
        {"head": {"end": "vanished"}},
        "end has a value that this format does not define",
    ),
    ("whole an int", {"head": {"whole": 1}}, "whole is not a bool"),
    ("a time negative", {"head": {"head_us": -1}}, "head_us is not within"),
    ("a time too large", {"head": {"end_us": 2**63}}, "end_us is not within"),
    ("summary an array", {"head": {"summary": []}}, "summary is not a map"),
    ("summary nested", {"head": {"summary": {"a": {}}}}, "summary has a key"),
    ("summary with a bin key", {"head": {"summary": {b"a": 1}}}, "summary has a key"),
    ("a problem of three", {"head": {"problems": [["a", "b", "c"]]}}, "problems has an item"),
    ("a ledger entry without a count", {"head": {"ledger": [["a", "b"]]}}, "ledger has an item"),
    ("answer headers a map", {"head": {"answer_headers": {}}}, "answer_headers is not an array"),
    ("an answer header a str", {"head": {"answer_headers": [["a", b""]]}}, "has an item"),
    ("codec a number", {"head": {"codec": 1}}, "codec is not a str"),
    ("body_crc32 too large", {"head": {"body_crc32": 2**32}}, "body_crc32 is not within"),
    ("body_length too large", {"head": {"body_length": 2**40}}, "body_length is not within"),
]


@pytest.mark.parametrize(("reason", "change", "message"), BAD_HEADS, ids=[c[0] for c in BAD_HEADS])
def test_an_invalid_field_in_a_head_is_damage_that_names_the_field(
    reason: str, change: dict[str, object], message: str
) -> None:
    record = encode_altered(**change)  # type: ignore[arg-type]  # rows of several types
    data = make_cassette(record)

    contents = read_cassette(data)

    assert contents.exchanges == ()
    (damage,) = contents.damages
    assert (damage.offset, damage.length) == (len(data) - len(record), len(record))
    assert message in damage.reason


BAD_COLUMNS: list[tuple[str, list[object], str]] = [
    ("three of columns", [1, b"1", b"1"], "is not a count"),
    ("five of columns", [1, b"1", b"1", True, 1], "is not a count"),
    ("a time of no bin of columns", [1, 1, b"1", True], "is not a count"),
    (
        "a count that is a bool of columns",
        [True, b"1", b"1", True],
        "is not a count",
    ),
    ("no frame of columns", [0, b"", b"", True], "has a count"),
    ("a negative count of columns", [-1, b"1", b"1", True], "has a count"),
    (
        "too many frames of columns",
        [1_000_001, b"1", b"1", True],
        "has a count",
    ),
    ("a rest of columns", [2, b"123", b"12", True], "an invalid width"),
    (
        "three bytes each of columns",
        [2, b"123456", b"12", True],
        "an invalid width",
    ),
    ("no lengths of columns", [2, b"12", b"", True], "an invalid width"),
    (
        "too few ends of columns",
        [2, b"12", b"12", b"\1"],
        "ends of chunks",
    ),
    (
        "an end of 2 of columns",
        [2, b"12", b"12", b"\1\2"],
        "ends of chunks",
    ),
    ("an end an int of columns", [2, b"12", b"12", 1], "ends of chunks"),
    (
        "a time too large of columns",
        [1, b"\xff" * 8, b"\x1a", True],
        "out of range",
    ),
    (
        "times beyond 64 bits of columns",
        [2, b"\xff" * 16, b"\x1a\0", True],
        "out of range",
    ),
    (
        "lengths that do not add up of columns",
        [1, b"1", b"\x19", True],
        "do not add up",
    ),
]

BAD_COLUMN_ANSWERS: list[tuple[str, dict[str, object], str]] = [
    (reason, {"answer": {"columns": columns}}, message) for reason, columns, message in BAD_COLUMNS
]

BAD_ANSWERS: list[tuple[str, dict[str, object], str]] = [
    ("status a str", {"answer": {"status": "200"}}, "status is not an int"),
    ("status too high", {"answer": {"status": 1000}}, "status is not within"),
    ("status not the head's", {"answer": {"status": 201}}, "status differs"),
    ("reason a str", {"answer": {"reason": "OK"}}, "reason is not a bin"),
    ("an injecting reason", {"answer": {"reason": b"\n"}}, "reason contains"),
    ("an injecting header", {"answer": {"headers": [[b"a", b"\n"]]}}, "CR, LF or NUL"),
    ("a bad header name", {"answer": {"headers": [[b"a\r\nb", b""]]}}, "not a token"),
    ("a bad name in the head", {"head": {"answer_headers": [[b"a\n", b""]]}}, "not a token"),
    ("body a str", {"answer": {"body": "x"}}, "body is not a bin"),
    ("body not of the head's size", {"head": {"size": 9}}, "size is not the length"),
    ("frames a map", {"answer": {"frames": {}}}, "cannot be unpacked"),
    ("a frame of two", {"answer": {"frames": [[1, 26]]}}, "frames has an item"),
    ("a flag an int", {"answer": {"frames": [[1, 26, 1]]}}, "frames has an item"),
    ("a frame before the request", {"answer": {"frames": [[-1, 26, True]]}}, "out of range"),
    ("frames that do not add up", {"answer": {"frames": [[1, 25, True]]}}, "do not add up"),
    ("columns a map", {"answer": {"columns": {}}}, "columns is not an array"),
    *BAD_COLUMN_ANSWERS,
    ("an omitted body that is not empty", {"answer": {"omitted": "max_body"}}, "marked as omitted"),
    ("a mark of three", {"answer": {"marks": [[0, b"a", "plain"]]}}, "marks has an item"),
    (
        "a mark of no header",
        {"answer": {"marks": [[-2, b"a", "", []]]}},
        "item that is not a valid mark",
    ),
    (
        "half a piece",
        {"answer": {"marks": [[0, b"a", "", [1, 2]]]}},
        "item that is not a valid mark",
    ),
    (
        "a piece a bin",
        {"answer": {"marks": [[0, b"a", "", [1, 2, b""]]]}},
        "piece that is not an int",
    ),
    ("a piece a bool", {"answer": {"marks": [[0, b"a", "", [1, 2, True]]]}}, "is not an int"),
    ("checksum wrong", {"head": {"body_crc32": 1}}, "its checksum does not match"),
    ("not zlib", {"head": {"codec": "zlib"}}, "the compressed data is damaged"),
    ("a bomb", {"head": {"codec": "zlib", "body_length": 10**6}}, "body_length is more than 200"),
]


@pytest.mark.parametrize(
    ("reason", "change", "message"), BAD_ANSWERS, ids=[c[0] for c in BAD_ANSWERS]
)
def test_an_invalid_field_in_an_answer_raises_an_error_that_names_the_field(
    reason: str, change: dict[str, object], message: str
) -> None:
    stored, body = read_only_exchange(encode_altered(**change))  # type: ignore[arg-type]  # as above

    with pytest.raises(CorruptCassetteError, match=message) as caught:
        decode_answer(stored, body)

    assert caught.value.offset == stored.offset


@pytest.mark.parametrize(
    ("reason", "stretch"),
    [("shorter than it says", -1), ("longer than it says", 1)],
    ids=["shorter", "longer"],
)
def test_a_compressed_answer_must_have_the_length_in_its_head(reason: str, stretch: int) -> None:
    exchange = make_exchange(answer=make_answer(b"data: hello\n\n" * 20))
    stored, body = read_only_exchange(encode_exchange(exchange, codec=Codec.ZLIB))

    with pytest.raises(
        CorruptCassetteError, match="body_length is not the length after decompression"
    ):
        decode_answer(replace(stored, body_length=stored.body_length + stretch), body)


def test_a_codec_of_the_future_leaves_the_head_readable() -> None:
    stored, body = read_only_exchange(encode_altered(head={"codec": "zstd"}))

    assert stored.head == make_head()
    with pytest.raises(CassetteVersionError, match=r"compressed with 'zstd'.*upgrade runreel"):
        decode_answer(stored, body)


def test_unknown_keys_are_skipped() -> None:
    record = encode_altered(head={"new": [1]}, request={"new": {}}, answer={"new": b"x"})

    assert decode(record) == make_exchange()


BAD_RETRACTIONS = [
    ("with a body", msgpack.packb({"number": 1}), 1, "body is not empty"),
    ("of no number", msgpack.packb({}), 0, "number is missing"),
    ("of number 0", msgpack.packb({"number": 0}), 0, "number is not within"),
]


@pytest.mark.parametrize(
    ("reason", "head", "body_size", "message"), BAD_RETRACTIONS, ids=[c[0] for c in BAD_RETRACTIONS]
)
def test_an_invalid_retraction_raises_an_error(
    reason: str, head: bytes, body_size: int, message: str
) -> None:
    with pytest.raises(CorruptCassetteError, match=message) as caught:
        decode_retraction(Record(77, RecordKind.RETRACTION, head, body_size))
    assert caught.value.offset == 77


def test_a_head_that_is_not_a_map_raises_an_error() -> None:
    with pytest.raises(CorruptCassetteError, match="is not a map"):
        decode_head(Record(0, RecordKind.EXCHANGE, msgpack.packb([1]), 0))
