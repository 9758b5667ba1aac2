"""The API families that runreel knows; the first that claims a request speaks for it."""

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
"""In the order in which they are asked; the last claims everything."""


def find_dialect(request: Request) -> Dialect:
    """Give the first dialect that claims the request."""
    return next(dialect for dialect in DIALECTS if dialect.claims(request))
