from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.match import (
    Difference,
    difference,
    differences,
    fingerprint,
    nearest,
    place_of,
)
from runreel.core.match.reading import Reading, reading
from runreel.core.match.trees import Tree, canonical
from runreel.model import Headers, Omitted, Request
from support.build import make_request

NO_TYPE: Headers = ()
JSON: Headers = ((b"Content-Type", b"application/json"),)
UPLOAD: Headers = ((b"Content-Type", b"multipart/form-data; boundary=b"),)
FORM: Headers = ((b"Content-Type", b"application/x-www-form-urlencoded"),)


def request_of(body: bytes, headers: Headers = JSON) -> Request:
    return make_request(body=body, headers=headers)


def multipart(boundary: bytes, *parts: bytes) -> Request:
    lines = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    content_type = b"multipart/form-data; boundary=" + boundary
    return request_of(lines + b"--" + boundary + b"--\r\n", ((b"Content-Type", content_type),))


def omitted(digest: str = "", why: Omitted = Omitted.MAX_BODY, kind: Headers = JSON) -> Request:
    return Request("POST", b"/v1/files", kind, omitted=why, digest=digest)


def targets(one: bytes, other: bytes) -> tuple[Request, Request]:
    return make_request(target=one), make_request(target=other)


def bodies(one: bytes, other: bytes, headers: Headers = JSON) -> tuple[Request, Request]:
    return request_of(one, headers), request_of(other, headers)


PART = b'Content-Disposition: form-data; name="a"\r\nX: 1\r\n\r\nx'
SAME = [
    ("key order", *bodies(b'{"a": 1, "b": {"c": 2, "d": 3}}', b'{"b": {"d": 3, "c": 2}, "a": 1}')),
    ("white space", *bodies(b'{"a":[1,2]}', b' {\n"a" : [ 1 ,\t2 ]\r\n} ')),
    ("escapes", *bodies(b'{"a": "\\u00e9\\/\\n"}', '{"\\u0061": "é/\\u000a"}'.encode())),
    ("surrogates", *bodies(b'["\\ud83d\\ude00"]', '["😀"]'.encode())),
    ("1, 1.0, 1e0", *bodies(b"[1, 1.0, 1e0]", b"[1.0, 10e-1, 1]")),
    ("0.1 and 0.10", *bodies(b"[0.1]", b"[0.10]")),
    ("0, -0, 0.0 and 0e9", *bodies(b"[0, 0, 0]", b"[-0, 0.0, 0e9]")),
    ("100 and 1E+2", *bodies(b"[100]", b"[1E+2]")),
    ("a huge number in two spellings", *bodies(b"[1e400]", b"[0.1e401]")),
    ("a byte order mark", *bodies(b'{"a":1}', b'\xef\xbb\xbf{"a":1}')),
    ("an object in text", *bodies(b'{"a":1,"b":2}', b'{"b":2,"a":1}', NO_TYPE)),
    ("the number of a placeholder", *bodies(b'["REDACTED-email-1"]', b'["REDACTED-email-12"]')),
    ("the same in text", *bodies(b"REDACTED-a-b-1", b"REDACTED-a-b-2", NO_TYPE)),
    (
        "the same in a target",
        *targets(b"/a/REDACTED-x-1?k=REDACTED-key-1", b"/a/REDACTED-x-2?k=REDACTED-key-2"),
    ),
    ("the same in a form", *bodies(b"a=REDACTED-x-1", b"a=REDACTED-x-2", FORM)),
    (
        "the same in a part",
        multipart(b"b", PART + b"REDACTED-x-1"),
        multipart(b"b", PART + b"REDACTED-x-2"),
    ),
    ("percent-encoding of a letter", *targets(b"/%61bc%7e", b"/abc~")),
    ("letter case of percent-encoding", *targets(b"/a%2fb", b"/a%2Fb")),
    ("query order", *targets(b"/x?b=1&a=2", b"/x?a=2&b=1")),
    ("query encoding", *targets(b"/x?a=b%20c&%64=e", b"/x?d=e&a=b+c")),
    ("headers", make_request(headers=JSON), make_request(headers=((b"A", b"b"), *JSON))),
    ("a boundary", multipart(b"abc", PART), multipart(b"xyz", PART)),
    (
        "a part's header order and letter case",
        multipart(b"b", PART),
        multipart(b"b", b'x: 1\r\ncontent-disposition:form-data; name="a"\r\n\r\nx'),
    ),
    ("a form's encoding", *bodies(b"a=b%20c", b"a=b+c", FORM)),
    (
        "why a body was not kept",
        omitted("2000:" + "a" * 64, Omitted.MAX_BODY),
        omitted("2000:" + "a" * 64, Omitted.MAX_MEMORY),
    ),
    ("bodies that no digest was taken of", omitted(), omitted(why=Omitted.MAX_MEMORY)),
    (
        "uploads that were not kept: their boundary is random",
        omitted("2000:" + "a" * 64, kind=UPLOAD),
        omitted("2001:" + "b" * 64, kind=UPLOAD),
    ),
]


