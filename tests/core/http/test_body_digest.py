from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.http.body_digest import (
    DIGEST_PATTERN,
    HASHED_AT_ONCE,
    BodyDigest,
    digest_body,
)

LONG = bytes(range(256)) * 4
DIGESTS = [
    ("no body", b"", "0"),
    ("too short for a hash", LONG[:-1], "1023"),
    ("long enough", LONG, f"1024:{hashlib.sha256(LONG).hexdigest()}"),
]


@pytest.mark.parametrize(("reason", "body", "expected"), DIGESTS, ids=[c[0] for c in DIGESTS])
def test_a_digest_is_the_length_and_the_hash_of_a_long_body(
    reason: str, body: bytes, expected: str
) -> None:
    assert digest_body(body) == expected
    assert DIGEST_PATTERN.fullmatch(expected)


@given(st.lists(st.integers(0, 600)))
def test_the_sizes_of_the_pieces_do_not_change_the_digest(lengths: list[int]) -> None:
    digest = BodyDigest()
    for length in lengths:
        digest.feed(bytes(length))
    assert digest.finish() == digest_body(bytes(sum(lengths)))


def test_a_long_start_of_a_body_is_hashed_little_by_little() -> None:
    digest = BodyDigest()
    start, piece = bytearray(range(256)) * (10 * HASHED_AT_ONCE // 256), b"piece" * 100
    digest.feed(start)
    assert digest.waiting_size == 9 * HASHED_AT_ONCE
    for left in range(8, 0, -1):
        digest.feed(piece)
        added = (9 - left) * len(piece)
        assert digest.waiting_size == left * HASHED_AT_ONCE + added
    assert digest.finish() == digest_body(bytes(start) + piece * 8)
    assert digest.waiting_size == 0
