from __future__ import annotations

import pytest

from runreel.core.redact.finders.by_pattern import (
    PatternMatch,
    drop_wrong_guesses,
    find_matches,
    find_matches_at_end,
)
from runreel.core.redact.finders.detector import Detector
from runreel.core.redact.rules.rule import Rule
from runreel.core.redact.texts.text import Text, TextKind


def build_rule(group: str, pattern: bytes = b"key-[0-9]+") -> Rule:
    return Rule(group, group, (), pattern)


DETECTOR = Detector(
    [
        build_rule("personal", rb"[a-z]+@x"),
        build_rule("tokens"),
        build_rule("prose", rb"pass: *([^ \"\\]+)"),
    ]
)

READINGS = [
    ("as it is", b"my key-1", TextKind.PLAIN, [(3, 8, b"key-1")]),
    ("escaped", rb"my \u006bey-1", TextKind.JSON_STRING, [(3, 13, b"key-1")]),
    ("JSON in JSON", rb"\"\\u006bey-1\"", TextKind.JSON_STRING, [(2, 13, b"key-1")]),
    ("percent-encoded", b"%6Bey-1", TextKind.PLAIN, [(0, 7, b"key-1")]),
    ("in base64", b"bXkgbG9uZyBrZXktMTIzNDU2Nzg5", TextKind.PLAIN, [(10, 28, b"key-123456789")]),
    ("a backslash after it", rb"pass: abc\\", TextKind.JSON_STRING, [(6, 9, b"abc")]),
    ("after an escape", rb"\nann@x", TextKind.PLAIN, [(2, 7, b"ann@x")]),
    ("after an escape of JSON in JSON", rb"\\nann@x", TextKind.JSON_STRING, [(3, 8, b"ann@x")]),
    ("after a backslash", rb"\\nann@x", TextKind.PLAIN, [(2, 8, b"nann@x"), (3, 8, b"ann@x")]),
    ("a field of a form", b"a=pass:+b&c", TextKind.FORM, [(8, 9, b"b")]),
    ("a parameter", b"?a=pass%3A%20b&c", TextKind.PLAIN, [(13, 14, b"b")]),
    ("a placeholder is not a secret", b"pass: REDACTED-x-1", TextKind.PLAIN, []),
    (
        "no match continues into a placeholder",
        b"key-1REDACTED-x-1",
        TextKind.PLAIN,
        [(0, 5, b"key-1")],
    ),
]


@pytest.mark.parametrize(
    ("reason", "data", "kind", "expected"), READINGS, ids=[c[0] for c in READINGS]
)
def test_rules_search_every_view(
    reason: str, data: bytes, kind: TextKind, expected: list[tuple[int, int, bytes]]
) -> None:
    matches = {
        (match.start, match.end, match.value) for match in find_matches(Text(data, kind), DETECTOR)
    }
    assert sorted(matches) == expected


CERTAIN, PERSONAL, GUESS = "tokens", "personal", "prose"
GUESSES = [
    ("alone", [(GUESS, 2, 8)], [], [(2, 8)]),
    ("over a certain match", [(GUESS, 2, 8), (CERTAIN, 3, 5)], [], [(3, 5)]),
    ("within a certain match", [(CERTAIN, 0, 9), (GUESS, 3, 5)], [], [(0, 9)]),
    ("beside a certain match", [(GUESS, 2, 8), (CERTAIN, 8, 9)], [], [(2, 8), (8, 9)]),
    (
        "after a long certain match",
        [(CERTAIN, 0, 7), (CERTAIN, 1, 2), (GUESS, 6, 8)],
        [],
        [(0, 7), (1, 2)],
    ),
    ("over personal data", [(GUESS, 2, 8), (PERSONAL, 3, 5)], [], [(2, 8), (3, 5)]),
    ("over an announced credential", [(GUESS, 2, 8)], [(2, 5)], []),
]


@pytest.mark.parametrize(
    ("reason", "spans", "announced", "expected"), GUESSES, ids=[c[0] for c in GUESSES]
)
def test_a_guess_is_dropped_if_it_overlaps_a_certain_match(
    reason: str,
    spans: list[tuple[str, int, int]],
    announced: list[tuple[int, int]],
    expected: list[tuple[int, int]],
) -> None:
    matches = [PatternMatch(start, end, build_rule(group), b"") for group, start, end in spans]
    remaining = drop_wrong_guesses(matches, announced)
    assert [(match.start, match.end) for match in remaining] == expected


LABELLED = [
    ("a part of a labelled value is all of it", b"pass: aB3+key-12x/9Qz", [(6, 21)]),
    ("its beginning", b"pass: key-12.aX9zz", [(6, 18)]),
    ("a short rest may be punctuation", b"pass: key-12.abc", [(6, 12)]),
    ("a rest in lower case may be a name", b"pass: key-12.example", [(6, 12)]),
    ("a value of several parts", b"pass: aB3cd:key-12@host", [(12, 18)]),
]


@pytest.mark.parametrize(("reason", "data", "expected"), LABELLED, ids=[c[0] for c in LABELLED])
def test_a_key_within_a_labelled_value_is_all_of_that(
    reason: str, data: bytes, expected: list[tuple[int, int]]
) -> None:
    matches = [*find_matches(Text(data, TextKind.PLAIN), DETECTOR)]
    assert {(each.start, each.end) for each in drop_wrong_guesses(matches, [])} == {*expected}


AT_END = [
    ("half a password", b"postgresql://ann:54321x789", [(17, 26)]),
    ("a port and a path", b"postgresql://localhost:5432/orders", []),
]


@pytest.mark.parametrize(("reason", "data", "expected"), AT_END, ids=[c[0] for c in AT_END])
def test_a_secret_that_the_end_cuts_off_is_found(
    reason: str, data: bytes, expected: list[tuple[int, int]]
) -> None:
    text = Text(data, TextKind.PLAIN)
    matches = find_matches_at_end(
        text, Detector([Rule("url", "tokens", (), rb"://[^:]+:([^@]+)@")])
    )
    assert sorted({(match.start, match.end) for match in matches}) == expected