@pytest.mark.parametrize(("reason", "one", "other"), SAME, ids=[c[0] for c in SAME])
def test_spelling_does_not_count(reason: str, one: Request, other: Request) -> None:
    assert fingerprint(one) == fingerprint(other)
    assert len(fingerprint(one)) == 16
    assert differences(one, other) == ()


OTHER = [
    ("method", make_request("GET"), make_request("POST")),
    ("method against path", make_request("GE", b"T/x"), make_request("GET", b"/x")),
    ("path", *targets(b"/a", b"/b")),
    ("a slash that is encoded", *targets(b"/a/b", b"/a%2Fb")),
    ("a percent sign that is encoded", *targets(b"/%2561", b"/%61")),
    ("no query and an empty one", *targets(b"/a", b"/a?")),
    ("no value and an empty one", *targets(b"/a?b", b"/a?b=")),
    ("the order of a repeated name", *targets(b"/a?b=1&b=2", b"/a?b=2&b=1")),
    ("an encoded ampersand", *targets(b"/a?b=1%26c=2", b"/a?b=1&c=2")),
    ("query against path", *targets(b"/a?b", b"/a%3Fb")),
    ("a string and a number", *bodies(b'["1"]', b"[1]")),
    ("true and 1", *bodies(b"[true]", b"[1]")),
    ("null and nothing", *bodies(b'{"a": null}', b"{}")),
    ("false and null", *bodies(b"[false]", b"[null]")),
    ("an array and its element", *bodies(b"[[1]]", b"[1]")),
    ("array order", *bodies(b"[1, 2]", b"[2, 1]")),
    ("integers beyond 2^53", *bodies(b"[9007199254740993]", b"[9007199254740992]")),
    ("digits that no float has", *bodies(b"[0.1]", b"[0.10000000000000000555]")),
    ("a sign", *bodies(b"[1e400]", b"[-1e400]")),
    ("an exponent", *bodies(b"[1e400]", b"[1e401]")),
    ("small numbers", *bodies(b"[0.001]", b"[0.0001]")),
    ("tiny numbers", *bodies(b"[1e-30]", b"[1e-31]")),
    ("a repeated name", *bodies(b'{"a": 1, "a": 2}', b'{"a": 2}')),
    ("the order of a repeated name's values", *bodies(b'{"a":1,"a":2}', b'{"a":2,"a":1}')),
    ("an object that looks like our number", *bodies(b'[{"": "1"}]', b"[1]")),
    (
        "an object that looks like our repeated name",
        *bodies(b'{"": [["a",1],["a",2]]}', b'{"a":1,"a":2}'),
    ),
    ("half a surrogate pair", *bodies(b'["\\ud800"]', b'["\\ud801"]')),
    ("characters that look alike", *bodies('["é"]'.encode(), '["e\u0301"]'.encode())),
    ("JSON against its text", *bodies(b'["a"]', b'"[\\"a\\"]"')),
    ("a broken body", *bodies(b'{"a": 1', b'{"a":1')),
    ("NaN", *bodies(b"[NaN]", b"[Infinity]")),
    ("a scalar that nothing calls JSON", *bodies(b"1", b"1.0", NO_TYPE)),
    ("a placeholder's kind", *bodies(b'["REDACTED-a-1"]', b'["REDACTED-b-1"]')),
    ("a placeholder without a number", *bodies(b'["REDACTED-a-1"]', b'["REDACTED-a-"]')),
    ("a form's order", *bodies(b"a=1&b=2", b"b=2&a=1", FORM)),
    ("a form and JSON", request_of(b"{}", FORM), request_of(b"{}", JSON)),
    ("a part's content", multipart(b"b", PART), multipart(b"b", PART + b"y")),
    ("a part's order", multipart(b"b", PART, PART + b"y"), multipart(b"b", PART + b"y", PART)),
    ("a part's name", multipart(b"b", PART), multipart(b"b", PART.replace(b'"a"', b'"b"'))),
    (
        "a broken multipart body",
        *bodies(b"--b\r\nx", b"--b\r\ny", ((b"Content-Type", b"multipart/mixed; boundary=b"),)),
    ),
    (
        "a body that was not kept",
        make_request(body=b""),
        make_request(body=b"", omitted=Omitted.MAX_BODY),
    ),
    ("bodies not kept", omitted("2000:" + "a" * 64), omitted("2000:" + "b" * 64)),
    ("short bodies not kept, by their length", omitted("20"), omitted("21")),
    ("a body not kept and one without digest", omitted("20"), omitted()),
    (
        "uploads that could not be decoded",
        omitted("20", Omitted.ENCODING, UPLOAD),
        omitted("21", Omitted.ENCODING, UPLOAD),
    ),
]


