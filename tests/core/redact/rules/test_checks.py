from __future__ import annotations

import pytest

from runreel.core.redact.rules import checks, password_checks
from runreel.core.redact.rules.rule import SecretCheck

CASES: list[tuple[str, SecretCheck, bytes, bool]] = [
    ("a run of letters and digits", checks.is_key, b"sk-a1b2c3d4e5f6", True),
    ("a long run of letters", checks.is_key, b"hf_" + b"abcdefgh" * 4, True),
    ("short runs of all character classes", checks.is_key, b"a1-bC-9_xY", True),
    ("after a word", checks.is_key_and_no_name, b"test_" + b"qWrTzPkL" * 4, True),
    ("a name after a word", checks.is_key_and_no_name, b"test_thatAllAttributesAre", False),
    ("words", checks.is_key, b"sk-learn-pipeline-of-ours", False),
    ("a placeholder in words", checks.is_key, b"sk-your-k3y-here-a1b2c3d4", False),
    ("a row of x", checks.is_key, b"ghp_" + b"x" * 36, False),
    ("a placeholder of runreel", checks.is_key, b"REDACTED-openai-api-key-12345678", False),
    ("letters and digits", password_checks.is_password, b"hunter2", True),
    ("punctuation among letters", password_checks.is_password, b"hunt#er", True),
    ("letters without vowels", password_checks.is_password, b"xkqzpwv", True),
    ("capitals in odd places", password_checks.is_password, b"NqnEnzucBi", True),
    ("a long number", password_checks.is_password, b"12345678", True),
    ("a word", password_checks.is_password, b"required", False),
    ("a word and a sign", password_checks.is_password, b"Required!", False),
    ("words with hyphens", password_checks.is_password, b"case-sensitive", False),
    ("a word of another alphabet", password_checks.is_password, "обязательно".encode(), False),
    ("a word with an accent", password_checks.is_password, "obrigatória!".encode(), False),
    ("such a word with digits", password_checks.is_password, "сова-4821".encode(), True),
    ("a type", password_checks.is_password, b"SecretStr", False),
    ("a small number", password_checks.is_password, b"1234", False),
    ("a date", password_checks.is_password, b"2026-11-25", False),
    ("a duration", password_checks.is_password, b"3600s", False),
    ("an algorithm", password_checks.is_password, b"sha256-hashed", False),
    ("hexadecimal that begins like an algorithm", password_checks.is_password, b"2fae7698", True),
    ("a variable", password_checks.is_password, b"$PASSWORD", False),
    ("an expression", password_checks.is_password, b"${SECRET_1}", False),
    ("a member", password_checks.is_password, b"config.db.password2", False),
    ("a call", password_checks.is_password, b"get_password2(user", False),
    ("a path", password_checks.is_password, b"/run/secrets/db2", False),
    ("base64 that begins like a path", password_checks.is_password, b"/pVoq1UjSG2+Vdzpd", True),
    ("a file", password_checks.is_password, b"server1.pem", False),
    ("asterisks", password_checks.is_password, b"abc***xyz1", False),
    ("letters and digits", checks.is_token, b"a1b2c3d4", True),
    ("a number", checks.is_token, b"12345678", False),
    ("many letters that are not words", checks.is_token, b"HEBUbCwccpgT", True),
    ("few letters that are not words", checks.is_token, b"HEBUbCw", False),
    ("padded with x", checks.is_token, b"abc1xxxxxxxx", False),
    ("a random row", checks.is_random_token, b"key-a1B2c3D4e5", True),
    ("words and a digit", checks.is_random_token, b"created_at2", False),
    ("random letters only", checks.is_random_token, b"HEBUbCwccpgTxkqz", False),
    ("a password that is no number", password_checks.is_password_with_letter, b"tiger-41", True),
    ("a number", password_checks.is_password_with_letter, b"0.9912345", False),
    ("all character classes", checks.is_random, b"aB3dE5fG7hJ9kL1m", True),
    ("long hexadecimal", checks.is_random, b"0123456789abcdef" * 2, True),
    ("a name with a number", checks.is_random, b"authentication_v2", False),
    ("a name with two numbers", checks.is_random, b"authentication_v22", False),
    ("a word in lower case", password_checks.is_quoted_password, b"swordfish", True),
    ("a short word", password_checks.is_quoted_password, b"fish", False),
    ("a word of a form", password_checks.is_quoted_password, b"required", False),
    ("a title", password_checks.is_quoted_password, b"Password", False),
    ("user and password", checks.is_basic, b"YW5uOmh1bnRlcjI=", True),
    ("without its padding", checks.is_basic, b"YW5uOmh1bnRlcjI", True),
    ("no colon", checks.is_basic, b"dW5kZXJzdGFuZA==", False),
    ("not base64", checks.is_basic, b"abcde", False),
    ("not text", checks.is_basic, b"/zr/Ov86", False),
]


@pytest.mark.parametrize(
    ("check", "text", "expected"),
    [c[1:] for c in CASES],
    ids=[f"{c[1].__name__}: {c[0]}" for c in CASES],
)
def test_a_check(check: SecretCheck, text: bytes, expected: bool) -> None:
    assert check(text) is expected
