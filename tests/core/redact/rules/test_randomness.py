from __future__ import annotations

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.rules.randomness import has_random_run, is_hex, is_random_run

LETTERS_AND_DIGITS = string.ascii_letters + string.digits

RUNS = [
    ("letters of both cases and digits", b"q7RxT2mKp9ZvB4nW", True),
    ("one character too short", b"q7RxT2mKp9ZvB4n", False),
    ("one case and digits", b"q7rxt2mkp9zvb4nwd81c", True),
    ("one case and digits, too short", b"q7rxt2mkp9zvb4nwd81", False),
    ("letters alone, of both cases", b"qXrTvMkPzWbNhGcJdLfY", True),
    ("letters alone, whose case changes seldom", b"pwJUusekIUWXRIzOXIDtrhWR", True),
    ("words in camel case", b"ConfigurationServiceHost", False),
    ("letters of one case", b"qxrtvmkpzwbnhgcjdlfy", False),
    ("hexadecimal digits", b"0f3a9c1e7b5d2846a0c8e6f4", False),
    ("digits", b"48151623421815162342", False),
    ("a name in camel case", b"getAccountBalanceForUser2", False),
    ("a type in camel case", b"HTTPSConnectionPoolKey2Manager", False),
    ("words and a number", b"internationalization20", False),
    ("a name with numbers", b"int32toFloat64Conversion", False),
    ("a row", b"abcdefghijklmnopqrst12345", False),
    ("a date and time", b"20261103T101500Z", False),
    ("a name that repeats itself", b"R10X6G10X6B10X6A10X6", False),
]


@pytest.mark.parametrize(("run", "expected"), [r[1:] for r in RUNS], ids=[r[0] for r in RUNS])
def test_a_run_is_random_or_not(run: bytes, expected: bool) -> None:
    assert is_random_run(run) is expected


def test_nearly_all_random_runs_are_found() -> None:
    dice = random.Random(20261130)  # noqa: S311 - always the same runs
    for alphabet, length in (
        (LETTERS_AND_DIGITS, 24),
        (LETTERS_AND_DIGITS, 40),
        (string.ascii_lowercase + string.digits, 32),
        (string.ascii_uppercase + string.digits, 32),
    ):
        runs = ("".join(dice.choices(alphabet, k=length)).encode() for _ in range(2_000))
        assert sum(map(is_random_run, runs)) >= 1_980, (alphabet, length)


@given(st.text(string.hexdigits.lower()[:16], min_size=1, max_size=80))
def test_hexadecimal_digits_are_never_random(text: str) -> None:
    assert is_hex(text.encode())
    assert not is_random_run(text.encode())


def test_one_random_run_is_enough() -> None:
    assert has_random_run(b"app-q7RxT2mKp9ZvB4nW")
    assert not has_random_run(b"app-7d9f8c6b5d-x2x4z")
