"""JSON laid out for reading, with nothing changed but blanks and escapes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.report.pretty import format_json_lines

CASES: list[tuple[str, str, list[str] | None]] = [
    ("a number alone", " 1 ", ["1"]),
    ("an empty object stays on its line", '{"a": { }}', ["{", '  "a": {}', "}"]),
    ("an empty array too", "[[\n]]", ["[", "  []", "]"]),
    ("items stand one to a line", "[1,2]", ["[", "  1,", "  2", "]"]),
    ("marks within strings are text", '["{,:\\"]}"]', ["[", '  "{,:\\"]}"', "]"]),
    ("numbers keep their spelling", "[1.0,1e2,-0]", ["[", "  1.0,", "  1e2,", "  -0", "]"]),
    ("vast numbers too", "[1e999]", ["[", "  1e999", "]"]),
    ("repeated names are kept", '{"a":1,"a":2}', ["{", '  "a": 1,', '  "a": 2', "}"]),
    ("escapes are read", r'["\u00e9\u0041\n"]', ["[", r'  "éA\n"', "]"]),
    ("names too", r'{"\u0061":1}', ["{", '  "a": 1', "}"]),
    ("half of a body is not JSON", '{"a": tru', None),
    ("nor is nothing", "", None),
    ("nor what is nested too deeply", "[" * 100_000, None),
]


@pytest.mark.parametrize(("text", "lines"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_layout(text: str, lines: list[str] | None) -> None:
    laid_out = format_json_lines(text)
    assert (None if laid_out is None else list(laid_out)) == lines


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=10,
)


@given(values, st.booleans())
def test_the_value_stays_what_it_was(value: object, ensure_ascii: bool) -> None:
    lines = format_json_lines(json.dumps(value, ensure_ascii=ensure_ascii))
    assert lines is not None
    assert json.loads("\n".join(lines)) == value


def test_a_hostile_depth_does_not_multiply_the_text() -> None:
    text = "[" * 300 + "]" * 300
    lines = format_json_lines(text)
    assert lines is not None
    assert max(map(len, lines)) < 70
