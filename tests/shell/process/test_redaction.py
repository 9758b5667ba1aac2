"""Redaction as configured: built-in rules, the settings' additions and the environment."""

from __future__ import annotations

from runreel.config import Config, RedactSettings
from runreel.core.redact import Rules, Vault
from runreel.core.redact.names.evidence import CredentialField, is_anything
from runreel.shell.process.redaction import (
    build_leak_scanner,
    build_redaction_rules,
    build_redactor,
)
from support.build import make_answer, make_request


def test_the_settings_names_extend_the_built_in_ones() -> None:
    rules = build_redaction_rules(
        Config(redact=RedactSettings(headers=("x-own",), fields=("shoe_size",)))
    )
    assert rules.find_header_field("X-Own") == CredentialField("own", is_anything)
    assert rules.find_header_field("Authorization") is not None
    assert rules.find_member_field("shoeSize") is not None
    assert rules.digest != build_redaction_rules(Config()).digest == Rules.build().digest


def test_rules_that_are_off_are_not_used() -> None:
    rules = build_redaction_rules(
        Config(redact=RedactSettings(off=("personal",), patterns=("own: ab+c",)))
    )
    assert [each.rule.name for each in rules.detector.find(b"ann@corp-example.org abbc")] == ["own"]


def test_the_scanner_knows_the_secrets_of_the_environment_and_the_paths() -> None:
    settings = RedactSettings(environment=("OURS", "UNSET"), paths=("$.shoe",))
    scanner = build_leak_scanner(Config(redact=settings), {"OURS": "a word of ours"})
    answer = make_answer(b'{"shoe": "x", "a": "a word of ours"}', headers=())
    assert {leak.rule for leak in scanner.scan_answer(answer)} == {"paths", "environment"}


def test_the_redactor_knows_the_secrets_of_the_environment_and_the_paths() -> None:
    settings = RedactSettings(environment=("OURS", "UNSET", "EMPTY"), paths=("$.shoe",))
    environ = {"OURS": "a word of ours\n", "EMPTY": " "}
    redactor = build_redactor(Config(redact=settings), Vault(), environ)
    request = make_request(target=b"/v1/a%20word%20of%20ours", body=b'{"shoe": "x", "size": " "}')
    redacted = redactor.redact_request(request).request
    assert redacted.target == b"/v1/REDACTED-environment-1"
    assert redacted.body == b'{"shoe": "REDACTED-shoe-1", "size": " "}'
