"""Reading cassettes: whole, damaged, and while they are written."""

from __future__ import annotations

import gc
import os
import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from runreel.core.cassette import Codec, TornTail, encode_exchange, encode_retraction
from runreel.core.redact import Redacted
from runreel.errors import CassetteError, CassetteVersionError, CorruptCassetteError
from runreel.model import Answer
from runreel.shell.store import CassetteReader, CassetteWriter
from runreel.shell.store.reader import read_header
from support.build import make_answer, make_cassette, make_exchange, make_header

EXCHANGES = {
    number: make_exchange(number, answer=make_answer(b"data: %d\n\n" % number))
    for number in (2, 1, 3)
}
RECORDS = [encode_exchange(exchange) for exchange in EXCHANGES.values()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "x.cassette"
    path.write_bytes(make_cassette(*RECORDS))
    return path


def test_heads_are_sorted_by_number_and_answers_are_read_on_demand(path: Path) -> None:
    with CassetteReader.open(path) as cassette:
        assert cassette.heads == tuple(EXCHANGES[number].head for number in (1, 2, 3))
        assert cassette.read_answer(2) == EXCHANGES[2].answer
        assert cassette.read_exchange(3) == EXCHANGES[3]
        assert cassette.header == make_header()
        assert (cassette.torn, cassette.damage, cassette.retractions) == (None, (), 0)
        cassette.raise_if_damaged()


@pytest.mark.parametrize("enabled", [True, False])
def test_opening_leaves_the_garbage_collector_as_it_was(enabled: bool, path: Path) -> None:
    if not enabled:
        gc.disable()
    CassetteReader.open(path).close()
    was_enabled = gc.isenabled()
    gc.enable()
    assert was_enabled is enabled


def test_a_retracted_exchange_is_not_found(path: Path) -> None:
    path.write_bytes(make_cassette(*RECORDS, encode_retraction(2)))

    with CassetteReader.open(path) as cassette:
        assert [head.number for head in cassette.heads] == [1, 3]
        assert cassette.retractions == 1
        with pytest.raises(CassetteError, match="has no exchange 2"):
            cassette.read_answer(2)


def test_a_missing_file_is_an_error_that_names_the_command_to_record_it(tmp_path: Path) -> None:
    with pytest.raises(CassetteError, match=r"no cassette at .*; record it with: runreel record"):
        CassetteReader.open(tmp_path / "x.cassette")


NEARBY = [
    ("a typing error", "cassettes/my-ap.cassette", "; did you mean cassettes/my-app.cassette?; "),
    ("a path for a name", "my-app.cassette", "; did you mean cassettes/my-app.cassette?; "),
    ("a folder", "cassettes/tapes.cassette", " (for the cassettes of the folder, write tapes/); "),
    ("nothing like it", "cassettes/refund.cassette", "no cassette at cassettes/refund.cassette; "),
    ("no such folder", "nowhere/x.cassette", "no cassette at nowhere/x.cassette; "),
]


@pytest.mark.parametrize(("path", "message"), [r[1:] for r in NEARBY], ids=[r[0] for r in NEARBY])
def test_a_missing_file_names_what_may_be_meant(
    path: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("tapes").mkdir()
    Path("cassettes").mkdir()
    Path("cassettes/my-app.cassette").write_bytes(make_cassette())
    with pytest.raises(CassetteError, match=re.escape(message)):
        CassetteReader.open(Path(path))


@pytest.mark.parametrize(
    ("reason", "content", "message"),
    [
        ("empty", b"", "x.cassette: at byte 0: the file is empty"),
        ("text", b"name,value\n", "x.cassette: at byte 0: this is not a cassette"),
        ("part of a header", make_cassette()[:20], "x.cassette: at byte 0: the header is damaged"),
    ],
    ids=["empty", "text", "part of a header"],
)
def test_a_file_that_is_not_a_cassette_is_an_error(
    reason: str, content: bytes, message: str, path: Path
) -> None:
    path.write_bytes(content)

    with pytest.raises(CorruptCassetteError, match=message) as caught:
        CassetteReader.open(path)

    assert (caught.value.path, caught.value.offset) == (path, 0)


def test_a_newer_format_is_an_error_that_names_the_version(path: Path) -> None:
    path.write_bytes(make_cassette(*RECORDS, header=replace(make_header(), version=3)))

    with pytest.raises(CassetteVersionError, match=r"x.cassette: it has format 3.*upgrade runreel"):
        CassetteReader.open(path)


def test_a_folder_a_pipe_and_a_forbidden_file_are_errors(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.cassette")
    for path in (tmp_path, tmp_path / "pipe.cassette"):
        with pytest.raises(CassetteError, match="not a regular file"):
            CassetteReader.open(path)
    with pytest.raises(CassetteError, match="cannot be opened: Not a directory"):
        CassetteReader.open(Path(__file__) / "x.cassette")


def test_damage_is_listed_and_raised_on_demand(path: Path) -> None:
    data = bytearray(path.read_bytes())
    first = len(make_cassette())
    data[first + 20] ^= 1
    data[-len(RECORDS[2]) + 20] ^= 1
    path.write_bytes(data)

    with CassetteReader.open(path) as cassette:
        assert [head.number for head in cassette.heads] == [1]
        with pytest.raises(CorruptCassetteError) as caught:
            cassette.raise_if_damaged()

    last = len(data) - len(RECORDS[2])
    assert f"at byte {first}, {len(RECORDS[0])} bytes: its checksum" in str(caught.value)
    assert f"at byte {last}, {len(RECORDS[2])} bytes: its checksum" in str(caught.value)
    assert f"runreel verify --repair {path}" in str(caught.value)


def test_a_damaged_answer_is_an_error_that_names_its_offset(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    offset = len(data) - len(RECORDS[2])

    with CassetteReader.open(path) as cassette:
        assert cassette.read_answer(1) == EXCHANGES[1].answer
        with pytest.raises(CorruptCassetteError, match=rf"x.cassette: at byte {offset}: answer of"):
            cassette.read_answer(3)


def test_a_file_truncated_while_it_is_read_is_an_error(path: Path) -> None:
    with CassetteReader.open(path) as cassette:
        os.truncate(path, path.stat().st_size - 1)
        with pytest.raises(CorruptCassetteError, match="truncated while it was read"):
            cassette.read_answer(3)


def test_short_reads_are_continued(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.pread
    monkeypatch.setattr(os, "pread", lambda fd, length, at: real(fd, min(length, 7), at))
    with CassetteReader.open(path) as cassette:
        assert cassette.read_exchange(2) == EXCHANGES[2]


def test_reading_a_closed_cassette_is_an_error(path: Path) -> None:
    with CassetteReader.open(path) as cassette:
        cassette.close()
    with pytest.raises(CassetteError, match=r"x.cassette cannot be read: Bad file descriptor"):
        cassette.read_answer(1)


def test_a_cassette_can_be_read_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "x.cassette"
    writer = CassetteWriter.create(path, make_header())
    for count, record in enumerate(RECORDS):
        with CassetteReader.open(path) as cassette:
            assert len(cassette.heads) == count
            assert cassette.torn is None
        writer.append([Redacted(record)])
    writer.close()


def test_an_incomplete_record_at_the_end_is_a_torn_tail(path: Path) -> None:
    end = path.stat().st_size
    with path.open("ab") as file:
        file.write(encode_exchange(make_exchange(4))[:50])

    with CassetteReader.open(path) as cassette:
        assert len(cassette.heads) == 3
        assert cassette.torn == TornTail(end, 50)
        cassette.raise_if_damaged()


def test_files_are_closed(path: Path) -> None:
    before = os.listdir("/dev/fd")
    with CassetteReader.open(path):
        pass
    path.write_bytes(b"x")
    with pytest.raises(CorruptCassetteError):
        CassetteReader.open(path)
    assert os.listdir("/dev/fd") == before


LARGE = tuple((b"X-%d" % number, b"x" * 100) for number in range(100))
ANSWERS = [
    ("a short answer", make_answer(b"a"), Codec.NONE),
    ("a long one", make_answer(b"a" * 100_000), Codec.NONE),
    ("a compressed one", make_answer(b"a" * 10_000), Codec.ZLIB),
    ("long headers", make_answer(b"a", headers=LARGE), Codec.NONE),
    ("long compressed headers", make_answer(b"a", headers=LARGE), Codec.ZLIB),
]


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(("reason", "answer", "codec"), ANSWERS, ids=[row[0] for row in ANSWERS])
def test_only_the_headers_of_an_answer(
    tmp_path: Path, reason: str, answer: Answer, codec: Codec, version: int
) -> None:
    path = tmp_path / "x.cassette"
    record = encode_exchange(make_exchange(1, answer=answer), codec=codec, version=version)
    path.write_bytes(make_cassette(record))
    with CassetteReader.open(path) as cassette:
        assert cassette.read_answer_headers(1) == answer.headers


def test_headers_of_a_damaged_answer_are_an_error(path: Path) -> None:
    data = make_cassette(encode_exchange(make_exchange(3), version=1))
    place = data.rindex(b"headers")
    path.write_bytes(data[:place] + b"x" + data[place + 1 :])
    with CassetteReader.open(path) as cassette, pytest.raises(CorruptCassetteError):
        cassette.read_answer_headers(3)


def test_equal_parts_of_heads_are_held_once(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    path.write_bytes(make_cassette(*(encode_exchange(make_exchange(n)) for n in (1, 2))))
    with CassetteReader.open(path) as reader:
        one, other = (head.request for head in reader.heads)
        assert one.headers
        assert all(a is b for a, b in zip(one.headers, other.headers, strict=True))
        assert one.target is other.target
        assert one.method is other.method


def test_the_header_can_be_read_alone(path: Path, tmp_path: Path) -> None:
    with CassetteReader.open(path) as reader:
        assert read_header(path) == reader.header
    with pytest.raises(CassetteError, match="no cassette at"):
        read_header(tmp_path / "missing")
    (tmp_path / "other").write_bytes(b"no cassette")
    with pytest.raises(CorruptCassetteError, match="other"):
        read_header(tmp_path / "other")
