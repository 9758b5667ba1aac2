"""Announced values that consist of letters: which of them are found elsewhere, too."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping

import pytest

from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.redact.search import common_words
from runreel.model import Headers
from support.build import make_answer, make_exchange, make_request

ANNOUNCED: Mapping[str, Callable[[str], object]] = {
    "member": lambda value: {"password": value},
    "member of JSON in a string": lambda value: {"arguments": json.dumps({"password": value})},
    "after a label": lambda value: {"text": f"The password: {value}, as ever"},
    "after a verb": lambda value: {"text": f"my password is {value}."},
    "quoted in code": lambda value: {"text": f"password = '{value}'"},
    "quoted in prose": lambda value: {"text": f"The password: '{value}' is new"},
}
LATER: Mapping[str, Callable[[str], str]] = {
    "prose": lambda value: f"I have used {value}.",
    "a member": lambda value: json.dumps({"note": value}),
    "escaped": lambda value: f"\\u{ord(value[0]):04x}{value[1:]}",
    "in base64": lambda value: base64.b64encode(f"user:{value}".encode()).decode(),
}


@pytest.mark.parametrize("later", LATER.values(), ids=LATER)
@pytest.mark.parametrize("announce", ANNOUNCED.values(), ids=ANNOUNCED)
@pytest.mark.parametrize("value", ["hunterhunter", "swordfish", "qwertzuiop"])
def test_letters_are_found_wherever_they_come_back(
    value: str, announce: Callable[[str], object], later: Callable[[str], str]
) -> None:
    redactor = Redactor(Rules.build(), Vault())
    text = later(value).encode()
    request = make_request(body=json.dumps(announce(value)).encode())
    answer = make_answer(b'data: {"text": "' + text.replace(b'"', b'\\"') + b'"}\n\n')
    exchange = redactor.redact_exchange(make_exchange(request=request, answer=answer))
    following = redactor.redact_request(make_request(body=text)).request
    for body in (exchange.head.request.body, exchange.answer.body, following.body):
        assert text not in body
        assert b"REDACTED-" in body


def test_a_common_word_is_replaced_only_where_it_is_announced() -> None:
    words = common_words._WORDS.split()
    prose = json.dumps({"required": words, "text": " ".join(words), "password1": 1}).encode()
    redactor = Redactor(Rules.build(), Vault())
    for announce in ANNOUNCED.values():
        for word in words[::20]:
            body = json.dumps(announce(word)).encode()
            redactor.redact_request(make_request(body=body))
    for word in ("password1", "username", "Standard"):
        redactor.redact_request(make_request(headers=((b"Cookie", b"theme=%b" % word.encode()),)))
    member = redactor.redact_request(make_request(body=b'{"password": "important"}')).request.body
    assert b"important" not in member
    assert redactor.redact_request(make_request(body=prose)).request.body == prose


def test_values_of_the_environment_are_found_even_if_they_are_common_words() -> None:
    vault = Vault()
    vault.learn([b"important"])
    assert [each.kind for each in vault.find(b"very important")] == ["environment"]


JSON = ((b"Content-Type", b"application/json"),)
STREAM = ((b"Content-Type", b"text/event-stream"),)
QUOTED = [
    ("a string that ends there", JSON, b'{"a":"plum card ","b":2}', None),
    ("a string of a stream", STREAM, b'data: {"a":"plum card ","b":2}\n\n', None),
    ("a string that begins there", JSON, b'{"a": "plum note"}', None),
    ("a backslash before the end", JSON, rb'{"a":"\\","plum card ":"\\"}', None),
    ("the value itself", JSON, rb'{"a":"plum card \" x"}', b'{"a":"REDACTED-password-1 x"}'),
    (
        "the value in JSON in a string",
        JSON,
        json.dumps({"a": json.dumps({"b": 'plum card " x'})}).encode(),
        rb'{"a": "{\"b\": \"REDACTED-password-1 x\"}"}',
    ),
    (
        "a plain text in an event",
        STREAM,
        b'data: he said plum card ", twice\n\n',
        b"data: he said REDACTED-password-1, twice\n\n",
    ),
    ("what looks like JSON", JSON, b'{"a":plum card ", x', b'{"a":REDACTED-password-1, x'),
    (
        "a plain text",
        ((b"Content-Type", b"text/plain"),),
        b'plum card " x',
        b"REDACTED-password-1 x",
    ),
]


@pytest.mark.parametrize(("where", "headers", "body", "redacted"), QUOTED)
def test_a_value_with_a_quote_is_not_found_across_the_end_of_a_string(
    where: str, headers: Headers, body: bytes, redacted: bytes | None
) -> None:
    redactor = Redactor(Rules.build(), Vault())
    for value in (rb"plum card \"", rb"\"plum note"):
        redactor.redact_request(make_request(body=b'{"password":"%b"}' % value))
    answer = redactor.redact_exchange(make_exchange(answer=make_answer(body, headers=headers)))
    assert answer.answer.body == (redacted or body), where
    assert redactor.prove(answer.answer.body) == answer.answer.body
