"""Ids in paths that clients make, in the place of recorded ones."""

from __future__ import annotations

from runreel.core.bind.bound_values import ClientValues
from runreel.core.bind.path_index import PathIndex, PathTranslation
from runreel.core.match.matching import Matching
from runreel.dialects import find_dialect
from runreel.model import Request
from support.build import make_request

MATCHING = Matching(find_dialect)
ONE, TWO, MINE, OTHER = (f"{digit}c5ec7a8-1111-4a11-8111-111111111111".encode() for digit in "1289")


def make_run(thread: bytes, method: str = "POST") -> Request:
    return make_request(method, b"/threads/%b/runs" % thread, body=b'{"t": "%b"}' % thread)


def bind(values: ClientValues, recorded: bytes, sent: bytes) -> None:
    one, other = make_run(recorded), make_run(sent)
    values.bind(one, other, MATCHING.get_rules(one).bound, lambda value: True)


def list_ids(translations: list[PathTranslation]) -> list[tuple[bytes, bool]]:
    return [(each.ids[0], each.is_rebound) for each in translations]


def test_unknown_ids_stand_for_recorded_ones() -> None:
    index = PathIndex([make_run(ONE), make_run(TWO), make_run(ONE)], MATCHING)
    values = ClientValues()
    assert bool(index)
    first, second = index.list_translations(make_run(MINE), values)
    assert (first, second.request) == (PathTranslation(make_run(ONE), (ONE,), False), make_run(TWO))
    bind(values, ONE, MINE)
    assert list_ids(index.list_translations(make_run(OTHER), values)) == [
        (TWO, False),
        (ONE, True),
    ]


def test_what_stands_for_itself() -> None:
    index = PathIndex([make_run(ONE), make_run(TWO)], MATCHING)
    values = ClientValues()
    assert index.list_translations(make_run(TWO), values) == []
    assert index.list_translations(make_run(MINE, "GET"), values) == []
    bind(values, ONE, ONE)
    assert list_ids(index.list_translations(make_run(MINE), values)) == [(TWO, False)]


def test_what_is_bound_meanwhile_speaks_against_a_translation() -> None:
    index = PathIndex([make_run(ONE), make_run(TWO)], MATCHING)
    for own in (MINE, ONE):
        values = ClientValues()
        first, second = index.list_translations(make_run(OTHER), values)
        bind(values, ONE, own)
        assert not index.is_current(first, values)
        assert index.is_current(second, values)


def test_ids_of_another_form_are_not_the_clients() -> None:
    assert not PathIndex([make_run(b"thread_1")], MATCHING)
