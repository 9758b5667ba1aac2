from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.texts.views import (
    FORM,
    HTML,
    JSON,
    QUERY,
    URL,
    Escapes,
    View,
    compile_escape_pattern,
    iter_json_views,
    unescape_json,
)

DECODED = [
    ("a letter as \\u", JSON, rb"a\u0062c", b"abc"),
    ("upper-case hex", JSON, rb"\u004A", b"J"),
    ("a slash that PHP escapes", JSON, rb"a\/b", b"a/b"),
    ("white space", JSON, rb"\n\r\t\b\f", b"\n\r\t\b\f"),
    ("an escaped backslash hides no escape", JSON, rb"\\u0062", rb"\u0062"),
    ("a pair of surrogates is one character", JSON, rb"\ud83d\ude00", "😀".encode()),
    ("half a pair is kept", JSON, rb"\ud83dx", b"\xed\xa0\xbdx"),
    ("percent, upper case", URL, b"a%2Fb", b"a/b"),
    ("percent, lower case", URL, b"a%2fb", b"a/b"),
    ("percent, bytes of UTF-8", URL, b"%C3%A9", "é".encode()),
    ("an entity with a name", HTML, b"a&amp;b", b"a&b"),
    ("an entity with a number", HTML, b"&#115;k", b"sk"),
    ("an entity in hex", HTML, b"&#x73;k", b"sk"),
]


@pytest.mark.parametrize(
    ("reason", "escapes", "raw", "decoded"), DECODED, ids=[c[0] for c in DECODED]
)
def test_a_view_is_the_decoded_text(
    reason: str, escapes: object, raw: bytes, decoded: bytes
) -> None:
    view = View(raw).decode(escapes)  # type: ignore[arg-type]
    assert view is not None
    assert view.data == decoded


NO_ESCAPES = [
    ("no backslash at all", JSON, b"abc"),
    ("a backslash without an escape", JSON, rb"\x41"),
    ("half an escape", JSON, rb"\u00"),
    ("a hundred percent", URL, b"100% sure"),
    ("an ampersand", HTML, b"a & b"),
]


@pytest.mark.parametrize(("reason", "escapes", "raw"), NO_ESCAPES, ids=[c[0] for c in NO_ESCAPES])
def test_without_escapes_there_is_no_view(reason: str, escapes: object, raw: bytes) -> None:
    assert View(raw).decode(escapes) is None  # type: ignore[arg-type]


@given(st.text('ab"\\/\n\u00e9😀', max_size=300), st.data())
def test_each_character_leads_to_its_escape(text: str, data: st.DataObject) -> None:
    escaped_characters = [
        data.draw(st.sampled_from(_escape_in_all_ways(character))) for character in text
    ]
    view = View("".join(escaped_characters).encode()).decode(JSON)
    if view is None:
        return
    assert view.data == text.encode()
    here = there = 0
    for character, escape in zip(text, escaped_characters, strict=True):
        next_here, next_there = here + len(character.encode()), there + len(escape.encode())
        assert (view.to_raw_start(here), view.to_raw_end(next_here)) == (there, next_there)
        here, there = next_here, next_there


