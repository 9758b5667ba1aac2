"""What the settings say of redaction, and the environment's secrets, put in force."""

from __future__ import annotations

import os
from collections.abc import Mapping

from runreel.config import Config
from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.redact.finders.custom import build_active_rules, parse_json_paths
from runreel.core.scan import LeakScanner


def build_redaction_rules(config: Config) -> Rules:
    """The built-in rules less those that are off, and what the settings add.

    Raises ``ConfigError`` for what they say wrong.
    """
    redact = config.redact
    return Rules.build(
        headers=redact.headers,
        query=redact.query,
        fields=redact.fields,
        rules=build_active_rules(redact),
        paths=parse_json_paths(redact),
    )


def build_redactor(
    config: Config, vault: Vault, environ: Mapping[str, str] = os.environ
) -> Redactor:
    """What redacts under these settings; ``vault`` learns the environment's secrets.

    Raises as ``redaction_rules`` does.
    """
    vault.learn(read_known_values(config, environ))
    return Redactor(build_redaction_rules(config), vault)


def read_known_values(config: Config, environ: Mapping[str, str]) -> list[bytes]:
    """The values of the environment variables that the settings name."""
    values = (environ.get(name, "").strip() for name in config.redact.environment)
    return [os.fsencode(value) for value in values if value]


def build_leak_scanner(config: Config, environ: Mapping[str, str]) -> LeakScanner:
    """What searches cassettes under these settings; raises as ``redaction_rules`` does."""
    return LeakScanner(
        build_redaction_rules(config),
        max_body=config.limits.max_body,
        known=read_known_values(config, environ),
    )
