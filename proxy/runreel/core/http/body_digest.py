"""What tells a body that is not kept from another: its length and its SHA-256 (FIPS 180-4).

No key goes into the hash, so whoever knows all of a body but a short secret could guess the rest:
a body so short that this were easy is known by its length alone.
"""

from __future__ import annotations

import hashlib
import re

DIGEST_PATTERN = re.compile(r"[0-9]{1,19}(?::[0-9a-f]{64})?")
"""The length in bytes and, of a body that has one, the hash: ``2048:9f86d0…``."""

MIN_HASHED_LENGTH = 1024
"""Bytes."""


class BodyDigest:
    """Takes the pieces of a body as they come on the wire."""

    def __init__(self) -> None:
        self._length = 0
        self._hash = hashlib.sha256()

    def feed(self, data: bytes | bytearray) -> None:
        """Take the next piece."""
        self._length += len(data)
        self._hash.update(data)

    def finish(self) -> str:
        """The text that ``Request.digest`` holds."""
        if self._length < MIN_HASHED_LENGTH:
            return str(self._length)
        return f"{self._length}:{self._hash.hexdigest()}"


def digest_body(body: bytes) -> str:
    """The digest of a body that is all there."""
    digest = BodyDigest()
    digest.feed(body)
    return digest.finish()
