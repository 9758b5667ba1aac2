from __future__ import annotations

import re

import pytest

from runreel.core.redact.numbers import use_zero_for_numbers
from runreel.core.redact.texts.spans import Span
from runreel.core.redact.texts.text import Text, TextKind

PLACEHOLDER = b"REDACTED-x-1"

FAR = b"1, " * 200
BARE = [
    ("the whole text", b"<4111>"),
    ("the whole text with white space", b" <4111>\r\n"),
    ("a line of its own", b"1\n <-4111e5> \n2"),
    ("a member", b'{"a": <4111>}'),
    ("one broken off", b'{"a":<4111>'),
    ("an item", b"[<4111>, 5]"),
    ("a later item", b"[1, 2.5,<-4e7>]"),
    ("in JSON in a string", rb"{\"a\": <4111>, \"b\": 1}"),
    ("in an array of a member", b'{"a": [<4111>\n]}'),
    ("far down an array", b"[%b<4111>, 5]" % FAR),
    ("far down an array in JSON in a string", rb'{"a": "[%b<4111>, 5]"}' % FAR),
    ("after a string", b'["a", <4111>]'),
    ("after a quote in a string", rb'["a\"", <4111>]'),
    ("after a backslash in a string", rb'["a\\", <4111>]'),
    ("after null", b"[null, <4111>]"),
    ("after an array", b"[[1], <4111>]"),
    ("after an object, on a line of its own", b'[\n  {"a": 1},\n  <4111>\n]'),
    ("after a string in JSON in a string", rb'{"a": "[\"b\", <4111>]"}'),
    ("in JSON twice in strings", rb'{"a": "{\"b\": \"[null, <4111>]\"}"}'),
    ("in JSON in a string, pretty-printed", rb'"{\n  \"a\": [\n    null,\n    <4111>\n  ]}"'),
    ("after JSON in a string", rb'{"a": "{\"b\": \"", "c": [null, <4111>]}'),
    ("in a line after one that breaks off", b'{"a": "b\n{"c": [null, <4111>]}'),
    ("in an event", b'event: a\ndata: {"c": [null, <4111>]}\n\n'),
    ("the end of a number", b'{"a": <9~4111~>}'),
    ("the beginning of a number", b'{"a": <~4111~9>}'),
    ("the digits after a sign", b'{"a": <-~4111~>}'),
    ("a fraction", b'{"a": <0.~4111~>}'),
    ("an exponent", b'{"a": <1.5e~+4111~>}'),
    ("digits in the middle of a fraction", b"[null, <0.9~4111~2e-7>]"),
]
QUOTED = [
    ("a string", b'{"a": "<4111>"}'),
    ("words", b'{"a": "is <4111>, or"}'),
    ("digits after a colon in a string", b'{"a": "b:<4111>"}'),
    ("not a number", b'{"a": <true>}'),
    ("a line of text that begins like JSON", b"[1] is\n<4111>\n"),
    ("prose", b"call <4111>, please"),
    ("prose with commas", b"or, <4111>, or"),
    ("prose with commas in a string", b'{"a": "or, <4111>, or"}'),
    ("prose with commas in JSON in a string", rb'{"a": "{\"b\": \"or, <4111>, or\"}"}'),
    ("prose in a string in a string", rb'{"a": "he said \"b\", <4111>, or"}'),
    ("a part of a word", b'{"a": "x<4111>"}'),
]


PIECES_OF_JSON = [
    ("a member", rb"{\"a\": <4111>, \"b\": 1}", True),
    ("after a string", rb"[\"a\", <4111>]", True),
    ("far down an array", b"[%b<4111>, 5]" % FAR, True),
    ("after a string in JSON in a string", rb"[\"[\\\"a\\\", <4111>]\"]", True),
    ("in a string", rb"[\"or, <4111>, or\"]", False),
    ("prose", rb"he said \"a\", <4111>, or", False),
]


