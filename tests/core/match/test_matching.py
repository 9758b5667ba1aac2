from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from runreel.core.match.canonical_json import CanonicalJson, encode_canonical, parse_canonical
from runreel.core.match.matching import Matching, learn_answers
from runreel.core.match.normalize import build_request_key, fingerprint
from runreel.core.match.rules import MatchRules
from runreel.dialects import find_dialect
from runreel.model import Headers, OmittedReason, Request
from support.build import make_head, make_request
from support.requests import (
    FORM,
    JSON,
    NO_TYPE,
    PATHS,
    TEXTS,
    UPLOAD,
    make_body_pair,
    make_body_request,
    make_multipart,
    make_omitted,
    make_target_pair,
)


def find_paths(recorded: Request, sent: Request) -> tuple[str, ...]:
    differences = Matching(find_dialect).find_differences(recorded, sent)
    return tuple(each.path for each in differences.listed)


PART = b'Content-Disposition: form-data; name="a"\r\nX: 1\r\n\r\nx'
SAME = [
    (
        "key order",
        *make_body_pair(b'{"a": 1, "b": {"c": 2, "d": 3}}', b'{"b": {"d": 3, "c": 2}, "a": 1}'),
    ),
    ("white space", *make_body_pair(b'{"a":[1,2]}', b' {\n"a" : [ 1 ,\t2 ]\r\n} ')),
    ("escapes", *make_body_pair(b'{"a": "\\u00e9\\/\\n"}', '{"\\u0061": "é/\\u000a"}'.encode())),
    ("surrogates", *make_body_pair(b'["\\ud83d\\ude00"]', '["😀"]'.encode())),
    ("1, 1.0, 1e0", *make_body_pair(b"[1, 1.0, 1e0]", b"[1.0, 10e-1, 1]")),
    ("0.1 and 0.10", *make_body_pair(b"[0.1]", b"[0.10]")),
    ("0, -0, 0.0 and 0e9", *make_body_pair(b"[0, 0, 0]", b"[-0, 0.0, 0e9]")),
    ("100 and 1E+2", *make_body_pair(b"[100]", b"[1E+2]")),
    ("a huge number in two spellings", *make_body_pair(b"[1e400]", b"[0.1e401]")),
    ("a byte order mark", *make_body_pair(b'{"a":1}', b'\xef\xbb\xbf{"a":1}')),
    ("an object in text", *make_body_pair(b'{"a":1,"b":2}', b'{"b":2,"a":1}', NO_TYPE)),
    (
        "the number of a placeholder",
        *make_body_pair(b'["REDACTED-email-1"]', b'["REDACTED-email-12"]'),
    ),
    (
        "the number of a placeholder in text",
        *make_body_pair(b"REDACTED-a-b-1", b"REDACTED-a-b-2", NO_TYPE),
    ),
    (
        "the number of a placeholder in a target",
        *make_target_pair(b"/a/REDACTED-x-1?k=REDACTED-key-1", b"/a/REDACTED-x-2?k=REDACTED-key-2"),
    ),
    (
        "the number of a placeholder in a form",
        *make_body_pair(b"a=REDACTED-x-1", b"a=REDACTED-x-2", FORM),
    ),
    (
        "the number of a placeholder in a part",
        make_multipart(b"b", PART + b"REDACTED-x-1"),
        make_multipart(b"b", PART + b"REDACTED-x-2"),
    ),
    ("percent-encoding of a letter", *make_target_pair(b"/%61bc%7e", b"/abc~")),
    ("letter case of percent-encoding", *make_target_pair(b"/a%2fb", b"/a%2Fb")),
    ("query order", *make_target_pair(b"/x?b=1&a=2", b"/x?a=2&b=1")),
    ("query encoding", *make_target_pair(b"/x?a=b%20c&%64=e", b"/x?d=e&a=b+c")),
    ("headers", make_request(headers=JSON), make_request(headers=((b"A", b"b"), *JSON))),
    ("a boundary", make_multipart(b"abc", PART), make_multipart(b"xyz", PART)),
    (
        "a part's header order and letter case",
        make_multipart(b"b", PART),
        make_multipart(b"b", b'x: 1\r\ncontent-disposition:form-data; name="a"\r\n\r\nx'),
    ),
    ("a form's encoding", *make_body_pair(b"a=b%20c", b"a=b+c", FORM)),
    (
        "why a body was not kept",
        make_omitted("2000:" + "a" * 64, OmittedReason.MAX_BODY),
        make_omitted("2000:" + "a" * 64, OmittedReason.MAX_MEMORY),
    ),
    (
        "bodies without a digest",
        make_omitted(),
        make_omitted(reason=OmittedReason.MAX_MEMORY),
    ),
    (
        "uploads that were not kept, whose boundary is random",
        make_omitted("2000:" + "a" * 64, headers=UPLOAD),
        make_omitted("2001:" + "b" * 64, headers=UPLOAD),
    ),
]


