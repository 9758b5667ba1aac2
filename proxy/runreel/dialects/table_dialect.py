"""A dialect that a table can say: which calls there are, how streams speak, how errors look.

For API families of which nothing but that is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from runreel.core.dialect import CallMeaning, Channels, Outline
from runreel.dialects.bodies import IDEMPOTENCY_KEYS
from runreel.dialects.routes import Routes
from runreel.model import Answer, Request


@dataclass(frozen=True, slots=True)
class TableDialect:
    """An API family by its table."""

    name: str
    routes: Routes
    channels: Channels
    format_error: Callable[[str, str], bytes]
    """An error's body from its message and code."""
    volatile: tuple[str, ...] = IDEMPOTENCY_KEYS
    polled: frozenset[str] = frozenset()

    def claims(self, request: Request) -> bool:
        """Claim a request whose path ends as one of the table's does."""
        return self.routes.find(request.target) is not None

    def find_scope(self, request: Request) -> str:
        """Know of no thread."""
        return ""

    def interpret(self, request: Request) -> CallMeaning:
        """Name the operation; the ids of the path are its summary."""
        place = self.routes.find(request.target)
        if place is None:
            return CallMeaning(operation="", scope="")
        return CallMeaning(place.operations.get(request.method, ""), scope="", summary=place.ids)

    def outline(self, request: Request, answer: Answer) -> Outline:
        """Say nothing of what the answer says."""
        return Outline()

    def build_error(self, message: str, code: str) -> bytes:
        """Give the JSON of an error in the family's shape."""
        return self.format_error(message, code)
