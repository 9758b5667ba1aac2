"""The redaction rules that the settings ask for."""

from __future__ import annotations

from runreel.config import Config
from runreel.core.redact import Rules


def redaction_rules(config: Config) -> Rules:
    """The rules in force: those that always are, and what the settings add."""
    redact = config.redact
    return Rules.extended(headers=redact.headers, query=redact.query, fields=redact.fields)
