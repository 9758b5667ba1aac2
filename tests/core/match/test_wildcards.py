"""Placeholders as wildcards: the values they match, and that nothing else may differ."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.match import wildcards
from runreel.core.match.normalize import normalize
from runreel.core.match.wildcards import (
    _compile_runs,
    build_masked_text,
    build_match_text,
    build_template,
    extract_wildcard_values,
    is_wildcard_match,
)
from runreel.core.redact.search.engine import STANDARD
from runreel.model import Request
from support.build import make_request
from support.requests import (
    FORM,
    NO_TYPE,
    make_body_pair,
    make_body_request,
    make_multipart,
    make_target_pair,
)

MAIL = b"REDACTED-email-1@redacted.invalid"


def matches(recorded: Request, sent: Request) -> bool:
    template = build_template(normalize(recorded))
    return template is not None and template.matches(build_match_text(normalize(sent)))


MATCHES = [
    ("a dummy for a whole value", *make_body_pair(b'{"to": "REDACTED-email-1"}', b'{"to": "bob"}')),
    (
        "within a text",
        *make_body_pair(b'["write to REDACTED-email-1, please"]', b'["write to bob, please"]'),
    ),
    ("the placeholder of an email address", *make_body_pair(b'["' + MAIL + b'"]', b'["bob"]')),
    ("two placeholders", *make_body_pair(b'["REDACTED-a-1", "REDACTED-b-1"]', b'["x", "y"]')),
    ("two placeholders in one text", *make_body_pair(b'["REDACTED-a-1:REDACTED-b-1"]', b'["x:y"]')),
    (
        "one placeholder twice may stand for different values",
        *make_body_pair(b'["REDACTED-a-1 REDACTED-a-1"]', b'["x y"]'),
    ),
    ("a placeholder of another kind", *make_body_pair(b'["REDACTED-a-1"]', b'["REDACTED-b-7"]')),
    ("an escaped quote", *make_body_pair(b'["REDACTED-a-1"]', b'["a\\"b\\\\"]')),
    ("a control character, written as \\u", *make_body_pair(b'["REDACTED-a-1"]', b'["a\\u0001b"]')),
    ("characters beyond ASCII", *make_body_pair(b'["REDACTED-a-1"]', '["müller"]'.encode())),
    ("half of a surrogate pair", *make_body_pair(b'["REDACTED-a-1"]', b'["a\\ud800"]')),
    (
        "another spelling around it",
        *make_body_pair(b'{"a":"REDACTED-a-1","b":1}', b'{"b":1.0,"a":"x"}'),
    ),
    ("the name of a member", *make_body_pair(b'{"REDACTED-a-1": 1}', b'{"x": 1}')),
    (
        "characters that are special in regular expressions",
        *make_body_pair(b'["(.*) REDACTED-a-1 $"]', b'["(.*) x $"]'),
    ),
    ("a path", *make_target_pair(b"/v1/bots/REDACTED-a-1/me", b"/v1/bots/x/me")),
    ("a query", *make_target_pair(b"/v1?key=REDACTED-a-1&b=1", b"/v1?b=1&key=x")),
    ("a form", *make_body_pair(b"a=REDACTED-a-1&b=1", b"a=x&b=1", FORM)),
    ("a text", *make_body_pair(b"so REDACTED-a-1!", b"so x!", NO_TYPE)),
    (
        "a part",
        make_multipart(b"b", b'Content-Disposition: form-data; name="a"\r\n\r\nREDACTED-a-1'),
        make_multipart(b"c", b'Content-Disposition: form-data; name="a"\r\n\r\nx'),
    ),
]
MISMATCHES = [
    ("white space", *make_body_pair(b'["REDACTED-a-1"]', b'["x y"]')),
    ("a line break", *make_body_pair(b'["REDACTED-a-1"]', b'["x\\ny"]')),
    ("an empty string", *make_body_pair(b'["REDACTED-a-1"]', b'[""]')),
    ("not a string", *make_body_pair(b'["REDACTED-a-1"]', b"[1]")),
    ("beyond its string", *make_body_pair(b'["REDACTED-a-1"]', b'["x","y"]')),
    ("other text after it", *make_body_pair(b'["REDACTED-a-1 b"]', b'["x c"]')),
    ("other text before it", *make_body_pair(b'["a REDACTED-a-1"]', b'["b x"]')),
    ("one of two values is missing", *make_body_pair(b'["REDACTED-a-1 REDACTED-b-1"]', b'["x"]')),
    ("begin and end overlap", *make_body_pair(b'["aba REDACTED-a-1 aba"]', b'["aba aba"]')),
    ("another member", *make_body_pair(b'{"a": "REDACTED-a-1"}', b'{"b": "x"}')),
    ("an additional member", *make_body_pair(b'{"a": "REDACTED-a-1"}', b'{"a": "x", "b": 1}')),
    ("a path's next segment", *make_target_pair(b"/v1/REDACTED-a-1", b"/v1/x?y")),
    ("a form's next field", *make_body_pair(b"a=REDACTED-a-1", b"a=x&b=1", FORM)),
    ("a query's next name", *make_target_pair(b"/v1?a=REDACTED-a-1", b"/v1?a=x&b=1")),
    (
        "a value that contains the next name",
        *make_target_pair(b"/v1?a=REDACTED-a-1&b=1", b"/v1?a=x%00b%00%3D1"),
    ),
    ("a missing query", *make_target_pair(b"/v1?a=REDACTED-a-1", b"/v1")),
    ("no placeholder", *make_body_pair(b'["x"]', b'["x"]')),
    (
        "a name with no value",
        *make_target_pair(b"/v1?a=REDACTED-a-1&b", b"/v1?a=x&b="),
    ),
    (
        "a form instead of JSON",
        make_body_request(b'["REDACTED-a-1"]'),
        make_body_request(b'["x"]', FORM),
    ),
]


@pytest.mark.parametrize(("reason", "recorded", "sent"), MATCHES, ids=[row[0] for row in MATCHES])
def test_a_dummy_matches_a_placeholder(reason: str, recorded: Request, sent: Request) -> None:
    assert matches(recorded, sent)


@pytest.mark.parametrize(
    ("reason", "recorded", "sent"), MISMATCHES, ids=[row[0] for row in MISMATCHES]
)
def test_any_other_difference_does_not_match(reason: str, recorded: Request, sent: Request) -> None:
    assert not matches(recorded, sent)


def make_text_request(text: str) -> Request:
    return make_body_request(json.dumps({"a": text}).encode())


RUNS = st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1, max_size=20)
TEXTS = st.text(max_size=20)


@given(st.lists(TEXTS, min_size=2, max_size=5), st.data())
def test_any_run_of_characters_matches_a_placeholder_anywhere(
    texts: list[str], data: st.DataObject
) -> None:
    runs = [data.draw(RUNS) for _ in texts[1:]]
    recorded = " REDACTED-a-1 ".join(texts)
    sent = texts[0] + "".join(f" {run} {text}" for run, text in zip(runs, texts[1:], strict=True))
    assert matches(make_text_request(recorded), make_text_request(sent))
    assert not matches(make_text_request(recorded), make_text_request(f"{sent} and more"))


VALUES = [
    ("one value", b"to bob, at once", b"to REDACTED-a-1, at once", [b"bob"]),
    ("two values", b"a:b", b"REDACTED-x-1:REDACTED-y-1", [b"a", b"b"]),
    ("the placeholder of an email address", b"<bob>", b"<" + MAIL + b">", [b"bob"]),
    ("the shortest possible value", b"a:b:c", b"REDACTED-x-1:REDACTED-y-1", [b"a", b"b:c"]),
    ("something else differs", b"to bob", b"for REDACTED-a-1", None),
    ("white space", b"to bob b", b"to REDACTED-a-1", None),
    ("no placeholder", b"x", b"x", []),
    ("one character for two placeholders", "é".encode(), b"REDACTED-x-1REDACTED-y-1", None),
]


@pytest.mark.parametrize(("reason", "text", "template", "runs"), VALUES, ids=[r[0] for r in VALUES])
def test_extract_wildcard_values(
    reason: str, text: bytes, template: bytes, runs: list[bytes] | None
) -> None:
    assert extract_wildcard_values(text, template) == runs


VALUE_PAIRS = [
    ("a dummy", "REDACTED-a-1", "bob", True),
    ("within a text", "to REDACTED-a-1!", "to bob!", True),
    ("half of a surrogate pair", "REDACTED-a-1", "\ud800", True),
    ("white space", "REDACTED-a-1", "bob b", False),
    ("no placeholder", "a", "b", False),
    ("not a string", "REDACTED-a-1", None, False),
]


@pytest.mark.parametrize(
    ("reason", "old", "new", "expected"), VALUE_PAIRS, ids=[r[0] for r in VALUE_PAIRS]
)
def test_is_wildcard_match(reason: str, old: object, new: object, expected: bool) -> None:
    assert is_wildcard_match(old, new) is expected


@pytest.fixture
def standard_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the standard engine, as if RE2 were not installed."""
    monkeypatch.setattr(wildcards, "ENGINE", STANDARD)
    monkeypatch.setattr(wildcards, "_compile_runs", wildcards._compile_runs.__wrapped__)


