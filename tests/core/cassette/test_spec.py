"""The specification is sufficient: a reader written from docs/cassette-format.md agrees with ours.

It uses only a streaming msgpack unpacker, as there is one in other languages.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgpack  # type: ignore[import-untyped]  # it ships no types
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from runreel.core.cassette import (
    CassetteHeader,
    Codec,
    decode_answer,
    encode_exchange,
    encode_retraction,
    read_contents,
)
from runreel.core.redact.encoding import BASE_ENCODINGS, JSON_LEVELS, MIXED
from runreel.core.redact.marks import OFFSET
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
    make_head,
    make_header,
    make_request,
)

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "cassette-format.md").read_text()
SAMPLE_PATH = ROOT / "tests" / "golden" / "format" / "v1" / "sample.cassette"

# --- the second reader

CODECS: dict[str, Callable[[bytes], bytes]] = {"none": bytes, "zlib": zlib.decompress}


def read_by_specification(data: bytes) -> tuple[dict[str, Any], dict[int, tuple[Any, Any]]]:
    """Return the header, and head and answer of each exchange by number, as plain maps."""
    unpacker = msgpack.Unpacker()
    unpacker.feed(data)
    header = unpacker.unpack()
    length = unpacker.tell()
    assert header["runreel"] in {1, 2}
    assert [*header][:1] == ["runreel"]
    assert [*header][-1:] == ["crc32"]
    assert header["crc32"] == zlib.crc32(data[: length - 5])
    exchanges: dict[int, tuple[Any, Any]] = {}
    retracted = []
    for kind, crc32, head_bytes, body in unpacker:
        covered = bytes([kind]) + len(head_bytes).to_bytes(4) + len(body).to_bytes(4) + head_bytes
        assert crc32 == zlib.crc32(covered)
        head = msgpack.unpackb(head_bytes)
        if kind == 2:
            retracted.append(head["number"])
            continue
        assert kind == 1
        assert head["body_crc32"] == zlib.crc32(body)
        plain = CODECS[head.get("codec", "none")](body)
        assert head.get("body_length", len(body)) == len(plain)
        exchanges[head["number"]] = (head, msgpack.unpackb(plain))
    return header, {n: exchanges[n] for n in sorted(exchanges) if n not in retracted}


def read_frames(answer: Mapping[str, Any]) -> tuple[Frame, ...]:
    if "columns" not in answer:
        return tuple(Frame(*frame) for frame in answer.get("frames", []))
    count, times, lengths, ends = answer["columns"]
    every = [ends] * count if isinstance(ends, bool) else [end == 1 for end in ends]
    steps, sizes = read_column(count, times), read_column(count, lengths)
    return tuple(Frame(sum(steps[: n + 1]), sizes[n], every[n]) for n in range(count))


def read_column(count: int, column: bytes) -> list[int]:
    width = len(column) // count
    assert width in {1, 2, 4, 8}
    return [int.from_bytes(column[n * width : (n + 1) * width]) for n in range(count)]


def build_exchange(head: Mapping[str, Any], answer: Mapping[str, Any]) -> Exchange:
    request = head["request"]
    return Exchange(
        ExchangeHead(
            number=head["number"],
            session=head["session"],
            request=Request(
                method=request["method"],
                target=request["target"],
                headers=tuple((name, value) for name, value in request["headers"]),
                body=request["body"],
                omitted=OmittedReason(request["omitted"]) if "omitted" in request else None,
                digest=request.get("digest", ""),
            ),
            status=head["status"],
            size=head["size"],
            end=End(head["end"]),
            whole=head["whole"],
            timings=Timings(head["started_ns"], head["head_us"], head["end_us"]),
            dialect=head.get("dialect", ""),
            operation=head.get("operation", ""),
            summary=head.get("summary", {}),
            problems=tuple(Problem(*problem) for problem in head.get("problems", [])),
            ledger=tuple(LedgerEntry(*entry) for entry in head.get("ledger", [])),
            ruleset=head.get("ruleset", ""),
        ),
        Answer(
            status=answer["status"],
            reason=answer["reason"],
            headers=tuple(
                (name, value) for name, value in head.get("answer_headers", answer.get("headers"))
            ),
            body=answer["body"],
            frames=read_frames(answer),
            omitted=OmittedReason(answer["omitted"]) if "omitted" in answer else None,
            marks=tuple(
                PlaceholderMark(header, placeholder, encoding, tuple(pieces))
                for header, placeholder, encoding, pieces in answer.get("marks", [])
            ),
        ),
    )


# --- runreel's reader


def read_by_runreel(data: bytes) -> tuple[CassetteHeader, list[Exchange]]:
    contents = read_contents(lambda at, length: data[at : at + length], len(data))
    assert (contents.damages, contents.torn) == ((), None)
    return contents.header, [
        Exchange(stored.head, decode_answer(stored, data[stored.body_offset : stored.end]))
        for stored in contents.exchanges
    ]


def assert_both_agree(data: bytes) -> None:
    header, exchanges = read_by_runreel(data)
    plain, maps = read_by_specification(data)
    assert exchanges == [build_exchange(head, answer) for head, answer in maps.values()]
    assert (header.created_ns, header.writer) == (plain["created"], plain["writer"])
    assert header.upstream == plain.get("upstream", "")


@given(
    numbers=st.lists(st.integers(1, 9), unique=True, max_size=5),
    retracted=st.lists(st.integers(1, 9), max_size=2),
    codec=st.sampled_from(Codec),
)
def test_both_readers_agree(numbers: list[int], retracted: list[int], codec: Codec) -> None:
    answer = make_answer(b"data: again\n\n" * 9)
    assert_both_agree(
        make_cassette(
            *(encode_exchange(make_exchange(n, answer=answer), codec=codec) for n in numbers),
            *(encode_retraction(n) for n in retracted),
        )
    )


@given(
    frames=st.lists(
        st.builds(Frame, st.integers(0, 2**41), st.integers(0, 70_000), st.booleans()), max_size=9
    ),
    is_sorted=st.booleans(),
    version=st.sampled_from([1, 2]),
)
def test_both_readers_agree_on_frames(frames: list[Frame], is_sorted: bool, version: int) -> None:
    ordered = tuple(sorted(frames)) if is_sorted else tuple(frames)
    body = b"x" * sum(frame.length for frame in frames)
    exchange = make_exchange(answer=replace(make_answer(body), frames=ordered))
    record = encode_exchange(exchange, version=version)
    data = make_cassette(record, header=replace(make_header(), version=version))
    assert_both_agree(data)
    assert read_by_runreel(data)[1] == [exchange]


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_both_readers_agree_on_the_frozen_sample(version: str) -> None:
    assert_both_agree((SAMPLE_PATH.parents[1] / version / "sample.cassette").read_bytes())


def test_both_readers_agree_on_an_omitted_request_body() -> None:
    digest = "2000:" + "0123456789abcdef" * 4
    request = Request("POST", b"/v1/files", (), omitted=OmittedReason.MAX_BODY, digest=digest)
    assert_both_agree(make_cassette(encode_exchange(make_exchange(request=request))))


MARKS = (
    PlaceholderMark(0, b"REDACTED-a-1", "plain", (2, 12, 8)),
    PlaceholderMark(-1, b"REDACTED-b-1", "plain json-ascii json", (5, 6, 2, 30, 6, 7)),
    PlaceholderMark(-1, b"REDACTED-b-1 REDACTED-a-1", "offset", (70, 2, 1)),
)


def test_both_readers_agree_on_marks() -> None:
    answer = replace(make_answer(b"again " * 20), marks=MARKS)
    assert_both_agree(make_cassette(encode_exchange(make_exchange(answer=answer))))


def test_both_readers_agree_on_the_frozen_sample_with_marks() -> None:
    assert_both_agree((SAMPLE_PATH.parent / "marks.cassette").read_bytes())


# --- the page's example

(EXAMPLE,) = re.findall(r"```hex\n(.*?)```", PAGE, re.DOTALL)
EXAMPLE_BYTES = bytes.fromhex(re.sub(r";.*", "", EXAMPLE))
EXAMPLE_EXCHANGE = make_exchange(
    answer=(answer := Answer(200, b"OK", ((b"A", b"b"),), b"hi\n", (Frame(1500, 3, True),))),
    head=make_head(
        answer,
        session="s",
        request=make_request("GET", b"/x", ((b"H", b"v"),), b""),
        timings=Timings(1_700_000_000_000_000_000, 1000, 2000),
        dialect="",
        operation="",
    ),
)


def test_the_example_contains_the_exchange_that_the_page_describes() -> None:
    record_at, retraction_at = (int(at) for at in re.findall(r"record at byte (\d+)", EXAMPLE))

    header, exchanges = read_by_runreel(EXAMPLE_BYTES[:retraction_at])

    assert header == CassetteHeader(created_ns=1_700_000_000_000_000_000, writer="runreel 0.1.0")
    assert exchanges == [EXAMPLE_EXCHANGE]
    assert EXAMPLE_BYTES[record_at:retraction_at] == encode_exchange(EXAMPLE_EXCHANGE)
    assert EXAMPLE_BYTES[retraction_at:] == encode_retraction(1)
    assert read_by_runreel(EXAMPLE_BYTES)[1] == []
    assert_both_agree(EXAMPLE_BYTES)


@pytest.mark.parametrize("kind", [End, OmittedReason, Codec])
def test_the_page_names_every_value(kind: type[End] | type[OmittedReason] | type[Codec]) -> None:
    assert [value for value in kind if f"`{value}`" not in PAGE] == []


ENCODING_NAMES = (*BASE_ENCODINGS, *JSON_LEVELS, MIXED, OFFSET)


def test_the_page_names_every_encoding() -> None:
    assert [name for name in ENCODING_NAMES if f"`{name}`" not in PAGE] == []
