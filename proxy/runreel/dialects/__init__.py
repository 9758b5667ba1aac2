"""The dialects: one for each API family that runreel knows."""

from __future__ import annotations

from runreel.core.dialect import Dialect
from runreel.dialects.anthropic import ANTHROPIC
from runreel.dialects.assistants import Assistants
from runreel.dialects.chat import CHAT
from runreel.dialects.plain import Plain
from runreel.dialects.responses import RESPONSES
from runreel.model import Request

__all__ = ["DIALECTS", "Plain", "find_dialect"]

DIALECTS: tuple[Dialect, ...] = (Assistants(), RESPONSES, CHAT, ANTHROPIC, Plain())
"""All dialects, in the order in which they are tried; the last one claims every request."""


def find_dialect(request: Request) -> Dialect:
    """Return the first dialect in ``DIALECTS`` that claims the request."""
    return next(dialect for dialect in DIALECTS if dialect.claims(request))
