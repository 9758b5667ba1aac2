"""Limits on unpacking. The shell's tests check them with real files, time and memory."""

from __future__ import annotations

import msgpack  # type: ignore[import-untyped]  # it ships no types
import pytest

from runreel.core.cassette.fields import FieldError
from runreel.core.cassette.packing import MAX_CONTAINERS, MAX_ITEMS, unpack, unpack_long


def pack(value: object) -> bytes:
    data: bytes = msgpack.packb(value)
    return data


HALF = MAX_CONTAINERS // MAX_ITEMS + 1
REFUSED = [
    ("nothing", b"", "cannot be unpacked"),
    ("an array", pack([]), "is not a map"),
    ("an array too long", pack({"a": [0] * (MAX_ITEMS + 1)}), "exceeds max_array_len"),
    ("a map too long", pack(dict.fromkeys(map(str, range(MAX_ITEMS + 1)))), "exceeds max_map"),
    ("too many arrays", pack({"a": [[[]] * MAX_ITEMS] * HALF}), "too many arrays and maps"),
    ("too many maps", pack({"a": [[{}] * MAX_ITEMS] * HALF}), "too many arrays and maps"),
    ("a repeated key", b"\x82\xa1a\x01\xa1a\x02", "has a repeated key"),
    ("trailing bytes", pack({}) + b"\x00", "has bytes after its end"),
    ("too deep", b"\x81\xa1a" + b"\x91" * 2000 + b"\xc0", "StackError"),
    ("an extension", pack({"a": msgpack.ExtType(5, b"")}), r"extension value \(type 5\)"),
    ("not UTF-8", b"\x81\xa1\xff\x01", "utf-8"),
    ("an invalid type byte", b"\x81\xa1a\xc1", "FormatError"),
]


@pytest.mark.parametrize(("reason", "data", "message"), REFUSED, ids=[c[0] for c in REFUSED])
def test_data_that_is_not_a_map_within_the_limits_is_refused(
    reason: str, data: bytes, message: str
) -> None:
    with pytest.raises(FieldError, match=message):
        unpack(data)


REFUSED_LONG = [
    ("longer than the limit", pack({"long": [0] * 11}), "an array that is too long"),
    ("longer than the data", b"\x81\xa4long\xdc\x00\x0a", "an array that is too long"),
    ("not an array", pack({"long": {}}), "cannot be unpacked"),
    ("not a map", pack(["long"]), "cannot be unpacked"),
    ("truncated", pack({"long": [0] * 9})[:-1], "cannot be unpacked"),
    ("a repeated key", b"\x82\xa1a\x01\xa1a\x02", "has a repeated key"),
    ("the long key twice", b"\x82\xa4long\x90\xa4long\x90", "has a repeated key"),
    ("trailing bytes", pack({}) + b"\x00", "has bytes after its end"),
]


@pytest.mark.parametrize(
    ("reason", "data", "message"), REFUSED_LONG, ids=[c[0] for c in REFUSED_LONG]
)
def test_the_long_array_has_its_own_limit(reason: str, data: bytes, message: str) -> None:
    with pytest.raises(FieldError, match=message):
        unpack_long(data, "long", 10)


def test_the_long_array_may_be_longer_than_others() -> None:
    rows = [[n] for n in range(MAX_ITEMS + 1)]

    values = unpack_long(pack({"short": [1], "long": rows}), "long", MAX_ITEMS + 1)

    assert values == {"short": (1,), "long": tuple(map(tuple, rows))}
