from __future__ import annotations

import pytest

from runreel.core.replay.waits import shorten_waits
from runreel.model import Headers

CASES: list[tuple[str, Headers, bool, Headers]] = [
    ("no wait", ((b"A", b"1"),), False, ((b"A", b"1"),)),
    (
        "a wait of seconds, in its place",
        ((b"Retry-After", b"30"), (b"A", b"1")),
        False,
        ((b"Retry-After", b"0"), (b"A", b"1"), (b"retry-after-ms", b"1")),
    ),
    (
        "a wait until a date",
        ((b"retry-after", b"Wed, 25 Nov 2026 08:00:00 GMT"),),
        False,
        ((b"retry-after", b"0"), (b"retry-after-ms", b"1")),
    ),
    (
        "a wait of milliseconds",
        ((b"retry-after-ms", b"500"), (b"Retry-After", b"1")),
        False,
        ((b"retry-after-ms", b"1"), (b"Retry-After", b"0")),
    ),
    ("Azure's header", ((b"x-ms-retry-after-ms", b"9"),), False, ((b"x-ms-retry-after-ms", b"1"),)),
    (
        "a polled call",
        ((b"openai-poll-after-ms", b"900"),),
        True,
        ((b"openai-poll-after-ms", b"1"),),
    ),
    ("a polled call without a wait", (), True, ((b"openai-poll-after-ms", b"1"),)),
]


@pytest.mark.parametrize(
    ("reason", "headers", "is_polled", "expected"), CASES, ids=[row[0] for row in CASES]
)
def test_shorten_waits(reason: str, headers: Headers, is_polled: bool, expected: Headers) -> None:
    assert shorten_waits(headers, is_polled=is_polled) == expected
