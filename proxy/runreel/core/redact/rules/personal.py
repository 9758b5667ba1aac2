"""Data of persons that a shape or a checksum tells from other text."""

from __future__ import annotations

from runreel.core.redact.rules.rule import Rule

PERSONAL = (
    Rule(
        "email",
        "personal",
        (b"@",),
        rb"[A-Za-z0-9_%+'-](?:[A-Za-z0-9._%+'-]{0,62}[A-Za-z0-9_%+-])?"
        rb"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}\b",
        before=64,
        hits=("ann@example.org", "first.last+tag@mail.example.co.uk"),
        spares=("npm install @openai/agents", "user@localhost"),
    ),
)