@pytest.mark.parametrize(("reason", "one", "other"), SAME, ids=[c[0] for c in SAME])
def test_equal_calls_in_different_spellings_match(
    reason: str, one: Request, other: Request
) -> None:
    assert fingerprint(one) == fingerprint(other)
    assert len(fingerprint(one)) == 16
    assert find_paths(one, other) == ()


OTHER = [
    ("method", make_request("GET"), make_request("POST")),
    ("method against path", make_request("GE", b"T/x"), make_request("GET", b"/x")),
    ("path", *make_target_pair(b"/a", b"/b")),
    ("a slash that is encoded", *make_target_pair(b"/a/b", b"/a%2Fb")),
    ("a percent sign that is encoded", *make_target_pair(b"/%2561", b"/%61")),
    ("no query and an empty one", *make_target_pair(b"/a", b"/a?")),
    ("no value and an empty one", *make_target_pair(b"/a?b", b"/a?b=")),
    ("the order of a repeated name", *make_target_pair(b"/a?b=1&b=2", b"/a?b=2&b=1")),
    ("an encoded ampersand", *make_target_pair(b"/a?b=1%26c=2", b"/a?b=1&c=2")),
    ("query against path", *make_target_pair(b"/a?b", b"/a%3Fb")),
    ("a string and a number", *make_body_pair(b'["1"]', b"[1]")),
    ("true and 1", *make_body_pair(b"[true]", b"[1]")),
    ("null and nothing", *make_body_pair(b'{"a": null}', b"{}")),
    ("false and null", *make_body_pair(b"[false]", b"[null]")),
    ("an array and its element", *make_body_pair(b"[[1]]", b"[1]")),
    ("array order", *make_body_pair(b"[1, 2]", b"[2, 1]")),
    ("integers beyond 2^53", *make_body_pair(b"[9007199254740993]", b"[9007199254740992]")),
    ("digits that no float has", *make_body_pair(b"[0.1]", b"[0.10000000000000000555]")),
    ("a sign", *make_body_pair(b"[1e400]", b"[-1e400]")),
    ("an exponent", *make_body_pair(b"[1e400]", b"[1e401]")),
    ("small numbers", *make_body_pair(b"[0.001]", b"[0.0001]")),
    ("tiny numbers", *make_body_pair(b"[1e-30]", b"[1e-31]")),
    ("a repeated name", *make_body_pair(b'{"a": 1, "a": 2}', b'{"a": 2}')),
    ("the order of a repeated name's values", *make_body_pair(b'{"a":1,"a":2}', b'{"a":2,"a":1}')),
    ("an object that looks like an encoded number", *make_body_pair(b'[{"": "1"}]', b"[1]")),
    (
        "an object that looks like an encoded repeated name",
        *make_body_pair(b'{"": [["a",1],["a",2]]}', b'{"a":1,"a":2}'),
    ),
    ("half a surrogate pair", *make_body_pair(b'["\\ud800"]', b'["\\ud801"]')),
    ("characters that look alike", *make_body_pair('["é"]'.encode(), '["e\u0301"]'.encode())),
    ("JSON against its text", *make_body_pair(b'["a"]', b'"[\\"a\\"]"')),
    ("a broken body", *make_body_pair(b'{"a": 1', b'{"a":1')),
    ("NaN", *make_body_pair(b"[NaN]", b"[Infinity]")),
    ("a scalar without a JSON content type", *make_body_pair(b"1", b"1.0", NO_TYPE)),
    ("a placeholder's kind", *make_body_pair(b'["REDACTED-a-1"]', b'["REDACTED-b-1"]')),
    ("a placeholder without a number", *make_body_pair(b'["REDACTED-a-1"]', b'["REDACTED-a-"]')),
    ("a form's order", *make_body_pair(b"a=1&b=2", b"b=2&a=1", FORM)),
    ("a form and JSON", make_body_request(b"{}", FORM), make_body_request(b"{}", JSON)),
    ("a part's content", make_multipart(b"b", PART), make_multipart(b"b", PART + b"y")),
    (
        "a part's order",
        make_multipart(b"b", PART, PART + b"y"),
        make_multipart(b"b", PART + b"y", PART),
    ),
    (
        "a part's name",
        make_multipart(b"b", PART),
        make_multipart(b"b", PART.replace(b'"a"', b'"b"')),
    ),
    (
        "a broken multipart body",
        *make_body_pair(
            b"--b\r\nx", b"--b\r\ny", ((b"Content-Type", b"multipart/mixed; boundary=b"),)
        ),
    ),
    (
        "a body that was not kept",
        make_request(body=b""),
        make_request(body=b"", omitted=OmittedReason.MAX_BODY),
    ),
    ("bodies not kept", make_omitted("2000:" + "a" * 64), make_omitted("2000:" + "b" * 64)),
    ("short bodies not kept, by their length", make_omitted("20"), make_omitted("21")),
    ("a body not kept and one without digest", make_omitted("20"), make_omitted()),
    (
        "uploads that could not be decoded",
        make_omitted("20", OmittedReason.ENCODING, UPLOAD),
        make_omitted("21", OmittedReason.ENCODING, UPLOAD),
    ),
]


