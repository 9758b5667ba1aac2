from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.cassette.packing import MAX_ITEMS
from runreel.core.redact.marks import IN_BODY, OFFSET, build_marks, build_restoring_edits
from runreel.core.redact.part import EditedPart, Replacement
from runreel.core.redact.texts.derived_fields import OffsetEdit
from runreel.core.redact.texts.spans import Edit, Span, apply_edits, build_edits
from runreel.core.redact.vault import Vault
from runreel.model import PlaceholderMark

VALUE = b"hunter22"
NAME = b"REDACTED-x-1"


def make_vault(*values: bytes) -> Vault:
    vault = Vault()
    for value in values or (VALUE,):
        vault.assign_placeholder("x", value)
    return vault


def make_replacement(*ranges: tuple[int, int], placeholder: bytes = NAME) -> Replacement:
    span = Span(ranges[0][0], ranges[-1][1], placeholder, "known")
    return Replacement(span, build_edits(span, ranges, ()))


def make_mark(*pieces: int, placeholder: bytes = NAME, encoding: str = "plain") -> PlaceholderMark:
    return PlaceholderMark(IN_BODY, placeholder, encoding, pieces)


BUILT = [
    ("in one piece", b"<hunter22>", [make_replacement((1, 9))], [make_mark(1, 12, 8)]),
    (
        "in two pieces",
        b"hunt|er22",
        [make_replacement((0, 4), (5, 9))],
        [make_mark(0, 6, 4, 7, 6, 4)],
    ),
    (
        "after another",
        b"hunter22 hunter22",
        [make_replacement((0, 8)), make_replacement((9, 17))],
        [make_mark(0, 12, 8), make_mark(13, 12, 8)],
    ),
    (
        "in base64",
        b"aHVudGVyMjI=",
        [make_replacement((0, 12))],
        [make_mark(0, 12, 12, encoding="base64")],
    ),
    (
        "in no known encoding",
        b"HUNTER22",
        [make_replacement((0, 8))],
        [make_mark(0, 12, 8, encoding="")],
    ),
    (
        "of the first bytes only, as in a snapshot",
        b"hunter22",
        [make_replacement((0, 8), placeholder=b"REDACTED-x-2")],
        [make_mark(0, 12, 8, placeholder=b"REDACTED-x-2", encoding="start plain")],
    ),
    (
        "a number, which 0 replaces, has none",
        b"[41112222]",
        [Replacement(Span(1, 9, NAME, "known"), [Edit(1, 9, b"0")])],
        [],
    ),
    (
        "a placeholder of another session",
        b"abc",
        [make_replacement((0, 3), placeholder=b"REDACTED-y-9")],
        [],
    ),
]


@pytest.mark.parametrize(
    ("reason", "data", "replacements", "marks"), BUILT, ids=[c[0] for c in BUILT]
)
def test_marks_hold_pieces_and_encoding(
    reason: str, data: bytes, replacements: list[Replacement], marks: list[PlaceholderMark]
) -> None:
    vault = make_vault(VALUE, VALUE + b" and more")
    assert build_marks(EditedPart(data, replacements), vault) == marks


def test_a_mark_holds_the_index_of_its_header() -> None:
    part = EditedPart(b"a=hunter22", [make_replacement((2, 10))])
    assert build_marks(part, make_vault(), header=3) == [make_mark(2, 12, 8)._replace(header=3)]


def test_an_offset_is_marked_with_all_placeholders_before_it() -> None:
    part = EditedPart(
        b"hunter22 9",
        [make_replacement((0, 8))],
        offsets=[OffsetEdit(Edit(9, 10, b"13"), (NAME, b"y"))],
    )
    assert build_marks(part, make_vault()) == [
        make_mark(0, 12, 8),
        make_mark(13, 2, 1, placeholder=NAME + b" y", encoding=OFFSET),
    ]


