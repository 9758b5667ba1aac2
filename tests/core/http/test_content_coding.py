from __future__ import annotations

import gzip
import json
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.http.body_digest import digest_body
from runreel.core.http.content_coding import decode_answer_body, decode_request_body
from runreel.model import Answer, Frame, Headers, OmittedReason
from support.build import make_answer, make_request

MIB = 1 << 20
LIMIT = 8 * MIB
TEXT = b"data: hello\n\n" * 40


def compress_raw(data: bytes) -> bytes:
    return zlib.compress(data, wbits=-15)


def make_encoded_answer(body: bytes, coding: bytes = b"gzip", *, cut: int = 0) -> Answer:
    """Build an encoded answer, in two frames if ``cut`` is set."""
    pieces = [body[:cut], body[cut:]] if cut else [body]
    return make_answer(*pieces, headers=((b"Content-Encoding", coding), (b"X", b"y")))


CODINGS = [
    ("gzip", b"gzip", gzip.compress),
    ("the old name of gzip", b"x-gzip", gzip.compress),
    ("names are case-insensitive", b"GZip", gzip.compress),
    ("deflate, as in the standard", b"deflate", zlib.compress),
    ("deflate, as some servers send it", b"deflate", compress_raw),
    ("brotli", b"br", brotli.compress),
    (
        "two codings, decoded last to first",
        b"deflate, gzip",
        lambda d: gzip.compress(zlib.compress(d)),
    ),
    ("identity is skipped", b"identity, gzip", gzip.compress),
]


@pytest.mark.parametrize(("reason", "coding", "encode"), CODINGS, ids=[c[0] for c in CODINGS])
def test_a_body_is_decoded_wherever_it_is_split(reason: str, coding: bytes, encode: object) -> None:
    assert callable(encode)
    body = encode(TEXT)
    for cut in range(len(body)):
        before = make_encoded_answer(body, coding, cut=cut)
        after = decode_answer_body(before, limit=LIMIT)
        assert after.body == TEXT
        assert after.headers == ((b"X", b"y"),)
        assert sum(frame.length for frame in after.frames) == len(TEXT)
        assert [frame[::2] for frame in after.frames] == [frame[::2] for frame in before.frames]


def test_each_frame_has_the_length_of_its_decoded_bytes() -> None:
    compressor = zlib.compressobj(wbits=31)
    pieces = [
        compressor.compress(text) + compressor.flush(zlib.Z_SYNC_FLUSH)
        for text in (b"data: 1\n\n", b"data: 22\n\n")
    ]
    pieces.append(compressor.flush())
    answer = make_answer(*pieces, headers=((b"content-encoding", b"gzip"),))
    assert [frame.length for frame in decode_answer_body(answer, limit=LIMIT).frames] == [9, 10, 0]


BYTE_BY_BYTE = [
    ("gzip", b"gzip", gzip.compress(TEXT)),
    ("several members of gzip", b"gzip", gzip.compress(TEXT[:9]) + gzip.compress(TEXT[9:])),
    ("deflate", b"deflate", zlib.compress(TEXT)),
    ("brotli", b"br", brotli.compress(TEXT)),
]


@pytest.mark.parametrize(
    ("reason", "coding", "body"), BYTE_BY_BYTE, ids=[c[0] for c in BYTE_BY_BYTE]
)
def test_a_body_that_arrives_byte_by_byte_is_decoded(
    reason: str, coding: bytes, body: bytes
) -> None:
    pieces = [body[place : place + 1] for place in range(len(body))]
    answer = make_answer(*pieces, headers=((b"Content-Encoding", coding),))
    assert decode_answer_body(answer, limit=LIMIT).body == TEXT


def test_a_transfer_coding_is_decoded_before_the_content_coding() -> None:
    body = gzip.compress(zlib.compress(TEXT))
    headers = ((b"Transfer-Encoding", b"gzip, chunked"), (b"Content-Encoding", b"deflate"))
    after = decode_answer_body(make_answer(body, headers=headers), limit=LIMIT)
    assert (after.body, after.headers) == (TEXT, ((b"Transfer-Encoding", b"chunked"),))