def parse_marked(
    marked: bytes, kind: TextKind = TextKind.JSON, rule: str = "known"
) -> tuple[Text, Span, Span]:
    """Return the text, the span between tildes or angle brackets, and that between the latter."""
    data = re.sub(rb"[<>~]", b"", marked)
    before, inner, _ = re.split(rb"[<>]", marked)
    start, end = len(before), len(before) + len(inner.replace(b"~", b""))
    first, _, rest = (
        inner.rpartition(b"~")[0].partition(b"~") if b"~" in inner else (b"", b"", inner)
    )
    secret = Span(start + len(first), start + len(first) + len(rest), PLACEHOLDER, rule)
    return Text(data, kind), secret, secret._replace(start=start, end=end)


def replace_numbers(text: Text, *spans: Span) -> list[Span]:
    return list(use_zero_for_numbers(spans, text))


@pytest.mark.parametrize(("reason", "marked"), BARE, ids=[c[0] for c in BARE])
def test_a_number_stays_a_number(reason: str, marked: bytes) -> None:
    text, span, whole = parse_marked(marked)
    assert replace_numbers(text, span) == [whole._replace(placeholder=b"0")]


@pytest.mark.parametrize(("reason", "marked"), QUOTED, ids=[c[0] for c in QUOTED])
def test_anything_else_gets_a_placeholder(reason: str, marked: bytes) -> None:
    text, span, _ = parse_marked(marked)
    assert replace_numbers(text, span) == [span]


@pytest.mark.parametrize(
    ("reason", "marked", "is_number"), PIECES_OF_JSON, ids=[c[0] for c in PIECES_OF_JSON]
)
def test_a_number_in_the_content_of_a_string_stays_a_number_if_it_is_json(
    reason: str, marked: bytes, is_number: bool
) -> None:
    text, span, _ = parse_marked(marked, TextKind.JSON_STRING)
    placeholder = b"0" if is_number else PLACEHOLDER
    assert replace_numbers(text, span) == [span._replace(placeholder=placeholder)]


IN_PLAIN_TEXT = [
    ("the whole text", b"<4111>"),
    ("a line of its own", b"1\n<4111>\n"),
]


@pytest.mark.parametrize(("reason", "marked"), IN_PLAIN_TEXT, ids=[c[0] for c in IN_PLAIN_TEXT])
def test_a_text_that_is_not_json_gets_a_placeholder(reason: str, marked: bytes) -> None:
    text, span, _ = parse_marked(marked, TextKind.PLAIN)
    assert replace_numbers(text, span) == [span]


def test_two_secrets_in_one_number_become_one_zero() -> None:
    text = Text(b'{"a": 41114222, "b": 4333}', TextKind.JSON)
    spans = [Span(start, start + 4, PLACEHOLDER, "known") for start in (6, 10, 21)]
    assert replace_numbers(text, *spans) == [
        Span(6, 14, b"0", "known"),
        Span(21, 25, b"0", "known"),
    ]


def test_a_secret_that_ends_within_a_number_and_another_one_do_not_overlap() -> None:
    text = Text(b'{"a": 41114222}', TextKind.JSON)
    spans = [Span(3, 10, PLACEHOLDER, "known"), Span(10, 14, PLACEHOLDER, "known")]
    assert replace_numbers(text, *spans) == spans


AT_PATHS = [
    ("a number far down an array", b"[%b<4111>, 5]" % FAR, b"0"),
    ("a string", b'["<4111>"]', PLACEHOLDER),
    ("not a number", b"[<4111x>]", PLACEHOLDER),
]


@pytest.mark.parametrize(
    ("reason", "marked", "replacement"), AT_PATHS, ids=[c[0] for c in AT_PATHS]
)
def test_a_number_at_a_users_path_stays_a_number_unless_quoted(
    reason: str, marked: bytes, replacement: bytes
) -> None:
    text, span, _ = parse_marked(marked, rule="paths")
    assert replace_numbers(text, span) == [span._replace(placeholder=replacement)]
