from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.finders.bodies import find_in_fields, find_in_json
from runreel.core.redact.finders.by_name import Rules
from runreel.core.redact.names.evidence import CredentialField
from runreel.core.redact.texts.text import Text, TextKind
from runreel.core.redact.texts.views import unescape_json
from runreel.model import Headers

RULES = Rules.build()
LONG = "abcdefgh01234567"


def find_parameter(name: bytes) -> CredentialField | None:
    return RULES.find_parameter_field(name.decode())


def find_field(name: bytes) -> CredentialField | None:
    return RULES.find_member_field(unescape_json(name).decode())


def find_credentials(body: bytes, headers: Headers = ()) -> list[tuple[bytes, str, bytes]]:
    credentials = (
        *find_in_json(Text(body, TextKind.PLAIN), find_field),
        *find_in_fields(headers, body, find_parameter),
    )
    return [(body[one.start : one.end], one.kind, one.value) for one in credentials]


def nest(document: str, count: int) -> bytes:
    """Return the document as the content of so many strings of JSON."""
    for _ in range(count):
        document = json.dumps(document)
    return document.encode()


JSON = [
    ("a key", b'{"api_key": "abc"}', [b"abc"]),
    (
        "no white space, much white space",
        b'{"a":{"secret":"x"},"password" : \n\t"y"}',
        [b"x", b"y"],
    ),
    ("the name escaped", rb'{"api\u005fkey": "abc"}', [b"abc"]),
    ("the value escaped", rb'{"api_key": "a\u0062c"}', [rb"a\u0062c"]),
    ("an escaped quote in the value", rb'{"password": "a\"b", "x": 1}', [rb"a\"b"]),
    ("a backslash at the value's end", rb'{"password": "a\\", "x": "y"}', [rb"a\\"]),
    ("an empty value is returned too", b'{"api_key": "", "x": "y"}', [b""]),
    ("the JSON schema of a tool", b'{"properties": {"password": {"type": "string"}}}', []),
    ("a list of required fields", b'{"required": ["password", "api_key"]}', []),
    ("a number", b'{"password": 12345678, "secret":-1.5e+9}', [b"12345678", b"-1.5e+9"]),
    ("an object with the value", b'{"client_secret": {"value": "abc", "id": 1}}', [b"abc"]),
    ("an object with a secret in it", b'{"data": {"secret": "abc"}}', [b"abc"]),
    ("an object with something else", b'{"client_secret": {"id": "abc"}}', []),
    ("a short number", b'{"secret": 123}', []),
    ("a number under an ambiguous name", b'{"token": 12345678}', []),
    ("each string of an array", b'{"authorization": ["Bearer a", "b"], "x": ["c"]}', [b"a", b"b"]),
    ("the value of another member", b'{"name": "password", "type": "string"}', []),
    ("a colon as a string", b'["a", ":", "password", "x"]', []),
    ("a string that ends in a colon", b'{"a": ": ", "password": "p"}', [b"p"]),
    ("the scheme is left out", b'{"headers": {"Authorization": "Bearer abc"}}', [b"abc"]),
    ("an escaped scheme is left out", rb'{"authorization": "B\u0065arer abc"}', [b"abc"]),
    (
        "an escaped scheme before an escaped value is included",
        rb'{"authorization": "B\u0065arer \u0061"}',
        [rb"B\u0065arer \u0061"],
    ),
    ("truncated in the value", b'{"a": 1, "api_key": "abc', [b"abc"]),
    ("truncated in an escape", rb'{"api_key": "abc\u00', [rb"abc\u00"]),
    ("truncated, before another event", b'data: {"secret": "abc\n\ndata: {"a": "b"}\n\n', [b"abc"]),
    ("an event", b'event: x\r\ndata: {"secret": "abc"}\r\n\r\n', [b"abc"]),
    ("a key of several lines", b'{"private_key": "a\nb\r\nc"}', [b"a\nb\r\nc"]),
    ("JSON in a string", rb'{"arguments": "{\"password\": \"abc\"}"}', [b"abc"]),
    (
        "with its quotes as \\u escapes",
        rb'{"arguments": "{\u0022password\u0022: \u0022abc\u0022}"}',
        [b"abc"],
    ),
    ("JSON in JSON in a string", rb'"\"{\\\"password\\\": \\\"abc\\\"}\""', [b"abc"]),
    ("JSON in five strings", nest('{"password": "abc"}', 5), [b"abc"]),
    ("JSON in six strings", nest('{"password": "abc"}', 6), []),
    ("a quote in JSON in a string", rb'{"a": "{\"password\": \"x\\\"yz\"}"}', [rb"x\\\"yz"]),
    ("truncated JSON in a string", rb'{"a": "{\"password\": ", "b": "c"}', []),
    ("an ambiguous name, a word", b'{"token": "Hello"}', []),
    ("an ambiguous name, words", b'{"key": "abcdefgh01234567 or so"}', []),
    ("an ambiguous name, a path", b'{"key": "uploads/2024/report-12.pdf"}', []),
    ("an ambiguous name, a UUID", b'{"token": "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"}', []),
    ("an ambiguous name, only letters", b'{"token": "internationalization"}', []),
    (
        "an ambiguous name, a credential",
        b'{"token": "tok_abcdefgh01234567"}',
        [b"tok_abcdefgh01234567"],
    ),
    (
        "names of counts and pages",
        b'{"max_completion_tokens": "5", "next_page_token": "abcdefgh01234567"}',
        [],
    ),
    ("bytes that are not text", b'\xff\x00"api_key": "abc"\xfe', [b"abc"]),
]


