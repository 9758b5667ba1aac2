"""Secrets that only the words in front of them tell from other text."""

from __future__ import annotations

from runreel.core.redact.rules.rule import Rule

PROSE = (
    Rule(
        "labelled-password",
        "prose",
        (b"password", b"passwd"),
        rb"(?i)\bpass(?:word|wd)['\"]?[ \t]{0,4}[:=][ \t]{0,4}['\"]?"
        rb"([^ \t\r\n,;)\]}<>'\"`]{5,127}[^ \t\r\n,;)\]}<>'\"`.])",
        hits=("password: «hunter2x9»", "passwd=«hunter2x9»"),
        spares=("the password is required",),
    ),
)
