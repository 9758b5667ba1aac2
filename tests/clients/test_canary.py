"""The search for leaked keys finds a key in every encoding."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from pathlib import Path
from urllib.parse import quote

import pytest

from support.canary import find_leaks

SECRET = "sk-test-canary-found+1/2"

SPELLINGS = [
    ("plain", f"x{SECRET}x".encode()),
    ("percent-encoded", quote(SECRET, safe="").encode()),
    ("reversed", SECRET[::-1].encode()),
    ("hex", SECRET.encode().hex().encode()),
    ("base64 by itself", b64encode(SECRET.encode())),
    ("base64 after one byte", b64encode(f":{SECRET}:".encode())),
    ("base64 as a password", b64encode(f"user:{SECRET}".encode())),
    ("base64 for URLs", urlsafe_b64encode(f"??{SECRET}??".encode())),
]


@pytest.mark.parametrize(("reason", "data"), SPELLINGS, ids=[row[0] for row in SPELLINGS])
def test_a_key_is_found(tmp_path: Path, reason: str, data: bytes) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "c.cassette").write_bytes(b"before" + data + b"after")
    assert [leak.partition(":")[0] for leak in find_leaks(tmp_path, SECRET)] == ["inner/c.cassette"]


def test_a_file_without_the_key_is_not_listed(tmp_path: Path) -> None:
    (tmp_path / "c.cassette").write_bytes(SECRET[:-1].encode() + b64encode(b"user:secret"))
    assert find_leaks(tmp_path, SECRET) == []
