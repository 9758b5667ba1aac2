from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest

from runreel.core.dialect import NO_CHANNELS
from runreel.core.redact.body.search import BodySearch
from runreel.core.redact.finder import Finder
from runreel.core.redact.finders.by_name import Rules
from runreel.core.redact.finders.by_pattern import PatternMatch
from runreel.core.redact.finders.credential import Credential
from runreel.core.redact.message import RawMessage
from runreel.core.redact.rules import Rule
from runreel.core.redact.vault import Vault
from runreel.model import Headers

KEY = "gsk_" + "aB3d" * 13
MAIL = "ann@example.org"
IN_BASE64 = base64.b64encode(MAIL.encode()).decode()
MORE = "REDACTED-password-1 and more"


def find_in_heads(line: bytes, *values: bytes) -> list[list[tuple[bytes, bytes]]]:
    """Return the secrets in the line and in each header, with their placeholders."""
    message = RawMessage(line, tuple((b"X-Any", value) for value in values), b"")
    spans_of_heads = Finder(Rules.build(), Vault()).find(message, NO_CHANNELS).heads
    return [
        [(head[span.start : span.end], span.placeholder) for span in spans]
        for head, spans in zip(message.list_heads(), spans_of_heads, strict=True)
    ]


def test_each_head_has_its_own_spans() -> None:
    mail, key = MAIL.encode(), KEY.encode()
    mail_span = (mail, b"REDACTED-email-1@redacted.invalid")
    key_span = (key, b"REDACTED-groq-api-key-1")
    heads = find_in_heads(b"/x?to=" + mail, b"", b"a", key + b" " + mail, key)
    assert list(map(set, heads)) == [{mail_span}, set(), set(), {key_span, mail_span}, {key_span}]


def test_a_match_that_reaches_into_the_next_head_ends_with_its_own() -> None:
    """Only a user's rule can match so far."""
    rules = (
        Rule("two-words", "custom", (b"red",), rb"red\W+blue"),
        Rule("on-a-line", "custom", (b"green",), rb"\Wgreen", window_before=1),
    )
    message = RawMessage(b"/red", ((b"A", b"blue"), (b"B", b"green")), b"")
    finder = Finder(Rules.build(rules=rules), Vault())
    line, *values = finder.find(message, NO_CHANNELS).heads
    assert [(span.start, span.end) for span in line] == [(1, 4)]
    assert values == [[], []]


def test_a_secret_of_a_head_is_found_again_after_any_number_of_others() -> None:
    finder = Finder(Rules.build(), Vault())
    messages = [RawMessage(b"/%d" % at, ((b"A", MAIL.encode()),), b"") for at in range(600)]
    for message in (*messages, *messages):
        line, value = finder.find(message, NO_CHANNELS).heads
        assert (line, [span.placeholder for span in value]) == (
            [],
            [b"REDACTED-email-1@redacted.invalid"],
        )


def find_in_body(body: bytes, headers: Headers = (), vault: Vault | None = None) -> list[bytes]:
    message = RawMessage(b"", headers, body)
    places = Finder(Rules.build(), vault or Vault()).find(message, NO_CHANNELS)
    return [text.data[span.start : span.end] for text, spans in places.body for span in spans]


FORM = ((b"Content-Type", b"application/x-www-form-urlencoded"),)
SECRETS: list[tuple[str, Headers, str, list[str]]] = [
    ("a pattern", (), f"mail {MAIL}!", [MAIL]),
    ("a name", (), '{"password": "x y"}', ["x y"]),
    ("a field of a form", FORM, "a=b&password=xyz", ["xyz"]),
    ("a name in JSON in JSON", (), json.dumps({"a": json.dumps({"password": "xyz"})}), ["xyz"]),
    ("a pattern in JSON", (), '{"a": "ann\\u0040example.org"}', ["ann\\u0040example.org"]),
    ("a pattern in base64", (), IN_BASE64 + "ISEh", [IN_BASE64]),
    ("an empty value", (), '{"password": ""}', []),
    ("a placeholder", (), '{"password": "REDACTED-password-1"}', []),
    ("a placeholder and little else", (), '{"password": "REDACTED-password-1!"}', []),
    ("a placeholder and a secret", (), f'{{"password": "{MORE}"}}', [MORE]),
    ("prose", (), "The password is not here", []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "headers", "body", "secrets"), SECRETS, ids=[c[0] for c in SECRETS]
)
def test_secrets_of_a_body(reason: str, headers: Headers, body: str, secrets: list[str]) -> None:
    assert set(find_in_body(body.encode(), headers)) == {secret.encode() for secret in secrets}


