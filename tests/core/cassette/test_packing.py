"""Unpacking within limits; the same with real files, time and memory is in the shell's tests."""

from __future__ import annotations

import msgpack  # type: ignore[import-untyped]  # it ships no types
import pytest

from runreel.core.cassette.fields import FieldError
from runreel.core.cassette.packing import MAX_CONTAINERS, MAX_ITEMS, unpack, unpack_long


def packed(value: object) -> bytes:
    data: bytes = msgpack.packb(value)
    return data


HALF = MAX_CONTAINERS // MAX_ITEMS + 1
REFUSED = [
    ("nothing", b"", "cannot be unpacked"),
    ("an array", packed([]), "is not a map"),
    ("an array too long", packed({"a": [0] * (MAX_ITEMS + 1)}), "exceeds max_array_len"),
    ("a map too long", packed(dict.fromkeys(map(str, range(MAX_ITEMS + 1)))), "exceeds max_map"),
    ("too many arrays", packed({"a": [[[]] * MAX_ITEMS] * HALF}), "too many arrays and maps"),
    ("too many maps", packed({"a": [[{}] * MAX_ITEMS] * HALF}), "too many arrays and maps"),
    ("a repeated key", b"\x82\xa1a\x01\xa1a\x02", "has a repeated key"),
    ("bytes behind", packed({}) + b"\x00", "has bytes behind its end"),
    ("too deep", b"\x81\xa1a" + b"\x91" * 2000 + b"\xc0", "StackError"),
    ("an extension", packed({"a": msgpack.ExtType(5, b"")}), r"extension value \(type 5\)"),
    ("not UTF-8", b"\x81\xa1\xff\x01", "utf-8"),
    ("no such byte", b"\x81\xa1a\xc1", "FormatError"),
]


@pytest.mark.parametrize(("reason", "data", "message"), REFUSED, ids=[c[0] for c in REFUSED])
def test_what_is_no_map_within_the_limits_is_refused(
    reason: str, data: bytes, message: str
) -> None:
    with pytest.raises(FieldError, match=message):
        unpack(data)


REFUSED_LONG = [
    ("longer than the limit", packed({"long": [0] * 11}), "longer array than it can have"),
    ("longer than the data", b"\x81\xa4long\xdc\x00\x0a", "longer array than it can have"),
    ("no array", packed({"long": {}}), "cannot be unpacked"),
    ("no map", packed(["long"]), "cannot be unpacked"),
    ("cut", packed({"long": [0] * 9})[:-1], "cannot be unpacked"),
    ("a repeated key", b"\x82\xa1a\x01\xa1a\x02", "has a repeated key"),
    ("the long key twice", b"\x82\xa4long\x90\xa4long\x90", "has a repeated key"),
    ("bytes behind", packed({}) + b"\x00", "has bytes behind its end"),
]


@pytest.mark.parametrize(
    ("reason", "data", "message"), REFUSED_LONG, ids=[c[0] for c in REFUSED_LONG]
)
def test_a_long_list_has_its_own_limit(reason: str, data: bytes, message: str) -> None:
    with pytest.raises(FieldError, match=message):
        unpack_long(data, "long", 10)


def test_a_long_list_may_be_longer_than_others() -> None:
    rows = [[n] for n in range(MAX_ITEMS + 1)]

    values = unpack_long(packed({"short": [1], "long": rows}), "long", MAX_ITEMS + 1)

    assert values == {"short": (1,), "long": tuple(map(tuple, rows))}
