"""Random values in vendors' alphabets, drawn by templates from a seeded generator.

A template describes the format of a text, ``"sk-proj-{url:74}"``, so that the corpus contains no
key. ``<`` and ``>`` enclose the secret if it is not the whole text.
"""

from __future__ import annotations

import base64
import json
import random
import re
import string
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar

T = TypeVar("T")

_ALPHABETS: Mapping[str, str] = {
    "alnum": string.ascii_letters + string.digits,
    "letters": string.ascii_letters,
    "lower": string.ascii_lowercase + string.digits,
    "upper": string.ascii_uppercase + string.digits,
    "hex": "0123456789abcdef",
    "HEX": "0123456789ABCDEF",
    "digits": string.digits,
    "b64": string.ascii_letters + string.digits + "+/",
    "url": string.ascii_letters + string.digits + "-_",
    "b32": string.ascii_uppercase + "234567",
    "bech32": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
}
_EDGE = string.ascii_letters + string.digits
"""First and last characters of keys: never punctuation, which would be part of the sentence."""

_CONSONANTS, _VOWELS = "bdfgklmnprstvwxz", "aeiou"
_SIGNS = "!#$*-_^~"
_FIELD = re.compile(r"\{(\w+)(?::([^}]*))?\}")
_SECRET = re.compile(r"<(.*)>", re.DOTALL)


class Secret(NamedTuple):
    """A text in which a secret can be recognised, and the secret itself."""

    text: str
    value: str


class Dice:
    """The random generator of the corpus: equal seeds give equal values."""

    def __init__(self, *seed: object) -> None:
        self._random = random.Random(repr(seed))  # noqa: S311 - equal seeds, equal corpus

    def choice(self, items: Sequence[T]) -> T:
        """Return one of the items."""
        return self._random.choice(items)

    def number(self, low: int, high: int) -> int:
        """Return an integer from ``low`` to ``high``, both included."""
        return self._random.randint(low, high)

    def numbers(self, high: int, count: int) -> list[int]:
        """Return at most ``count`` different integers from 1 to ``high`` - 1, sorted."""
        choices = range(1, high)
        return sorted(self._random.sample(choices, min(count, len(choices))))

    def seed(self) -> int:
        """Return a seed for other dice."""
        return self.number(0, 2**62)

    def data(self, length: int) -> bytes:
        """Return random bytes."""
        return self._random.randbytes(length)

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """Return the items in random order."""
        return self._random.sample(items, len(items))

    def run(self, alphabet: str, length: int) -> str:
        """Return characters of an alphabet; the first and last one are not punctuation."""
        letters = _ALPHABETS[alphabet]
        drawn = [self.choice(letters) for _ in range(length)]
        if not letters.isalnum():
            drawn[0], drawn[-1] = self.choice(_EDGE), self.choice(_EDGE)
        return "".join(drawn)

    def word(self) -> str:
        """Return a pronounceable word that is not in a dictionary."""
        syllables = range(self.number(3, 4))
        return "".join(self.choice(_CONSONANTS) + self.choice(_VOWELS) for _ in syllables)

    def fill(self, template: str) -> str:
        """Return the template with each field replaced by a random value."""
        return _FIELD.sub(lambda match: self._draw(match[1], match[2] or ""), template)

    def secret(self, template: str) -> Secret:
        """Draw a text from a template; the secret is the marked part, or all of it."""
        text = self.fill(template)
        marked = _SECRET.search(text)
        if marked is None:
            return Secret(text, text)
        return Secret(text[: marked.start()] + marked[1] + text[marked.end() :], marked[1])

    def _draw(self, name: str, argument: str) -> str:
        if name in _ALPHABETS:
            return self.run(name, int(argument))
        return _MAKERS[name](self, argument)


def _draw_uuid(dice: Dice, _: str) -> str:
    return "-".join(dice.run("hex", length) for length in (8, 4, 4, 4, 12))


def _draw_password(dice: Dice, _: str) -> str:
    """Return a password as people make it: word, digits, perhaps punctuation, letters."""
    word, digits = dice.word().capitalize(), dice.run("digits", 3)
    return word + digits + dice.choice(("", dice.choice(_SIGNS))) + dice.run("letters", 3)


def _draw_plain_password(dice: Dice, _: str) -> str:
    """Return a password that needs no encoding in a URL."""
    return dice.word() + dice.run("digits", 2) + dice.run("alnum", 6)


