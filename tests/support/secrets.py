"""Fakes that the built-in rules know, made when they are needed: no file holds one."""

from __future__ import annotations

from runreel.core.redact.rules import RULES
from runreel.core.redact.rules.examples import example


def fake(rule: str) -> str:
    """A secret that the rule of this name finds."""
    hits = next(each.hits for each in RULES if each.name == rule)
    made = example(hits[0])
    start, end = made.spans[0]
    return made.text.encode()[start:end].decode()


KEY = fake("openai-api-key")
MAIL = "ann.smith@corp-example.org"