def test_a_transfer_coding_without_chunks_is_decoded() -> None:
    headers = ((b"Transfer-Encoding", b"gzip"),)
    after = decode_answer_body(make_answer(gzip.compress(TEXT), headers=headers), limit=LIMIT)
    assert (after.body, after.headers) == (TEXT, ())


UNTOUCHED = [
    ("no coding", make_answer(TEXT, headers=((b"Content-Length", b"520"),))),
    ("identity", make_answer(TEXT, headers=((b"Content-Encoding", b"identity"),))),
    ("chunked", make_answer(TEXT)),
    ("an answer to HEAD", make_encoded_answer(b"")),
]


LABELS = [
    b"none",
    b"identity",
    b"utf-8",
    b"aws-chunked",
    b"compress",
    b"gzip",
    b"deflate",
    b"br",
    b"zstd",
    b"deflate, gzip",
]
TEXTS = [
    ("JSON", b'{"id": "run_1", "status": "queued"}'),
    ("an empty object", b"{}"),
    ("an array", b"[1, 2]"),
    ("events", TEXT),
    ("text that begins as deflate does", b"x^2 is a square"),
    ("characters beyond ASCII", '{"city": "São Paulo"}'.encode()),
    ("a character that is cut off", "Lisboa é".encode()[:-1]),
]


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize(("reason", "body"), TEXTS, ids=[row[0] for row in TEXTS])
def test_plain_text_with_a_wrong_label_is_unchanged(reason: str, body: bytes, label: bytes) -> None:
    headers = ((b"Content-Encoding", label), (b"Content-Type", b"application/json"))
    answer = make_answer(body[:1], body[1:], headers=headers)
    assert decode_answer_body(answer, limit=LIMIT) is answer
    request = make_request(headers=headers, body=body)
    assert decode_request_body(request, limit=LIMIT) is request


def test_a_body_that_could_be_text_is_decoded_if_it_is_complete() -> None:
    assert brotli.compress(b"") == b";"
    assert decode_answer_body(make_encoded_answer(b";", b"br"), limit=LIMIT).body == b""


@given(st.dictionaries(st.text(max_size=9), st.integers() | st.text(max_size=9), min_size=1))
def test_any_json_with_a_wrong_label_is_unchanged(document: dict[str, object]) -> None:
    body = json.dumps(document).encode()
    for label in LABELS:
        answer = make_encoded_answer(body, label)
        assert decode_answer_body(answer, limit=LIMIT) is answer


@pytest.mark.parametrize(("reason", "answer"), UNTOUCHED, ids=[c[0] for c in UNTOUCHED])
def test_a_body_without_coding_is_unchanged(reason: str, answer: Answer) -> None:
    assert decode_answer_body(answer, limit=LIMIT) is answer


@pytest.mark.parametrize("coding", [b"gzip", b"deflate", b"br"])
@pytest.mark.parametrize("length", [1, 2, 15, -9, -1])
def test_a_truncated_body_is_decoded_as_far_as_it_goes(coding: bytes, length: int) -> None:
    encode = {b"gzip": gzip.compress, b"deflate": zlib.compress, b"br": brotli.compress}[coding]
    after = decode_answer_body(make_encoded_answer(encode(TEXT)[:length], coding), limit=LIMIT)
    assert after.omitted is None
    assert TEXT.startswith(after.body)
    assert sum(frame.length for frame in after.frames) == len(after.body)


def test_a_wrong_content_length_stays_wrong_by_the_same_number_of_bytes() -> None:
    body = gzip.compress(TEXT)
    headers = (
        (b"Content-Length", b"%d" % len(body)),
        (b"Content-Length", b"%d" % (len(body) + 7)),
        (b"Content-Length", b"?"),
        (b"Content-Encoding", b"gzip"),
    )
    lengths = [
        value
        for _, value in decode_answer_body(make_answer(body, headers=headers), limit=LIMIT).headers
    ]
    assert lengths == [b"%d" % len(TEXT), b"%d" % (len(TEXT) + 7), b"?"]


