"""Hostile files: each is rejected quickly, with little memory, by a typed error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import msgpack  # type: ignore[import-untyped]  # it ships no types
import pytest

from runreel.core.cassette import RecordKind, encode_exchange
from runreel.core.cassette.record import PREFIX, encode_record
from support.build import make_cassette, make_exchange

CHILD = """
import json, sys, time
from pathlib import Path
from runreel.errors import CassetteError
from runreel.shell.store import verify_cassette

def measure_peak():  # not getrusage, where a child inherits its parent's peak
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else ["VmHWM: 0 kB"]
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024

memory, started, error = measure_peak(), time.process_time(), ""
try:
    report = verify_cassette(Path(sys.argv[1]))
    error = "; ".join(damage.reason for damage in report.damages[:3]) or f"torn: {report.torn}"
except CassetteError as raised:
    error = str(raised)
print(json.dumps([time.process_time() - started, measure_peak() - memory, error]))
"""

MEGABYTE = 1_000_000


def build_with_head(extra: bytes) -> bytes:
    """Return a record whose head has an additional key ``x`` with these bytes as its value."""
    record = encode_exchange(make_exchange())
    size = int.from_bytes(record[9:13])
    head, rest = record[13 : 13 + size], record[13 + size + 5 :]
    pairs = int.from_bytes(head[1:3]) if head[0] == 0xDE else head[0] & 0xF
    pairs_at = 3 if head[0] == 0xDE else 1
    longer = b"\xde" + (pairs + 1).to_bytes(2) + head[pairs_at:] + b"\xa1x" + extra
    return encode_record(RecordKind.EXCHANGE, longer, rest)


def build_with_answer(plain: bytes, codec: str = "none", stored: bytes | None = None) -> bytes:
    """Return a record whose answer is encoded as these bytes."""
    record = encode_exchange(make_exchange())
    head = msgpack.unpackb(record[13 : 13 + int.from_bytes(record[9:13])])
    stored = plain if stored is None else stored
    head |= {"codec": codec, "body_crc32": zlib.crc32(stored), "body_length": len(plain)}
    return encode_record(RecordKind.EXCHANGE, msgpack.packb(head), stored)


def pack_array_prefix(count: int) -> bytes:
    return b"\xdd" + count.to_bytes(4)


def pack_maps(count: int) -> bytes:
    """Return an array of ``count`` empty maps."""
    return pack_array_prefix(count) + b"\x80" * count


def pack_nested_arrays(levels: int) -> bytes:
    """Return nested arrays, each with a greater length than it has items."""
    return pack_array_prefix(4096) * levels + b"\x90" * MEGABYTE


def build_with_frames(value: bytes) -> bytes:
    """Return a record whose answer has only frames."""
    return build_with_answer(b"\x81\xa6frames" + value)


def build_zlib_bomb(claimed: int) -> bytes:
    """Return a record with 50 MB compressed to 50 KB, and a claimed length."""
    return build_with_answer(bytes(claimed), "zlib", zlib.compress(bytes(50 * MEGABYTE), 9))


def build_record_prefix(head_size: int) -> bytes:
    """Return the bytes of a record before its head, with a wrong checksum."""
    return PREFIX.pack(0x94, 0xCC, 1, 0xCE, 0, 0xC6, head_size)


EMPTY_BODY = b"\xc6\0\0\0\0"
EXTENSION = msgpack.packb(msgpack.ExtType(5, b"x"))
TWICE = b"\x82\xa1a\x01\xa1a\x02"
HOSTILE: list[tuple[str, Callable[[], bytes], str]] = [
    ("head: 10 MB of maps", lambda: build_with_head(pack_maps(10**7)), "exceeds max_array_len"),
    (
        "head: maps in arrays",
        lambda: build_with_head(pack_array_prefix(4000) + pack_maps(2500) * 4000),
        "too many arrays",
    ),
    ("head: 4 GB", lambda: build_with_head(b"\xc6\xff\xff\xff\xff"), "cannot be unpacked"),
    (
        "head: 4 billion items",
        lambda: build_with_head(pack_array_prefix(2**32 - 1)),
        "exceeds max_array_len",
    ),
    (
        "head: 4 billion pairs",
        lambda: build_with_head(b"\xdf\xff\xff\xff\xff"),
        "exceeds max_map_len",
    ),
    ("head: 2,000 levels", lambda: build_with_head(b"\x91" * 2000 + b"\xc0"), "StackError"),
    (
        "head: 1,000 wide levels",
        lambda: build_with_head(pack_nested_arrays(1000)),
        "too many arrays",
    ),
    ("head: an extension", lambda: build_with_head(EXTENSION), "extension value (type 5)"),
    ("head: an odd time", lambda: build_with_head(b"\xd7\xff" + b"\xff" * 8), "nanoseconds"),
    ("head: a repeated key", lambda: build_with_head(TWICE), "repeated key"),
    ("head: extra bytes", lambda: build_with_head(b"\x01\x01"), "bytes after its end"),
    ("head: an invalid byte", lambda: build_with_head(b"\xc1"), "FormatError"),
    ("head: not UTF-8", lambda: build_with_head(b"\xa1\xff"), "utf-8"),
    ("head: a number as key", lambda: build_with_head(b"\x81\x01\x01"), "not allowed for map key"),
    (
        "frames: 10 MB of maps",
        lambda: build_with_frames(pack_maps(10**7)),
        "array that is too long",
    ),
    ("frames: a million maps", lambda: build_with_frames(pack_maps(10**6)), "status is missing"),
    (
        "frames: 4 billion",
        lambda: build_with_frames(pack_array_prefix(2**32 - 1)),
        "array that is too long",
    ),
    (
        "frames: 1,000 wide levels",
        lambda: build_with_frames(b"\x91" + pack_nested_arrays(1000)),
        "cannot be unpacked",
    ),
    ("answer: not a map", lambda: build_with_answer(b"\x90"), "cannot be unpacked"),
    ("answer: a repeated key", lambda: build_with_answer(TWICE), "repeated key"),
    ("answer: extra bytes", lambda: build_with_answer(b"\x80\x80"), "bytes after its end"),
    ("answer: a zlib bomb", lambda: build_zlib_bomb(50 * MEGABYTE), "body_length is more than 200"),
    (
        "answer: a zlib bomb with a false length",
        lambda: build_zlib_bomb(1000),
        "not the length after decompression",
    ),
    (
        "file: record prefixes",
        lambda: build_record_prefix(5 * MEGABYTE) * 770_000,
        "no record begins here",
    ),
    (
        "file: record prefixes that reach to the end",
        lambda: build_record_prefix(2**27) * 770_000,
        "past the end",
    ),
    ("file: empty records", lambda: (build_record_prefix(0) + EMPTY_BODY) * 550_000, "checksum"),
    ("file: nested records", lambda: (build_record_prefix(90) + EMPTY_BODY) * 550_000, "checksum"),
    ("file: an unknown kind", lambda: build_kind_9() * 550_000, "its kind 9 is unknown"),
    ("file: noise", lambda: os.urandom(10 * MEGABYTE), "no record begins here"),
]


def build_kind_9() -> bytes:
    return encode_record(9, b"", b"")  # type: ignore[arg-type]  # an unknown kind on purpose


@pytest.mark.slow
@pytest.mark.parametrize(("reason", "records", "message"), HOSTILE, ids=[c[0] for c in HOSTILE])
def test_a_hostile_file_is_rejected_quickly_with_little_memory(
    reason: str, records: Callable[[], bytes], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "hostile.cassette"
    path.write_bytes(make_cassette(records()))

    command = [sys.executable, "-c", CHILD, str(path)]
    result = subprocess.run(command, capture_output=True, check=True)  # noqa: S603  # our own program

    assert result.stderr == b""
    seconds, megabytes, error = json.loads(result.stdout)
    assert message in error
    assert megabytes < 100
    assert seconds < 2, "processor time; well below 1 on a machine that is not busy"
