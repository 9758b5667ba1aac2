"""The corpus is complete, the same for the same seed, and different for another."""

from __future__ import annotations

import re
from itertools import islice

import pytest

from corpus.cases import Case
from corpus.channels import CHANNELS
from corpus.checking import read_record
from corpus.groups import iter_cases
from corpus.kinds import CREDENTIALS, KINDS, PERSONAL
from corpus.lookalikes import iter_look_alikes
from corpus.places import PLACES
from corpus.search import find_leftovers
from corpus.spellings import SPELLINGS
from corpus.splits import FRAMINGS, SPLITS
from corpus.values import Dice
from corpus.writing import WIRES
from runreel.core.cassette import encode_exchange

pytestmark = pytest.mark.slow

_SOME = 1_500
"""Number of cases that contain every kind."""


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return list(iter_cases(1))


def test_equal_seeds_give_equal_corpora(cases: list[Case]) -> None:
    for one, other in zip(islice(iter_cases(1), 0, _SOME, 9), cases[:_SOME:9], strict=True):
        assert (one.name, one.planted, one.exchange) == (other.name, other.planted, other.exchange)


def test_a_sample_has_some_of_all_groups(cases: list[Case]) -> None:
    assert {case.group for case in cases[::12]} == {case.group for case in cases}


def test_another_seed_gives_fresh_values(cases: list[Case]) -> None:
    other = {one.secret.value for case in islice(iter_cases(2), _SOME) for one in case.planted}
    assert not other & {one.secret.value for case in cases for one in case.planted}


def test_there_is_enough_of_everything() -> None:
    assert len(CREDENTIALS) >= 120
    assert len(PERSONAL) >= 12
    assert len(set(iter_look_alikes(Dice(1)))) >= 400


def test_everything_occurs(cases: list[Case]) -> None:
    kinds = {one.kind.name for case in cases for one in case.planted}
    assert kinds == {kind.name for kind in KINDS}
    words = {word for case in cases for word in case.name.split("/")}
    assert words >= {spelling.name for spelling in SPELLINGS} | set(CHANNELS) | set(SPLITS)
    assert words >= {f"{wire}-{framing}" for wire in WIRES for framing in FRAMINGS}
    assert words >= set(PLACES)


def test_every_secret_can_be_read_before_it_is_redacted(cases: list[Case]) -> None:
    """Check the search itself: a secret that it cannot read would never be missed."""
    for case in cases[::23]:
        if not case.name.startswith("gzip/"):
            read = read_record(encode_exchange(case.exchange), case.exchange.answer.body)
            for one in case.planted:
                assert find_leftovers(one.secret.value, one.other.value, read), case.name


def test_no_template_is_a_key() -> None:
    """Check that secret scanners find nothing in the repository."""
    assert not [kind for kind in KINDS if re.search(r"[A-Za-z0-9+/_-]{24,}", kind.template)]