BROKEN = [
    ("an unknown coding", b"compress", b"\x1f\x9dhello"),
    ("not gzip, nor text", b"gzip", b"hello\xff"),
    ("a wrong checksum", b"gzip", gzip.compress(TEXT)[:-8] + bytes(8)),
    ("garbage after gzip", b"gzip", gzip.compress(TEXT) + b"garbage"),
    ("not deflate", b"deflate", b"\xff\xff\xff"),
    ("garbage after deflate", b"deflate", zlib.compress(TEXT) + b"g"),
    ("not brotli", b"br", b"\xff\xff\xff\xff"),
    ("garbage after brotli", b"br", brotli.compress(TEXT) + b"g"),
    ("the inner one of two", b"deflate, gzip", gzip.compress(b"\xff\xff\xff")),
]


@pytest.mark.parametrize("cut", [0, -1], ids=["in one frame", "in two"])
@pytest.mark.parametrize(("reason", "coding", "body"), BROKEN, ids=[c[0] for c in BROKEN])
def test_a_body_that_cannot_be_decoded_is_left_out(
    reason: str, coding: bytes, body: bytes, cut: int
) -> None:
    before = make_encoded_answer(body, coding, cut=cut)
    after = decode_answer_body(before, limit=LIMIT)
    assert (after.body, after.frames, after.omitted) == (b"", (), OmittedReason.ENCODING)
    assert after.headers == before.headers


def test_a_bomb_is_left_out() -> None:
    assert (
        decode_answer_body(make_encoded_answer(gzip.compress(bytes(MIB + 1))), limit=LIMIT).omitted
        is OmittedReason.MAX_BODY
    )


def test_a_body_beyond_the_limit_is_left_out() -> None:
    body = zlib.compress(bytes(range(256)) * 8)
    assert (
        decode_answer_body(make_encoded_answer(body, b"deflate"), limit=2048).body
        == bytes(range(256)) * 8
    )
    assert (
        decode_answer_body(make_encoded_answer(body, b"deflate"), limit=2047).omitted
        is OmittedReason.MAX_BODY
    )


@given(st.binary(max_size=40), st.sampled_from([b"gzip", b"deflate", b"br", b"zstd", b"br,gzip"]))
def test_any_bytes_can_be_decoded_or_left_out(body: bytes, coding: bytes) -> None:
    after = decode_answer_body(make_encoded_answer(body, coding), limit=LIMIT)
    assert sum(frame.length for frame in after.frames) == len(after.body)


REQUESTS: list[tuple[str, Headers, bytes, bytes]] = [
    ("no coding", ((b"A", b"b"),), TEXT, TEXT),
    ("gzip", ((b"Content-Encoding", b"gzip"), (b"A", b"b")), gzip.compress(TEXT), TEXT),
    ("nothing to decode", ((b"Content-Encoding", b"gzip"),), b"", b""),
]


@pytest.mark.parametrize(
    ("reason", "headers", "body", "expected"), REQUESTS, ids=[c[0] for c in REQUESTS]
)
def test_a_request_is_decoded_too(
    reason: str, headers: Headers, body: bytes, expected: bytes
) -> None:
    after = decode_request_body(make_request(headers=headers, body=body), limit=LIMIT)
    assert after.body == expected
    if body:
        assert after.headers == ((b"A", b"b"),)


def test_a_request_that_cannot_be_decoded_is_left_out() -> None:
    request = make_request(headers=((b"Content-Encoding", b"gzip"),), body=b"hello\0")
    after = decode_request_body(request, limit=LIMIT)
    assert (after.body, after.omitted) == (b"", OmittedReason.ENCODING)
    assert after.digest == digest_body(b"hello\0")


def test_an_omitted_body_is_unchanged() -> None:
    request = make_request(
        headers=((b"Content-Encoding", b"gzip"),), body=b"", omitted=OmittedReason.MAX_BODY
    )
    assert decode_request_body(request, limit=LIMIT) is request


def test_a_frame_that_only_ends_a_chunk_is_kept() -> None:
    body = gzip.compress(TEXT)
    frames = (Frame(1, len(body), False), Frame(2, 0, True))
    answer = make_answer(body, headers=((b"Content-Encoding", b"gzip"),), frames=frames)
    after = decode_answer_body(answer, limit=LIMIT)
    assert after.frames == (Frame(1, len(TEXT), False), Frame(2, 0, True))
