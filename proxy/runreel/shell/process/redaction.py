"""Redaction as configured: rules, redactor and scanner, with the environment's secrets."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from runreel.config import Config
from runreel.core.redact.finders.by_name import Rules
from runreel.core.redact.finders.custom import build_active_rules, parse_json_paths
from runreel.core.redact.redactor import Redactor
from runreel.core.redact.vault import MAX_VALUES_OF_CASSETTE, Vault

if TYPE_CHECKING:
    from runreel.core.scan import LeakScanner


def build_redaction_rules(config: Config) -> Rules:
    """Return the built-in rules without those turned off, plus those that the settings add.

    Raises ``ConfigError`` for invalid rules or paths.
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
    """Return the redactor for these settings; teach ``vault`` the environment's secrets.

    Raises as ``build_redaction_rules`` does.
    """
    vault.learn(read_known_values(config, environ))
    return Redactor(build_redaction_rules(config), vault)


def build_comparing_redactor(config: Config) -> Redactor:
    """Return a redactor of requests that are only compared, which knows the environment's secrets.

    It refuses a request with very many secrets, as commands do (``TooManyFoundError``).
    """
    vault = Vault(max_values=MAX_VALUES_OF_CASSETTE, refuses_excess=False)
    return build_redactor(config, vault)


def read_known_values(config: Config, environ: Mapping[str, str]) -> list[bytes]:
    """Return the values of the environment variables that the settings name, without empty ones."""
    values = (environ.get(name, "").strip() for name in config.redact.environment)
    return [os.fsencode(value) for value in values if value]


def build_leak_scanner(config: Config, environ: Mapping[str, str]) -> LeakScanner:
    """Return the scanner for these settings; raises as ``build_redaction_rules`` does."""
    from runreel.core.scan import LeakScanner  # noqa: PLC0415 - not for a server

    return LeakScanner(
        build_redaction_rules(config),
        max_body=config.limits.max_body,
        known=read_known_values(config, environ),
    )
