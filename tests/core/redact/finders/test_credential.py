from __future__ import annotations

import pytest

from runreel.core.redact.finders.credential import is_secret

VALUES = [
    ("a value", b"x", True),
    ("nothing", b"", False),
    ("a placeholder", b"REDACTED-api-key-1", False),
    ("a placeholder of an email", b"REDACTED-email-12@redacted.invalid", False),
    ("a placeholder and a short remainder", b"id=REDACTED-api-key-1;", False),
    ("a placeholder and a long remainder", b"REDACTED-api-key-1/abcd1234", True),
    ("a text that begins like a placeholder", b"REDACTED-secrets", True),
]


@pytest.mark.parametrize(("value", "expected"), [c[1:] for c in VALUES], ids=[c[0] for c in VALUES])
def test_a_value_is_a_secret_unless_it_is_redacted(value: bytes, expected: bool) -> None:
    assert is_secret(value) is expected
