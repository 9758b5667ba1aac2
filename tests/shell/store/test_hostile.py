"""Files made to harm their reader: each is refused soon, in little memory, by a typed error."""

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

def peak():  # not getrusage: there, a child begins with its parent's peak
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else ["VmHWM: 0 kB"]
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024

before, begun, error = peak(), time.process_time(), ""
try:
    report = verify_cassette(Path(sys.argv[1]))
    error = "; ".join(damage.reason for damage in report.damages[:3]) or f"torn: {report.torn}"
except CassetteError as refused:
    error = str(refused)
print(json.dumps([time.process_time() - begun, peak() - before, error]))
"""

MEGABYTE = 1_000_000


def head_with(extra: bytes) -> bytes:
    """A record whose head has one key more, ``x``, with these bytes as its value."""
    record = encode_exchange(make_exchange())
    size = int.from_bytes(record[9:13])
    head, rest = record[13 : 13 + size], record[13 + size + 5 :]
    pairs = int.from_bytes(head[1:3]) if head[0] == 0xDE else head[0] & 0xF
    pairs_at = 3 if head[0] == 0xDE else 1
    longer = b"\xde" + (pairs + 1).to_bytes(2) + head[pairs_at:] + b"\xa1x" + extra
    return encode_record(RecordKind.EXCHANGE, longer, rest)


def body_with(plain: bytes, codec: str = "none", stored: bytes | None = None) -> bytes:
    """A record whose answer is packed as these bytes."""
    record = encode_exchange(make_exchange())
    head = msgpack.unpackb(record[13 : 13 + int.from_bytes(record[9:13])])
    stored = plain if stored is None else stored
    head |= {"codec": codec, "body_crc32": zlib.crc32(stored), "body_length": len(plain)}
    return encode_record(RecordKind.EXCHANGE, msgpack.packb(head), stored)


def array(count: int) -> bytes:
    return b"\xdd" + count.to_bytes(4)


def maps(count: int) -> bytes:
    """An array of empty maps."""
    return array(count) + b"\x80" * count


def wide(levels: int) -> bytes:
    """Arrays in arrays, each of which announces more than there is."""
    return array(4096) * levels + b"\x90" * MEGABYTE


def frames(value: bytes) -> bytes:
    """A record whose answer has nothing but frames."""
    return body_with(b"\x81\xa6frames" + value)


def bomb(claimed: int) -> bytes:
    """50 MB in 50 KB, said to be of another length."""
    return body_with(bytes(claimed), "zlib", zlib.compress(bytes(50 * MEGABYTE), 9))


def beginning(head_size: int) -> bytes:
    """What stands before a head, with a wrong checksum."""
    return PREFIX.pack(0x94, 0xCC, 1, 0xCE, 0, 0xC6, head_size)


EMPTY_BODY = b"\xc6\0\0\0\0"
EXTENSION = msgpack.packb(msgpack.ExtType(5, b"x"))
TWICE = b"\x82\xa1a\x01\xa1a\x02"
HOSTILE: list[tuple[str, Callable[[], bytes], str]] = [
    ("head: 10 MB of maps", lambda: head_with(maps(10**7)), "exceeds max_array_len"),
    ("head: maps in arrays", lambda: head_with(array(4000) + maps(2500) * 4000), "too many arrays"),
    ("head: 4 GB", lambda: head_with(b"\xc6\xff\xff\xff\xff"), "cannot be unpacked"),
    ("head: 4 billion items", lambda: head_with(array(2**32 - 1)), "exceeds max_array_len"),
    ("head: 4 billion pairs", lambda: head_with(b"\xdf\xff\xff\xff\xff"), "exceeds max_map_len"),
    ("head: 2,000 levels", lambda: head_with(b"\x91" * 2000 + b"\xc0"), "StackError"),
    ("head: 1,000 wide levels", lambda: head_with(wide(1000)), "too many arrays"),
    ("head: an extension", lambda: head_with(EXTENSION), "extension value (type 5)"),
    ("head: an odd time", lambda: head_with(b"\xd7\xff" + b"\xff" * 8), "nanoseconds"),
    ("head: a repeated key", lambda: head_with(TWICE), "repeated key"),
    ("head: bytes behind", lambda: head_with(b"\x01\x01"), "bytes behind its end"),
    ("head: a byte of no meaning", lambda: head_with(b"\xc1"), "FormatError"),
    ("head: not UTF-8", lambda: head_with(b"\xa1\xff"), "utf-8"),
    ("head: a number as key", lambda: head_with(b"\x81\x01\x01"), "not allowed for map key"),
    ("frames: 10 MB of maps", lambda: frames(maps(10**7)), "longer array than"),
    ("frames: a million maps", lambda: frames(maps(10**6)), "status is missing"),
    ("frames: 4 billion", lambda: frames(array(2**32 - 1)), "longer array than"),
    ("frames: 1,000 wide levels", lambda: frames(b"\x91" + wide(1000)), "cannot be unpacked"),
    ("answer: no map", lambda: body_with(b"\x90"), "cannot be unpacked"),
    ("answer: a repeated key", lambda: body_with(TWICE), "repeated key"),
    ("answer: bytes behind", lambda: body_with(b"\x80\x80"), "bytes behind its end"),
    ("answer: a zlib bomb", lambda: bomb(50 * MEGABYTE), "body_length is more than 200"),
    ("answer: a bomb that lies", lambda: bomb(1000), "not the unpacked length"),
    ("file: beginnings", lambda: beginning(5 * MEGABYTE) * 770_000, "no record begins here"),
    ("file: beginnings to the end", lambda: beginning(2**27) * 770_000, "behind the end"),
    ("file: empty records", lambda: (beginning(0) + EMPTY_BODY) * 550_000, "checksum"),
    ("file: nested records", lambda: (beginning(90) + EMPTY_BODY) * 550_000, "checksum"),
    ("file: no such kind", lambda: kind_9() * 550_000, "its kind 9 is unknown"),
    ("file: noise", lambda: os.urandom(10 * MEGABYTE), "no record begins here"),
]


def kind_9() -> bytes:
    return encode_record(9, b"", b"")  # type: ignore[arg-type]  # no such kind: that is the point


@pytest.mark.parametrize(("reason", "records", "message"), HOSTILE, ids=[c[0] for c in HOSTILE])
def test_a_hostile_file_is_refused_soon_and_in_little_memory(
    reason: str, records: Callable[[], bytes], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "hostile.cassette"
    path.write_bytes(make_cassette(records()))

    command = [sys.executable, "-c", CHILD, str(path)]
    ran = subprocess.run(command, capture_output=True, check=True)  # noqa: S603  # our own program

    assert ran.stderr == b""
    seconds, megabytes, error = json.loads(ran.stdout)
    assert message in error
    assert megabytes < 100
    assert seconds < 2, "processor time; well below 1 on a machine that is not busy"