@pytest.mark.usefixtures("standard_engine")
def test_the_standard_engine_gives_the_same_results() -> None:
    assert all(matches(recorded, sent) for _, recorded, sent in MATCHES)
    assert not any(matches(recorded, sent) for _, recorded, sent in MISMATCHES)
    assert all(
        extract_wildcard_values(text, template) == runs for _, text, template, runs in VALUES
    )


@pytest.mark.usefixtures("standard_engine")
def test_the_standard_engine_does_not_backtrack() -> None:
    template = b":".join([b"REDACTED-a-1"] * 30)
    assert extract_wildcard_values(b":" * 300 + b" x", template + b" y") is None, (
        "it would take years"
    )


PIECES = st.lists(st.sampled_from(["a", ":", "::", " ", '"', "a:a", "é"]), max_size=6).map("".join)


@given(st.lists(st.tuples(PIECES, PIECES), min_size=2, max_size=4))
def test_shortest_runs_match_whenever_any_runs_match(pieces: list[tuple[str, str]]) -> None:
    literals, runs = zip(*pieces, strict=True)
    text = "".join(literal + run for literal, run in pieces).removesuffix(runs[-1])
    pattern = "([^ \0]+)".join(map(re.escape, literals))
    template = "REDACTED-a-1".join(literals)
    expected = re.fullmatch(pattern, text) is not None
    assert (extract_wildcard_values(text.encode(), template.encode()) is not None) is expected


def test_masked_texts_hide_the_kind_of_a_placeholder() -> None:
    one, other = make_body_pair(b'["REDACTED-a-1"]', b'["REDACTED-b-2"]')
    assert build_masked_text(normalize(one)) == build_masked_text(normalize(other))
    assert build_masked_text(normalize(one)) != build_masked_text(
        normalize(make_request(body=b'["x"]'))
    )


def test_a_name_without_a_value_differs_from_an_empty_value() -> None:
    one, other = make_target_pair(b"/v1?a", b"/v1?a=")
    assert build_masked_text(normalize(one)) != build_masked_text(normalize(other))


def test_texts_without_placeholders_are_compared_without_a_pattern() -> None:
    _compile_runs.cache_clear()
    assert not is_wildcard_match("[" * 1000, "[" * 999)
    assert extract_wildcard_values(b"[[", b"[[") == []
    assert extract_wildcard_values(b"[", b"[[") is None
    assert extract_wildcard_values(b"for bob", b"to REDACTED-email-1") is None
    assert _compile_runs.cache_info().misses <= 1
