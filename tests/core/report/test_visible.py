"""Text from the wire, made harmless to print."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.report.visible import escape_controls, escape_line

CASES = [
    ("a terminal's title", "\x1b]0;x\x07", "\\x1b]0;x\\x07"),
    ("an escape in one byte", "\x9b2J", "\\x9b2J"),
    ("delete", "\x7f", "\\x7f"),
    ("a carriage return hides what stood before", "a\rb", "a\\x0db"),
    ("text that runs backwards", "\u202egnp.exe", "\\u202egnp.exe"),
    ("an isolate", "\u2066a\u2069", "\\u2066a\\u2069"),
    ("half a character", "\ud800", "\\ud800"),
    ("another kind of line end", "a\u2028b", "a\\u2028b"),
    ("lines and tabs stay", "a\n\tb", "a\n\tb"),
    ("letters stay", "añ漢🎞", "añ漢🎞"),
]


@pytest.mark.parametrize(("text", "shown"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_visible(text: str, shown: str) -> None:
    assert escape_controls(text) == shown


@given(st.text(st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Lu"])))
def test_a_visible_line_holds_no_control_and_encodes(text: str) -> None:
    shown = escape_line(text)
    shown.encode()
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert not {unicodedata.bidirectional(character) for character in shown} & {
        "LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI",
    }  # fmt: skip
