"""A fake key, and a search for the files that contain it in any encoding."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

KEY = "sk-test-canary-clients+4pQ/7wZ"
"""It contains characters that base64 and URLs encode."""


def list_forms(secret: str) -> frozenset[bytes]:
    """Return the forms of a secret: plain, percent-encoded, reversed, hexadecimal and base64."""
    raw = secret.encode()
    forms = {raw, quote(secret, safe="").encode(), raw[::-1], raw.hex().encode()}
    return frozenset(forms | set(_iter_base64_forms(raw)))


def _iter_base64_forms(raw: bytes) -> Iterator[bytes]:
    """Yield the base64 characters that depend on ``raw`` alone, for each alignment to 3 bytes."""
    for lead in range(3):
        start, stop = -(-lead * 8 // 6), (lead + len(raw)) * 8 // 6
        for encode in (b64encode, urlsafe_b64encode):
            yield encode(b"\0" * lead + raw)[start:stop]


def find_leaks(folder: Path, secret: str = KEY) -> list[str]:
    """List the files in ``folder`` that contain the secret, each with the form found in it."""
    forms = list_forms(secret)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return [
        f"{path.relative_to(folder)}: {form!r}"
        for path in files
        for form in forms
        if form in path.read_bytes()
    ]
