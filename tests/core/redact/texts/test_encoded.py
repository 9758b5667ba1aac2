from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.texts.encoded import iter_encoded_views, mask_binary_runs
from runreel.core.redact.texts.views import JSON, View

TEXT = b"user:sk-test-canary-0001?~"


def decode_runs(data: bytes) -> list[bytes]:
    return [view.data for view in iter_encoded_views(View(data))]


ENCODED = [
    ("base64", base64.b64encode(TEXT)),
    ("base64 without its padding", base64.b64encode(TEXT).rstrip(b"=")),
    ("base64 for URLs", base64.urlsafe_b64encode(TEXT)),
    ("one byte after others", base64.b64encode(b"\xff" + TEXT)),
    ("two bytes after others", base64.b64encode(b"\xff\xfe" + TEXT)),
    ("a word right before it", b"x" + base64.b64encode(TEXT)),
    ("a path right before it", b"/v1" + base64.b64encode(TEXT)),
    ("in a data URL", b"data:text/plain;base64," + base64.b64encode(TEXT)),
    ("hex", TEXT.hex().encode()),
    ("upper-case hex", TEXT.hex().upper().encode()),
    ("hex in long data", b"- " * 40_000 + TEXT.hex().encode()),
    ("hex with half a byte after it", TEXT.hex().encode() + b"0"),
]


@pytest.mark.parametrize(("reason", "data"), ENCODED, ids=[c[0] for c in ENCODED])
def test_text_is_found_in_a_run(reason: str, data: bytes) -> None:
    assert any(TEXT in text for text in decode_runs(b"<< " + data + b" >>"))


NOT_TEXT = [
    ("prose", b"The quick brown fox jumps over the lazy dog"),
    ("a short run", base64.b64encode(b"canary")),
    ("a hash", hashlib.sha256(b"a").hexdigest().encode()),
    ("a picture", base64.b64encode(hashlib.shake_256(b"a").digest(2_000))),
    ("a long name", b"openai_responses_create_with_streaming"),
    ("seven characters of text", base64.b64encode(bytes(20) + b"abcdefg" + bytes(20))),
    ("eleven in a longer run", base64.b64encode(bytes(60) + b"abcdefghijk" + bytes(20))),
    ("nothing", b""),
]


@pytest.mark.parametrize(("reason", "data"), NOT_TEXT, ids=[c[0] for c in NOT_TEXT])
def test_runs_that_decode_to_no_text_are_left_out(reason: str, data: bytes) -> None:
    assert decode_runs(data) == []


def test_a_short_number_is_decoded_too() -> None:
    assert decode_runs(b"536-22-1234".hex().encode()) == [b"536-22-1234"]


def test_a_long_run_is_decoded_only_from_its_start() -> None:
    run = base64.b64encode(TEXT * 200)
    assert any(TEXT in text for text in decode_runs(run))
    assert not any(TEXT in text for text in decode_runs(b"x" + run))


def test_a_run_in_a_json_string_leads_to_offsets_in_the_raw_bytes() -> None:
    raw = rb'"\n' + base64.b64encode(TEXT) + b'"'
    decoded = View(raw).decode(JSON)
    assert decoded is not None
    [view] = [view for view in iter_encoded_views(decoded) if TEXT in view.data]
    assert (view.to_raw_start(0), view.to_raw_end(len(TEXT))) == (3, 3 + 35)


PRINTABLE = st.text("\t\r\n" + "".join(map(chr, range(0x20, 0x7F))), min_size=8, max_size=8)


@given(st.binary(min_size=8, max_size=11), PRINTABLE, st.binary(min_size=4, max_size=6))
def test_eight_printable_characters_are_found_wherever_a_run_begins(
    before: bytes, text: str, after: bytes
) -> None:
    run = base64.b64encode(before + text.encode() + after)
    assert any(text.encode() in decoded for decoded in decode_runs(run))


def encode_hex(data: bytes) -> bytes:
    return data.hex().encode()


ENCODINGS = [(base64.b64encode, 6), (base64.urlsafe_b64encode, 6), (encode_hex, 4)]


@given(st.binary(max_size=4), st.binary(max_size=4), st.sampled_from(ENCODINGS))
def test_the_raw_range_covers_every_bit_of_the_text_and_no_further_digit(
    before: bytes, after: bytes, encoding: tuple[Callable[[bytes], bytes], int]
) -> None:
    encode, bits = encoding
    raw = b"< " + encode(before + TEXT + after)
    view, at = next(
        (view, view.data.index(TEXT)) for view in iter_encoded_views(View(raw)) if TEXT in view.data
    )
    left, right = (
        raw[2 : view.to_raw_start(at)],
        raw[view.to_raw_end(at + len(TEXT)) :].rstrip(b"="),
    )
    assert len(left) == len(before) * 8 // bits
    assert len(right) == len(encode(before + TEXT + after).rstrip(b"=")) - -(
        -len(before + TEXT) * 8 // bits
    )


def test_a_run_longer_than_any_slice_is_decoded_whole() -> None:
    text = b"some words and " * 10_000
    assert [view.data for view in iter_encoded_views(View(base64.b64encode(text)))] == [text]


NOISE = b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(2_001))
PICTURES = [
    ("a picture", base64.b64encode(NOISE), True),
    ("a small one", base64.b64encode(NOISE[:3_000]), False),
    ("a long text", base64.b64encode(TEXT * 3_000), False),
    ("a picture with a text in it", base64.b64encode(NOISE + TEXT * 300 + NOISE), False),
]


@pytest.mark.parametrize(("reason", "run", "is_masked"), PICTURES, ids=[c[0] for c in PICTURES])
def test_very_long_runs_that_are_not_text_are_masked(
    reason: str, run: bytes, is_masked: bool
) -> None:
    data = b'{"image": "' + run + b'", "more": 1}'
    expected = b'{"image": "' + (b'"' * len(run) if is_masked else run) + b'", "more": 1}'
    assert mask_binary_runs(data) == expected
