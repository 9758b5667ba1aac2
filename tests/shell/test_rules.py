"""What the settings add to the built-in rules."""

from __future__ import annotations

from runreel.config import Config, RedactSettings
from runreel.core.redact import Rules
from runreel.shell.rules import redaction_rules


def test_the_settings_names_extend_the_built_in_ones() -> None:
    added = redaction_rules(Config(redact=RedactSettings(headers=("x-own",), fields=("shoe_size",))))
    assert added.header("X-Own") == "own"
    assert added.header("Authorization") == "authorization"
    assert added.member("shoeSize") is not None
    assert added.digest != redaction_rules(Config()).digest == Rules.extended().digest
