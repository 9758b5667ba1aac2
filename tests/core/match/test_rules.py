from __future__ import annotations

import pytest

from runreel.config import MatchSettings
from runreel.core.dialect import Dialect
from runreel.core.http.negotiation import CHOOSING_HEADERS
from runreel.core.match.matching import Matching
from runreel.core.match.normalize import fingerprint
from runreel.core.match.rules import MatchRules
from runreel.dialects import DIALECTS, find_dialect
from runreel.errors import ConfigError
from support.requests import make_body_request


def test_each_kind_of_place_is_parsed() -> None:
    rules = MatchRules.from_settings(
        MatchSettings(ignore=("$.a", "query.b", "form.c", "$.a"), headers=("X-B", "a", "x-b"))
    )
    assert rules.ignore == ("$.a", "query.b", "form.c")
    assert [str(path) for path in rules.paths] == ["$.a"]
    assert rules.query == {b"b"}
    assert rules.form == {b"c"}
    assert rules.headers == (b"a", b"x-b")


MISTAKES = [
    ("not a place", "metadata.request_id", "must be a JSON path"),
    ("a query without a name", "query.", "must be a JSON path"),
    ("a header without a name", "headers.", "must be a JSON path"),
    ("an invalid path", "$.a[?]", "at character 4"),
]


@pytest.mark.parametrize(("reason", "text", "message"), MISTAKES, ids=[c[0] for c in MISTAKES])
def test_an_error_names_the_setting(reason: str, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=r"runreel\.match\.ignore: entry 1: ") as raised:
        MatchRules.parse([text])
    assert message in str(raised.value)


def test_all_mistakes_are_reported_together() -> None:
    with pytest.raises(ConfigError) as raised:
        MatchRules.parse(["a", "$.fine", "b"])
    assert len(raised.value.problems) == 2


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_the_volatile_places_of_each_dialect_are_valid(dialect: Dialect) -> None:
    assert MatchRules().with_ignored(dialect.volatile).ignore == dialect.volatile


def test_volatile_places_of_the_dialect_are_ignored_in_addition() -> None:
    matching = Matching(find_dialect, MatchRules.parse(["$.metadata"], ["x-a"]))
    dialect_ = make_body_request(b'{"idempotency_key": "a", "metadata": 1, "b": 2}')
    other = make_body_request(b'{"idempotency_key": "b", "metadata": 3, "b": 2}')
    assert matching.fingerprint(dialect_) == matching.fingerprint(other)
    assert fingerprint(dialect_) != fingerprint(other)
    assert matching.get_rules(dialect_).headers == (*CHOOSING_HEADERS, b"x-a")


def test_a_header_that_is_ignored_never_counts() -> None:
    rules = MatchRules.parse(["headers.Range", "headers.x-b"], ["x-a", "X-B"])
    assert Matching(find_dialect, rules).get_rules(make_body_request(b"")).headers == (
        *(name for name in CHOOSING_HEADERS if name != b"range"),
        b"x-a",
    )