PREVIOUS = [
    ("before the edit", make_mark(0, 3, 5), [make_mark(0, 3, 5), make_mark(5, 12, 8)]),
    ("after it", make_mark(14, 2, 9), [make_mark(5, 12, 8), make_mark(18, 2, 9)]),
    (
        "on both sides",
        make_mark(0, 2, 2, 14, 2, 9),
        [make_mark(0, 2, 2, 18, 2, 9), make_mark(5, 12, 8)],
    ),
    ("next to it", make_mark(13, 2, 9), [make_mark(5, 12, 8), make_mark(17, 2, 9)]),
    ("overlapped", make_mark(12, 2, 9), [make_mark(5, 12, 8)]),
    ("within it", make_mark(6, 1, 9), [make_mark(5, 12, 8)]),
    ("around it", make_mark(0, 20, 9), [make_mark(5, 12, 8)]),
    ("in a header", make_mark(0, 3, 5)._replace(header=0), [make_mark(5, 12, 8)]),
]


@pytest.mark.parametrize(("reason", "previous", "marks"), PREVIOUS, ids=[c[0] for c in PREVIOUS])
def test_earlier_marks_move_with_their_bytes(
    reason: str, previous: PlaceholderMark, marks: list[PlaceholderMark]
) -> None:
    part = EditedPart(b"....\x20hunter22 ......", [make_replacement((5, 13))])
    assert build_marks(part, make_vault(), previous=[previous]) == marks


@pytest.mark.slow
def test_the_first_marks_are_built_as_many_as_a_cassette_holds() -> None:
    data = b"hunter22 " * (MAX_ITEMS + 2)
    replacements = [make_replacement((9 * n, 9 * n + 8)) for n in range(MAX_ITEMS + 2)]
    marks = build_marks(EditedPart(data, [*reversed(replacements)]), make_vault())
    assert [mark.pieces[0] for mark in marks] == [13 * n for n in range(MAX_ITEMS)]


STORED = b"<REDACTED-x-1>"
RESTORED = [
    ("in one piece", make_mark(1, 12, 8), VALUE, b"<hunter22>"),
    ("a longer value", make_mark(1, 12, 8), VALUE * 2, b"<hunter22hunter22>"),
    ("in hex", make_mark(1, 12, 16, encoding="hex"), b"abc", b"<616263>"),
    ("only its beginning", make_mark(1, 12, 6, encoding="start plain"), VALUE, b"<hunter>"),
    (
        "a beginning as long as it was",
        make_mark(1, 12, 6, encoding="start plain json"),
        b'h"nter22',
        rb"<h\"nte>",
    ),
    (
        "a beginning longer than the value",
        make_mark(1, 12, 9, encoding="start plain"),
        VALUE,
        b"<hunter22>",
    ),
    (
        "a beginning that ends before an escape",
        make_mark(1, 12, 7, encoding="start plain json"),
        b'hunter"22',
        b"<hunter>",
    ),
    (
        "a beginning in plain text, where a backslash is none",
        make_mark(1, 12, 7, encoding="start plain"),
        rb"hunter\22",
        rb"<hunter\>",
    ),
    ("no beginning", make_mark(1, 12, 0, encoding="start plain"), VALUE, b"<>"),
    ("a beginning of nothing known", make_mark(1, 12, 6, encoding="start "), VALUE, STORED),
    (
        "a beginning of a beginning",
        make_mark(1, 12, 6, encoding="start start plain"),
        VALUE,
        STORED,
    ),
    ("an unknown encoding", make_mark(1, 12, 8, encoding=""), VALUE, STORED),
    ("an invalid encoding", make_mark(1, 12, 8, encoding="rot13"), VALUE, STORED),
    ("another placeholder than the stored one", make_mark(0, 12, 8), VALUE, STORED),
    ("not all of it", make_mark(1, 11, 8), VALUE, STORED),
    ("an unknown value", make_mark(1, 12, 8, placeholder=b"REDACTED-y-1"), VALUE, STORED),
    ("outside of the bytes", make_mark(1, 12, 4, 99, 12, 4), VALUE, STORED),
    ("beyond their end with one piece", make_mark(1, 12, 4, 13, 2, 4), VALUE, STORED),
    ("no pieces", make_mark(), VALUE, STORED),
    ("an offset that is not a number", make_mark(0, 1, 1, encoding=OFFSET), VALUE, STORED),
]


