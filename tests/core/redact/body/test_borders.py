from __future__ import annotations

from itertools import accumulate

import pytest

from runreel.core.redact.body.borders import (
    find_matches_across,
    find_matches_in_pieces,
    is_continuous,
)
from runreel.core.redact.finders.detector import Detector
from runreel.core.redact.rules.rule import Rule
from runreel.core.redact.texts.joined_text import JoinedText, Owner
from runreel.core.redact.texts.text import Pieces, Text, TextKind
from support.streams import ListedPieces


def build_rule(
    group: str, pattern: bytes = b"key-[0-9]+", *, name: str = "", is_general: bool = False
) -> Rule:
    return Rule(name or group, group, (), pattern, is_general=is_general)


DETECTOR = Detector(
    [
        build_rule("personal", rb"[a-z]+@x"),
        build_rule("tokens"),
        build_rule("prose", rb"pass: *([^ \"\\]+)"),
        build_rule("services", rb"sk_[A-Za-z0-9]{8,}"),
        build_rule("cloud", rb"G[0-9]{6}G", is_general=True),
    ]
)

PIECES: list[tuple[str, list[bytes], list[tuple[int, int]]]] = [
    ("a match across pieces", [b"my key-", b"12", b"3!"], [(3, 10)]),
    ("a beginning of a match in a piece", [b"my key-12", b"3!"], [(3, 10)]),
    ("a piece that is the beginning of a match", [b"my ", b"key-123", b"4!"], [(3, 11)]),
    ("complete pieces", [b"key-1234", b"key-5678"], [(0, 8), (8, 16)]),
    ("a complete piece and another", [b"key-1234", b"5678key-5"], [(0, 12), (12, 17)]),
    ("complete pieces around digits", [b"key-1234", b"56789012", b"key-5678"], [(0, 8), (16, 24)]),
    (
        "complete pieces of a text with spaces: they continue one another",
        [b"key-1234", b"56789012", b" key-5678", b"key-9012"],
        [(0, 16), (17, 25), (25, 33)],
    ),
    (
        "parts of a key that look like keys of unknown vendors",
        [b"sk_aB3dE5fG", b"7h", b"G123456G", b"J9", b"G654321G"],
        [(0, 31)],
    ),
    ("keys of unknown vendors", [b"G123456G", b"G654321G"], [(0, 8), (8, 16)]),
    ("many complete pieces", [b"ann@x", b"ann@x", b"ann@x"], [(0, 5), (5, 10), (10, 15)]),
    ("matches within pieces", [b"my key-1", b"a key-2"], [(3, 8), (10, 15)]),
    ("half a password and a host", [b"pass: ab", b"cd@x is", b" it"], [(6, 12)]),
    ("a placeholder in pieces", [b"REDACTED-my-key-", b"1234567"], []),
    ("a word after a match begins a text", [b"x sk_aB3dE5fG", b"Please go"], [(2, 13)]),
    (
        "a word after a match, where spaces tell that pieces continue",
        [b"my ", b"sk_aB3dE5fG", b"Please", b" go"],
        [(3, 20)],
    ),
    ("what is no word continues a match", [b"x sk_aB3dE5fG", b"7hJ9 go"], [(2, 17)]),
    ("a word within a match", [b"x sk_aB", b"Please7h go"], [(2, 15)]),
    (
        "snapshots of a growing text",
        [b"my key-123", b"my key-1234", b"my key-12345"],
        [(3, 10), (13, 21), (24, 33)],
    ),
    (
        "snapshots of two growing texts",
        [b"my key-123", b"or ann@xyz", b"my key-1234", b"or ann@xyz go"],
        [(3, 10), (13, 18), (23, 31), (34, 39)],
    ),
    (
        "a key of a known form whose parts repeat, as whole texts do",
        [b"my sk_", b"aB3dE5fGaB", b"aB3dE5fGaB", b"aB3dE5fGaB", b" go"],
        [(3, 36)],
    ),
    (
        "two snapshots, the first of which ends in the beginning of a key",
        [b"go on: sk_", b"go on: sk_aB3dE5fG"],
        [(17, 28)],
    ),
    (
        "an address between texts that repeat",
        [b"It is ann", b"@x and so on", b"@x and so on", b"@x and so on"],
        [],
    ),
    ("an escape that a border cuts", [rb"go \u00", rb"6bey-123 1"], [(3, 15)]),
]  # fmt: skip


def build_text(parts: list[bytes]) -> Text:
    starts = [*accumulate(map(len, parts[:-1]), initial=0)]
    pieces = Pieces([100 * at for at in starts], [len(part) for part in parts])
    return Text(b"".join(parts), TextKind.JSON_STRING, pieces, is_channel=True)


@pytest.mark.parametrize(("reason", "parts", "expected"), PIECES, ids=[c[0] for c in PIECES])
def test_pieces_continue_or_are_complete(
    reason: str, parts: list[bytes], expected: list[tuple[int, int]]
) -> None:
    matches = {
        (match.start, match.end) for match in find_matches_in_pieces(build_text(parts), DETECTOR)
    }
    assert sorted(matches) == expected