def _draw_jwt(dice: Dice, _: str) -> str:
    claims = {"sub": dice.run("digits", 10), "name": dice.word(), "iat": dice.number(10**9, 2**31)}
    head = {"alg": dice.choice(("HS256", "RS256", "ES256")), "typ": "JWT"}
    parts = (
        _encode_base64(json.dumps(part, separators=(",", ":")).encode()) for part in (head, claims)
    )
    return ".".join((*parts, dice.run("url", 43)))


def _encode_base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _draw_pem(dice: Dice, label: str) -> str:
    """Return a key in PEM (RFC 7468), with its body marked as the secret."""
    body = base64.b64encode(dice.data(dice.number(300, 500))).decode()
    lines = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    return f"-----BEGIN {label}-----\n<{lines}>\n-----END {label}-----"


def _draw_basic(dice: Dice, _: str) -> str:
    pair = f"{dice.word()}:{dice.run('alnum', 14)}"
    return base64.b64encode(pair.encode()).decode()


def _draw_encoded(dice: Dice, text: str) -> str:
    """Return base64 of a fixed prefix and random bytes."""
    return base64.b64encode(text.encode() + dice.data(90)).decode().rstrip("=")


def compute_luhn_digit(digits: str) -> str:
    """Return the check digit of a card number (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def _draw_card(dice: Dice, shape: str) -> str:
    """Return a card number; ``shape`` is ``prefix,length,separator``."""
    prefix, length, separator = shape.split(",")
    digits = prefix + dice.run("digits", int(length) - len(prefix) - 1)
    digits += compute_luhn_digit(digits)
    groups = (4, 6, 5) if length == "15" else (4, 4, 4, 4)
    return separator.join(_split_groups(digits, groups))


def _split_groups(digits: str, groups: Sequence[int]) -> list[str]:
    ends = [sum(groups[:place]) for place in range(len(groups) + 1)]
    return [digits[ends[place] : ends[place + 1]] for place in range(len(groups))]


def _draw_iban(dice: Dice, separator: str) -> str:
    """Return a German, French or British IBAN with its check digits (ISO 13616)."""
    country, account = dice.choice(
        (
            ("DE", dice.run("digits", 18)),
            ("FR", dice.run("digits", 23)),
            ("GB", "NWBK" + dice.run("digits", 14)),
        )
    )
    number = "".join(str(int(letter, 36)) for letter in account + country + "00")
    whole = f"{country}{98 - int(number) % 97:02d}{account}"
    return separator.join(whole[at : at + 4] for at in range(0, len(whole), 4))


def _draw_ipv4(dice: Dice, _: str) -> str:
    """Return a public address that is long enough to search for its pieces."""
    first = dice.choice((81, 85, 93, 104, 142, 151, 185, 212))
    return ".".join(str(number) for number in (first, *(dice.number(100, 254) for _ in range(3))))


def _draw_ipv6(dice: Dice, _: str) -> str:
    groups = (f"{dice.number(0x1000, 0xFFFF):x}" for _ in range(6))
    return ":".join((f"2a{dice.run('hex', 2)}", dice.run("digits", 3).lstrip("0") or "7", *groups))


def _draw_ssn(dice: Dice, separator: str) -> str:
    """Return a number that can have been issued (SSA, POMS RM 10201.035)."""
    area, group, serial = dice.number(101, 665), dice.number(11, 98), dice.number(1001, 9998)
    return separator.join((str(area), str(group), str(serial)))


def _draw_nanp(dice: Dice, shape: str) -> str:
    """Return a number of the North American plan, except the fictitious 555-01xx."""
    area = f"{dice.choice('23456789')}{dice.number(0, 8)}{dice.choice('02345678')}"
    parts = {"A": area, "B": str(dice.number(220, 499)), "C": str(dice.number(1200, 9899))}
    return "".join(parts.get(letter, letter) for letter in shape)


_MAKERS: Mapping[str, Callable[[Dice, str], str]] = {
    "uuid": _draw_uuid,
    "word": lambda dice, _: dice.word(),
    "number": lambda dice, last: str(dice.number(1, int(last))),
    "password": _draw_password,
    "plain_password": _draw_plain_password,
    "jwt": _draw_jwt,
    "pem": _draw_pem,
    "basic": _draw_basic,
    "encoded": _draw_encoded,
    "card": _draw_card,
    "iban": _draw_iban,
    "ipv4": _draw_ipv4,
    "ipv6": _draw_ipv6,
    "ssn": _draw_ssn,
    "nanp": _draw_nanp,
}
