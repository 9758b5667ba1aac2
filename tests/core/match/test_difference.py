from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.jsonpath import JsonPath
from runreel.core.match import difference, request_diff
from runreel.core.match.canonical_json import CanonicalJson
from runreel.core.match.difference import Difference
from runreel.core.match.json_diff import Mismatch
from runreel.core.match.matching import Matching
from runreel.core.match.normalize import normalize
from runreel.core.match.rules import MatchRules
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


def find_differences(recorded: Request, sent: Request, *ignore: str) -> tuple[Difference, ...]:
    matching = Matching(find_dialect, MatchRules.parse(ignore))
    return matching.find_differences(recorded, sent).listed


def make_nested(depth: int, leaf: bytes) -> Request:
    return make_body_request(b"[" * depth + leaf + b"]" * depth)


@pytest.mark.parametrize("depth", [1, 100, 500, 980, 2_000])
def test_a_difference_is_found_at_any_depth(depth: int) -> None:
    [listed] = find_differences(make_nested(depth, b"1"), make_nested(depth, b"2"))
    assert listed.path.startswith(("$", "body"))


def test_an_almost_too_deep_value_is_shown() -> None:
    for depth in range(900, 1000):
        [listed] = find_differences(make_nested(depth, b"1"), make_body_request(b'"x"'))
        assert listed.recorded.startswith("[[[")


def test_a_body_too_deep_to_diff_differs_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    def raise_recursion_error(recorded: CanonicalJson, sent: CanonicalJson) -> Iterator[Mismatch]:
        raise RecursionError

    monkeypatch.setattr(request_diff, "diff_json", raise_recursion_error)
    assert find_differences(*make_body_pair(b'{"a": 1}', b'{"a": 2}')) == (
        Difference("body", '{"a":1}', '{"a":2}'),
    )


def test_a_value_too_deep_to_format_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def format_readable(tree: CanonicalJson) -> str:
        raise RecursionError

    monkeypatch.setattr(difference, "format_readable", format_readable)
    [listed] = find_differences(*make_body_pair(b'{"a": [1]}', b'{"a": {}}'))
    too_deep = "a value nested too deep to be shown"
    assert listed == Difference("$.a", too_deep, too_deep)


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
        "an additional element",
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
        "text that looks like an encoded number",
        *make_body_pair(b'["{\\"\\":\\"1\\"}"]', b"[1]"),
        ("$[0]", r'"{\"\":\"1\"}"', "1"),
    ),
    (
        "long text",
        *make_body_pair(b'["' + b"x" * 80 + b'"]', b"[0]"),
        ("$[0]", '"' + "x" * 58 + "…", "0"),
    ),
    (
        "characters beyond ASCII",
        *make_body_pair('["é"]'.encode(), b'["e"]'),
        ("$[0]", '"é"', '"e"'),
    ),
    ("text", *make_body_pair(b"a\xff", b"", NO_TYPE), ("body", "a\\xff", "nothing")),
    ("JSON and text", make_body_request(b"[1]"), make_body_request(b"x"), ("body", "[1]", "x")),
    ("a form", *make_body_pair(b"a=1", b"a=2", FORM), ("form.a", '"1"', '"2"')),
    (
        "a form's order",
        *make_body_pair(b"a=1&b=2", b"b=2&a=1", FORM),
        ("body", "another form body", "another form body"),
    ),
    (
        "JSON and a form",
        make_body_request(b"[1]"),
        make_body_pair(b"a=1", b"", FORM)[0],
        ("body", "[1]", "a form body"),
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
def test_place_and_values_of_a_difference(
    reason: str, recorded: Request, sent: Request, expected: tuple[str, str, str]
) -> None:
    assert find_differences(recorded, sent) == (Difference(*expected),)


PROMPT = "You are a helpful assistant that answers questions about the weather, and no others."
DESCRIPTIONS = [
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
        "an additional message at the beginning",
        *make_body_pair(b'[{"x": 1}, {"y": 2}]', b'[{"z": 0}, {"x": 1}, {"y": 2}]'),
        '$[0]: recorded nothing, sent {"z":0}',
    ),
    (
        "a missing message in between",
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


@pytest.mark.parametrize(
    ("reason", "recorded", "sent", "description"), DESCRIPTIONS, ids=[c[0] for c in DESCRIPTIONS]
)
def test_description(reason: str, recorded: Request, sent: Request, description: str) -> None:
    assert [each.description for each in find_differences(recorded, sent)] == [description]


LONG = "x " * 150_000
AROUND = [
    ("a very long prompt", LONG + "kind " + LONG, LONG + "terse " + LONG, "[-kind -]{+terse +}"),
    (
        "JSON lines",
        '{"n":1,"text":"' + "a" * 500 + '"}\n' * 9,
        '{"n":1,"text":"' + "a" * 499 + 'b"}\n' * 9,
        "[-…aaaaaaaaaaaaaaaa",
    ),
]


@pytest.mark.parametrize(("reason", "one", "other", "shown"), AROUND, ids=[c[0] for c in AROUND])
def test_a_difference_is_shown_around_where_it_is(
    reason: str, one: str, other: str, shown: str
) -> None:
    for requests in (
        make_body_pair(json.dumps({"a": one}).encode(), json.dumps({"a": other}).encode()),
        make_body_pair(b"x" + one.encode(), b"x" + other.encode(), NO_TYPE),
    ):
        [listed] = find_differences(*requests)
        assert shown in listed.description
        assert len(listed.description) < 300


def test_a_long_path_is_shown_around_its_difference() -> None:
    start = b"/v1/deployments/" + b"a" * 100
    [listed] = find_differences(*make_target_pair(start + b"1/chat", start + b"2/chat"))
    assert listed.description == ('path: "[-…aaaaaaaaaaaaaaa1/chat-]{+…aaaaaaaaaaaaaaa2/chat+}"')


def test_texts_of_several_lines_have_a_diff_by_lines() -> None:
    lines = [f"line {number}" for number in range(1, 41)]
    edited = [*lines[:19], "edited", "twice", *lines[21:]]
    one, other = (json.dumps({"a": "\n".join(each)}).encode() for each in (lines, edited))
    [listed] = find_differences(*make_body_pair(one, other))
    assert (listed.line, listed.lines) == (
        20,
        (
            "  line 18",
            "  line 19",
            "- line 20",
            "- line 21",
            "+ edited",
            "+ twice",
            "  line 22",
            "  line 23",
        ),
    )
    assert listed.to_document()["lines"] == [*listed.lines]


def test_one_changed_line_is_shown_by_its_words() -> None:
    one, other = (json.dumps({"a": f"one\n{word}\nthree"}).encode() for word in ("two", "zwei"))
    [listed] = find_differences(*make_body_pair(one, other))
    assert (listed.line, listed.lines) == (2, ())


def test_the_tool_that_contains_a_difference_is_named() -> None:
    tool = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "a"}}}
    recorded = json.dumps({"tools": [{"type": "x"}, tool]})
    for sent, paths in (
        (recorded.replace('"type": "a"', '"type": "b"'), ["$.tools[1].function.parameters.type"]),
        (json.dumps({"tools": [{"type": "x"}]}), ["$.tools[1]"]),
    ):
        listed = find_differences(*make_body_pair(recorded.encode(), sent.encode()))
        assert [(each.path, each.within) for each in listed] == [(paths[0], "get_weather")]