def test_without_pieces_a_text_is_searched_as_it_is() -> None:
    text = Text(b"my key-12 and ann@x", TextKind.PLAIN)
    matches = find_matches_in_pieces(text, DETECTOR)
    assert {(match.start, match.end) for match in matches} == {(3, 9), (14, 19)}


FLOWS = [
    ("words of prose", [b"It", b" is", b" late"], True),
    ("a line end", [b"It", rb"\nis", b"late"], True),
    ("a space before the border", [b"It ", b"is", b"late"], True),
    ("letters without spaces", [b"I", b"t", b"i", b"s"], False),
    ("one space in a few letters", [b"a", b" ", b"b", b"c"], True),
    ("one space in many pieces", [b"ab"] * 8 + [b" cd"] + [b"ab"] * 8, False),
    ("one piece", [b"It is late"], False),
    ("empty pieces have no border", [b"It", b"", b""], False),
    ("snapshots of prose", [b"It is late", b"It is late, ", b"It is late, Ann"], False),
    ("too short for snapshots", [b"a ", b"a b ", b"a b c"], True),
    ("one repetition in a long text", [b"It is late", b" so", b" It is late", b" I say"], True),
]


@pytest.mark.parametrize(("reason", "parts", "continuous"), FLOWS, ids=[c[0] for c in FLOWS])
def test_spaces_at_borders_show_that_pieces_continue(
    reason: str, parts: list[bytes], continuous: bool
) -> None:
    assert is_continuous(build_text(parts)) is continuous


ONE, OTHER = Owner(1, "m1"), Owner(2, "m2")
SAME_IDS = Owner(3, "m1")
ACROSS_DETECTOR = Detector(
    [
        build_rule("personal", rb"[a-z]+@x", name="email"),
        build_rule("personal", rb"tel [0-9]+", name="phone"),
        build_rule("tokens"),
        build_rule("services", rb"any_[0-9]+", name="unlisted", is_general=True),
    ]
)
ACROSS: list[tuple[str, list[tuple[bytes, Owner]], set[str]]] = [
    ("nothing", [(b"my ", ONE), (b"text", OTHER)], set()),
    ("within one text", [(b"my key-1", ONE), (b" and", OTHER)], set()),
    ("in pieces of one text", [(b"my key-", ONE), (b"12", ONE), (b" and", OTHER)], set()),
    ("from one text to another one", [(b"my key-", ONE), (b"12", OTHER)], {"tokens"}),
    ("a general form, in one message", [(b"any_", ONE), (b"12", SAME_IDS)], {"unlisted"}),
    ("a general form, in two messages", [(b"any_", ONE), (b"12", OTHER)], set()),
    ("an email address", [(b"ann", ONE), (b"@x", OTHER)], {"email"}),
    ("other personal data", [(b"tel ", ONE), (b"123", OTHER)], {"phone"}),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "parts", "names"), ACROSS, ids=[c[0] for c in ACROSS])
def test_what_crosses_from_one_text_to_another_is_found(
    reason: str, parts: list[tuple[bytes, Owner]], names: set[str]
) -> None:
    rows = [(100 * at, data, owner) for at, (data, owner) in enumerate(parts)]
    for has_personal in (True, False):
        text = JoinedText(ListedPieces(rows), has_personal=has_personal)
        matches = find_matches_across(text, ACROSS_DETECTOR)
        expected = names if has_personal else names - {"phone"}
        assert {match.rule.name for match in matches} == expected


def test_a_general_form_is_sought_only_where_asked_for() -> None:
    rows = ListedPieces([(0, b"any_", ONE), (100, b"12 my key-", SAME_IDS), (200, b"12", OTHER)])
    text = JoinedText(rows, has_personal=True, has_general=False)
    assert {match.rule.name for match in find_matches_across(text, ACROSS_DETECTOR)} == {"tokens"}


EMAIL_DETECTOR = Detector(
    [build_rule("personal", rb"[A-Za-z]+@[A-Za-z]+(?:\.[A-Za-z]+)+", name="email")]
)
EMAILS: list[tuple[str, list[bytes], list[bytes]]] = [
    ("a sentence at a border", [b"to a@b.org.", b"You", b" see"], [b"a@b.org"]),
    ("an address in pieces before it", [b"to ", b"a@b", b".org.", b"You", b" see"], [b"a@b.org"]),
    ("a domain", [b"to a@b.", b"org", b" it"], [b"a@b.org"]),
    ("a domain in capitals", [b"to A@B.", b"ORG", b" it"], [b"A@B.ORG"]),
    ("capitals within a piece", [b"to a@b.Org", b" it"], [b"a@b.Org"]),
]


@pytest.mark.parametrize(("reason", "parts", "expected"), EMAILS, ids=[c[0] for c in EMAILS])
def test_an_address_ends_with_its_sentence(
    reason: str, parts: list[bytes], expected: list[bytes]
) -> None:
    text = build_text(parts)
    matches = find_matches_in_pieces(text, EMAIL_DETECTOR)
    assert [text.data[match.start : match.end] for match in matches] == expected
