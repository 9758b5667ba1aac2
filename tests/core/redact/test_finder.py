from __future__ import annotations

import base64
import json

import pytest

from runreel.core.dialect import Channels
from runreel.core.redact.finder import Finder
from runreel.core.redact.finders.by_name import Rules
from runreel.core.redact.message import RawMessage
from runreel.core.redact.rules import Rule
from runreel.core.redact.vault import Vault
from runreel.model import Headers

NO_CHANNELS = Channels(frozenset(), frozenset())
KEY = "gsk_" + "aB3d" * 13
MAIL = "ann@example.org"
IN_BASE64 = base64.b64encode(MAIL.encode()).decode()
MORE = "REDACTED-password-1 and more"


def heads_of(line: bytes, *values: bytes) -> list[list[tuple[bytes, bytes]]]:
    """What is found in the line and in each header, and what takes its place."""
    message = RawMessage(line, tuple((b"X-Any", value) for value in values), b"")
    found = Finder(Rules.build(), Vault()).find(message, NO_CHANNELS).heads
    return [
        [(head[span.start : span.end], span.placeholder) for span in spans]
        for head, spans in zip(message.list_heads(), found, strict=True)
    ]


def test_each_head_has_its_own_places() -> None:
    mail, key = MAIL.encode(), KEY.encode()
    of_mail = (mail, b"REDACTED-email-1@redacted.invalid")
    of_key = (key, b"REDACTED-groq-api-key-1")
    found = heads_of(b"/x?to=" + mail, b"", b"a", key + b" " + mail, key)
    assert list(map(set, found)) == [{of_mail}, set(), set(), {of_key, of_mail}, {of_key}]


def test_a_look_that_reaches_into_the_next_head_ends_with_its_own() -> None:
    """As a user's rule may."""
    rules = (
        Rule("two-words", "custom", (b"red",), rb"red\W+blue"),
        Rule("on-a-line", "custom", (b"green",), rb"\Wgreen", window_before=1),
    )
    message = RawMessage(b"/red", ((b"A", b"blue"), (b"B", b"green")), b"")
    finder = Finder(Rules.build(rules=rules), Vault())
    line, *values = finder.find(message, NO_CHANNELS).heads
    assert [(span.start, span.end) for span in line] == [(1, 4)]
    assert values == [[], []]


def test_what_was_found_in_a_head_is_found_again_however_many_come_between() -> None:
    finder = Finder(Rules.build(), Vault())
    messages = [RawMessage(b"/%d" % at, ((b"A", MAIL.encode()),), b"") for at in range(600)]
    for message in (*messages, *messages):
        line, value = finder.find(message, NO_CHANNELS).heads
        assert (line, [span.placeholder for span in value]) == (
            [],
            [b"REDACTED-email-1@redacted.invalid"],
        )


def body_of(body: bytes, headers: Headers = (), vault: Vault | None = None) -> list[bytes]:
    message = RawMessage(b"", headers, body)
    places = Finder(Rules.build(), vault or Vault()).find(message, NO_CHANNELS)
    return [text.data[span.start : span.end] for text, spans in places.body for span in spans]


FORM = ((b"Content-Type", b"application/x-www-form-urlencoded"),)
FOUND: list[tuple[str, Headers, str, list[str]]] = [
    ("a look", (), f"mail {MAIL}!", [MAIL]),
    ("a name", (), '{"password": "x y"}', ["x y"]),
    ("a field of a form", FORM, "a=b&password=xyz", ["xyz"]),
    ("a name in JSON in JSON", (), json.dumps({"a": json.dumps({"password": "xyz"})}), ["xyz"]),
    ("a look in JSON", (), '{"a": "ann\\u0040example.org"}', ["ann\\u0040example.org"]),
    ("a look in base64", (), IN_BASE64 + "ISEh", [IN_BASE64]),
    ("an empty value", (), '{"password": ""}', []),
    ("a placeholder", (), '{"password": "REDACTED-password-1"}', []),
    ("a placeholder and little else", (), '{"password": "REDACTED-password-1!"}', []),
    ("a placeholder and a secret", (), f'{{"password": "{MORE}"}}', [MORE]),
    ("prose", (), "The password is not here", []),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "headers", "body", "found"), FOUND, ids=[c[0] for c in FOUND])
def test_what_is_found_in_a_body(
    reason: str, headers: Headers, body: str, found: list[str]
) -> None:
    assert set(body_of(body.encode(), headers)) == {one.encode() for one in found}


LEARNT = [
    ("a credential by its name", b'{"password": "correct horse"}', b"correct horse", True),
    ("a credential by its look", KEY.encode(), KEY.encode(), True),
    ("an address stands where it looks like one", MAIL.encode(), MAIL.encode(), False),
]


@pytest.mark.parametrize(("reason", "body", "value", "sought"), LEARNT, ids=[c[0] for c in LEARNT])
def test_what_is_sought_everywhere_from_then_on(
    reason: str, body: bytes, value: bytes, sought: bool
) -> None:
    vault = Vault()
    body_of(body, vault=vault)
    assert bool(vault.find(b"<" + value + b">")) is sought


def test_user_and_password_of_basic_are_learnt_too() -> None:
    vault = Vault()
    token = base64.b64encode(b":correct horse")
    headers = ((b"Authorization", b"Basic " + token),)
    Finder(Rules.build(), vault).find(RawMessage(b"", headers, b""), NO_CHANNELS)
    assert vault.get_value(b"REDACTED-password-1") == b"correct horse"
    assert vault.get_value(b"REDACTED-user-1") is None, "an empty name is no secret"


def test_numbers_that_stand_in_the_message_are_not_given_out() -> None:
    body = b'{"password": "new", "text": "REDACTED-password-1"}'
    message = RawMessage(b"/?x=REDACTED-password-2", (), body)
    [(_, spans)] = Finder(Rules.build(), Vault()).find(message, NO_CHANNELS).body
    assert [span.placeholder for span in spans] == [b"REDACTED-password-3"]


def test_a_request_that_comes_again_is_searched_as_the_first_was() -> None:
    finder = Finder(Rules.build(), Vault())
    bodies = [b'{"n": %d, "mail": "%s"}' % (at, MAIL.encode() * (at % 2)) for at in range(40)]
    for body in bodies + bodies:
        [(_, spans)] = finder.find(RawMessage(b"", (), body), None).body
        assert len(spans) == body.count(MAIL.encode())


def test_the_same_body_of_another_type_is_searched_anew() -> None:
    finder = Finder(Rules.build(), Vault())
    body = b"a=b&password=xyz"
    for headers, count in (((), 0), (FORM, 1), ((), 0)):
        [(_, spans)] = finder.find(RawMessage(b"", headers, body), None).body
        assert len(spans) == count
