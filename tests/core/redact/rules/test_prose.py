# ruff: noqa: RUF001 - letters of other scripts

"""Unquoted values with signs in them that end most values, in plain text, JSON and streams."""

from __future__ import annotations

import json

import pytest

from runreel.core.redact import Redactor, Rules, Vault
from support.build import make_answer, make_exchange

RULES = Rules.build()

VALUES = [
    ("a comma in a password", "password=~hunter2,correct9X~ ok", True),
    ("a semicolon and a bar", "DB_PASSWORD=~Kx9;mQ72|zT~\nDB_HOST=a", True),
    ("an ampersand in a password", "password=~hunter2&correct9X~", True),
    ("a closing bracket", "password=~Kx9)mQ72~ ok", True),
    ("a list of options", "user=bob,password=~Kx9;mQ72~,host=db", True),
    ("a connection string", "Pwd=~k9;m2x~;sslMode=require", True),
    ("a setting in YAML", "password: ~p4ss|w0rd!x9~\nuser: bob", True),
    ("a row of a log", "INFO password=~Kx9,mQ72,zT~ status=200", True),
    ("a secret with a bar", "client_secret=~Zq7tWv2LpX9s|mQ72~ ok", True),
    ("the next option", "password=~hunter2correct~,user=bob", True),
    ("the next field of a form", "password=~hunter2correct~&next=1", True),
    ("a colon after a value with an ampersand", "password: ~hunter&9Kx2mQ~: use it", True),
    ("the same in a sentence", "the password is ~Zq7t&Wv2L&pX9s~: keep it", True),
    ("the same in another language", "Passwort: ~Kx9m&Q72zT~: bitte", True),
    ("a sign before a last piece with digits", "password=~Kx9w;mQ72zT~=", True),
    ("a word after a comma", "password=~hunter2correct~,please", True),
    ("names of columns", "fields=~password,email,user2~", False),
    ("arguments", "f(password=~password,port=p1~)", False),
    ("a variable", "password=~$DB_PASS,user9~", False),
    ("the name of an option after a word", "login(password=~str;maxLen~=3)", False),
]


def redact(body: str, content_type: bytes) -> str:
    answer = make_answer(body.encode(), headers=((b"Content-Type", content_type),))
    exchange = Redactor(RULES, Vault()).redact_exchange(make_exchange(answer=answer))
    return exchange.answer.body.decode()


def split_in_deltas(text: str) -> str:
    pieces = [text[at : at + 7] for at in range(0, len(text), 7)]
    return "".join(f"data: {json.dumps({'delta': piece})}\n\n" for piece in pieces)


def join_deltas(body: str) -> str:
    return "".join(json.loads(line[6:])["delta"] for line in body.split("\n\n") if line)


@pytest.mark.parametrize(("reason", "marked", "is_secret"), VALUES, ids=[row[0] for row in VALUES])
def test_where_a_value_ends(reason: str, marked: str, is_secret: bool) -> None:
    before, value, after = marked.split("~")
    text = before + value + after
    document = redact(json.dumps({"text": text}), b"application/json")
    stream = redact(split_in_deltas(text), b"text/event-stream")
    for result in (redact(text, b"text/plain"), json.loads(document)["text"], join_deltas(stream)):
        if is_secret:
            assert result.startswith(before + "REDACTED-"), reason
            assert result.endswith(after), reason
            assert value[:6] not in result, reason
            assert value[-5:] not in result, reason
        else:
            assert result == text, reason


NOT_ASCII = [
    ("an address with a name and a domain of other letters", "jürgen@bücher.de"),
    ("a Cyrillic address", "иван@пример.рф"),
    ("a Japanese domain", "user@例え.jp"),
    ("a label in Spanish", "contraseña: Tr7xQ9mZ2k"),
    ("a label in Russian", "пароль: Tr7xQ9mZ2k"),
    ("a label in Chinese", "密码是Tr7xQ9mZ2k"),
    ("a phone in Japanese", "電話：0312345678"),
    ("a phone in French", "Téléphone : 0612345678"),
    ("a purpose in German", "Passwort für büro: Tr7xQ9mZ2k"),
    ("a value in other letters", "password: Pä7ßwörtQ9"),
]


@pytest.mark.parametrize("is_ascii", [True, False], ids=["escaped", "as it is"])
@pytest.mark.parametrize("levels", [1, 2, 3])
@pytest.mark.parametrize(("reason", "text"), NOT_ASCII, ids=[row[0] for row in NOT_ASCII])
def test_texts_of_other_letters_in_nested_json(
    reason: str, text: str, levels: int, is_ascii: bool
) -> None:
    body = f"Grüße {text} ok"
    for _ in range(levels):
        body = json.dumps({"a": body}, ensure_ascii=is_ascii)
    result = redact(body, b"application/json")
    for _ in range(levels):
        result = json.loads(result)["a"]
    assert "REDACTED-" in result, reason
    assert text[-6:] not in result, reason
