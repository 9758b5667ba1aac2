"""The redaction under test, with the components of a session."""

from __future__ import annotations

from runreel.core.record.seal import Sealer
from runreel.core.redact import Redactor, Rules, Vault
from runreel.dialects import find_dialect

_MAX_BODY = 64 << 20


def make_sealer() -> Sealer:
    """Return the sealer of a new session, which knows no values."""
    return Sealer(Redactor(Rules.build(), Vault()), find_dialect, _MAX_BODY)