@pytest.mark.parametrize(("reason", "one", "other"), OTHER, ids=[c[0] for c in OTHER])
def test_different_calls_do_not_match(reason: str, one: Request, other: Request) -> None:
    assert fingerprint(one) != fingerprint(other)
    assert find_paths(one, other) != ()


HOSTILE = [
    ("invalid UTF-8", b'{"a": "\xff"}'),
    ("deep nesting", b"[" * 200_000),
    ("deep nesting, closed", b"[" * 200_000 + b"]" * 200_000),
    ("nesting about as deep as Python goes", b'{"a":' * 950 + b"1" + b"}" * 950),
    ("a number of 5,000 digits", b"[" + b"9" * 5_000 + b"]"),
    ("an exponent of 5,000 digits", b"[1e" + b"9" * 5_000 + b"]"),
    ("a number of a billion digits", b"[1e999999999, 1e-999999999]"),
    ("a missing value", b'{"a": }'),
    ("NUL bytes", b'{"a": "\x00"}'),
    ("UTF-16", '{"a": 1}'.encode("utf-16")),
]


@pytest.mark.parametrize(("reason", "body"), HOSTILE, ids=[c[0] for c in HOSTILE])
def test_odd_bodies_are_compared_by_their_bytes(reason: str, body: bytes) -> None:
    one, other = make_body_request(body), make_body_request(body + b"!")
    assert fingerprint(one) == fingerprint(make_body_request(body))
    assert fingerprint(one) != fingerprint(other)
    assert find_paths(one, other) == ("body",)
    assert find_paths(one, make_request()) != ()


def fingerprint_at_depth(calls: int, request: Request) -> bytes:
    """Compute the fingerprint with ``calls`` more frames on the call stack."""
    return fingerprint_at_depth(calls - 1, request) if calls else fingerprint(request)


