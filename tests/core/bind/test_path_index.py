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


def make_creation(thread: bytes) -> Request:
    return make_request(target=b"/threads", body=b'{"thread_id": "%b"}' % thread)


def test_an_id_that_only_a_creation_has_named_may_still_stand_for_another_one() -> None:
    requests = [make_creation(ONE), make_run(ONE), make_creation(TWO), make_run(TWO)]
    index, values = PathIndex(requests, MATCHING), ClientValues()
    rules = MATCHING.get_rules(requests[0]).bound
    for recorded, own in ((ONE, MINE), (TWO, OTHER)):
        values.bind(make_creation(recorded), make_creation(own), rules, lambda value: True)
    translated = values.translate(make_run(MINE))
    assert (translated, values.is_settled(ONE)) == (make_run(ONE), False)
    assert index.list_translations(translated, values) == []
    assert list_ids(index.list_translations(translated, values, make_run(MINE))) == [
        (ONE, True),
        (TWO, True),
    ]
    bind(values, TWO, MINE)
    assert values.is_settled(TWO)
    assert values.translate(make_run(MINE)) == make_run(TWO)
    assert not values.is_bound(ONE)
    translated = values.translate(make_run(MINE))
    assert list_ids(index.list_translations(translated, values, make_run(MINE))) == [(ONE, False)]


def test_an_id_that_was_sent_itself_is_no_other_one() -> None:
    index, values = PathIndex([make_run(ONE), make_run(TWO)], MATCHING), ClientValues()
    bind(values, ONE, MINE)
    assert index.list_translations(make_run(ONE), values, make_run(ONE)) == []


def test_the_ids_of_a_creation_are_those_that_paths_have() -> None:
    index, rules = PathIndex([make_run(ONE)], MATCHING), MATCHING.get_rules(make_run(ONE)).bound
    assert index.list_ids(make_creation(ONE), rules) == {ONE}
    assert index.list_ids(make_creation(TWO), rules) == frozenset()
    assert PathIndex([], MATCHING).list_ids(make_creation(ONE), rules) == frozenset()


def test_ids_of_another_form_are_not_the_clients() -> None:
    assert not PathIndex([make_run(b"thread_1")], MATCHING)
