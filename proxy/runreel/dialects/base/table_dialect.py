"""A dialect made of a table of routes, the channels of its streams and the format of its errors.

Enough for an API family whose requests need no checks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from runreel.core.bound_places import BoundPlace
from runreel.core.dialect import CallMeaning, Channels
from runreel.core.trace.table import UNKNOWN_API, TraceTable
from runreel.core.unordered import UnorderedItems
from runreel.dialects.base.bodies import IDEMPOTENCY_KEYS
from runreel.dialects.base.routes import Routes
from runreel.model import Answer, Request


@dataclass(frozen=True, slots=True)
class TableDialect:
    """A dialect that only looks at the method and the path of a request."""

    name: str
    routes: Routes
    channels: Channels
    format_error: Callable[[str, str], bytes]
    """Function from a message and an error code to the body of an error."""
    volatile: tuple[str, ...] = IDEMPOTENCY_KEYS
    trace_table: TraceTable = UNKNOWN_API
    polled: frozenset[str] = frozenset()
    choosing_headers: tuple[bytes, ...] = ()
    unordered_items: tuple[UnorderedItems, ...] = ()
    bound: tuple[BoundPlace, ...] = ()

    def claims(self, request: Request) -> bool:
        """Return whether the end of the request's path matches a route."""
        return self.routes.find(request.target) is not None

    def find_scope(self, request: Request) -> str:
        """Return an empty scope: these families have no threads."""
        return ""

    def interpret(self, request: Request) -> CallMeaning:
        """Return the operation; its summary is the ids in the path."""
        match = self.routes.find(request.target)
        if match is None:
            return CallMeaning(operation="", scope="")
        return CallMeaning(match.operations.get(request.method, ""), scope="", summary=match.ids)

    def find_created_scope(self, answer: Answer) -> str:
        """Return an empty scope: no answer is known to create a thread."""
        return ""

    def build_error(self, message: str, code: str) -> bytes:
        """Return the body of an error in the family's format."""
        return self.format_error(message, code)
