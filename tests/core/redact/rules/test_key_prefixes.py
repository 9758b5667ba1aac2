"""Tests of keys that are cut off, which only their prefix tells."""

import pytest

from runreel.core.redact.rules import RULES
from runreel.core.redact.rules.key_prefixes import KeyPrefixes

PREFIXES = KeyPrefixes(RULES)


@pytest.mark.parametrize(
    ("text", "start", "rule"),
    [
        pytest.param(b"use ghp_Zq7tWv2LpX", 4, "github-token", id="a prefix and some of the rest"),
        pytest.param(b"AKIA4Y44O3RS", 0, "aws-access-key-id", id="a prefix of letters alone"),
        pytest.param(b"x glpat-bQgMegBOT", 2, "gitlab-token", id="a rest without digits"),
        pytest.param(b"sdk-315da883-f2b4-66", 0, "launchdarkly-key", id="a part of a UUID"),
        pytest.param(b"rk_live_oh2r", 0, "stripe-key", id="a long prefix, and little else"),
    ],
)
def test_find_at_end(text: bytes, start: int, rule: str) -> None:
    """Find keys that are too short for their rules."""
    found = PREFIXES.find_at_end(text)
    assert found is not None
    assert (found[0], found[1].name) == (start, rule)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"see ghp_Zq7tWv2LpX there", id="not at the end"),
        pytest.param(b"deployed app-deployment2", id="words after a short prefix"),
        pytest.param(b"sdk-typescript-runtime", id="letters of one case"),
        pytest.param(b"in api-20251130120000", id="digits alone"),
        pytest.param(b"a commit 3f2ab91c04de77", id="a hash, which has no prefix"),
        pytest.param(b"taskey_4f3ab2c9", id="a short prefix within a word"),
    ],
)
def test_find_nothing(text: bytes) -> None:
    """Find no other words."""
    assert PREFIXES.find_at_end(text) is None
