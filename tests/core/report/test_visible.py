"""Escaping of text from the wire."""

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
    ("a carriage return hides the text before it", "a\rb", "a\\x0db"),
    ("text that runs backwards", "\u202egnp.exe", "\\u202egnp.exe"),
    ("an isolate", "\u2066a\u2069", "\\u2066a\\u2069"),
    ("half a character", "\ud800", "\\ud800"),
    ("another kind of line break", "a\u2028b", "a\\u2028b"),
    ("line feeds and tabs are kept", "a\n\tb", "a\n\tb"),
    ("letters are kept", "añ漢🎞", "añ漢🎞"),
]


@pytest.mark.parametrize(("text", "escaped"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_controls_are_escaped(text: str, escaped: str) -> None:
    assert escape_controls(text) == escaped


@given(st.text(st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Lu"])))
def test_an_escaped_line_has_no_controls_and_can_be_encoded(text: str) -> None:
    escaped = escape_line(text)
    escaped.encode()
    assert not {unicodedata.category(character) for character in escaped} & {"Cc", "Cs", "Zl", "Zp"}
    assert not {unicodedata.bidirectional(character) for character in escaped} & {
        "LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI",
    }  # fmt: skip
