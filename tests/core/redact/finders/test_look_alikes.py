# ruff: noqa: RUF001 - a fullwidth colon

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from functools import partial

import pytest

from runreel.core.redact import Rules
from runreel.core.redact.finders.by_pattern import find_matches
from runreel.core.redact.finders.look_alikes import (
    depends_on_before,
    is_in_fraction,
    is_look_alike,
)
from runreel.core.redact.texts.text import Text, TextKind

DETECTOR = Rules.build().detector

LOOK_ALIKES = [
    ("a fraction", "card", "0.~4111111111111111~"),
    ("a fraction in prose", "card", "a score of 0.~4111111111111111~."),
    ("a fraction without digits before the point", "card", "[.~4111111111111111~]"),
    ("the digits of a decimal", "card", "~4111111111111111~.25"),
    ("a negative number", "card", '{"a": -~4111111111111111~}'),
    ("a negative number in an array", "card", "[1,-~4111111111111111~]"),
    ("a negative number on a new line", "card", r'"\n-~4111111111111111~"'),
    ("an exponent", "phone", "1.5e~+12345682~"),
    ("a negative exponent", "phone", "1.5E-~12345682~"),
    ("an exponent without a sign", "phone", "1.5e~12345682~"),
    ("the mantissa", "card", "~4111111111111111~e5"),
    ("a part of a longer number", "card", "9~4111111111111111~"),
    ("a fraction in groups", "phone", "2.~718 281 8284~"),
    ("a 64-bit number", "card", "id ~6212345678901234567~"),
    ("a number after another object", "card", '{"card": ""}, {"n": ~6222021234567890128~}'),
    ("a decimal below one after a label", "labelled-phone", "phone ~0.4155550132~"),
    ("a version of a package", "ipv4", "pkg==~81.2.69.142~"),
    ("the least version", "ipv4", "pkg >= ~81.2.69.142~"),
    ("a version in JSON", "ipv4", '{"app_version": "~81.2.69.142~"}'),
    ("a version in JSON in a string", "ipv4", r"{\"version\": \"~81.2.69.142~\"}"),
    ("an abbreviated version", "ipv4", "ver. ~81.2.69.142~"),
    ("a build", "ipv4", "build v~81.2.69.142~"),
    ("a decimal with a sign", "phone", "~+5.6119893503~"),
]
LOOK_ALIKES += [
    ("an order", "card", "your order ~4539578763621486~ was shipped"),
    ("an order with its number", "card", "order number is ~4539578763621486~"),
    ("an order in German", "card", "Auftragsnummer: ~4539578763621486~"),
    ("an order in Chinese", "card", "订单号：~4539578763621486~"),
    ("a JSON member of an identifier", "card", '{"id": "~4539578763621486~"}'),
    ("the same in JSON in a string", "card", r"{\"userId\": \"~4539578763621486~\"}"),
    ("a JSON member of any name", "card", '{"owner": "~4539578763621486~"}'),
    ("a JSON number of any name", "card", '{"owner": ~4539578763621486~}'),
    ("an identifier of a card", "card", '{"card_id": "~4539578763621486~"}'),
    ("an item of an array", "card", "[1, ~4539578763621486~]"),
    ("a string of an array", "card", '["~4539578763621486~", "4929"]'),
    ("a cell of a table", "card", "1,~4539578763621486~,Ann"),
    ("the first cell of a table", "card", "\n~4539578763621486~,Ann"),
    ("a line of a list of numbers", "card", "4929000000000\n~4539578763621486~\n"),
    ("the next number of a row", "card", "17 ~4539578763621486~"),
    ("a number before others", "card", "~4539578763621486~ 17"),
    ("a path", "card", "https://example.com/orders/~4539578763621486~"),
    ("a file", "card", "~4539578763621486~.jpg"),
    ("the rest of a name", "card", "ORD-~4539578763621486~"),
    ("a ticket", "card", "see #~4539578763621486~"),
    ("a field of a log", "card", "trace=~4539578763621486~"),
    ("an assignment", "card", "x = ~4539578763621486~"),
    ("a thing before its number", "card", "parcel ~4539578763621486~ left"),
    ("a row of groups", "card", "1823 ~4539 5787 6362 1486~"),
    ("a tracking number in groups", "card", "~4539 5787 6362 1486~ 22"),
    ("an order in groups", "card", "order ~4539-5787-6362-1486~"),
    ("a range of an issuer that is too wide", "card", "it is ~6759649826438452~"),
    ("an order like a phone number", "phone", "order ~415-555-0132~"),
    ("a part", "phone", "part no. ~415-555-0132~"),
    ("the rest of a name like a phone number", "phone", "ORD-~415-555-0132~"),
    ("a ticket like a phone number", "phone", "#~415-555-0132~"),
    ("a JSON member like a phone number", "phone", '{"order_id": "~415-555-0132~"}'),
    ("a column of identifiers", "phone", "name,ref\nann,~415-555-0132~\n"),
    ("three numbers of a row", "phone", "12 ~415 555 0132~"),
    ("three numbers before others", "phone", "~415 555 0132~ 77"),
    ("a number with a unit", "phone", "~07700 900123~%"),
    ("a room like a phone number", "phone", "room ~415-555-0132~"),
    ("a flight like a phone number", "phone", "Flight ~415-555-0132~ departs at 9"),
    ("a chapter like a phone number", "phone", "see chapter ~415-555-0132~"),
    ("a table like a phone number", "phone", "Table no. ~415-555-0132~"),
    ("a patent like a phone number", "phone", "patent number ~415-555-0132~"),
    ("an account like a phone number", "phone", "account number ~415-555-0132~"),
    ("a number sign like a phone number", "phone", "No. ~415-555-0132~"),
    ("a number of a person's record", "phone", "customer id ~415-555-0132~"),
    ("a number before a date", "card", "1,~4539578763621486~,01/12/2029"),
    ("a product of a user agent", "ipv4", "Mozilla/5.0 Chrome/~81.2.69.142~ Safari/537.36"),
    ("the name of a product", "ipv4", "nginx ~81.2.69.142~"),
    ("the name of a package", "ipv4", "System.Text.Json ~81.2.69.142~"),
    ("a version in XML", "ipv4", "<Version>~81.2.69.142~</Version>"),
    ("a client hint", "ipv4", '"Google Chrome";v="~81.2.69.142~"'),
    ("an update", "ipv4", "upgraded from 81.2.69.140 to ~81.2.69.142~"),
    ("a package with its version", "ipv4", "library-~81.2.69.142~"),
    ("a file of a version", "ipv4", "~81.2.69.142~.dll"),
    ("a candidate of a version", "ipv4", "~81.2.69.142~-rc.1"),
    ("coordinates of a package", "ipv4", "com.example:library:~81.2.69.142~"),
    ("the tag of a release", "ipv4", "https://example.com/releases/tag/~81.2.69.142~"),
    ("a heading", "ipv4", "\n## ~81.2.69.142~"),
    ("a section", "ipv4", "see § ~4.10.22.71~"),
    ("small numbers", "ipv4", "~4.10.22.7~ Errors"),
    ("an object identifier", "ipv4", 'ObjectIdentifier("~1.3.101.110~")'),
    ("an object identifier without a name", "ipv4", "~2.5.29.114~"),
    ("a part of more numbers", "ipv4", "1.~81.2.69.142~"),
    ("a part of a hash", "ipv6", "~2a1b:33cd:4e5f:6071:8293:a4b5:c6d7:e8f9~:0123:4567"),
    ("the end of a hash", "ipv6", "0123:~2a1b:33cd:4e5f:6071:8293:a4b5:c6d7:e8f9~"),
    ("a labelled hash", "ipv6", "Fingerprint: ~2a1b:33cd:4e5f:6071:8293:a4b5:c6d7:e8f9~"),
]
OTHERS = [
    ("a number after a card in its own object", "card", '{"card": "", "n": ~6222021234567890128~}'),
    ("a card in a sentence", "card", "Here it is: ~4539578763621486~."),
    ("a card in brackets", "card", "Use this one (~4539578763621486~)"),
    ("a card on a line of its own", "card", "```\n~4539578763621486~\n```"),
    ("a card that is a whole text", "card", "~4539578763621486~"),
    ("a card that is a message", "card", '{"content": "~4539578763621486~"}'),
    ("a field of a form", "card", "kind=note&note=~4539578763621486~&n=1"),
    ("a JSON string of a card", "card", '{"pan": "~4539578763621486~"}'),
    ("a JSON string with the number of a card", "card", '{"number": "~4539578763621486~"}'),
    ("a JSON number of a card", "card", '{"number": ~4539578763621486~}'),
    ("the second card of an array", "card", '{"cards": [1, ~4539578763621486~]}'),
    ("a card after another word", "card", "Charge ~4539578763621486~ today"),
    ("a Visa card of an order", "card", "order paid with Visa ~4539578763621486~"),
    ("a card before its expiry", "card", "Ann Lee ~4539578763621486~ 12/29"),
    ("a card before its code", "card", "Ann Lee ~4539578763621486~, CVV 123"),
    ("a card in a row with its expiry", "card", "~4539578763621486~,Ann Lee,12/29,123"),
    ("a card in a row after its expiry", "card", "Ann Lee;12/2029;~4539578763621486~;123"),
    ("a card in an object with its expiry", "card", '{"a":"~4539578763621486~","b":"12/29"}'),
    ("a card in groups in a row", "card", "Ann Lee,~4539 5787 6362 1486~,7.50,3"),
    ("a phone of a company", "phone", "Acme Inc. ~415-555-0132~"),
    ("a phone of a department", "phone", "Returns: ~415-555-0132~"),
    ("a phone for reservations", "phone", "Reservations: ~415-555-0132~"),
    ("a phone of a room's service", "phone", "Room service ~415-555-0132~"),
    ("a phone of a place", "phone", "Room: ~415.555.0132~"),
    ("an area code in parentheses", "phone", "account ~(415) 555-0132~"),
    ("a phone of a thing that is called", "phone", "call the station at ~415-555-0132~"),
    ("a card in Chinese", "card", "我的卡号 ~4539578763621486~"),
    ("a column of cards", "card", "name,card\nann,~4539578763621486~,1\n"),
    ("a card in groups after any word", "card", "voici ~4539 5787 6362 1486~"),
    ("a labelled card of Maestro", "card", "Maestro ~6759649826438452~"),
    ("a phone number of a customer", "phone", "customer ~415-555-0132~"),
    ("a phone number that is a message", "phone", '{"message": "~415-555-0132~"}'),
    ("a phone number in a table", "phone", "name,phone\nann,~415-555-0132~,1\n"),
    ("a phone number with an order's plus", "phone", "order ~+14155550132~"),
    ("a host of small numbers", "ipv4", "http://~4.10.22.7~/"),
    ("a user's host", "ipv4", "ssh ann@~81.2.69.142~"),
    ("an address with a port", "ipv4", "~4.10.22.7~:8080"),
    ("a message of a logger", "ipv4", "INFO:werkzeug:~81.2.69.142~ - -"),
    ("an address in an address", "ipv4", "::ffff:~81.2.69.142~"),
    ("a range of addresses", "ipv4", "81.2.69.140-~81.2.69.142~"),
    ("an address in JSON", "ipv4", '{"client_ip": "~4.10.22.7~"}'),
    ("the path of an address", "ipv4", "/hosts/~81.2.69.142~/"),
    ("a line of an access log", "ipv4", '\n~81.2.69.142~ - - "GET / HTTP/1.1"'),
    ("an address (IPv6)", "ipv6", "from ~2a1b:33cd:4e5f:6071:8293:a4b5:c6d7:e8f9~."),
    ("a card", "card", "~4111111111111111~"),
    ("a card at the end of a sentence", "card", "~4111111111111111~."),
    ("a card before an ellipsis", "card", "~4111111111111111~... and"),
    ("a card in an array", "card", "[1, ~4111111111111111~, 2]"),
    ("a card after a hyphen", "card", "card-~4111111111111111~"),
    ("a card after a full stop", "card", "my card.~4111111111111111~"),
    ("a card of a list", "card", "-~4111 1111 1111 1111~"),
    ("a labelled card of 19 digits", "card", "card no. ~6212345678901234567~"),
    ("a card of 19 digits in groups", "card", "~6212 3456 7890 1234 567~"),
    ("a phone number after a number", "phone", "2.~718-281-8284~"),
    ("a phone number with a plus", "phone", "1. ~+14155550132~"),
    ("a phone number in digits", "phone", "e~+14155550132~"),
    ("a phone number with a dot", "phone", "~030.9018200~"),
    ("a phone number of a registry", "phone", "~+44.2079460958~"),
    ("a host", "ipv4", "http://~81.2.69.142~/"),
    ("a filter of hosts", "ipv4", "ip.src==~81.2.69.142~"),
    ("a parameter", "ipv4", "from=~81.2.69.142~"),
    ("a host after its version", "ipv4", "version 2 of ~81.2.69.142~"),
    ("an email address", "email", "1.~ann@example.org~"),
]