@pytest.mark.parametrize(
    ("reason", "mark", "value", "restored"), RESTORED, ids=[c[0] for c in RESTORED]
)
def test_a_value_is_restored_if_its_mark_fits(
    reason: str, mark: PlaceholderMark, value: bytes, restored: bytes
) -> None:
    assert apply_edits(STORED, build_restoring_edits(STORED, [mark], {NAME: value})) == restored


SMILES = "😀😀".encode()
PIECES = [
    ("as it was", VALUE, "plain", b"hun|ter|22"),
    ("a longer value, in proportion", VALUE * 2, "plain", b"hunte|r22hun|ter22"),
    ("a short one", b"a", "plain", b"||a"),
    ("an empty one", b"", "plain", b"||"),
    ("no character is cut", "\u00e9\u00e9\u00e9".encode(), "plain", b"\xc3\xa9|\xc3\xa9|\xc3\xa9"),
    ("no escape is cut", b'"""""', "plain json", rb"\"|\"\"|\"\""),
    ("no pair of surrogates is cut", SMILES, "plain json-ascii", rb"|\ud83d\ude00|\ud83d\ude00"),
    ("no percent-encoding is cut", b"////", "url", b"%2F|%2F|%2F%2F"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "value", "encoding", "restored"), PIECES, ids=[c[0] for c in PIECES]
)
def test_a_value_is_cut_as_the_placeholder_is(
    reason: str, value: bytes, encoding: str, restored: bytes
) -> None:
    stored = b"REDA|CTED|-x-1"
    mark = make_mark(0, 4, 3, 5, 4, 3, 10, 4, 2, encoding=encoding)
    assert apply_edits(stored, build_restoring_edits(stored, [mark], {NAME: value})) == restored


def test_another_value_of_the_same_length_is_cut_between_characters() -> None:
    mark = make_mark(0, 6, 2, 7, 6, 6, encoding="plain json")
    stored = b"REDACT|ED-x-1"
    restored = apply_edits(stored, build_restoring_edits(stored, [mark], {NAME: b'h"nter2'}))
    assert restored == rb"h\"|nter2"
    halves = mark._replace(pieces=(0, 6, 6, 7, 6, 6), encoding="plain json-ascii")
    assert apply_edits(stored, build_restoring_edits(stored, [halves], {NAME: "😀".encode()})) == (
        rb"\ud83d|\ude00"
    ), "a server may cut a surrogate pair"


def test_a_frame_that_ended_in_an_escape_does_so_again() -> None:
    mark = make_mark(0, 6, 2, 6, 6, 6, encoding="plain json")
    edits = build_restoring_edits(NAME, [mark], {NAME: b'h"nter2'})
    assert [edit.data for edit in edits] == [b"h\\", b'"nter2']


def test_a_beginning_in_pieces_is_cut_as_it_was() -> None:
    stored = b"REDACT|ED-x-1"
    mark = make_mark(0, 6, 2, 7, 6, 4, encoding="start plain")
    assert apply_edits(stored, build_restoring_edits(stored, [mark], {NAME: VALUE})) == b"hu|nter"


def test_a_beginning_at_the_end_of_a_truncated_body_may_end_within_a_character() -> None:
    value, mark = "hunter2\u00e92".encode(), make_mark(0, 12, 8, encoding="start plain")
    [at_end] = build_restoring_edits(NAME, [mark], {NAME: value})
    assert at_end.data == b"hunter2\xc3"
    [within] = build_restoring_edits(NAME + b".", [mark], {NAME: value})
    assert within.data == b"hunter2"


