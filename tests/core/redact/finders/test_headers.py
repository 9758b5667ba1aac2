from __future__ import annotations

import base64
from collections.abc import Callable, Iterable

import pytest

from runreel.core.redact.finders.by_name import Rules
from runreel.core.redact.finders.credential import Credential
from runreel.core.redact.finders.headers import find_in_header, find_in_links, find_in_target
from runreel.core.redact.names.evidence import CredentialField, is_anything, is_no_word

KEY = b"sk-test-canary-0001"


def find_field(name: bytes) -> CredentialField | None:
    return Rules.build().find_parameter_field(name.decode())


def find_in_field(kind: str, value: bytes) -> Iterable[Credential]:
    return find_in_header(CredentialField(kind, is_anything), value)


def describe(text: bytes, credentials: Iterable[Credential]) -> list[tuple[bytes, str, bytes]]:
    return [(text[one.start : one.end], one.kind, one.value) for one in credentials]


HEADERS = [
    ("the scheme is left out", "authorization", b"Bearer " + KEY, [KEY]),
    ("a scheme in any letter case", "authorization", b"bearer  " + KEY + b" ", [KEY]),
    ("a scheme twice", "authorization", b"Bearer Bearer " + KEY, [KEY]),
    ("no scheme at all", "authorization", KEY, [KEY]),
    ("an unknown word is not a scheme", "authorization", b"correct horse", [b"correct horse"]),
    ("a key in a header of its own", "api-key", KEY, [KEY]),
    ("all parameters of a signature", "authorization", b"AWS4-HMAC-SHA256 a=b, c=d", [b"a=b, c=d"]),
    ("each cookie's value", "cookie", b'a=1; b="x y"; c', [b"1", b"x y", b"c"]),
    ("a value with an equals sign", "cookie", b"a=b=c", [b"b=c"]),
    ("a quote within a value", "cookie", b'a="b"c', [b'b"c']),
    ("attributes of a cookie are left out", "set-cookie", b"a=b; Path=/; HttpOnly", [b"b"]),
]


@pytest.mark.parametrize(
    ("reason", "kind", "value", "secrets"), HEADERS, ids=[c[0] for c in HEADERS]
)
def test_credentials_in_a_header(
    reason: str, kind: str, value: bytes, secrets: list[bytes]
) -> None:
    kind_shown = "cookie" if "cookie" in kind else kind
    expected = [(secret, kind_shown, secret) for secret in secrets]
    assert describe(value, find_in_field(kind, value)) == expected


def test_a_value_that_gives_no_evidence_is_no_credential() -> None:
    field = CredentialField("auth", is_no_word)
    assert not list(find_in_header(field, b"Bearer none"))
    assert [one.value for one in find_in_header(field, b"Bearer " + KEY)] == [KEY]


def test_user_and_password_of_basic_are_decoded() -> None:
    token = base64.b64encode(b"ann:open sesame")
    [credential] = find_in_field("authorization", b"Basic " + token)
    assert credential.value == token
    assert credential.derived == (("user", b"ann"), ("password", b"open sesame"))


@pytest.mark.parametrize("token", [b"no-base64!", b"YQ=a", b"A"])
def test_an_invalid_basic_value_is_still_a_credential(token: bytes) -> None:
    [credential] = find_in_field("authorization", b"Basic " + token)
    assert (credential.value, credential.derived) == (token, ())


def test_basic_without_padding() -> None:
    [credential] = find_in_field(
        "authorization", b"Basic " + base64.b64encode(b"a:b1").rstrip(b"=")
    )
    assert credential.derived == (("user", b"a"), ("password", b"b1"))


TARGETS = [
    ("no query", b"/v1/threads", []),
    ("no credential", b"/v1/threads?limit=2&after=a", []),
    ("the first of the query", b"/x?key=abc&limit=2", [(b"abc", "key", b"abc")]),
    ("the last of the query", b"/x?limit=2&sig=abc", [(b"abc", "sig", b"abc")]),
    ("the name encoded", b"/x?api%5Fkey=abc", [(b"abc", "api-key", b"abc")]),
    ("the value encoded", b"/x?sig=a%2Fb%2b", [(b"a%2Fb%2b", "sig", b"a/b+")]),
    ("twice", b"/x?key=a&key=b", [(b"a", "key", b"a"), (b"b", "key", b"b")]),
    ("an equals sign in the value", b"/x?key=ab==", [(b"ab==", "key", b"ab==")]),
    ("empty", b"/x?key=&limit=1", []),
    (
        "a password in the user-info",
        b"http://u%40:p@h/",
        [(b"u%40", "user", b"u@"), (b"p", "password", b"p")],
    ),
    ("a token as user-info", b"https://tok@h/?a=b", [(b"tok", "user", b"tok")]),
    ("a password without a user", b"https://:pw@h/", [(b"pw", "password", b"pw")]),
    ("an @ in a path", b"/v1/@tests/x", []),
    ("a parameter of the path", b"/x;key=abc?case=1", [(b"abc", "key", b"abc")]),
    ("two parameters of the path", b"/x;v=1;key=abc;w=2", [(b"abc", "key", b"abc")]),
    ("fields separated by semicolons", b"/x?a=1;key=abc&b=2", [(b"abc", "key", b"abc")]),
    ("a parameter of the path without a credential", b"/x;case=1?key=", []),
]


@pytest.mark.parametrize(("reason", "target", "expected"), TARGETS, ids=[c[0] for c in TARGETS])
@pytest.mark.parametrize("find", [find_in_target, find_in_links])
def test_credentials_in_a_url(
    reason: str,
    target: bytes,
    expected: list[tuple[bytes, str, bytes]],
    find: Callable[..., Iterable[Credential]],
) -> None:
    assert describe(target, find(target, find_field)) == expected


def test_a_quote_does_not_end_a_parameter_of_a_target() -> None:
    assert describe(b'/x?key=a"b', find_in_target(b'/x?key=a"b', find_field)) == [
        (b'a"b', "key", b'a"b')
    ]


LINKS = [
    ("a URL ends at its bracket", b'<https://h/?sig=abc>; rel="next"', [b"abc"]),
    ("two links", b"<https://h/?sig=abc>, <https://h/?key=d>", [b"abc", b"d"]),
    ("a token in the fragment", b"https://h/#access_token=abc&state=1", [b"abc"]),
]


@pytest.mark.parametrize(("reason", "value", "secrets"), LINKS, ids=[c[0] for c in LINKS])
def test_credentials_in_links(reason: str, value: bytes, secrets: list[bytes]) -> None:
    assert [one.value for one in find_in_links(value, find_field)] == secrets