@pytest.mark.parametrize("levels", [100, 499, 500, 501, 800, 900, 950])
@pytest.mark.parametrize("kind", ['{{"a": {}}}', "[{}]", '{{"a": 1, "a": {}}}'], ids=repr)
def test_the_depth_of_the_call_stack_does_not_change_a_fingerprint(kind: str, levels: int) -> None:
    before, after = kind.format("|").split("|")
    request = make_body_request((before * levels + "1" + after * levels).encode())
    assert fingerprint_at_depth(300, request) == fingerprint(request)


def make_repeated_names(levels: int) -> bytes:
    """Make an array of many objects; the last one repeats a name, in itself and all below it."""
    return b"[%b%b1%b]" % (b"{}," * 300, b'{"a":"","a":' * levels, b"}" * levels)


DEPTHS = [
    ("500 levels", b"[" * 500 + b"]" * 500, True),
    ("501 levels", b"[" * 501 + b"]" * 501, False),
    ("a number is a level", b"[[]," + b"[" * 499 + b"1" + b"]" * 500, False),
    ("166 repeated names", make_repeated_names(166), True),
    ("167 repeated names", make_repeated_names(167), False),
    ("many values side by side", b"[" + b'[[{"a":[]}]],' * 2_000 + b"[]]", True),
    ("brackets in strings", b'["' + b"[{" * 2_000 + b'"]', True),
    ("brackets behind an escaped quote", b'["\\"' + b"[" * 2_000 + b'"]', True),
    ("a string that ends in a backslash", b'["\\\\",' + b"[" * 500 + b"]" * 500 + b"]", False),
    ("brackets in UTF-16", ("[" * 500 + "]" * 500).encode("utf-16"), True),
]


@pytest.mark.parametrize(("reason", "body", "is_read"), DEPTHS, ids=[row[0] for row in DEPTHS])
def test_the_depth_of_a_body_is_measured(reason: str, body: bytes, is_read: bool) -> None:
    if is_read:
        parse_canonical(body)
        return
    with pytest.raises(ValueError, match="nested too deep"):
        parse_canonical(body)


@pytest.mark.slow
def test_a_value_nested_too_deep_cannot_be_encoded() -> None:
    tree: CanonicalJson = "leaf"
    for _ in range(100_000):
        tree = [tree]
    with pytest.raises(ValueError, match="nested too deep"):
        encode_canonical(tree)


def parse_meaning(text: str) -> object:
    """Parse a JSON text to a value that Python compares by type and value."""
    return json.loads(
        text,
        object_pairs_hook=lambda pairs: ("object", sorted(pairs, key=lambda pair: pair[0])),
        parse_int=lambda number: ("number", Decimal(number)),
        parse_float=lambda number: ("number", Decimal(number)),
    )


@given(TEXTS, TEXTS)
def test_bodies_match_if_and_only_if_their_values_are_equal(one: str, other: str) -> None:
    same = parse_meaning(one) == parse_meaning(other)
    requests = make_body_request(one.encode()), make_body_request(other.encode())
    assert (fingerprint(requests[0]) == fingerprint(requests[1])) is same
    assert (find_paths(*requests) == ()) is same


ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32-be", "latin-1"])
KINDS: st.SearchStrategy[Headers] = st.sampled_from([NO_TYPE, JSON, FORM, UPLOAD])
BODIES = st.binary(max_size=20) | st.tuples(TEXTS, ENCODINGS).map(
    lambda pair: pair[0].encode(pair[1])
)


@given(BODIES, BODIES, KINDS, st.lists(st.sampled_from(PATHS), max_size=2))
def test_bodies_of_any_bytes_match_if_and_only_if_they_have_no_differences(
    one: bytes, other: bytes, kind: Headers, ignored: list[str]
) -> None:
    matching = Matching(find_dialect, MatchRules.parse((*ignored, "form.a")))
    requests = make_body_request(one, kind), make_body_request(other, kind)
    same = matching.fingerprint(requests[0]) == matching.fingerprint(requests[1])
    assert (matching.find_differences(*requests).listed == ()) is same


