"""Digests that identify bodies which are not kept: the length and the SHA-256 (FIPS 180-4).

The hash has no key, so anyone who knows a body except for a short secret in it can find the secret
by trial. Bodies under 1 KiB are therefore identified by their length only.
"""

from __future__ import annotations

import hashlib
import re

DIGEST_PATTERN = re.compile(r"[0-9]{1,19}(?::[0-9a-f]{64})?")
"""Length in bytes and, if there is one, the hash: ``2048:9f86d0…``."""

MIN_HASHED_LENGTH = 1024
"""Minimum length of a body that is hashed, in bytes."""


class BodyDigest:
    """Incremental digest of a body, as it is on the wire."""

    def __init__(self) -> None:
        self._length = 0
        self._hash = hashlib.sha256()

    def feed(self, data: bytes | bytearray) -> None:
        """Add the next bytes of the body."""
        self._length += len(data)
        self._hash.update(data)

    def finish(self) -> str:
        """Return the digest as text, as in ``Request.digest``."""
        if self._length < MIN_HASHED_LENGTH:
            return str(self._length)
        return f"{self._length}:{self._hash.hexdigest()}"


def digest_body(body: bytes) -> str:
    """Return the digest of a complete body."""
    digest = BodyDigest()
    digest.feed(body)
    return digest.finish()
