"""Names of credentials and names that look alike, with values of which nothing else tells anything.

Twelve lower-case letters and digits may be anything: only the name says what they are. Some names
ask for a value that looks random, as not every such value does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from corpus import names, names_2026
from corpus.redacting import make_sealer
from corpus.run_streams import SplitText
from corpus.spellings import escape_plain
from corpus.values import Dice
from runreel.core.placeholder import PREFIX
from runreel.model import Exchange

pytestmark = [pytest.mark.timeout(300), pytest.mark.slow]

_MIN_TAKEN = 0.95
_MAX_TOUCHED = 0.01


def draw_values(dice: Dice) -> Iterator[str]:
    """Yield values with a letter and a digit."""
    while True:
        value = dice.run("lower", 12)
        if not value.isalpha() and not value.isdigit():
            yield value


def build_headers(value: str) -> Iterator[Exchange]:
    for name in names_2026.HEADERS.split():
        yield names.build_header(name, write(value), escape_plain)


def build_members(value: str) -> Iterator[Exchange]:
    for name in names_2026.MEMBERS.split():
        yield names.build_member(name, write(value), escape_plain)


def build_pairs(value: str) -> Iterator[Exchange]:
    for template in names_2026.NOTATIONS.values():
        for name in names_2026.PAIRS.split():
            yield names.build_notation(template, name, write(value), escape_plain)


def build_markup(value: str) -> Iterator[Exchange]:
    for template in names_2026.MARKUP.values():
        for name in names_2026.ELEMENTS.split():
            yield names.build_notation(template, name, write(value), escape_plain)


def build_prose(value: str) -> Iterator[Exchange]:
    for text in names.iter_prose(names_2026.PROSE, value):
        yield names.build_member("content", write(text), escape_plain)


def write(text: str) -> SplitText:
    return SplitText([text], Dice(1))


@pytest.mark.parametrize(
    "build", [build_headers, build_members, build_pairs, build_markup, build_prose]
)
def test_the_name_of_a_credential_is_enough(build: Callable[[str], Iterator[Exchange]]) -> None:
    values = draw_values(Dice("names"))
    taken = [
        value.encode() not in bytes(make_sealer().seal(exchange).record)
        for value in (next(values) for _ in range(3))
        for exchange in build(value)
    ]
    assert sum(taken) >= _MIN_TAKEN * len(taken)


def test_hardly_any_look_alike_is_changed() -> None:
    dice = Dice("look-alikes")
    alike = dict(names_2026.HARMLESS)
    alike |= {name: dice.run("lower", 12) for name in names_2026.HARMLESS_NAMES.split()}
    changed = [
        name
        for name, value in alike.items()
        if PREFIX in bytes(make_sealer().seal(names.build_harmless(name, value, dice)).record)
    ]
    assert len(changed) <= _MAX_TOUCHED * len(alike), changed
