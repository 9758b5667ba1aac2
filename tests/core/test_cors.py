"""Origins that are allowed, and the headers that say so."""

from __future__ import annotations

import pytest

from runreel.core.cors import CorsPolicy, normalize_origin, replace_cors_headers

ALLOWED = [
    ("the same", ["http://localhost:5173"], "http://localhost:5173", True),
    ("another port", ["http://localhost:5173"], "http://localhost:5174", False),
    ("another scheme", ["http://localhost"], "https://localhost", False),
    ("a longer host", ["http://localhost"], "http://localhost.example", False),
    ("letter case does not count", ["HTTP://LocalHost:1"], "http://localhost:1", True),
    ("the default port may be written", ["http://app.test:80"], "http://app.test", True),
    ("so may that of https", ["https://app.test"], "https://app.test:443", True),
    ("a port that is another scheme's default", ["http://app.test:443"], "http://app.test", False),
    ("any", ["*"], "https://anything.example", True),
    ("a file, if it is named", ["null"], "null", True),
    ("else it is not", ["http://localhost"], "null", False),
    ("an app's own scheme", ["tauri://localhost"], "tauri://localhost", True),
    ("no origin", ["http://localhost"], "", False),
]


@pytest.mark.parametrize(
    ("why", "origins", "origin", "allowed"), ALLOWED, ids=[row[0] for row in ALLOWED]
)
def test_an_origin_is_allowed(why: str, origins: list[str], origin: str, allowed: bool) -> None:
    policy = CorsPolicy.build(origins)
    assert policy is not None
    assert policy.allows(origin) == allowed


def test_there_is_no_policy_without_origins() -> None:
    assert CorsPolicy.build([]) is None


def test_normalising_twice_changes_nothing() -> None:
    for _, _, origin, _ in ALLOWED:
        assert normalize_origin(normalize_origin(origin)) == normalize_origin(origin)


def test_headers_for_other_origins_are_replaced_and_no_others() -> None:
    head = b"HTTP/1.1 200 OK\r\naccess-control-ALLOW-origin: *\r\nVary: A\r\nX: 1\r\n\r\n"
    body = b"Access-Control-Allow-Origin: in the body\r\n\r\n"
    replaced = replace_cors_headers(head + body, ((b"Access-Control-Allow-Origin", b"http://a"),))
    assert replaced == (
        b"HTTP/1.1 200 OK\r\nVary: A\r\nX: 1\r\nAccess-Control-Allow-Origin: http://a\r\n\r\n"
        + body
    )
