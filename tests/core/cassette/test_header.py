"""Valid and invalid headers."""

from __future__ import annotations

from zlib import crc32

import msgpack  # type: ignore[import-untyped]  # it ships no types
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.cassette import MAX_HEADER, CassetteHeader, decode_header, encode_header
from runreel.core.cassette.fields import MAX_INT
from runreel.errors import CassetteVersionError, CorruptCassetteError, StoreError
from support.build import make_header

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.text("ab", max_size=2)
    | st.binary(max_size=2),
    lambda inner: st.dictionaries(st.text("ab", max_size=2), inner, max_size=2),
    max_leaves=4,
)
headers = st.builds(
    CassetteHeader,
    created_ns=st.integers(0, MAX_INT),
    writer=st.text(max_size=5),
    upstream=st.sampled_from(["", "http://a", "https://b.example/v1"]),
    extra=st.dictionaries(st.text("xyz", min_size=1, max_size=2), values, max_size=20),
)


@given(header=headers, rest=st.binary(max_size=5))
def test_an_encoded_header_decodes_to_the_same(header: CassetteHeader, rest: bytes) -> None:
    encoded = encode_header(header)

    assert decode_header(encoded + rest) == (header, len(encoded))


def encode(fields: dict[object, object]) -> bytes:
    """Encode a header of these fields, with the right checksum."""
    unsealed: bytes = msgpack.packb({**fields, "crc32": 2**32 - 1})[:-5]
    return unsealed + b"\xce" + crc32(unsealed).to_bytes(4)


GOOD: dict[object, object] = {"runreel": 1, "created": 1, "writer": "w"}
UNUSABLE = [
    ("no bytes", b"", "the file is empty"),
    ("text", b"# Notes\n", "not a cassette"),
    ("json", b'{"runreel": 1}', "not a cassette"),
    ("another map", msgpack.packb({"a": 1}), "not a cassette"),
    ("runreel not first", encode({"created": 1, "runreel": 1, "writer": "w"}), "not a cassette"),
    ("only the first key", b"\x84\xa7runreel", "damaged"),
    ("no checksum", msgpack.packb(GOOD), "crc32 is not the last key"),
    ("a small checksum", msgpack.packb({**GOOD, "crc32": 1}), "crc32 is not the last key"),
    ("checksum not last", msgpack.packb({**GOOD, "crc32": 2**32 - 1, "z": 1}), "not the last key"),
    ("checksum wrong", msgpack.packb({**GOOD, "crc32": 2**32 - 1}), "checksum does not match"),
    ("version a str", encode({**GOOD, "runreel": "1"}), "runreel is not an int"),
    ("version 0", encode({**GOOD, "runreel": 0}), "runreel is not within"),
    ("no time", encode({"runreel": 1, "writer": "w"}), "created is missing"),
    ("time negative", encode({**GOOD, "created": -1}), "created is not within"),
    ("writer a bin", encode({**GOOD, "writer": b"w"}), "writer is not a str"),
    ("upstream an int", encode({**GOOD, "upstream": 1}), "upstream is not a str"),
    ("an extension", encode({**GOOD, "x": msgpack.ExtType(5, b"")}), "extension value"),
    ("a number as key", encode({**GOOD, 5: 1}), "cannot be unpacked"),
    ("text that is not UTF-8", encode({**GOOD, "x": b""})[:-12] + b"\xa1\xff", "damaged"),
]


@pytest.mark.parametrize(("reason", "data", "message"), UNUSABLE, ids=[c[0] for c in UNUSABLE])
def test_an_invalid_header_raises_an_error_at_byte_0(
    reason: str, data: bytes, message: str
) -> None:
    with pytest.raises(CorruptCassetteError, match=message) as caught:
        decode_header(data)
    assert caught.value.offset == 0


def test_the_error_for_a_newer_version_names_it() -> None:
    with pytest.raises(CassetteVersionError, match=r"format 3.*upgrade runreel"):
        decode_header(encode({"runreel": 3, "later": ["key"]}))


def test_each_flipped_bit_and_each_truncation_is_detected() -> None:
    encoded = encode_header(make_header(upstream="http://127.0.0.1:1"))

    flipped = [
        encoded[:at] + bytes((encoded[at] ^ 1 << bit,)) + encoded[at + 1 :]
        for at in range(len(encoded))
        for bit in range(8)
    ]
    for data in (*flipped, *(encoded[:end] for end in range(len(encoded)))):
        with pytest.raises(CorruptCassetteError):
            decode_header(data)


URLS_WITH_SECRETS = [
    "http://user:sk-test-canary@a/",
    "http://user@a/",
    "http://a/?key=b",
    "http://a/#b",
]


@pytest.mark.parametrize("url", URLS_WITH_SECRETS)
def test_an_upstream_that_may_contain_a_secret_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(
        StoreError, match="must not have user-info, a query or a fragment"
    ) as caught:
        encode_header(make_header(upstream=url))
    assert "canary" not in str(caught.value)


def test_a_header_too_large_for_readers_is_refused() -> None:
    with pytest.raises(StoreError, match="at most 65536 bytes"):
        encode_header(make_header(writer="w" * MAX_HEADER))
