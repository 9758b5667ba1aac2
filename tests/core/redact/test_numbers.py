from __future__ import annotations

import pytest

from runreel.core.redact.numbers import use_zero_for_number
from runreel.core.redact.texts.spans import Span

PLACEHOLDER = b"REDACTED-x-1"

BARE = [
    ("a member", b'{"a": <4111>}'),
    ("one broken off", b'{"a":<4111>'),
    ("an item", b"[<4111>, 5]"),
    ("a later item", b"[1, 2.5,<-4e7>]"),
    ("in JSON in a string", rb"{\"a\": <4111>, \"b\": 1}"),
    ("in an array of a member", b'{"a": [<4111>\n]}'),
]
QUOTED = [
    ("a string", b'{"a": "<4111>"}'),
    ("words", b'{"a": "is <4111>, or"}'),
    ("digits after a colon in a string", b'{"a": "b:<4111>"}'),
    ("not a number", b'{"a": <true>}'),
    ("the end of a longer number", b'{"a": 9<4111>}'),
    ("the beginning of one", b'{"a": <4111>9}'),
    ("prose", b"call <4111>, please"),
    ("the whole text", b"<4111>"),
]


def parse_marked(marked: bytes, rule: str = "known") -> tuple[bytes, Span]:
    start, end = marked.index(b"<"), marked.index(b">") - 1
    text = marked.replace(b"<", b"").replace(b">", b"")
    return text, Span(start, end, PLACEHOLDER, rule)


@pytest.mark.parametrize(("reason", "marked"), BARE, ids=[c[0] for c in BARE])
def test_a_number_stays_a_number(reason: str, marked: bytes) -> None:
    text, span = parse_marked(marked)
    assert use_zero_for_number(span, text) == span._replace(placeholder=b"0")


@pytest.mark.parametrize(("reason", "marked"), QUOTED, ids=[c[0] for c in QUOTED])
def test_anything_else_gets_a_placeholder(reason: str, marked: bytes) -> None:
    text, span = parse_marked(marked)
    assert use_zero_for_number(span, text) == span


AT_PATHS = [
    ("a number far down an array", b"[%b<4111>, 5]" % (b"1, " * 200), b"0"),
    ("a string", b'["<4111>"]', PLACEHOLDER),
    ("not a number", b"[<4111x>]", PLACEHOLDER),
]


@pytest.mark.parametrize(
    ("reason", "marked", "replacement"), AT_PATHS, ids=[c[0] for c in AT_PATHS]
)
def test_a_number_at_a_users_path_stays_a_number_unless_quoted(
    reason: str, marked: bytes, replacement: bytes
) -> None:
    text, span = parse_marked(marked, "paths")
    assert use_zero_for_number(span, text).placeholder == replacement
