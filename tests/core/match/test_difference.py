from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.jsonpath import JsonPath
from runreel.core.match import Difference, Matching, MatchRules, difference, request_diff
from runreel.core.match.canonical_json import CanonicalJson
from runreel.core.match.normalize import normalize
from runreel.core.match.place import Mismatch
from runreel.dialects import find_dialect
from runreel.model import OmittedReason, Request
from support.build import make_request
from support.requests import (
    FORM,
    NO_TYPE,
    PATHS,
    TEXTS,
    make_body_pair,
    make_body_request,
    make_omitted,
    make_target_pair,
)


def differences(recorded: Request, sent: Request, *ignore: str) -> tuple[Difference, ...]:
    matching = Matching(find_dialect, MatchRules.parse(ignore))
    return matching.find_differences(recorded, sent).listed


def deep(depth: int, leaf: bytes) -> Request:
    return make_body_request(b"[" * depth + leaf + b"]" * depth)


@pytest.mark.parametrize("depth", [1, 100, 500, 980, 2_000])
def test_a_difference_is_found_however_deep(depth: int) -> None:
    [shown] = differences(deep(depth, b"1"), deep(depth, b"2"))
    assert shown.path.startswith(("$", "body"))


def test_what_is_almost_too_deep_is_shown_somehow() -> None:
    for depth in range(900, 1000):
        [shown] = differences(deep(depth, b"1"), make_body_request(b'"x"'))
        assert shown.recorded.startswith("[[[")


def test_what_python_fails_to_walk_differs_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(recorded: CanonicalJson, sent: CanonicalJson) -> Iterator[Mismatch]:
        raise RecursionError

    monkeypatch.setattr(request_diff, "diff_json", fails)
    assert differences(*make_body_pair(b'{"a": 1}', b'{"a": 2}')) == (
        Difference("body", '{"a":1}', '{"a":2}'),
    )


def test_what_python_fails_to_write_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def readable(tree: CanonicalJson) -> str:
        raise RecursionError

    monkeypatch.setattr(difference, "format_readable", readable)
    [shown] = differences(*make_body_pair(b'{"a": [1]}', b'{"a": {}}'))
    too_deep = "a value nested too deep to be shown"
    assert shown == Difference("$.a", too_deep, too_deep)


DIFFERENCES = [
    ("method", make_request("GET"), make_request("POST"), ("method", "GET", "POST")),
    ("path", *make_target_pair(b"/a", b"/b"), ("path", "/a", "/b")),
    ("query", *make_target_pair(b"/a?b=1", b"/a?b=2"), ("query.b", '"1"', '"2"')),
    ("query, missing", *make_target_pair(b"/a?b=1", b"/a"), ("query.b", '"1"', "nothing")),
    ("query, no value", *make_target_pair(b"/a?b", b"/a?b="), ("query.b", "no value", '""')),
    (
        "query, repeated",
        *make_target_pair(b"/a?b=1&b=2", b"/a?b=1"),
        ("query.b", '["1","2"]', '"1"'),
    ),
    (
        "a member",
        *make_body_pair(b'{"a": {"b": 1.50}}', b'{"a": {"b": "1.5"}}'),
        ("$.a.b", "1.5", '"1.5"'),
    ),
    (
        "a member that is missing",
        *make_body_pair(b'{"a": null}', b"{}"),
        ("$.a", "null", "nothing"),
    ),
    ("an element", *make_body_pair(b"[1, 2, 3]", b"[1, 5, 3]"), ("$[1]", "2", "5")),
    (
        "an element more",
        *make_body_pair(b'{"a": []}', b'{"a": [{"b": 1}]}'),
        ("$.a[0]", "nothing", '{"b":1}'),
    ),
    ("another type", *make_body_pair(b'{"a": [1]}', b'{"a": {"b": 1}}'), ("$.a", "[1]", '{"b":1}')),
    (
        "a repeated name",
        *make_body_pair(b'{"a":1,"a":2}', b'{"a":1}'),
        ("$", '{"a":1,"a":2}', '{"a":1}'),
    ),
    (
        "text that looks like our number",
        *make_body_pair(b'["{\\"\\":\\"1\\"}"]', b"[1]"),
        ("$[0]", r'"{\"\":\"1\"}"', "1"),
    ),
    (
        "long text",
        *make_body_pair(b'["' + b"x" * 80 + b'"]', b"[0]"),
        ("$[0]", '"' + "x" * 58 + "…", "0"),
    ),
    ("other characters", *make_body_pair('["é"]'.encode(), b'["e"]'), ("$[0]", '"é"', '"e"')),
    ("text", *make_body_pair(b"a\xff", b"", NO_TYPE), ("body", "a\\xff", "nothing")),
    ("JSON and text", make_body_request(b"[1]"), make_body_request(b"x"), ("body", "[1]", "x")),
    ("a form", *make_body_pair(b"a=1", b"a=2", FORM), ("form.a", '"1"', '"2"')),
    (
        "a form's order",
        *make_body_pair(b"a=1&b=2", b"b=2&a=1", FORM),
        ("body", "another form body", "another form body"),
    ),
    (
        "not kept",
        make_request(body=b"[]"),
        make_request(body=b"", omitted=OmittedReason.MAX_BODY),
        ("body", "[]", "a body that was not kept"),
    ),
    (
        "not kept, both",
        make_omitted("2000:" + "0123456789abcdef" * 4),
        make_omitted("20"),
        (
            "body",
            "a body that was not kept (2000 bytes, SHA-256 01234567…)",
            "a body that was not kept (20 bytes)",
        ),
    ),
]


