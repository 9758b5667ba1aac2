"""The redaction under test, put together as a session puts it together."""

from __future__ import annotations

from runreel.core.record.seal import Sealer
from runreel.core.redact import Redactor, Rules, Vault
from runreel.dialects import find_dialect

_MAX_BODY = 64 << 20


def make_sealer() -> Sealer:
    """A fresh one: no value is known yet."""
    return Sealer(Redactor(Rules.build(), Vault()), find_dialect, _MAX_BODY)
