"""Digests that identify bodies which are not kept: the length and the SHA-256 (FIPS 180-4).

The hash has no key, so anyone who knows a body except for a short secret in it can find the secret
by trial. Bodies under 1 KiB are therefore identified by their length only.
"""

from __future__ import annotations

import hashlib
from collections import deque

from runreel.core.regex.lazy_pattern import compile_later

DIGEST_PATTERN = compile_later(r"[0-9]{1,19}(?::[0-9a-f]{64})?")
"""Length in bytes and, if there is one, the hash: ``2048:9f86d0…``."""

MIN_HASHED_LENGTH = 1024
"""Minimum length of a body that is hashed, in bytes."""


HASHED_AT_ONCE = 1 << 19
"""Bytes hashed with each piece that is added: a few milliseconds."""


class BodyDigest:
    """Incremental digest of a body, as it is on the wire.

    A body is hashed from the moment at which it is too large to be kept. All that was received up
    to then is hashed little by little, because the caller serves others in between.
    """

    def __init__(self) -> None:
        self._length = 0
        self._hash = hashlib.sha256()
        self._waiting: deque[memoryview] = deque()

    @property
    def waiting_size(self) -> int:
        """The number of bytes that ``finish`` would have to hash."""
        return sum(map(len, self._waiting))

    def feed(self, data: bytes | bytearray) -> None:
        """Add the next bytes of the body, which must not be changed; hash some of those added."""
        self._length += len(data)
        self._waiting.append(memoryview(data))
        self._hash_waiting(HASHED_AT_ONCE)

    def _hash_waiting(self, size: int) -> None:
        while self._waiting and size > 0:
            data = self._waiting.popleft()
            self._hash.update(data[:size])
            if len(data) > size:
                self._waiting.appendleft(data[size:])
            size -= len(data)

    def finish(self) -> str:
        """Return the digest as text, as in ``Request.digest``."""
        self._hash_waiting(self.waiting_size)
        if self._length < MIN_HASHED_LENGTH:
            return str(self._length)
        return f"{self._length}:{self._hash.hexdigest()}"


def digest_body(body: bytes) -> str:
    """Return the digest of a complete body."""
    digest = BodyDigest()
    digest.feed(body)
    return digest.finish()
