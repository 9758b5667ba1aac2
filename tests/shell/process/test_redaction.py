"""What the settings add to the built-in rules."""

from __future__ import annotations

from runreel.config import Config, RedactSettings
from runreel.core.redact import Rules, Vault
from runreel.shell.process.redaction import (
    build_leak_scanner,
    build_redaction_rules,
    build_redactor,
)
from support.build import make_answer, make_request


def test_the_settings_names_extend_the_built_in_ones() -> None:
    added = build_redaction_rules(
        Config(redact=RedactSettings(headers=("x-own",), fields=("shoe_size",)))
    )
    assert added.find_header_kind("X-Own") == "own"
    assert added.find_header_kind("Authorization") == "authorization"
    assert added.find_member_field("shoeSize") is not None
    assert added.digest != build_redaction_rules(Config()).digest == Rules.build().digest


def test_rules_that_are_off_are_not_in_force() -> None:
    off = build_redaction_rules(
        Config(redact=RedactSettings(off=("personal",), patterns=("own: ab+c",)))
    )
    assert [each.rule.name for each in off.detector.find(b"ann@corp-example.org abbc")] == ["own"]


def test_what_searches_cassettes_knows_the_environment_s_secrets_and_the_users_paths() -> None:
    settings = RedactSettings(environment=("OURS", "UNSET"), paths=("$.shoe",))
    inspector = build_leak_scanner(Config(redact=settings), {"OURS": "a word of ours"})
    answer = make_answer(b'{"shoe": "x", "a": "a word of ours"}', headers=())
    assert {leak.rule for leak in inspector.scan_answer(answer)} == {"paths", "environment"}


def test_what_redacts_knows_them_too() -> None:
    settings = RedactSettings(environment=("OURS", "UNSET", "EMPTY"), paths=("$.shoe",))
    environ = {"OURS": "a word of ours\n", "EMPTY": " "}
    redactor = build_redactor(Config(redact=settings), Vault(), environ)
    asked = make_request(target=b"/v1/a%20word%20of%20ours", body=b'{"shoe": "x", "size": " "}')
    clean = redactor.redact_request(asked).request
    assert clean.target == b"/v1/REDACTED-environment-1"
    assert clean.body == b'{"shoe": "REDACTED-shoe-1", "size": " "}'
