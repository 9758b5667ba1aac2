from __future__ import annotations

import pytest

from runreel.config import MatchSettings
from runreel.core.match import Matching, MatchRules, fingerprint
from runreel.dialects import DIALECTS, find_dialect
from runreel.errors import ConfigError
from support.requests import make_body_request


def test_each_kind_of_place_is_read() -> None:
    rules = MatchRules.from_settings(
        MatchSettings(ignore=("$.a", "query.b", "form.c", "$.a"), headers=("X-B", "a", "x-b"))
    )
    assert rules.ignore == ("$.a", "query.b", "form.c")
    assert [str(path) for path in rules.paths] == ["$.a"]
    assert rules.query == {b"b"}
    assert rules.form == {b"c"}
    assert rules.headers == (b"a", b"x-b")


MISTAKES = [
    ("no place", "metadata.request_id", "must be a JSON path"),
    ("a query without a name", "query.", "must be a JSON path"),
    ("a path that cannot be read", "$.a[?]", "at character 4"),
]


@pytest.mark.parametrize(("reason", "text", "told"), MISTAKES, ids=[c[0] for c in MISTAKES])
def test_a_mistake_names_the_setting(reason: str, text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=r"runreel\.match\.ignore: entry 1: ") as raised:
        MatchRules.parse([text])
    assert told in str(raised.value)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as raised:
        MatchRules.parse(["a", "$.fine", "b"])
    assert len(raised.value.problems) == 2


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_what_a_dialect_calls_volatile_can_be_read(dialect: object) -> None:
    for one in DIALECTS:
        assert MatchRules().with_ignored(one.volatile).ignore == one.volatile


def test_a_dialects_volatile_places_are_ignored_besides_those_of_the_settings() -> None:
    matching = Matching(find_dialect, MatchRules.parse(["$.metadata"], ["x-a"]))
    one = make_body_request(b'{"idempotency_key": "a", "metadata": 1, "b": 2}')
    other = make_body_request(b'{"idempotency_key": "b", "metadata": 3, "b": 2}')
    assert matching.fingerprint(one) == matching.fingerprint(other)
    assert fingerprint(one) != fingerprint(other)
    assert matching.get_rules(one).headers == (b"x-a",)