def test_a_beginning_of_plain_text_is_cut_at_a_backslash_as_it_was() -> None:
    stored = b"REDACT|ED-x-1."
    mark = make_mark(0, 6, 3, 7, 6, 5, encoding="start plain")
    value = rb"hu\nter22"
    edits = build_restoring_edits(stored, [mark], {NAME: value})
    assert apply_edits(stored, edits) == rb"hu\|nter2."


OFFSETS = [
    ("known values move it", NAME + b" REDACTED-y-1", b"20", b"16"),
    ("once for each placeholder", NAME + b" " + NAME, b"20", b"12"),
    ("unknown values do not", b"REDACTED-y-1", b"20", b"20"),
    ("never below 0", NAME + b" " + NAME, b"3", b"0"),
]


@pytest.mark.parametrize(
    ("reason", "placeholders", "stored", "restored"), OFFSETS, ids=[c[0] for c in OFFSETS]
)
def test_offsets_are_restored(
    reason: str, placeholders: bytes, stored: bytes, restored: bytes
) -> None:
    mark = make_mark(0, len(stored), 9, placeholder=placeholders, encoding=OFFSET)
    assert apply_edits(stored, build_restoring_edits(stored, [mark], {NAME: VALUE})) == restored


def test_only_one_of_overlapping_marks_is_used() -> None:
    marks = [make_mark(1, 12, 8), make_mark(1, 12, 16, encoding="hex"), make_mark(1, 12, 8)]
    [edit] = build_restoring_edits(STORED, marks, {NAME: VALUE})
    assert (edit.start, edit.end) == (1, 13)


NUMBERS = st.integers(0, 20)
HOSTILE = st.builds(
    PlaceholderMark,
    st.just(IN_BODY),
    st.sampled_from([NAME, b"REDACTED-y-1", b"", b" "]),
    st.sampled_from(["plain", "hex", "", "mixed p", "json", "start plain", "start ", OFFSET]),
    st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), max_size=3).map(lambda rows: sum(rows, ())),
)


@given(st.sampled_from([STORED, NAME + b"12", b"", b"7777777"]), st.lists(HOSTILE, max_size=4))
def test_any_marks_are_accepted(stored: bytes, marks: list[PlaceholderMark]) -> None:
    edits = build_restoring_edits(stored, marks, {NAME: VALUE, b"": b"x"})
    assert all(one.end <= other.start for one, other in pairwise(edits))
    allowed = {
        (one.pieces[at], one.pieces[at] + one.pieces[at + 1])
        for one in marks
        for at in range(0, len(one.pieces), 3)
    }
    assert {(edit.start, edit.end) for edit in edits} <= allowed
    assert all(0 <= edit.start <= edit.end <= len(stored) for edit in edits)


VALUES = st.text('ab"\\%\u00e9', min_size=8, max_size=12)


@given(st.lists(VALUES, min_size=1, max_size=3, unique=True), st.booleans(), st.data())
def test_restored_bytes_are_the_original_bytes(
    values: list[str], in_json: bool, data: st.DataObject
) -> None:
    body, replacements, vault = b"", [], make_vault(*map(str.encode, values))
    for value in values:
        cuts = sorted(data.draw(st.lists(st.integers(0, len(value)), max_size=3)))
        ranges = []
        for start, end in pairwise([0, *cuts, len(value)]):
            piece = json.dumps(value[start:end])[1:-1] if in_json else value[start:end]
            body += b"|" + piece.encode()
            ranges.append((len(body) - len(piece.encode()), len(body)))
        placeholder = vault.assign_placeholder("x", value.encode())
        replacements.append(make_replacement(*ranges, placeholder=placeholder))
    part = EditedPart(body, [one._replace(in_json=in_json) for one in replacements])
    known = {vault.assign_placeholder("x", value): value for value in map(str.encode, values)}
    marks = build_marks(part, vault)
    assert apply_edits(part.clean, build_restoring_edits(part.clean, marks, known)) == body