@pytest.mark.parametrize(("reason", "one", "other"), OTHER, ids=[c[0] for c in OTHER])
def test_everything_else_counts(reason: str, one: Request, other: Request) -> None:
    assert fingerprint(one) != fingerprint(other)
    assert differences(one, other) != ()


HOSTILE = [
    ("no UTF-8", b'{"a": "\xff"}'),
    ("deep nesting", b"[" * 200_000),
    ("deep nesting, closed", b"[" * 200_000 + b"]" * 200_000),
    ("nesting about as deep as Python goes", b'{"a":' * 950 + b"1" + b"}" * 950),
    ("a number of 5,000 digits", b"[" + b"9" * 5_000 + b"]"),
    ("an exponent of 5,000 digits", b"[1e" + b"9" * 5_000 + b"]"),
    ("a number of a billion digits", b"[1e999999999, 1e-999999999]"),
    ("no value", b'{"a": }'),
    ("NUL bytes", b'{"a": "\x00"}'),
    ("UTF-16", '{"a": 1}'.encode("utf-16")),
]


@pytest.mark.parametrize(("reason", "body"), HOSTILE, ids=[c[0] for c in HOSTILE])
def test_nothing_is_too_odd_to_be_told_apart(reason: str, body: bytes) -> None:
    one, other = request_of(body), request_of(body + b"!")
    assert fingerprint(one) == fingerprint(request_of(body))
    assert fingerprint(one) != fingerprint(other)
    assert [each.path for each in differences(one, other)] == ["body"]
    assert differences(one, make_request())[0].path.startswith("body")


def deep(depth: int, leaf: bytes) -> Request:
    return request_of(b"[" * depth + leaf + b"]" * depth)


@pytest.mark.parametrize("depth", [1, 100, 500, 980, 2_000])
def test_a_difference_is_found_however_deep(depth: int) -> None:
    [shown] = differences(deep(depth, b"1"), deep(depth, b"2"))
    assert shown.path.startswith("body")


def test_what_is_almost_too_deep_is_shown_somehow() -> None:
    for depth in range(900, 1000):
        [shown] = differences(deep(depth, b"1"), request_of(b'"x"'))
        assert shown.recorded.startswith("[[[")


def test_what_python_fails_to_walk_differs_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    def readable(tree: Tree) -> str:
        raise RecursionError

    monkeypatch.setattr(difference, "readable", readable)
    assert differences(*bodies(b'{"a": 1}', b'{"a": 2}')) == (
        Difference("body", '{"a":1}', '{"a":2}'),
    )


def test_what_is_too_deep_to_be_written_is_no_json() -> None:
    tree: Tree = "leaf"
    for _ in range(100_000):
        tree = [tree]
    with pytest.raises(ValueError, match="nested too deep"):
        canonical(tree)


NUMBERS = st.sampled_from(["0", "-0", "1", "1.0", "10e-1", "0.1", "0.10", "1e400", "-1", "12"])
NAMES = st.text('a":\\', max_size=2)
TEXTS = st.recursive(
    NUMBERS | st.sampled_from(["null", "true", "false"]) | NAMES.map(json.dumps),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]")
        | st.lists(st.tuples(NAMES.map(json.dumps), inner), max_size=3).map(
            lambda pairs: "{" + ", ".join(f"{name}: {value}" for name, value in pairs) + "}"
        )
    ),
    max_leaves=6,
)


def meaning(text: str) -> object:
    """What a JSON text means, as a value that Python compares by type and value."""
    return json.loads(
        text,
        object_pairs_hook=lambda pairs: ("object", sorted(pairs, key=lambda pair: pair[0])),
        parse_int=lambda number: ("number", Decimal(number)),
        parse_float=lambda number: ("number", Decimal(number)),
    )


