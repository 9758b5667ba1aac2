"""No secret reaches the disk, the log or an error page.

``Redactor`` works on whole exchanges in memory, with ``Rules`` (which names, which looks) and a
session's ``Vault`` (which values). Only ``Redactor.prove`` makes ``Redacted`` bytes, and a store
takes nothing else.
"""

from runreel.core.redact.finders.by_name import Rules
from runreel.core.redact.redactor import Redacted, RedactedRequest, RedactionError, Redactor
from runreel.core.redact.vault import PLACEHOLDER, Vault

__all__ = [
    "PLACEHOLDER",
    "Redacted",
    "RedactedRequest",
    "RedactionError",
    "Redactor",
    "Rules",
    "Vault",
]