@pytest.mark.parametrize("gap", [1, 7, 300, 70_000], ids=lambda gap: f"{gap} bytes between")
@pytest.mark.parametrize(
    ("escapes", "escape", "character"),
    [(JSON, b"\\n", b"\n"), (QUERY, b"%41", b"A"), (QUERY, b"&", b" & "), (FORM, b"+", b" ")],
    ids=["JSON", "percent", "an ampersand", "a plus"],
)
def test_long_texts_are_decoded_and_offsets_stay_right(
    escapes: Escapes, escape: bytes, character: bytes, gap: int
) -> None:
    count = 200_000 // (gap + 1)
    plain = b"x" * gap
    view = View((plain + escape) * count + b"x%42").decode(escapes)
    assert view is not None
    assert view.data.startswith((plain + character) * count)
    here, there = gap + len(character), gap + len(escape)
    for place in {0, 1, count // 2, count - 1}:
        at = place * here + gap
        assert view.to_raw_start(at) == place * there + gap
        assert view.to_raw_end(at + len(character)) == (place + 1) * there


def _escape_in_all_ways(character: str) -> list[str]:
    escaped = json.dumps(character)[1:-1]
    plain = [] if character in '"\\\n' else [character]
    ascii_only = [f"\\u{ord(character):04x}"] if ord(character) < 0x10000 else []
    return [escaped, *plain, *ascii_only]


def test_json_in_a_json_string_has_two_levels() -> None:
    outer = json.dumps({"arguments": json.dumps({"n": "\n"})}).encode()
    levels = [view.data for view in iter_json_views(outer)]
    assert b'{"n": "\\n"}' in levels[0]
    assert b'{"n": "\n"}' in levels[1]
    assert len(levels) == 2


def test_offsets_of_nested_json_lead_through_both_levels() -> None:
    outer = json.dumps(json.dumps("a/b")).replace("/", "\\\\/").encode()
    inner = list(iter_json_views(outer))[1]
    at = inner.data.index(b"a/b")
    assert outer[inner.to_raw_start(at) : inner.to_raw_end(at + 3)] == rb"a\\/b"


ESCAPES = [
    ("a letter may be escaped_characters as \\u", b"abc", rb"\u0061", True),
    ("escapes of other characters", b"abc", rb"\u2014 \n \"", False),
    ("a slash matters where a value has one", b"a/b", rb"a\/b", True),
    ("a line end matters where a value has one", b"a\nb", rb"a\nb", True),
    ("any character matters where a value is not ASCII", "é".encode(), rb"\u00e9", True),
]


@pytest.mark.parametrize(
    ("reason", "characters", "text", "is_found"), ESCAPES, ids=[c[0] for c in ESCAPES]
)
def test_only_escapes_that_can_hide_a_value_are_found(
    reason: str, characters: bytes, text: bytes, is_found: bool
) -> None:
    assert bool(compile_escape_pattern(characters).search(text)) is is_found


def test_an_incomplete_escape_stays_as_it_is() -> None:
    assert unescape_json(rb"a\u0062\u00") == rb"ab\u00"


_BORDER = 1 << 15

LONG = [
    ("an escape", JSON, rb"\n"),
    ("a letter as \\u", JSON, rb"\u0041"),
    ("a pair of surrogates", JSON, rb"\ud83d\ude00"),
    ("backslashes in a row", JSON, rb"\\" * 20 + rb"\n"),
    ("percent", URL, b"%C3%A9"),
    ("an ampersand before a name", QUERY, b"&a=%20"),
    ("an entity", HTML, b"&period;"),
]


@pytest.mark.parametrize(("what", "escapes", "raw"), LONG, ids=[c[0] for c in LONG])
def test_an_escape_at_the_end_of_a_slice_is_not_cut(
    what: str, escapes: Escapes, raw: bytes
) -> None:
    short = View(b"." + raw + b".").decode(escapes)
    assert short is not None
    for before in range(_BORDER - len(raw) - 14, _BORDER + 2):
        view = View(b"." * before + raw + b"." * 20).decode(escapes)
        assert view is not None
        assert view.data == b"." * (before - 1) + short.data + b"." * 19
        assert view.to_raw_start(len(view.data) - 20) == before + len(raw)


def test_offsets_lead_into_a_long_row_of_backslashes() -> None:
    view = View(rb"\\" * 1000 + b"x").decode(JSON)
    assert view is not None
    assert view.data == b"\\" * 1000 + b"x"
    assert [view.to_raw_start(at) for at in range(1001)] == [*range(0, 2001, 2)]
    assert [view.to_raw_end(at) for at in range(1, 1002)] == [*range(2, 2001, 2), 2001]
