"""Keys that are cut off are found where something says so."""

from __future__ import annotations

import pytest

from runreel.core.redact import Rules
from runreel.core.redact.body.cut_off import find_cut_off, iter_cut_words, says_cut_off
from runreel.core.redact.finders.by_pattern import PatternMatch
from runreel.core.redact.rules.rule import Rule
from runreel.core.redact.texts.text import Text, TextKind

DETECTOR = Rules.build(
    rules=(
        Rule("test-key", "tokens", (b"tk-",), rb"tk-[a-z0-9]{20}\b"),
        Rule(
            "test-password",
            "prose",
            (b"pass: ",),
            rb"pass: ([^ ]+)",
            lambda value: b"." not in value,
        ),
    )
).detector
CUT = "tk-a1b2c3d4e5f6g7"

ROWS = [
    ("dots", f"it is {CUT}...", False, [CUT]),
    ("an ellipsis", f"it is {CUT}…", False, [CUT]),
    ("an escaped ellipsis", f"it is {CUT}\\u2026", False, [CUT]),
    ("a word in brackets", f"it is {CUT} [truncated]", False, [CUT]),
    ("a labelled value", "pass: a1b2c3d4e5f6...", False, ["a1b2c3d4e5f6"]),
    ("a labelled value that is short", "pass: a1b2c3...", False, []),
    ("no mark", f"it is {CUT}", False, []),
    ("no mark, in an answer that has reached a limit", f'"it is {CUT}"', True, [CUT]),
    ("in a string of JSON in JSON", f'"it is \\"{CUT}\\""', True, [CUT]),
    ("a mark elsewhere", f"and so on... it is {CUT} there", False, []),
    ("a word that is no key", "it is version-1-of-the-text...", False, []),
    ("too little of a key to matter", "it is the-way-of tk-a1...", False, []),
    ("the same key twice", f"{CUT}... and {CUT}...", False, [CUT]),
]


def find_keys(text: Text, *, is_cut_off: bool) -> list[PatternMatch]:
    words = iter_cut_words(text, is_cut_off=is_cut_off)
    return [*find_cut_off(text, words, (), DETECTOR)]


@pytest.mark.parametrize(
    ("reason", "data", "is_cut_off", "values"), ROWS, ids=[row[0] for row in ROWS]
)
def test_words_before_marks(reason: str, data: str, is_cut_off: bool, values: list[str]) -> None:
    text = Text(data.encode(), TextKind.JSON)
    matches = find_keys(text, is_cut_off=is_cut_off)
    assert sorted({match.value.decode() for match in matches}) == values
    assert {text.data[match.start : match.end].decode() for match in matches} == {*values}


def test_the_last_words_are_searched_if_there_are_many() -> None:
    words = " ".join(f'"word-number-{number:06}"' for number in range(100))
    text = Text(f'{words} "{CUT}"'.encode(), TextKind.JSON)
    [match] = find_keys(text, is_cut_off=True)
    assert text.data[match.start : match.end] == CUT.encode()


def test_what_was_found_is_not_searched_again() -> None:
    text = Text(f"{CUT}...".encode(), TextKind.PLAIN)
    [match] = find_keys(text, is_cut_off=False)
    words = iter_cut_words(text, is_cut_off=False)
    assert list(find_cut_off(text, words, [match], DETECTOR)) == []


LIMITS = [
    ("chat completions", b'{"finish_reason": "length"}', True),
    ("Anthropic", b'{"stop_reason":"max_tokens"}', True),
    ("Gemini", b'{"finishReason": "MAX_TOKENS"}', True),
    ("Responses", b'{"status":"incomplete"}', True),
    ("a request's own limit", b'{"max_tokens": 5}', False),
    ("an ordinary end", b'{"finish_reason": "stop"}', False),
]


@pytest.mark.parametrize(("reason", "data", "expected"), LIMITS, ids=[row[0] for row in LIMITS])
def test_answers_that_have_reached_a_limit(reason: str, data: bytes, expected: bool) -> None:
    assert says_cut_off([Text(b"", TextKind.PLAIN), Text(data, TextKind.JSON)]) is expected


def test_of_a_long_word_the_end_is_taken() -> None:
    data = b'{"a": "' + b"x1" * 150 + b'"}'
    words = [*iter_cut_words(Text(data, TextKind.JSON), is_cut_off=True)]
    assert words == [(len(data) - 202, len(data) - 2)]


@pytest.mark.timeout(60)
def test_a_word_of_megabytes_is_read_once() -> None:
    """Each of its bytes was tried as a beginning, which took minutes."""
    data = b"y1" * 20_000_000
    words = [*iter_cut_words(Text(data, TextKind.PLAIN), is_cut_off=True)]
    assert words == [(len(data) - 200, len(data))]
    assert DETECTOR.key_prefixes.find_at_end(data) is None
