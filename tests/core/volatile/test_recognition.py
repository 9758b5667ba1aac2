from __future__ import annotations

import pytest

from runreel.core.volatile.recognition import find_volatile_kind, find_volatile_number_kind

UUIDS = "550e8400-e29b-41d4-a716-446655440000", "6BA7B810-9DAD-11D1-80B4-00C04FD430C8"
TMP = "/tmp/"  # noqa: S108 - no file is created there
DATE = "a date or a time"
RANDOM = "a random value"

CASES = [
    ("a UUID", "id", *UUIDS, "a UUID"),
    ("a UUID in a URL", "url", f"/x/{UUIDS[0]}/y", f"/x/{UUIDS[1]}/y", "a UUID within a text"),
    ("a day", "d", "2026-11-25", "2026-11-26", DATE),
    ("a date and time", "d", "2026-11-25T08:00:00Z", "2026-11-25T08:00:01.123456+01:00", DATE),
    ("a date and time with a space", "d", "2026-11-25 08:00", "2026-11-26 09:00", DATE),
    ("an HTTP date", "d", "Wed, 25 Nov 2026 08:00:00 GMT", "Thu, 26 Nov 2026 08:00:00 GMT", DATE),
    ("a date in words", "d", "Wednesday, November 25, 2026", "Thursday, November 26, 2026", DATE),
    ("a time of day", "d", "08:00:00", "09:12:13", DATE),
    (
        "a prompt with a date",
        "instructions",
        "Be kind. Today is 2026-11-25.",
        "Be kind. Today is 2026-11-26.",
        f"{DATE} within a text",
    ),
    ("seconds since 1970", "t", "1764000000", "1764000060", "a Unix timestamp"),
    ("milliseconds", "t", "1764000000123", "1764000060123", "a Unix timestamp"),
    ("a temporary file", "p", f"{TMP}a1/x", f"{TMP}b2/y", "the path of a temporary file"),
    (
        "a temporary file on macOS",
        "p",
        "/var/folders/a/x",
        "/var/folders/b/x",
        "the path of a temporary file",
    ),
    (
        "a temporary file on Windows",
        "p",
        r"C:\Users\a\AppData\Local\Temp\x1",
        r"C:\Users\a\AppData\Local\Temp\x2",
        "the path of a temporary file",
    ),
    (
        "a port",
        "u",
        "http://localhost:40123/cb",
        "http://localhost:51234/cb",
        "a port within a text",
    ),
    ("hexadecimal", "h", "deadbeef00112233", "0123456789abcdef", RANDOM),
    ("base64", "h", "dGhpcyBpcyBhIHRlc3Q1", "c29tZSBvdGhlciB0ZXh0MTI=", RANDOM),
    ("a ULID", "h", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "01BX5ZZKBKACTAV9WEVGEMMVRZ", RANDOM),
    ("a request's id", "h", "req_8f3kd92ls0a", "req_lk239dk2l3a", RANDOM),
    ("a counter", "user", "user-17", "user-18", "a counter"),
    ("a model's date", "model", "gpt-4o-2024-08-06", "gpt-4o-2024-11-20", ""),
    ("a model's number", "model", "gpt-4", "gpt-5", ""),
    ("an API's version", "api-version", "2024-05-01-preview", "2024-07-01-preview", ""),
    ("an id of the API", "assistant_id", "asst_abc123abc123abc123", "asst_def456def456", ""),
    ("words", "instructions", "Be kind.", "Be terse.", ""),
    ("a UUID and a word", "x", f"a {UUIDS[0]}", f"b {UUIDS[1]}", ""),
    ("long words without digits", "x", "internationalization", "internationalisation", ""),
    ("nothing and something", "x", "", UUIDS[0], ""),
    ("equal in the part that is examined", "x", "a" * 70_000, "a" * 70_001, ""),
]


@pytest.mark.parametrize(
    ("reason", "name", "recorded", "sent", "kind"), CASES, ids=[c[0] for c in CASES]
)
def test_find_volatile_kind(reason: str, name: str, recorded: str, sent: str, kind: str) -> None:
    assert str(find_volatile_kind(name, recorded, sent) or "") == kind


NUMBERS = [
    ("seconds since 1970", "created", "1764000000", "1764000060.5", "a Unix timestamp"),
    ("a counter", "attempt", "1", "2", "a counter"),
    ("a counter in a longer name", "event_seq", "1", "2", "a counter"),
    ("a limit", "max_prompt_tokens", "256", "512", ""),
    ("a fraction", "n", "0.5", "1", ""),
]


@pytest.mark.parametrize(
    ("reason", "name", "recorded", "sent", "kind"), NUMBERS, ids=[c[0] for c in NUMBERS]
)
def test_find_volatile_number_kind(
    reason: str, name: str, recorded: str, sent: str, kind: str
) -> None:
    assert str(find_volatile_number_kind(name, recorded, sent) or "") == kind


@pytest.mark.parametrize(
    "text", ["a1-" * 30_000, "0" * 65_536, "1a" * 40_000, "." * 300_000, TMP * 15_000]
)
def test_no_text_takes_long(text: str) -> None:
    find_volatile_kind("x", f"{text}x", f"{text}y")