@pytest.mark.parametrize(("reason", "body", "secrets"), JSON, ids=[c[0] for c in JSON])
def test_credentials_in_json(reason: str, body: bytes, secrets: list[bytes]) -> None:
    assert [text for text, _, _ in find_credentials(body)] == secrets


def test_the_value_is_unescaped() -> None:
    assert find_credentials(rb'{"api_key": "a\u0062\/c"}') == [(rb"a\u0062\/c", "api-key", b"ab/c")]


def test_a_value_in_nested_json_is_unescaped_twice() -> None:
    inner = json.dumps({"password": 'a"b'})
    [(_, _, value)] = find_credentials(json.dumps({"arguments": inner}).encode())
    assert value == b'a"b'


NAMES = st.text('ab"\\u:{} ', max_size=4)
LEAVES = st.none() | st.booleans() | st.integers() | NAMES
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3)
)


@given(VALUES, VALUES, st.booleans(), st.integers(0, 2))
def test_a_credential_is_found_at_any_place(
    before: object, after: object, ascii_only: bool, depth: int
) -> None:
    tree: object = {"x": before, "api_key": LONG, "y": after}
    for _ in range(depth):
        tree = {"arguments": json.dumps(tree)}
    body = json.dumps(tree, ensure_ascii=ascii_only).encode()
    assert LONG.encode() in [value for _, _, value in find_credentials(body)]


@given(VALUES)
def test_nothing_is_found_without_a_name_that_announces_it(tree: object) -> None:
    assert find_credentials(json.dumps({"x": tree}).encode()) == []


FORM = ((b"Content-Type", b"application/x-www-form-urlencoded"),)
MULTIPART = ((b"content-type", b"multipart/form-data; boundary=b"),)
FORMS = [
    ("a field", FORM, b"grant_type=x&client_secret=abc", [(b"abc", b"abc")]),
    ("an encoded field", FORM, b"pass%77ord=a%20b+c", [(b"a%20b+c", b"a b c")]),
    ("a body of another type", ((b"Content-Type", b"text/plain"),), b"password=abc", []),
    (
        "a part",
        MULTIPART,
        b'--b\r\nContent-Disposition: form-data; name="api_key"\r\n\r\nabc\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nxyz\r\n--b--\r\n',
        [(b"abc", b"abc")],
    ),
    (
        "a truncated part",
        MULTIPART,
        b"--b\r\nContent-Disposition: form-data; name=password\r\n\r\nab",
        [(b"ab", b"ab")],
    ),
    ("a part without a name", MULTIPART, b"--b\r\n\r\nabc\r\n--b--", []),
]


@pytest.mark.parametrize(
    ("reason", "headers", "body", "expected"), FORMS, ids=[c[0] for c in FORMS]
)
def test_credentials_in_forms(
    reason: str, headers: Headers, body: bytes, expected: list[tuple[bytes, bytes]]
) -> None:
    assert [(text, value) for text, _, value in find_credentials(body, headers)] == expected