@pytest.mark.parametrize(
    ("rule", "marked", "expected"),
    [(*c[1:], True) for c in LOOK_ALIKES] + [(*c[1:], False) for c in OTHERS],
    ids=[f"{c[1]}: {c[0]}" for c in LOOK_ALIKES + OTHERS],
)
def test_the_bytes_around_a_match_tell_a_number_from_personal_data(
    rule: str, marked: str, expected: bool
) -> None:
    before, matched, after = (part.encode() for part in marked.split("~"))
    end = len(before) + len(matched)
    assert is_look_alike(before + matched + after, len(before), end, rule) is expected


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


BORDERS = [
    ("a fraction", "0.~4111", True),
    ("the number of an order", "your order ~4539578763621486", True),
    ("a space after an order", "your order~ 4539578763621486", True),
    ("a version", "Chrome/~81.2.69.142", True),
    ("a hash", "SHA256:~2a1b:33cd", True),
    ("a card", "my card ~4539578763621486", False),
    ("a text", "~4539578763621486", False),
]


@pytest.mark.parametrize(
    ("marked", "expected"), [c[1:] for c in BORDERS], ids=[c[0] for c in BORDERS]
)
def test_the_piece_before_may_tell_what_a_number_is(marked: str, expected: bool) -> None:
    before, after = (part.encode() for part in marked.split("~"))
    assert depends_on_before(before + after, len(before)) is expected


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