@pytest.mark.parametrize(
    ("reason", "recorded", "sent", "expected"), DIFFERENCES, ids=[c[0] for c in DIFFERENCES]
)
def test_what_differs_is_named_and_shown(
    reason: str, recorded: Request, sent: Request, expected: tuple[str, str, str]
) -> None:
    assert differences(recorded, sent) == (Difference(*expected),)


PROMPT = "You are a helpful assistant that answers questions about the weather, and no others."
TOLD = [
    (
        "an edited prompt, word by word",
        *make_body_pair(
            json.dumps({"instructions": PROMPT}).encode(),
            json.dumps({"instructions": PROMPT.replace("helpful", "terse")}).encode(),
        ),
        '$.instructions: "You are a [-helpful -]{+terse +}assistant that answers questions …"',
    ),
    ("short values", *make_body_pair(b'{"a": 1}', b'{"a": 2}'), "$.a: recorded 1, sent 2"),
    (
        "tools in another order",
        *make_body_pair(
            b'{"tools": [{"a": 1}, {"b": 2}, {"c": 3}]}',
            b'{"tools": [{"c": 3}, {"a": 1}, {"b": 2}]}',
        ),
        "$.tools: the same elements in another order",
    ),
    (
        "a message more at the beginning",
        *make_body_pair(b'[{"x": 1}, {"y": 2}]', b'[{"z": 0}, {"x": 1}, {"y": 2}]'),
        '$[0]: recorded nothing, sent {"z":0}',
    ),
    (
        "a message less in between",
        *make_body_pair(b"[1, 2, 3, 4]", b"[1, 2, 4]"),
        "$[2]: recorded 3, sent nothing",
    ),
    (
        "a name with a space",
        *make_body_pair(b'{"a b": 1}', b'{"a b": 2}'),
        "$['a b']: recorded 1, sent 2",
    ),
    (
        "a name with a quote",
        *make_body_pair(b'{"a\'b\\"": 1}', b'{"a\'b\\"": 2}'),
        '$["a\'b\\""]: recorded 1, sent 2',
    ),
]


@pytest.mark.parametrize(("reason", "recorded", "sent", "told"), TOLD, ids=[c[0] for c in TOLD])
def test_a_difference_in_words(reason: str, recorded: Request, sent: Request, told: str) -> None:
    assert [each.description for each in differences(recorded, sent)] == [told]


def test_the_tool_is_named_that_a_difference_is_in() -> None:
    tool = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "a"}}}
    recorded = json.dumps({"tools": [{"type": "x"}, tool]})
    for sent, paths in (
        (recorded.replace('"type": "a"', '"type": "b"'), ["$.tools[1].function.parameters.type"]),
        (json.dumps({"tools": [{"type": "x"}]}), ["$.tools[1]"]),
    ):
        found = differences(*make_body_pair(recorded.encode(), sent.encode()))
        assert [(each.path, each.within) for each in found] == [(paths[0], "get_weather")]


def test_so_many_differences_are_described_and_the_rest_is_counted() -> None:
    one, other = make_body_pair(json.dumps([0] * 100).encode(), json.dumps([1] * 100).encode())
    found = Matching(find_dialect).find_differences(one, other)
    assert (len(found.listed), found.more) == (difference.MAX_LISTED, 100 - difference.MAX_LISTED)


VOLATILE = [
    ("a UUID", "request_id", f'"{uuid.UUID(int=1)}"', f'"{uuid.UUID(int=2)}"', "a UUID"),
    ("a number that is a time", "at", "1732519000", "1732519060.5", "a Unix timestamp"),
    ("a number that counts", "seq", "17", "18", "a counter"),
    ("a number that somebody chose", "max_tokens", "17", "18", ""),
    ("a text and a number", "at", '"1732519000"', "1732519060", ""),
]


@pytest.mark.parametrize(
    ("reason", "name", "recorded", "sent", "expected"), VOLATILE, ids=[c[0] for c in VOLATILE]
)
def test_what_is_new_each_time(
    reason: str, name: str, recorded: str, sent: str, expected: str
) -> None:
    texts = (f'{{"{name}": {each}}}'.encode() for each in (recorded, sent))
    found = differences(*make_body_pair(next(texts), next(texts)))
    assert [each.volatile for each in found] == [expected]


def test_a_method_is_never_volatile() -> None:
    one = make_request(target=f"/x/{uuid.UUID(int=1)}".encode())
    other = make_request(target=f"/x/{uuid.UUID(int=2)}".encode())
    assert [each.volatile for each in differences(one, other)] == [""]


@given(TEXTS, TEXTS)
def test_a_place_that_is_named_can_be_ignored_by_that_name(one: str, other: str) -> None:
    requests = make_body_pair(one.encode(), other.encode())
    for found in differences(*requests):
        if found.path != "body":
            left = differences(*requests, found.path)
            assert found.path not in [each.path for each in left]


@given(TEXTS, TEXTS, st.lists(st.sampled_from(PATHS), max_size=2))
def test_no_ignored_place_is_named(one: str, other: str, ignored: list[str]) -> None:
    requests = make_body_pair(one.encode(), other.encode())
    paths = [JsonPath.parse(each) for each in ignored]
    for place in request_diff.diff_requests(
        *(normalize(each, MatchRules.parse(ignored)) for each in requests)
    ):
        if place.name == "$":
            assert not any(path.matches(place.keys) for path in paths)


def test_all_differences_come_in_the_order_of_their_names() -> None:
    recorded = make_request(target=b"/a?x=1", body=b'{"b": {"c": 1, "a": 2}, "a": [1]}')
    sent = make_request(target=b"/b?x=2", body=b'{"b": {"c": 2, "a": 3}, "a": [2], "z": 1}')
    paths = [each.path for each in differences(recorded, sent)]
    assert paths == ["path", "query.x", "$.a[0]", "$.b.a", "$.b.c", "$.z"]
