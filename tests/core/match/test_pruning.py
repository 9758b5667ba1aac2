from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from runreel.core.jsonpath import JsonPath
from runreel.core.match.normalize import fingerprint
from runreel.core.match.rules import MatchRules
from runreel.model import Headers, Request
from support.build import make_request
from support.requests import (
    FORM,
    JSON,
    PATHS,
    TEXTS,
    make_body_pair,
    make_body_request,
    make_multipart,
    make_target_pair,
)

PART = b'Content-Disposition: form-data; name="%s"\r\n\r\n%s'
OTHER_HEADER: Headers = ((b"OpenAI-Beta", b"assistants=v1"), *JSON)

SAME = [
    ("a member", ["$.a"], *make_body_pair(b'{"a": 1, "b": 2}', b'{"a": 3, "b": 2}')),
    ("a member that one body lacks", ["$.a"], *make_body_pair(b'{"a": 1, "b": 2}', b'{"b": 2}')),
    ("everything below it", ["$.a"], *make_body_pair(b'{"a": {"b": [1]}}', b'{"a": "x"}')),
    (
        "a member of every element",
        ["$.messages[*].id"],
        *make_body_pair(
            b'{"messages": [{"id": 1, "b": 2}, {"id": 3}]}', b'{"messages": [{"b": 2}, {"id": 5}]}'
        ),
    ),
    ("an element", ["$[1]"], *make_body_pair(b"[1, 2, 3]", b"[1, 5, 3]")),
    ("the last element, which one body lacks", ["$[1]"], *make_body_pair(b"[1, 2]", b"[1]")),
    ("all elements, however many", ["$.a[*]"], *make_body_pair(b'{"a": [1, 2]}', b'{"a": [3]}')),
    ("at any depth", ["$..id"], *make_body_pair(b'[{"x": {"id": 1}}]', b'[{"x": {"id": 2}}]')),
    ("the whole body", ["$"], *make_body_pair(b'{"a": 1}', b"[2]")),
    (
        "a repeated name",
        ["$.a"],
        *make_body_pair(b'{"a": 1, "a": 2, "b": 3}', b'{"b": 3}'),
    ),
    (
        "below a repeated name",
        ["$.a.id"],
        *make_body_pair(b'{"a": {"id": 1}, "a": {"id": 2}}', b'{"a": {"id": 3}, "a": {}}'),
    ),
    ("the empty name", ["$['']"], *make_body_pair(b'{"": 1, "b": 2}', b'{"b": 2}')),
    ("a name in the query", ["query.t"], *make_target_pair(b"/x?t=1&a=b", b"/x?a=b&t=2&t=3")),
    ("a name that is encoded", ["query.a b"], *make_target_pair(b"/x?a%20b=1", b"/x?a+b=2")),
    ("a field of a form", ["form.nonce"], *make_body_pair(b"nonce=1&a=2", b"a=2&nonce=3", FORM)),
    (
        "a field of an upload",
        ["form.nonce"],
        make_multipart(b"b", PART % (b"nonce", b"1"), PART % (b"file", b"x")),
        make_multipart(b"c", PART % (b"file", b"x"), PART % (b"nonce", b"2")),
    ),
]


@pytest.mark.parametrize(("reason", "ignore", "one", "other"), SAME, ids=[c[0] for c in SAME])
def test_ignored_places_do_not_count(
    reason: str, ignore: list[str], one: Request, other: Request
) -> None:
    rules = MatchRules.parse(ignore)
    assert fingerprint(one, rules) == fingerprint(other, rules)
    assert fingerprint(one) != fingerprint(other)


OTHER = [
    ("another member", ["$.a"], *make_body_pair(b'{"a": 1, "b": 2}', b'{"a": 1, "b": 3}')),
    ("the next element", ["$[0]"], *make_body_pair(b"[1, 2]", b"[2]")),
    ("the positions of elements", ["$[0]"], *make_body_pair(b"[1, 2, 3]", b"[1, 3, 2]")),
    (
        "an object like the mark of an ignored element",
        ["$[0]"],
        *make_body_pair(b'[{"": null}, {"": null}]', b"[1, 2]"),
    ),
    ("another name in the query", ["query.t"], *make_target_pair(b"/x?t=1", b"/x?u=1")),
    ("a part of a name", ["query.t"], *make_target_pair(b"/x?tt=1", b"/x?tt=2")),
    ("a body that is not JSON", ["$"], *make_body_pair(b"{1", b"{2")),
]


@pytest.mark.parametrize(("reason", "ignore", "one", "other"), OTHER, ids=[c[0] for c in OTHER])
def test_other_places_count(reason: str, ignore: list[str], one: Request, other: Request) -> None:
    rules = MatchRules.parse(ignore)
    assert fingerprint(one, rules) != fingerprint(other, rules)


def test_a_named_header_counts() -> None:
    plain, beta = make_request(headers=JSON), make_request(headers=OTHER_HEADER)
    spelled = make_request(headers=((b"OPENAI-BETA", b"assistants=v1"), *JSON))
    rules = MatchRules.parse(headers=["openai-Beta", "x-other"])
    assert fingerprint(plain) == fingerprint(beta)
    assert fingerprint(plain, rules) != fingerprint(beta, rules)
    assert fingerprint(spelled, rules) == fingerprint(beta, rules)


def test_deeply_nested_places_are_ignored() -> None:
    rules = MatchRules.parse(["$..id"])

    def make_nested(leaf: int) -> Request:
        return make_body_request(b'{"a":' * 400 + b'{"id": %d}' % leaf + b"}" * 400)

    assert fingerprint(make_nested(1), rules) == fingerprint(make_nested(2), rules)


Keys = tuple[str | int, ...]


def prune_slowly(value: Any, paths: list[JsonPath], keys: Keys = ()) -> Any:
    """Prune a value in the obvious way: match the paths against every place."""
    if any(path.matches(keys) for path in paths):
        return "ignored"
    match value:
        case ("object", pairs):
            members = [(name, prune_slowly(inner, paths, (*keys, name))) for name, inner in pairs]
            return ("object", [pair for pair in members if pair[1] != "ignored"])
        case ("array", items):
            elements = [
                prune_slowly(item, paths, (*keys, index)) for index, item in enumerate(items)
            ]
            while elements and elements[-1] == "ignored":
                elements.pop()
            return ("array", elements)
    return value


def parse(text: str) -> Any:
    return tag_arrays(
        json.loads(
            text,
            object_pairs_hook=lambda pairs: ("object", sorted(pairs, key=lambda pair: pair[0])),
            parse_int=lambda number: ("number", Decimal(number)),
            parse_float=lambda number: ("number", Decimal(number)),
        )
    )


def tag_arrays(value: Any) -> Any:
    match value:
        case list():
            return ("array", [tag_arrays(item) for item in value])
        case ("object", pairs):
            return ("object", [(name, tag_arrays(inner)) for name, inner in pairs])
    return value


@given(TEXTS, TEXTS, st.lists(st.sampled_from(PATHS), max_size=3))
def test_bodies_match_if_and_only_if_their_values_are_equal_without_ignored_places(
    one: str, other: str, ignore: list[str]
) -> None:
    paths = [JsonPath.parse(each) for each in ignore]
    same = prune_slowly(parse(one), paths) == prune_slowly(parse(other), paths)
    rules = MatchRules.parse(ignore)
    fingerprints = [fingerprint(make_body_request(each.encode()), rules) for each in (one, other)]
    event(f"same: {same}, ignored: {bool(ignore)}")
    assert (fingerprints[0] == fingerprints[1]) is same
