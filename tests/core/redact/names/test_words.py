from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.names.words import split_words

NAMES = [
    ("hyphens", "X-Internal-Api-Key", "x internal api key"),
    ("underscores and capitals", "DB_PASSWORD", "db password"),
    ("camel case", "clientSecret", "client secret"),
    ("a row of capitals before a word", "DBPassword", "db password"),
    ("a row of capitals at the end", "userPAT", "user pat"),
    ("dots and brackets", "spring.user[password]", "spring user password"),
    ("digits count for nothing", "password2", "password"),
    ("words written as one", "accesstoken", "access token"),
    ("three words written as one", "csrfmiddlewaretoken", "csrfmiddleware token"),
    ("capitals written as one", "PGPASSWORD", "pg password"),
    ("a key of a known owner", "X-ApiKey", "x api key"),
    ("a password of a known owner", "smtppass", "smtp pass"),
    ("a server's cookie", "JSESSIONID", "j sessid"),
    ("a session's id", "sessionid", "session id"),
    ("a key in a word", "monkey turkey hotkey", "monkey turkey hotkey"),
    ("a pass in a word", "compass bypass surpass", "compass bypass surpass"),
    ("accents", "contraseña", "contraseña"),
    ("another alphabet in capitals", "ПАРОЛЬ", "пароль"),
    ("two alphabets", "DB密码", "db 密码"),
    ("no word", "_1-", ""),
]


@pytest.mark.parametrize(("reason", "name", "words"), NAMES, ids=[c[0] for c in NAMES])
def test_the_words_of_a_name(reason: str, name: str, words: str) -> None:
    assert " ".join(split_words(name)) == words


@given(st.lists(st.sampled_from(["db", "api", "key", "user", "secret", "x"]), min_size=1))
def test_all_ways_of_writing_words_are_read_alike(words: list[str]) -> None:
    expected = tuple(words)
    assert split_words("_".join(words)) == expected
    assert split_words("-".join(words).title()) == expected
    assert split_words("_".join(words).upper()) == expected
    if "x" not in words:  # a single capital before another word cannot be told from a row of them
        assert split_words("".join(word.title() for word in words)) == expected
