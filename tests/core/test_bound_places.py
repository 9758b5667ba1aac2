"""Places of values that clients make anew: how they are written, and what they select."""

from __future__ import annotations

import json

import pytest

from runreel.core.bound_places import (
    BoundPlace,
    check_bind,
    iter_path_segments,
    list_json_slots,
    parse_place,
)
from runreel.core.dialect import Dialect
from runreel.core.match.matching import Matching
from runreel.core.match.rules import MatchRules
from runreel.dialects import DIALECTS, find_dialect
from runreel.errors import ConfigError
from support.build import make_request
from support.requests import FORM

UUID = "1c5ec7a8-1111-4a11-8111-111111111111"

MISTAKES = [
    ("no place", "id"),
    ("a query without a name", "query."),
    ("a header without a name", "header:"),
    ("a path without an id", "path:threads/x"),
    ("a path with two ids", "path:{}/{}"),
    ("a path with an empty segment", "path:/threads/{}"),
    ("half an id", "path:threads/{x"),
    ("an invalid JSON path", "$.a[?]"),
]


@pytest.mark.parametrize(("reason", "place"), MISTAKES, ids=[row[0] for row in MISTAKES])
def test_mistakes(reason: str, place: str) -> None:
    assert next(check_bind(["$.fine", place])).startswith("entry 2: ")
    with pytest.raises(ConfigError, match=r"runreel\.match\.bind: entry 1: "):
        MatchRules.parse(bind=[place])


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_the_places_of_each_dialect_are_valid(dialect: Dialect) -> None:
    assert [*check_bind(place.place for place in dialect.bound)] == []


PATHS = [
    ("after a segment", "threads/{}", b"/v1/threads/abc/runs", [(3, b"abc")]),
    ("before one", "{id}/runs", b"/v1/threads/abc/runs", [(3, b"abc")]),
    ("wherever it is", "a/{}", b"/a/1/a/2", [(2, b"1"), (4, b"2")]),
    ("nothing after it", "threads/{}", b"/threads", []),
    ("an empty segment", "threads/{}", b"/threads/", []),
    ("any segment", "{}", b"/a/b", [(1, b"a"), (2, b"b")]),
]


@pytest.mark.parametrize(("reason", "place", "path", "found"), PATHS, ids=[row[0] for row in PATHS])
def test_segments_of_a_path(
    reason: str, place: str, path: bytes, found: list[tuple[int, bytes]]
) -> None:
    assert [*iter_path_segments(path, parse_place(BoundPlace(f"path:{place}")))] == found


def test_only_uuids_if_the_place_says_so() -> None:
    rule = parse_place(BoundPlace("path:threads/{}", is_uuid=True))
    assert [*iter_path_segments(b"/threads/thread_1", rule)] == []
    assert len([*iter_path_segments(f"/threads/{UUID}".encode(), rule)]) == 1


SLOTS = [
    ("a member", "$.a", {"a": 1}, [1]),
    ("elements", "$.a[*].id", {"a": [{"id": 1}, {"x": 2}, {"id": 3}]}, [1, 3]),
    ("at any depth", "$..id", {"id": 1, "a": [{"id": 2}]}, [1, 2]),
    ("a position", "$[1]", [4, 5], [5]),
    ("nothing there", "$.a.b", {"a": "b"}, []),
    ("no container", "$.a", 5, []),
    ("the root is no place of a container", "$", {"a": 1}, []),
]


@pytest.mark.parametrize(("reason", "path", "value", "found"), SLOTS, ids=[row[0] for row in SLOTS])
def test_slots(reason: str, path: str, value: object, found: list[object]) -> None:
    rules = [parse_place(BoundPlace(path))]
    slots = list_json_slots(value, rules)
    assert sorted(container[key] for _, container, key in slots) == found


def fingerprint(body: object, *bind: str, target: bytes = b"/x", form: bool = False) -> bytes:
    matching = Matching(find_dialect, MatchRules.parse(bind=bind))
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = FORM if form else ((b"Content-Type", b"application/json"),)
    return matching.fingerprint(make_request(target=target, headers=headers, body=data))


def test_values_do_not_count_but_their_presence_does() -> None:
    one, other, text = ({"id": value, "x": 1} for value in (1, 22, "a"))
    assert fingerprint(one, "$.id") == fingerprint(other, "$.id") == fingerprint(text, "$.id")
    assert fingerprint(one, "$.id") != fingerprint({"x": 1}, "$.id")
    assert fingerprint(one, "$.id") != fingerprint({"id": [1], "x": 1}, "$.id")
    assert fingerprint(one) != fingerprint(other)
    assert fingerprint({"\u0069d": 1}, "$.id") == fingerprint(b'{"\\u0069d": 2}', "$.id")


def test_parameters() -> None:
    for bind in ("query.n", "form.n"):
        ones, others = (
            {"target": b"/x?n=" + value} if bind == "query.n" else {"form": True}
            for value in (b"1", b"2")
        )
        assert fingerprint(b"n=1&a=1", bind, **ones) == fingerprint(
            b"n=1&a=1" if bind == "query.n" else b"n=2&a=1", bind, **others
        )
        assert fingerprint(b"n=1&a=1", bind, **ones) != fingerprint(b"n=1&a=2", bind, **ones)


def test_a_bound_header_does_not_count_even_if_it_chooses() -> None:
    rules = MatchRules.parse(headers=["x-seq"], bind=["header:X-Seq", "headers.range"])
    names = Matching(find_dialect, rules).get_rules(make_request()).headers
    assert not {b"x-seq", b"range"} & {*names}


MISSING = [
    ("another protocol", {"id": 1, "method": "a"}),
    ("the answer to a server's call", {"jsonrpc": "2.0", "id": 1, "result": 1}),
    ("an array of calls", [{"jsonrpc": "2.0", "id": 1, "method": "a"}]),
]


@pytest.mark.parametrize(("reason", "body"), MISSING, ids=[row[0] for row in MISSING])
def test_ids_of_json_rpc_need_a_call(reason: str, body: object) -> None:
    text = json.dumps(body)
    assert fingerprint(text.encode()) != fingerprint(text.replace("1", "3").encode())
