from __future__ import annotations

import pytest

from runreel.core.redact.finders.by_pattern import (
    PatternMatch,
    drop_wrong_guesses,
    find_matches,
    find_matches_at_end,
    find_matches_in_pieces,
)
from runreel.core.redact.finders.detector import Detector
from runreel.core.redact.rules.rule import Rule
from runreel.core.redact.texts.text import Pieces, Text, TextKind


def rule(group: str, pattern: bytes = b"key-[0-9]+") -> Rule:
    return Rule(group, group, (), pattern)


DETECTOR = Detector(
    [rule("personal", rb"[a-z]+@x"), rule("tokens"), rule("prose", rb"pass: *([^ \"\\]+)")]
)

READINGS = [
    ("as it is", b"my key-1", TextKind.PLAIN, [(3, 8, b"key-1")]),
    ("escaped", rb"my \u006bey-1", TextKind.JSON_STRING, [(3, 13, b"key-1")]),
    ("JSON in JSON", rb"\"\\u006bey-1\"", TextKind.JSON_STRING, [(2, 13, b"key-1")]),
    ("percent-encoded", b"%6Bey-1", TextKind.PLAIN, [(0, 7, b"key-1")]),
    ("in base64", b"bXkgbG9uZyBrZXktMTIzNDU2Nzg5", TextKind.PLAIN, [(10, 28, b"key-123456789")]),
    ("a backslash behind it", rb"pass: abc\\", TextKind.JSON_STRING, [(6, 9, b"abc")]),
    ("behind an escape", rb"\nann@x", TextKind.PLAIN, [(2, 7, b"ann@x")]),
    ("behind one of JSON in JSON", rb"\\nann@x", TextKind.JSON_STRING, [(3, 8, b"ann@x")]),
    ("behind a backslash", rb"\\nann@x", TextKind.PLAIN, [(2, 8, b"nann@x"), (3, 8, b"ann@x")]),
    ("a field of a form", b"a=pass:+b&c", TextKind.FORM, [(8, 9, b"b")]),
    ("a parameter", b"?a=pass%3A%20b&c", TextKind.PLAIN, [(13, 14, b"b")]),
    ("a placeholder is no secret", b"pass: REDACTED-x-1", TextKind.PLAIN, []),
    ("nothing runs into a placeholder", b"key-1REDACTED-x-1", TextKind.PLAIN, [(0, 5, b"key-1")]),
]


@pytest.mark.parametrize(
    ("reason", "data", "kind", "found"), READINGS, ids=[c[0] for c in READINGS]
)
def test_rules_see_what_readers_see(
    reason: str, data: bytes, kind: TextKind, found: list[tuple[int, int, bytes]]
) -> None:
    looks = {
        (look.start, look.end, look.value) for look in find_matches(Text(data, kind), DETECTOR)
    }
    assert sorted(looks) == found


PIECES: list[tuple[str, list[bytes], list[tuple[int, int]]]] = [
    ("a text that goes on", [b"my key-", b"12", b"3!"], [(3, 10)]),
    ("a piece that is no secret yet", [b"my key-12", b"3!"], [(3, 10)]),
    ("one that is the beginning of one", [b"my ", b"key-123", b"4!"], [(3, 11)]),
    ("records", [b"key-1234", b"key-5678"], [(0, 8), (8, 16)]),
    ("a record, and what is none", [b"key-1234", b"5678key-5"], [(0, 12), (12, 17)]),
    ("records of digits that do", [b"key-1234", b"56789012", b"key-5678"], [(0, 8), (16, 24)]),
    ("records in a row", [b"ann@x", b"ann@x", b"ann@x"], [(0, 5), (5, 10), (10, 15)]),
    ("records with words", [b"my key-1", b"a key-2"], [(3, 8), (10, 15)]),
    ("half a password and a host", [b"pass: ab", b"cd@x is", b" it"], [(6, 12)]),
    ("a placeholder in pieces", [b"REDACTED-my-key-", b"1234567"], []),
]  # fmt: skip


def in_pieces(parts: list[bytes]) -> Text:
    starts = [sum(map(len, parts[:count])) for count in range(len(parts))]
    pieces = Pieces([100 * at for at in starts], [len(part) for part in parts])
    return Text(b"".join(parts), TextKind.JSON_STRING, pieces, is_channel=True)


@pytest.mark.parametrize(("reason", "parts", "found"), PIECES, ids=[c[0] for c in PIECES])
def test_pieces_go_on_or_are_whole(
    reason: str, parts: list[bytes], found: list[tuple[int, int]]
) -> None:
    looks = {(look.start, look.end) for look in find_matches_in_pieces(in_pieces(parts), DETECTOR)}
    assert sorted(looks) == found


SURE, PERSONAL, GUESS = "tokens", "personal", "prose"
GUESSES = [
    ("alone", [(GUESS, 2, 8)], [], [(2, 8)]),
    ("over one that is sure", [(GUESS, 2, 8), (SURE, 3, 5)], [], [(3, 5)]),
    ("within one that is sure", [(SURE, 0, 9), (GUESS, 3, 5)], [], [(0, 9)]),
    ("beside one that is sure", [(GUESS, 2, 8), (SURE, 8, 9)], [], [(2, 8), (8, 9)]),
    ("behind a long one", [(SURE, 0, 7), (SURE, 1, 2), (GUESS, 6, 8)], [], [(0, 7), (1, 2)]),
    ("an address may be a part of it", [(GUESS, 2, 8), (PERSONAL, 3, 5)], [], [(2, 8), (3, 5)]),
    ("over what a name announces", [(GUESS, 2, 8)], [(2, 5)], []),
]


@pytest.mark.parametrize(
    ("reason", "looks", "announced", "left"), GUESSES, ids=[c[0] for c in GUESSES]
)
def test_a_guess_yields_to_what_is_sure(
    reason: str,
    looks: list[tuple[str, int, int]],
    announced: list[tuple[int, int]],
    left: list[tuple[int, int]],
) -> None:
    found = [PatternMatch(start, end, rule(group), b"") for group, start, end in looks]
    kept = drop_wrong_guesses(found, announced)
    assert [(look.start, look.end) for look in kept] == left


AT_END = [
    ("half a password", b"postgresql://ann:54321x789", [(17, 26)]),
    ("a port and a path", b"postgresql://localhost:5432/orders", []),
]


@pytest.mark.parametrize(("reason", "data", "found"), AT_END, ids=[c[0] for c in AT_END])
def test_what_breaks_off_goes_on(reason: str, data: bytes, found: list[tuple[int, int]]) -> None:
    text = Text(data, TextKind.PLAIN)
    looks = find_matches_at_end(text, Detector([Rule("url", "tokens", (), rb"://[^:]+:([^@]+)@")]))
    assert sorted({(look.start, look.end) for look in looks}) == found