@given(st.text("/a%4F1?&=+", max_size=8), st.text("/a%4F1?&=+", max_size=8))
def test_targets_match_if_and_only_if_they_have_no_differences(one: str, other: str) -> None:
    requests = make_target_pair(b"/" + one.encode(), b"/" + other.encode())
    same = fingerprint(requests[0]) == fingerprint(requests[1])
    assert (find_paths(*requests) == ()) is same


KEYS = [
    ("percent-encoding", *make_target_pair(b"/v1/files/a%7Eb", b"/v1/files/a~b")),
    (
        "the number of a placeholder",
        *make_target_pair(b"/REDACTED-api-key-1", b"/REDACTED-api-key-7"),
    ),
    ("the query", *make_target_pair(b"/a?b", b"/a")),
]


@pytest.mark.parametrize(("reason", "one", "other"), KEYS, ids=[c[0] for c in KEYS])
def test_equal_calls_have_equal_request_keys(reason: str, one: Request, other: Request) -> None:
    assert build_request_key(one) == build_request_key(other)
    assert build_request_key(one) != build_request_key(replace(other, method="PUT"))


def make_get(**headers: str) -> Request:
    pairs = ((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items())
    return make_request("GET", b"/v1/x", tuple(pairs), b"")


def learn(*answers: tuple[Request, Headers]) -> Matching:
    matching = Matching(find_dialect)
    heads = [make_head(number=at, request=each) for at, (each, _) in enumerate(answers, start=1)]
    learn_answers(matching, heads, lambda number: answers[number - 1][1])
    return matching


JSON_ANSWER: Headers = ((b"Content-Type", b"application/json"),)
EVENTS: Headers = ((b"Content-Type", b"text/event-stream; charset=utf-8"),)

CHOOSING = [
    ("a stream that is resumed", make_get(), make_get(Last_Event_ID="7"), "headers.last-event-id"),
    ("a range", make_get(Range="bytes=0-1"), make_get(range="bytes=2-"), "headers.range"),
    *(
        (f"a condition, {name}", make_get(**{name: "a"}), make_get(), f"headers.{name.lower()}")
        for name in ("If-Match", "If-None-Match", "If-Range")
    ),
    *(
        (f"a condition, {name}", make_get(), make_get(**{name: "a"}), f"headers.{name.lower()}")
        for name in ("If-Modified-Since", "If-Unmodified-Since")
    ),
]


@pytest.mark.parametrize(
    ("reason", "recorded", "sent", "path"), CHOOSING, ids=[row[0] for row in CHOOSING]
)
def test_headers_that_choose_an_answer_count(
    reason: str, recorded: Request, sent: Request, path: str
) -> None:
    matching = Matching(find_dialect)
    assert matching.fingerprint(recorded) != matching.fingerprint(sent)
    assert [each.path for each in matching.find_differences(recorded, sent).listed] == [path]
    ignoring = Matching(find_dialect, MatchRules.parse([path]))
    assert ignoring.fingerprint(recorded) == ignoring.fingerprint(sent)


def test_what_an_answer_varies_by_counts_in_calls_of_its_path() -> None:
    german, other = make_get(Accept_Language="de"), make_get(Accept_Language="en")
    elsewhere = replace(german, target=b"/v1/y"), replace(other, target=b"/v1/y")
    matching = learn((german, ((b"Vary", b"Origin, Accept-Language"),)), (elsewhere[0], ()))
    assert matching.fingerprint(german) != matching.fingerprint(other)
    assert matching.fingerprint(elsewhere[0]) == matching.fingerprint(elsewhere[1])
    assert [each.path for each in matching.find_differences(german, other).listed] == [
        "headers.accept-language"
    ]


VERSION = [
    ("the anthropic dialect counts its version", b"/v1/messages", False),
    ("others do not", b"/v1/chat/completions", True),
]


@pytest.mark.parametrize(("reason", "target", "is_equal"), VERSION, ids=[row[0] for row in VERSION])
def test_what_a_dialect_names_counts(reason: str, target: bytes, is_equal: bool) -> None:
    one, other = (
        make_request("POST", target, ((b"anthropic-version", date),), b"{}")
        for date in (b"2023-06-01", b"2024-01-01")
    )
    matching = Matching(find_dialect)
    assert (matching.fingerprint(one) == matching.fingerprint(other)) is is_equal


ACCEPTED = [
    ("a newer client, which asks for any type", "application/json", JSON_ANSWER, "*/*"),
    ("one that asks for events", "application/json", EVENTS, "text/event-stream"),
    ("one that asks for events no more", "text/event-stream", EVENTS, "*/*"),
    ("another order", "text/event-stream, application/json", EVENTS, "text/event-stream"),
    ("the bytes of a file", "application/binary", JSON_ANSWER, "application/octet-stream"),
    ("an answer without a type", "text/csv", (), "application/json"),
]


@pytest.mark.parametrize(
    ("reason", "recorded", "answer", "sent"), ACCEPTED, ids=[row[0] for row in ACCEPTED]
)
def test_a_client_that_accepts_the_answer_gets_it(
    reason: str, recorded: str, answer: Headers, sent: str
) -> None:
    call, other = make_get(Accept=recorded), make_get(Accept=sent)
    matching = learn((call, answer))
    fingerprints = matching.fingerprint(other), matching.find_acceptable(other)
    assert matching.fingerprint(call) in fingerprints
    assert matching.find_differences(call, other).listed == ()


REFUSED = [
    ("JSON for a client that asks for text", "application/json", JSON_ANSWER, "text/csv"),
    ("JSON for one that asks for events", "*/*", JSON_ANSWER, "text/event-stream"),
    ("events for one that asks for JSON", "text/event-stream", EVENTS, "application/json"),
    (
        "the answer depends on it",
        "application/json",
        (*JSON_ANSWER, (b"Vary", b"Accept")),
        "text/html, */*",
    ),
]


@pytest.mark.parametrize(
    ("reason", "recorded", "answer", "sent"), REFUSED, ids=[row[0] for row in REFUSED]
)
def test_a_client_that_asks_for_another_type_does_not_get_the_answer(
    reason: str, recorded: str, answer: Headers, sent: str
) -> None:
    call, other = make_get(Accept=recorded), make_get(Accept=sent)
    matching = learn((call, answer))
    assert matching.fingerprint(call) != matching.fingerprint(other)
    assert matching.find_acceptable(other) is None
    [difference] = matching.find_differences(call, other).listed
    assert difference.description == (f'headers.accept: recorded "{recorded}", sent "{sent}"')


def test_of_two_recorded_types_each_client_gets_its_own() -> None:
    json_, events = make_get(Accept="application/json"), make_get(Accept="text/event-stream")
    matching = learn((json_, JSON_ANSWER), (events, EVENTS))
    assert matching.fingerprint(json_) != matching.fingerprint(events)
    wish = make_get(Accept="text/event-stream, application/json;q=0.5")
    assert matching.find_acceptable(wish) == matching.fingerprint(events)
    ignoring = Matching(find_dialect, MatchRules.parse(["headers.accept"]))
    assert ignoring.fingerprint(json_) == ignoring.fingerprint(events)


def test_rules_do_not_change_the_numbers_of_other_bodies() -> None:
    rules = MatchRules.parse(ignore=["$..a"], bind=["$..*", "$.n.*"])
    body = b'{"n": [1, 2.5], "a": 1}'
    before = fingerprint(make_request(body=body))
    fingerprint(make_request(body=body), rules)
    assert fingerprint(make_request(body=body)) == before
    assert parse_canonical(b"[1,2.5]") == [{"": "1"}, {"": "2.5"}]
