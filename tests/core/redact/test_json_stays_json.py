"""Whatever is redacted in JSON, the result is JSON of the same shape."""

from __future__ import annotations

import json
import re
from typing import TypeAlias

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runreel.core.dialect import Channels
from runreel.core.redact import Redactor, Rules, Vault
from support.build import make_answer, make_exchange, make_request

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

RULES = Rules.build()
SECRETS = ("4111111111111111", "+14155550132", "4242424242424242", "ann@example.org", "12345678")
CARDS = (4111111111111111, 4242424242424242, 378282246310005, -4242424242424242, 12345678)
CREDENTIALS = ("password", "api_key", "token")
NAMES = ("a", "score", "phone", "card", "index", "id", "text")

numbers = st.one_of(
    st.integers(-(2**63), 2**63),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(CARDS),
    st.sampled_from(CARDS).map(lambda number: number / 16),
)
words = st.one_of(
    st.sampled_from(SECRETS), st.sampled_from(("or", '"', "\\", "\n", ", ", "[", "{"))
)
strings = st.lists(words, max_size=4).map("".join)
credentials: st.SearchStrategy[Json] = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, st.sampled_from(SECRETS)),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


def build_objects(members: st.SearchStrategy[Json]) -> st.SearchStrategy[dict[str, Json]]:
    return st.builds(
        lambda one, other: {**one, **other},
        st.dictionaries(st.sampled_from(NAMES), members, max_size=4),
        st.dictionaries(st.sampled_from(CREDENTIALS), credentials, max_size=2),
    )


values: st.SearchStrategy[Json] = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, strings, numbers.map(repr)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5), build_objects(inner), inner.map(json.dumps)
    ),
    max_leaves=20,
)


def describe_shape(value: Json, *, in_strings: bool = True) -> object:
    """Return the value without what redaction may change: strings and numbers.

    ``in_strings``: with the shape of JSON in strings.
    """
    if isinstance(value, dict):
        return {
            name: describe_shape(member, in_strings=in_strings) for name, member in value.items()
        }
    if isinstance(value, list):
        return [describe_shape(item, in_strings=in_strings) for item in value]
    if isinstance(value, str):
        return describe_content(value) if in_strings else "string"
    return "number" if type(value) in (int, float) else value


def describe_content(text: str) -> object:
    """Return the shape of JSON in a string, or only that it is a string."""
    try:
        value = json.loads(text)
    except ValueError:
        return "string"
    return ("JSON", describe_shape(value)) if isinstance(value, dict | list) else "string"


@pytest.mark.slow
@example(['["[\\"\\\\nann@example.org\\"]"]'], None)  # the n belongs to an escape, a level deeper
@given(st.one_of(st.lists(values, max_size=6), build_objects(values)), st.sampled_from((None, 2)))
def test_a_document_keeps_its_shape(document: Json, indent: int | None) -> None:
    body = json.dumps(document, indent=indent).encode()
    redactor = Redactor(RULES, Vault())
    clean = redactor.redact_exchange(
        make_exchange(request=make_request(body=body), answer=make_answer(body))
    )
    for redacted in (clean.head.request.body, clean.answer.body):
        assert describe_shape(json.loads(redacted)) == describe_shape(document)


@pytest.mark.slow
@given(st.lists(build_objects(values), min_size=1, max_size=6))
def test_the_events_of_a_stream_keep_their_shapes(events: list[dict[str, Json]]) -> None:
    body = b"".join(b"data: %b\n\n" % json.dumps(event).encode() for event in events)
    channels = Channels(frozenset({"text"}))
    answer = make_answer(body, headers=((b"Content-Type", b"text/event-stream"),))
    clean = Redactor(RULES, Vault()).redact_exchange(make_exchange(answer=answer), channels)
    lines = clean.answer.body.decode().split("\n\n")[:-1]
    redacted = [json.loads(line.removeprefix("data: ")) for line in lines]
    assert [describe_shape(event, in_strings=False) for event in redacted] == [
        describe_shape(event, in_strings=False) for event in events
    ]


def is_json(text: str) -> bool:
    """Return whether the text is JSON with finite numbers."""
    try:
        return json.loads(text) not in (float("inf"), float("-inf"))
    except ValueError:
        return False


LITERALS = st.from_regex(
    r"-?(?:0|[1-9][0-9]{0,20})(?:\.[0-9]{1,20})?(?:[eE][+-]?[0-9]{1,3})?", fullmatch=True
)
KNOWN = "12345678"
SECRET_LITERALS = st.one_of(
    LITERALS,
    st.sampled_from(CARDS).map(str),
    st.builds(
        "{0}{1}{2}".format,
        st.sampled_from(("", "-", "0.", "1e", "9.5E-")),
        st.just(KNOWN),
        st.from_regex(r"(?:[0-9]{0,9}|\.[0-9]{1,9})", fullmatch=True),
    ),
).filter(is_json)
FAR = "7, " * 300
PLACES = (
    ("a body", "application/json", "{}"),
    ("a body with white space", "application/json; charset=utf-8", " {}\n"),
    ("one number per line", "application/jsonl", "1\n{}\n{}\n"),
    ("a member", "application/json", '{"card": {}, "phone": {}}'),
    ("a member without a type", "", '{"number": {}}'),
    ("an item", "application/json", "[{}]"),
    ("items", "application/json", "[{}, {},{} ,\n{}]"),
    ("far down an array", "application/json", '{"card": [' + FAR + "{}]}"),
    ("rows", "application/json", "[[{}, {}], [{}, {}]]"),
    ("JSON in a string", "application/json", r'{"text": "{\"card\": {}, \"of\": [null, {}]}"}'),
    ("lines", "application/x-ndjson", '{"card": {}}\n{"tel": {}}\n'),
    ("events", "text/event-stream", 'data: {"card": {}}\n\ndata: [{}]\n\n'),
)


@pytest.mark.slow
@pytest.mark.parametrize(("place", "content_type", "template"), PLACES, ids=[p[0] for p in PLACES])
@given(data=st.data())
def test_a_number_stays_a_number(
    place: str, content_type: str, template: str, data: st.DataObject
) -> None:
    parts = template.split("{}")
    literals = [data.draw(SECRET_LITERALS) for _ in parts[1:]]
    body = "".join(part + literal for part, literal in zip(parts, (*literals, ""), strict=True))
    request = make_request(body=json.dumps({"password": KNOWN}).encode())
    answer = make_answer(body.encode(), headers=((b"Content-Type", content_type.encode()),))
    clean = Redactor(RULES, Vault()).redact_exchange(make_exchange(request=request, answer=answer))
    redacted = clean.answer.body.decode()
    pattern = re.escape(template).replace(r"\{\}", "(-?[0-9][0-9.eE+-]*)")
    match = re.fullmatch(pattern, redacted)
    assert match is not None, place
    assert all(map(is_json, match.groups()))
    assert KNOWN not in redacted