def draw_number(length: int, dice: random.Random) -> str:
    """Return a number of this many digits."""
    return str(dice.randrange(10 ** (length - 1), 10**length))


IDENTIFIERS: list[tuple[str, Callable[[random.Random], str]]] = [
    *((f"{length} digits", partial(draw_number, length)) for length in range(6, 21)),
    ("16 digits that begin like a card", lambda dice: f"4{dice.randrange(10**15):015}"),
    ("times in microseconds", lambda dice: str(dice.randrange(15 * 10**14, 19 * 10**14))),
    ("snowflakes", lambda dice: str(dice.getrandbits(41) << 22 | dice.getrandbits(22))),
    ("orders", lambda dice: f"ORD-{dice.randrange(200, 999)}-{dice.randrange(200, 999)}-4711"),
]
PLACES = [
    ("numbers", '[{"id": ', '}, {"id": ', "}]"),
    ("numbers of any name", '[{"owner": ', '}, {"owner": ', "}]"),
    ("an array of numbers", "[", ", ", "]"),
    ("strings", '[{"id": "', '"}, {"id": "', '"}]'),
    ("strings of any name", '[{"owner": "', '"}, {"owner": "', '"}]'),
    ("an array of strings", '["', '", "', '"]'),
    ("orders in prose", "Your order ", " was shipped. Your order ", " was shipped."),
    ("identifiers in prose", "the id is ", ", and the id is ", "."),
    ("things in prose", "parcel ", " left, parcel ", " arrived"),
    ("a table", "ann,", ",12.50\nbob,", ",8.00\n"),
    ("the first column", "", ",ann\n", ",bob\n"),
    ("a log", "level=info ref=", " msg=done\nlevel=info ref=", " msg=done\n"),
    ("paths", "GET /orders/", " HTTP/1.1\nGET /orders/", " HTTP/1.1\n"),
    ("a program", "x = ", "\nx = ", "\n"),
    ("columns", "x ", "  ", "\n"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "draw"), IDENTIFIERS, ids=[c[0] for c in IDENTIFIERS])
@pytest.mark.parametrize(("place", "head", "separator", "tail"), PLACES, ids=[c[0] for c in PLACES])
def test_random_identifiers_are_never_personal_data(
    place: str,
    head: str,
    separator: str,
    tail: str,
    kind: str,
    draw: Callable[[random.Random], str],
) -> None:
    dice = random.Random(f"{place} {kind}")  # noqa: S311 - the same numbers each time
    text = head + separator.join(draw(dice) for _ in range(500)) + tail
    text_kind = TextKind.JSON if text[0] in "[{" else TextKind.PLAIN
    matches = find_matches(Text(text.encode(), text_kind), DETECTOR)
    assert [(match.rule.name, match.value) for match in matches] == []
