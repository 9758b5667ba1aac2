"""The redaction under test, put together as a session puts it together."""

from __future__ import annotations

from runreel.core.record.seal import Sealer
from runreel.core.redact import Redactor, Rules, Vault
from runreel.dialects import dialect_of

_MAX_BODY = 64 << 20


def sealer() -> Sealer:
    """A fresh one: no value is known yet."""
    return Sealer(Redactor(Rules.extended(), Vault()), dialect_of, _MAX_BODY)