LEARNED = [
    ("a credential found by its name", b'{"password": "correct horse"}', b"correct horse", True),
    ("a credential found by its pattern", KEY.encode(), KEY.encode(), True),
    (
        "personal data is replaced only where a pattern finds it",
        MAIL.encode(),
        MAIL.encode(),
        False,
    ),
]


@pytest.mark.parametrize(
    ("reason", "body", "value", "is_searched"), LEARNED, ids=[c[0] for c in LEARNED]
)
def test_some_secrets_are_searched_for_everywhere_afterwards(
    reason: str, body: bytes, value: bytes, is_searched: bool
) -> None:
    vault = Vault()
    find_in_body(body, vault=vault)
    assert bool(vault.find(b"<" + value + b">")) is is_searched


def test_user_and_password_of_basic_are_learned_too() -> None:
    vault = Vault()
    token = base64.b64encode(b":correct horse")
    headers = ((b"Authorization", b"Basic " + token),)
    Finder(Rules.build(), vault).find(RawMessage(b"", headers, b""), NO_CHANNELS)
    assert vault.get_value(b"REDACTED-password-1") == b"correct horse"
    assert vault.get_value(b"REDACTED-user-1") is None, "an empty name is no secret"


def test_placeholders_in_the_message_are_not_assigned() -> None:
    body = b'{"password": "new", "text": "REDACTED-password-1"}'
    message = RawMessage(b"/?x=REDACTED-password-2", (), body)
    [(_, spans)] = Finder(Rules.build(), Vault()).find(message, NO_CHANNELS).body
    assert [span.placeholder for span in spans] == [b"REDACTED-password-3"]


def test_a_repeated_request_gives_the_same_spans() -> None:
    finder = Finder(Rules.build(), Vault())
    bodies = [b'{"n": %d, "mail": "%s"}' % (at, MAIL.encode() * (at % 2)) for at in range(40)]
    for body in bodies + bodies:
        [(_, spans)] = finder.find(RawMessage(b"", (), body), None).body
        assert len(spans) == body.count(MAIL.encode())


def test_the_same_body_of_another_type_is_searched_again() -> None:
    finder = Finder(Rules.build(), Vault())
    body = b"a=b&password=xyz"
    for headers, count in (((), 0), (FORM, 1), ((), 0)):
        [(_, spans)] = finder.find(RawMessage(b"", headers, body), None).body
        assert len(spans) == count


def make_conversation(count: int) -> bytes:
    texts = [
        f"{number} {MAIL} password: hunter{number}x {'word ' * 300}" for number in range(count)
    ]
    messages = [{"role": "user", "content": text} for text in texts]
    return json.dumps({"messages": messages, "model": "m"}).encode()


def test_a_conversation_is_searched_where_it_has_grown(monkeypatch: pytest.MonkeyPatch) -> None:
    finder = Finder(Rules.build(), Vault())
    finder.find(RawMessage(b"/", (), make_conversation(40)), None)
    searched: list[bytes] = []
    find_in_part = BodySearch._find_in_part

    def find_and_note(
        search: BodySearch, data: bytes, since: int
    ) -> Iterator[Credential | PatternMatch]:
        searched.append(data)
        return find_in_part(search, data, since)

    monkeypatch.setattr(BodySearch, "_find_in_part", find_and_note)
    body = make_conversation(41)
    spans = finder.find(RawMessage(b"/", (), body), None)
    assert sum(map(len, searched)) < 8_000
    monkeypatch.undo()
    whole = Finder(Rules.build(), Vault()).find(RawMessage(b"/", (), body), None)
    assert spans.body[0][1] == whole.body[0][1]
    assert len(spans.body[0][1]) == 82