@given(TEXTS, TEXTS)
def test_two_bodies_match_if_and_only_if_they_mean_the_same(one: str, other: str) -> None:
    same = meaning(one) == meaning(other)
    requests = request_of(one.encode()), request_of(other.encode())
    assert (fingerprint(requests[0]) == fingerprint(requests[1])) is same
    assert (differences(*requests) == ()) is same


@given(st.text("/a%4F1?&=+", max_size=8), st.text("/a%4F1?&=+", max_size=8))
def test_targets_that_are_told_apart_differ_in_words(one: str, other: str) -> None:
    requests = targets(b"/" + one.encode(), b"/" + other.encode())
    same = fingerprint(requests[0]) == fingerprint(requests[1])
    assert (differences(*requests) == ()) is same


DIFFERENCES = [
    ("method", make_request("GET"), make_request("POST"), ("method", "GET", "POST")),
    ("path", *targets(b"/a", b"/b"), ("path", "/a", "/b")),
    ("query", *targets(b"/a?b=1", b"/a?b=2"), ("query.b", '"1"', '"2"')),
    ("query, missing", *targets(b"/a?b=1", b"/a"), ("query.b", '"1"', "nothing")),
    ("query, no value", *targets(b"/a?b", b"/a?b="), ("query.b", "no value", '""')),
    ("query, repeated", *targets(b"/a?b=1&b=2", b"/a?b=1"), ("query.b", '"1" & "2"', '"1"')),
    (
        "a member",
        *bodies(b'{"a": {"b": 1.50}}', b'{"a": {"b": "1.5"}}'),
        ("body.a.b", "1.5", '"1.5"'),
    ),
    ("a member that is missing", *bodies(b'{"a": null}', b"{}"), ("body.a", "null", "nothing")),
    ("an element", *bodies(b"[1, 2, 3]", b"[1, 5, 3]"), ("body[1]", "2", "5")),
    (
        "an element more",
        *bodies(b'{"a": []}', b'{"a": [{"b": 1}]}'),
        ("body.a[0]", "nothing", '{"b":1}'),
    ),
    ("another type", *bodies(b'{"a": [1]}', b'{"a": {"b": 1}}'), ("body.a", "[1]", '{"b":1}')),
    (
        "a repeated name",
        *bodies(b'{"a":1,"a":2}', b'{"a":1}'),
        ("body", '{"":[["a",1],["a",2]]}', '{"a":1}'),
    ),
    (
        "text that looks like our number",
        *bodies(b'["{\\"\\":\\"1\\"}"]', b"[1]"),
        ("body[0]", r'"{\"\":\"1\"}"', "1"),
    ),
    (
        "long text",
        *bodies(b'["' + b"x" * 80 + b'"]', b"[0]"),
        ("body[0]", '"' + "x" * 58 + "…", "0"),
    ),
    ("other characters", *bodies('["é"]'.encode(), b'["e"]'), ("body[0]", '"é"', '"e"')),
    ("text", *bodies(b"a\xff", b"", NO_TYPE), ("body", "a\\xff", "nothing")),
    ("JSON and text", request_of(b"[1]"), request_of(b"x"), ("body", "[1]", "x")),
    ("forms", *bodies(b"a=1", b"a=2", FORM), ("body", "another form body", "another form body")),
    (
        "not kept",
        make_request(body=b"[]"),
        make_request(body=b"", omitted=Omitted.MAX_BODY),
        ("body", "[]", "a body that was not kept"),
    ),
    (
        "not kept, both",
        omitted("2000:" + "0123456789abcdef" * 4),
        omitted("20"),
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


def test_all_differences_come_in_the_order_of_their_names() -> None:
    recorded = make_request(target=b"/a?x=1", body=b'{"b": {"c": 1, "a": 2}, "a": [1]}')
    sent = make_request(target=b"/b?x=2", body=b'{"b": {"c": 2, "a": 3}, "a": [2], "z": 1}')
    paths = [each.path for each in differences(recorded, sent)]
    assert paths == ["path", "query.x", "body.a[0]", "body.b.a", "body.b.c", "body.z"]


class TestNearest:
    def test_there_is_none_among_none(self) -> None:
        assert nearest(make_request(), []) is None

    def test_the_same_path_comes_first(self) -> None:
        sent = make_request(target=b"/a", body=b'{"a": 1, "b": 2}')
        other_path = make_request(target=b"/b", body=b'{"a": 1, "b": 2}')
        same_path = make_request(target=b"/a", body=b'{"a": 3, "b": 4}')
        assert nearest(sent, [other_path, same_path]) == 1

    def test_then_the_fewest_differences(self) -> None:
        sent = request_of(b'{"a": 1, "b": 2}')
        candidates = [request_of(body) for body in (b"{}", b'{"a": 1}', b'{"b": 2}')]
        assert nearest(sent, candidates) == 1

    def test_without_the_path_the_fewest_differences_of_all(self) -> None:
        sent = make_request(target=b"/a", body=b"[1]")
        candidates = [make_request(target=b"/b", body=body) for body in (b"[1, 2, 3]", b"[1]")]
        assert nearest(sent, candidates) == 1

    def test_the_same_method_comes_before_fewer_differences(self) -> None:
        sent = make_request("POST", body=b'{"a": 1, "b": 2}')
        candidates = [make_request("GET", body=sent.body), make_request(body=b"{}")]
        assert nearest(sent, candidates) == 1

    def test_without_the_path_the_one_with_the_fewest_other_segments(self) -> None:
        sent = make_request(target=b"/v1/threads/thread_9/runs", body=b"[1]")
        others = (b"/v1/threads", b"/v1/files/file_1/content", b"/v1/threads/thread_1/runs?a=1")
        candidates = [make_request(target=target, body=b"[1]") for target in others]
        assert nearest(sent, candidates) == 2

    def test_of_equals_the_first(self) -> None:
        assert nearest(request_of(b"[1]"), [request_of(b"[2]"), request_of(b"[3]")]) == 0


def call(number: int) -> Request:
    """One of many calls that differ in a few places each."""
    settings = {str(place): f"value {place}" for place in range(20)}
    members = {"n": number, "user": f"u{number % 7}", "metadata": settings, "last": f"m{number}"}
    return request_of(json.dumps({"text": "lorem ipsum " * 80, **members}).encode())


MANY = [call(number) for number in range(1_000)]
ONE_OFF = [
    ("the first member", b'"text": "lorem', b'"text": "Lorem'),
    ("a number", b'"n": 777', b'"n": 0.5'),
    ("a member in between", b'"11": "value 11"', b'"11": "another"'),
    ("the last member", b'"last": "m777"', b'"last": "and something longer"'),
    ("one member less", b'"user": "u0", ', b""),
    ("one member more", b'"n": 777', b'"n": 777, "more": {"a": [1, 2, 3]}'),
]


@pytest.mark.parametrize(("reason", "old", "new"), ONE_OFF, ids=[c[0] for c in ONE_OFF])
def test_among_many_the_one_that_differs_in_one_place_is_found(
    reason: str, old: bytes, new: bytes
) -> None:
    assert old in MANY[777].body
    sent = replace(MANY[777], body=MANY[777].body.replace(old, new))
    assert nearest(sent, MANY) == 777


def test_among_many_the_query_counts_too() -> None:
    polls = [make_request("GET", b"/x?a=%d&b=%d&c=%d" % (n, n, n), body=b"") for n in range(500)]
    assert nearest(make_request("GET", b"/x?a=400&b=1&c=400", body=b""), polls) == 400


def test_among_many_few_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Request] = []

    def counted(request: Request) -> Reading:
        read.append(request)
        return reading(request)

    monkeypatch.setattr("runreel.core.match.ranking.reading", counted)
    assert nearest(request_of(b'{"n": 5}'), MANY) == 5
    assert len(read) == 33


def test_of_large_bodies_a_bounded_share_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runreel.core.match.ranking._COMPARED_BYTES", 1)
    assert nearest(request_of(b"[2]"), [request_of(b"[1, 1]"), request_of(b"[2, 2]")]) == 0


PLACES = [
    ("percent-encoding", *targets(b"/v1/files/a%7Eb", b"/v1/files/a~b")),
    ("the number of a placeholder", *targets(b"/REDACTED-api-key-1", b"/REDACTED-api-key-7")),
    ("the query", *targets(b"/a?b", b"/a")),
]


@pytest.mark.parametrize(("reason", "one", "other"), PLACES, ids=[c[0] for c in PLACES])
def test_the_place_of_a_request_is_what_fingerprints_take(
    reason: str, one: Request, other: Request
) -> None:
    assert place_of(one) == place_of(other)
    assert place_of(one) != place_of(replace(other, method="PUT"))
