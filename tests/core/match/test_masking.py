"""Volatile texts do not count in any part of a request; the rest of each part does."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.match.canonical_json import parse_canonical
from runreel.core.match.masking import mask_json
from runreel.core.match.matching import Matching
from runreel.core.match.rules import MatchRules
from runreel.core.volatile.kinds import KINDS
from runreel.core.volatile.mask import VolatileMask
from runreel.dialects import find_dialect
from runreel.errors import ConfigError
from runreel.model import Request
from support.build import make_request
from support.requests import (
    FORM,
    NO_TYPE,
    TEXTS,
    make_body_request,
    make_multipart,
    make_omitted,
)

MATCHING = Matching(
    find_dialect,
    MatchRules.parse(headers=["x-at"]).with_masked(["date", "time", "epoch"], ["ticket [0-9]+"]),
)


def make_json(value: object) -> Request:
    return make_body_request(json.dumps(value).encode())


def make_part(text: str) -> Request:
    part = f'Content-Disposition: form-data; name="a"; filename="r.txt"\r\n\r\n{text}'
    return make_multipart(b"b", part.encode())


PARTS = [
    ("a string", lambda text: make_json({"input": text})),
    ("a string in an array", lambda text: make_json([["x", text]])),
    ("a JSON text in a string", lambda text: make_json({"arguments": json.dumps({"d": text})})),
    ("lines in a string", lambda text: make_json({"input": f"a\n{text}\nb"})),
    ("a text in JSON in JSON", lambda text: make_json([json.dumps([json.dumps([f"\n{text}"])])])),
    ("a member's name", lambda text: make_json({text: 1})),
    ("a repeated name", lambda text: make_body_request(b'{"a":1,"a":"%b"}' % text.encode())),
    ("a form", lambda text: make_body_request(b"a=" + text.encode(), FORM)),
    ("a part of an upload", make_part),
    ("plain text", lambda text: make_body_request(text.encode(), NO_TYPE)),
    ("JSON lines", lambda text: make_body_request(f'["{text}"]\n["b"]\n'.encode(), NO_TYPE)),
    ("a header that counts", lambda text: make_request(headers=((b"X-At", text.encode()),))),
    ("the query", lambda text: make_request(target=b"/a?b=" + text.replace(" ", "+").encode())),
    ("the path", lambda text: make_request(target=b"/a/" + text.replace(" ", "%20").encode())),
]  # fmt: skip
VALUES = [
    ("a date", "2026-11-30", "2026-12-01"),
    ("a date and a time", "2026-11-30T08:00:00Z", "2026-12-01T09:30:00.5Z"),
    ("seconds since 1970", "1796025600", "1796112000"),
    ("a pattern", "ticket 17", "ticket 1800"),
]


@pytest.mark.parametrize(("place", "make"), PARTS, ids=[row[0] for row in PARTS])
@pytest.mark.parametrize(("reason", "one", "other"), VALUES, ids=[row[0] for row in VALUES])
def test_it_does_not_count_wherever_it_is(
    place: str, make: object, reason: str, one: str, other: str
) -> None:
    assert callable(make)
    requests = [make(one), make(other), make(f"{other} and more")]
    prints = [MATCHING.fingerprint(each) for each in requests]
    assert prints[0] == prints[1] != prints[2]
    assert len({Matching(find_dialect).fingerprint(each) for each in requests[:2]}) == 2 - (
        place == "a header that counts"  # counts by these rules only
    )
    keys = {MATCHING.build_request_key(each) for each in requests[:2]}
    assert len(keys) == 1
    assert not MATCHING.find_differences(requests[0], requests[1]).listed
    assert MATCHING.find_passed_over(requests[0], requests[1])
    assert not MATCHING.find_passed_over(requests[0], requests[0])


def test_the_places_and_kinds_that_were_passed_over() -> None:
    one = make_json({"a": "On 2026-11-30 at 08:00", "b": 1796025600, "c": "2026-11-30"})
    other = make_json({"a": "On 2026-12-01 at 09:00", "b": 1796112000, "c": "2026-11-30"})
    assert MATCHING.find_passed_over(one, other) == {"$.a": ("date", "time"), "$.b": ("epoch",)}
    assert Matching(find_dialect).find_passed_over(one, other) == {}


CHOSEN = [
    ("a model", *(make_json({"model": f"gpt-4o-2024-08-0{n}"}) for n in (1, 2))),
    ("a tool's type", *(make_json([{"type": f"search_2025030{n}"}]) for n in (1, 2))),
    ("an API's version", *(make_request(target=b"/a?api-version=2024-0%d-01" % n) for n in (1, 2))),
]


@pytest.mark.parametrize(("reason", "one", "other"), CHOSEN, ids=[str(row[0]) for row in CHOSEN])
def test_a_value_that_was_chosen_counts(reason: str, one: Request, other: Request) -> None:
    assert MATCHING.fingerprint(one) != MATCHING.fingerprint(other)


def test_a_body_that_was_not_kept_counts_by_its_digest() -> None:
    one, other = make_omitted("20261130"), make_omitted("20261201")
    assert MATCHING.fingerprint(one) != MATCHING.fingerprint(other)


@given(TEXTS)
def test_json_without_volatile_texts_stays_as_it_is(text: str) -> None:
    value = mask_json(parse_canonical(text.encode()), VolatileMask(tuple(KINDS)))
    assert value == parse_canonical(text.encode())


@given(TEXTS, st.integers(0, 499))
def test_no_depth_is_too_deep(text: str, depth: int) -> None:
    body = b"[" * depth + text.encode() + b"]" * depth
    MATCHING.fingerprint(make_body_request(body))


MISTAKES = [
    ("a misspelt kind", ["dates"], [], 'entry 1: no kind has this name; did you mean "date"?'),
    ("no kind at all", ["x"], [], "entry 1: no kind has this name; the kinds are uuid, ulid"),
    ("no expression", [], ["("], "entry 1: is not a regular expression in RE2's syntax"),
    ("lookaround", [], ["a", "(?=b)"], "entry 2: RE2 does not support lookaround: match"),
    ("everything", [], ["a*"], "entry 1: matches the empty string"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "kinds", "patterns", "message"), MISTAKES, ids=[row[0] for row in MISTAKES]
)
def test_a_mistake_in_the_settings(
    reason: str, kinds: list[str], patterns: list[str], message: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        MatchRules().with_masked(kinds, patterns)
    assert message in str(raised.value)
