"""One rule of the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct

SecretCheck: TypeAlias = Callable[[bytes], bool]
"""A predicate for what a pattern has matched: True if it is a secret, by its checksum, say."""

ContextCheck: TypeAlias = Callable[[bytes, int, int], bool]
"""A predicate for a text and the range of a match in it: False if what is around it refutes it."""

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
"""Names of the groups; ``custom`` is for users' rules."""


class Rule(Struct, frozen=True):
    """One kind of secret, and the pattern by which it is recognised.

    A pattern uses only the syntax that RE2 and ``re`` share (``search.engine``), and never matches
    a double quote, so that a match is within one JSON string. The first group that took part in the
    match is the secret, or the whole match if there is none.
    """

    name: str
    """Unique name: in settings (``off``), placeholders and the ledger."""
    group: str
    """One of ``GROUPS``."""
    keywords: tuple[bytes, ...]
    """Words in lower case, one of which is in every match: the rule searches only around them."""
    pattern: bytes
    check: SecretCheck | None = None
    matches: tuple[str, ...] = ()
    """Templates (``rules.examples``) of texts that contain the secret."""
    non_matches: tuple[str, ...] = ()
    """Templates of look-alikes, which no rule may match."""
    trigger: bytes = b""
    """A quick pattern that is in every match, for a rule without keywords: the rule searches only
    around its matches. A rule without keywords and trigger searches the whole text."""
    window_before: int = 0
    """Bytes before the keyword or trigger at which a match begins at the earliest."""
    window_after: int = 512
    """Bytes to search after the keyword or trigger; enlarged for a match that reaches their end."""
    context: ContextCheck | None = None
    """A check of what is around the secret."""
    is_general: bool = False
    """True if what the rule finds is dropped where another rule finds a credential."""

    @property
    def is_personal(self) -> bool:
        """True if the rule finds personal data, False if it finds credentials."""
        return self.group == "personal"
