"""Fake secrets that the built-in rules match, made at run time so that no file contains one."""

from __future__ import annotations

from runreel.core.redact.rules import RULES
from runreel.core.redact.rules.examples import build_example


def make_secret(rule: str) -> str:
    """Return a fake secret that the rule of this name matches."""
    hits = next(each.matches for each in RULES if each.name == rule)
    made = build_example(hits[0])
    start, end = made.spans[0]
    return made.text.encode()[start:end].decode()


KEY = make_secret("openai-api-key")
MAIL = "ann.smith@corp-example.org"