def test_the_first_differences_are_listed_and_the_others_counted() -> None:
    one, other = make_body_pair(json.dumps([0] * 100).encode(), json.dumps([1] * 100).encode())
    differences = Matching(find_dialect).find_differences(one, other)
    assert (len(differences.listed), differences.more) == (
        difference.MAX_LISTED,
        100 - difference.MAX_LISTED,
    )


VOLATILE = [
    ("a UUID", "request_id", f'"{uuid.UUID(int=1)}"', f'"{uuid.UUID(int=2)}"', "a UUID"),
    ("a number that is a timestamp", "at", "1732519000", "1732519060.5", "a Unix timestamp"),
    ("a counter", "seq", "17", "18", "a counter"),
    ("a number that was chosen", "max_tokens", "17", "18", ""),
    ("a text and a number", "at", '"1732519000"', "1732519060", ""),
]


@pytest.mark.parametrize(
    ("reason", "name", "recorded", "sent", "expected"), VOLATILE, ids=[c[0] for c in VOLATILE]
)
def test_volatile_values_are_recognised(
    reason: str, name: str, recorded: str, sent: str, expected: str
) -> None:
    texts = (f'{{"{name}": {each}}}'.encode() for each in (recorded, sent))
    listed = find_differences(*make_body_pair(next(texts), next(texts)))
    assert [str(each.volatile or "") for each in listed] == [expected]


def test_a_method_is_never_volatile() -> None:
    one = make_request(target=f"/x/{uuid.UUID(int=1)}".encode())
    other = make_request(target=f"/x/{uuid.UUID(int=2)}".encode())
    assert [each.volatile for each in find_differences(one, other)] == [None]


@given(TEXTS, TEXTS)
def test_the_path_of_a_difference_ignores_it(one: str, other: str) -> None:
    requests = make_body_pair(one.encode(), other.encode())
    for reported in find_differences(*requests):
        if reported.path != "body":
            others = find_differences(*requests, reported.path)
            assert reported.path not in [each.path for each in others]


@given(TEXTS, TEXTS, st.lists(st.sampled_from(PATHS), max_size=2))
def test_no_ignored_place_is_reported(one: str, other: str, ignored: list[str]) -> None:
    requests = make_body_pair(one.encode(), other.encode())
    paths = [JsonPath.parse(each) for each in ignored]
    for mismatch in request_diff.diff_requests(
        *(normalize(each, MatchRules.parse(ignored)) for each in requests)
    ):
        if mismatch.name == "$":
            assert not any(path.matches(mismatch.keys) for path in paths)


def test_differences_are_ordered_by_part_of_the_request() -> None:
    recorded = make_request(target=b"/a?x=1", body=b'{"b": {"c": 1, "a": 2}, "a": [1]}')
    sent = make_request(target=b"/b?x=2", body=b'{"b": {"c": 2, "a": 3}, "a": [2], "z": 1}')
    paths = [each.path for each in find_differences(recorded, sent)]
    assert paths == ["path", "query.x", "$.a[0]", "$.b.a", "$.b.c", "$.z"]
