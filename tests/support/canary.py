"""A fake key, and the search for it: in what form and in which file it has come to rest."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

KEY = "sk-test-canary-clients+4pQ/7wZ"
"""Its signs are those that base64 and URLs write in other ways."""


def list_forms(secret: str) -> frozenset[bytes]:
    """How a secret may be spelt: as it is, percent-encoded, reversed, hex, and base64."""
    raw = secret.encode()
    spelt = {raw, quote(secret, safe="").encode(), raw[::-1], raw.hex().encode()}
    return frozenset(spelt | set(_iter_base64_forms(raw)))


def _iter_base64_forms(raw: bytes) -> Iterator[bytes]:
    """The characters that only ``raw`` decides, wherever it begins in what was encoded."""
    for lead in range(3):
        start, stop = -(-lead * 8 // 6), (lead + len(raw)) * 8 // 6
        for encode in (b64encode, urlsafe_b64encode):
            yield encode(b"\0" * lead + raw)[start:stop]


def find_leaks(folder: Path, secret: str = KEY) -> list[str]:
    """The files below ``folder`` that hold the secret in any form, each with the form."""
    wanted = list_forms(secret)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return [
        f"{path.relative_to(folder)}: {form!r}"
        for path in files
        for form in wanted
        if form in path.read_bytes()
    ]
