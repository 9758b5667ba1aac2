from __future__ import annotations

import random
import struct
from collections.abc import Callable

import pytest

from runreel.core.redact import Rules
from runreel.core.redact.finders.by_pattern import find_matches
from runreel.core.redact.finders.look_alikes import is_in_fraction, is_look_alike
from runreel.core.redact.texts.text import Text, TextKind

DETECTOR = Rules.build().detector

LOOK_ALIKES = [
    ("a fraction", "0.~4111111111111111~"),
    ("a fraction in prose", "a score of 0.~4111111111111111~."),
    ("a fraction without digits before the point", "[.~4111111111111111~]"),
    ("the digits of a decimal", "~4111111111111111~.25"),
    ("a negative number", '{"a": -~4111111111111111~}'),
    ("a negative number in an array", "[1,-~4111111111111111~]"),
    ("a negative number on a new line", r'"\n-~4111111111111111~"'),
    ("an exponent", "1.5e~+12345682~"),
    ("a negative exponent", "1.5E-~12345682~"),
    ("an exponent without a sign", "1.5e~12345682~"),
    ("the mantissa", "~4111111111111111~e5"),
    ("a part of a longer number", "9~4111111111111111~"),
    ("a fraction in groups", "2.~718 281 8284~"),
    ("a 64-bit number", "id ~6212345678901234567~"),
    ("a decimal below one after a label", "phone ~0.4155550132~"),
    ("a version of a package", "pkg==~81.2.69.142~"),
    ("the least version", "pkg >= ~81.2.69.142~"),
    ("a version in JSON", '{"app_version": "~81.2.69.142~"}'),
    ("a version in JSON in a string", r"{\"version\": \"~81.2.69.142~\"}"),
    ("an abbreviated version", "ver. ~81.2.69.142~"),
    ("a build", "build v~81.2.69.142~"),
    ("a decimal with a sign", "~+5.6119893503~"),
]
OTHERS = [
    ("a card", "~4111111111111111~"),
    ("a card at the end of a sentence", "~4111111111111111~."),
    ("a card before an ellipsis", "~4111111111111111~... and"),
    ("a card in an array", "[1, ~4111111111111111~, 2]"),
    ("a card after a hyphen", "card-~4111111111111111~"),
    ("a card after a full stop", "my card.~4111111111111111~"),
    ("a card of a list", "-~4111 1111 1111 1111~"),
    ("a labelled card of 19 digits", "card no. ~6212345678901234567~"),
    ("a card of 19 digits in groups", "~6212 3456 7890 1234 567~"),
    ("a phone number after a number", "2.~718-281-8284~"),
    ("a phone number with a plus", "1. ~+14155550132~"),
    ("a phone number in digits", "e~+14155550132~"),
    ("a phone number with a dot", "~030.9018200~"),
    ("a phone number of a registry", "~+44.2079460958~"),
    ("a host", "http://~81.2.69.142~/"),
    ("a filter of hosts", "ip.src==~81.2.69.142~"),
    ("a parameter", "from=~81.2.69.142~"),
    ("a host after its version", "version 2 of ~81.2.69.142~"),
    ("an email address", "1.~ann@example.org~"),
]


@pytest.mark.parametrize(
    ("marked", "expected"),
    [(c[1], True) for c in LOOK_ALIKES] + [(c[1], False) for c in OTHERS],
    ids=[c[0] for c in LOOK_ALIKES + OTHERS],
)
def test_the_bytes_around_a_match_tell_a_number_from_personal_data(
    marked: str, expected: bool
) -> None:
    before, matched, after = (part.encode() for part in marked.split("~"))
    end = len(before) + len(matched)
    assert is_look_alike(before + matched + after, len(before), end) is expected


FRACTIONS = [
    ("after a point", "a score of 0.~4111", True),
    ("in a fraction", "-0.25~4111", True),
    ("an exponent", "1.5e+~4111", True),
    ("an exponent before its sign", "1.5e~-4111", True),
    ("a number before its exponent", "1.5~e-4111", True),
    ("a sign after a fraction", "0.25~-4111", False),
    ("no digit", "0.~a", False),
    ("after a full stop", "It was in 2020.~4111", False),
    ("after a number of a list", "10.~4111", False),
    ("after other digits", "40~4111", False),
    ("a third number", "1.0.~4111", False),
    ("a text", "~4111", False),
]


@pytest.mark.parametrize(
    ("marked", "expected"), [c[1:] for c in FRACTIONS], ids=[c[0] for c in FRACTIONS]
)
def test_a_fraction_may_be_cut_in_two(marked: str, expected: bool) -> None:
    before, after = (part.encode() for part in marked.split("~"))
    assert is_in_fraction(before + after, len(before)) is expected


def draw_double(dice: random.Random) -> str:
    """Return any finite double, written as most JSON encoders do."""
    bits = dice.getrandbits(63) % (0x7FF << 52)
    (value,) = struct.unpack("<d", struct.pack("<Q", bits))
    return repr(value)


NUMBERS: list[tuple[str, Callable[[random.Random], str]]] = [
    ("fractions", lambda dice: repr(dice.random())),
    ("an embedding", lambda dice: repr(dice.gauss(0, 0.05))),
    ("doubles", draw_double),
    ("doubles with a sign", lambda dice: f"{dice.uniform(-1e4, 1e4):+.15g}"),
    ("large numbers with a fraction", lambda dice: f"{dice.uniform(0, 9.9e15):.1f}"),
    ("exponents", lambda dice: f"{dice.random():.3f}e{dice.choice('+-')}{dice.getrandbits(36)}"),
    ("numbers of 19 digits", lambda dice: str(dice.randrange(10**18, 10**19))),
    ("negative numbers", lambda dice: str(-dice.randrange(10**12, 10**19))),
]
TEMPLATES = [
    ("an array", '{"values": [', ", ", "]}"),
    ("members", '[{"score": ', '}, {"score": ', "}]"),
    ("strings", '["', '", "', '"]'),
    ("prose", '{"text": "It is ', " and the score of it is ", '."}'),
    ("lines in a string", r'{"text": "', r"\n", '"}'),
    ("JSON in a string", r'{"text": "[', ",", ']"}'),
    ("columns", "x ", "  ", "\n"),
]


@pytest.mark.parametrize(("kind", "draw"), NUMBERS, ids=[c[0] for c in NUMBERS])
@pytest.mark.parametrize(
    ("place", "head", "separator", "tail"), TEMPLATES, ids=[c[0] for c in TEMPLATES]
)
def test_random_numbers_are_never_personal_data(
    place: str,
    head: str,
    separator: str,
    tail: str,
    kind: str,
    draw: Callable[[random.Random], str],
) -> None:
    dice = random.Random(f"{place} {kind}")  # noqa: S311 - the same numbers each time
    text = head + separator.join(draw(dice) for _ in range(2000)) + tail
    matches = find_matches(Text(text.encode(), TextKind.JSON), DETECTOR)
    assert [(match.rule.name, match.value) for match in matches] == []
