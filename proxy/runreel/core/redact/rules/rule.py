"""What a rule of the table says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

SecretCheck: TypeAlias = Callable[[bytes], bool]
"""Whether what a pattern found is a secret: a checksum, an alphabet, a class of addresses."""

GROUPS = (
    "provider-keys",
    "code-hosts",
    "registries",
    "services",
    "cloud",
    "connections",
    "tokens",
    "prose",
    "personal",
    "custom",
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of secret, and how it is told from other text.

    A pattern keeps to what RE2 and ``re`` share (``core.redact.engine``) and to what stands in a
    string of JSON: it never matches across a double quote. The first group that took
    part is the secret; where none did, the whole match is.
    """

    name: str
    """Unique; what switches it off, and what placeholders and the ledger show."""
    group: str
    """One of ``GROUPS``."""
    keywords: tuple[bytes, ...]
    """In lower case; the rule runs only round these."""
    pattern: bytes
    check: SecretCheck | None = None
    matches: tuple[str, ...] = ()
    """Templates (``rules.examples``) of texts that hold it."""
    non_matches: tuple[str, ...] = ()
    """Look-alikes that no rule may touch."""
    trigger: bytes = b""
    """A quick pattern, for what has no keyword: the rule runs only round what it finds. Without
    keywords and trigger a rule runs over the whole text."""
    window_before: int = 0
    """How many bytes in front of its keyword a match can begin, at most."""
    window_after: int = 512
    """How many bytes behind its keyword a match may need; one that gets there may be longer."""

    @property
    def is_personal(self) -> bool:
        """Whether what it finds is a person's data, and no credential."""
        return self.group == "personal"
