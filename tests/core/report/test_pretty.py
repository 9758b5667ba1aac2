"""JSON formatted for reading; only whitespace and escapes are changed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.report.pretty import format_json_lines

CASES: list[tuple[str, str, list[str] | None]] = [
    ("a number alone", " 1 ", ["1"]),
    ("an empty object is on one line", '{"a": { }}', ["{", '  "a": {}', "}"]),
    ("an empty array too", "[[\n]]", ["[", "  []", "]"]),
    ("each item is on a line of its own", "[1,2]", ["[", "  1,", "  2", "]"]),
    ("punctuation within strings is text", '["{,:\\"]}"]', ["[", '  "{,:\\"]}"', "]"]),
    ("numbers keep their notation", "[1.0,1e2,-0]", ["[", "  1.0,", "  1e2,", "  -0", "]"]),
    ("huge numbers too", "[1e999]", ["[", "  1e999", "]"]),
    ("repeated names are kept", '{"a":1,"a":2}', ["{", '  "a": 1,', '  "a": 2', "}"]),
    ("escapes are decoded", r'["\u00e9\u0041\n"]', ["[", r'  "éA\n"', "]"]),
    ("names too", r'{"\u0061":1}', ["{", '  "a": 1', "}"]),
    ("half a body is not JSON", '{"a": tru', None),
    ("nor is nothing", "", None),
    ("many values are left as they are", json.dumps([0] * 200_002), None),
    ("nor is excessive nesting", "[" * 100_000, None),
]


@pytest.mark.parametrize(("text", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_layout(text: str, lines: list[str] | None) -> None:
    formatted = format_json_lines(text)
    assert (None if formatted is None else list(formatted)) == lines


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=10,
)


@given(values, st.booleans())
def test_the_value_is_unchanged(value: object, ensure_ascii: bool) -> None:
    lines = format_json_lines(json.dumps(value, ensure_ascii=ensure_ascii))
    assert lines is not None
    assert json.loads("\n".join(lines)) == value


def test_a_hostile_depth_does_not_multiply_the_text() -> None:
    text = "[" * 300 + "]" * 300
    lines = format_json_lines(text)
    assert lines is not None
    assert max(map(len, lines)) < 70
