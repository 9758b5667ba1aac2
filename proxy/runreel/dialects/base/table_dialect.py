"""A dialect made of tables: its marks and routes, the channels of its streams, its errors.

Enough for an API family whose requests need no checks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct, field

from runreel.core.bound_places import BoundPlace
from runreel.core.dialect import CallMeaning, Channels
from runreel.core.trace.table import UNKNOWN_API, TraceTable
from runreel.core.unordered import UnorderedItems
from runreel.dialects.base.bodies import IDEMPOTENCY_KEYS, NOT_FOUND, collect_scalars
from runreel.dialects.base.form_fields import collect_form_scalars
from runreel.dialects.base.recognition import NO_MARKS, Marks
from runreel.dialects.base.routes import Routes
from runreel.model import Answer, Problem, Request


class TableDialect(Struct, frozen=True):
    """A dialect that only looks at the method, the path and some members of a request."""

    name: str
    routes: Routes
    channels: Channels
    format_error: Callable[[str, str], bytes]
    """Function from a message and an error code to the body of an error."""
    marks: Marks = NO_MARKS
    conversations: tuple[str, ...] = ()
    """Names of ids in the path: the first one that a path has is the conversation."""
    is_ordered: bool = True
    """True if a replay keeps the order within each conversation."""
    summarized: tuple[str, ...] = ()
    """Members of a request's body, or fields of its form, that the summary has: ``model``."""
    check_request: Callable[[Request, str], Sequence[Problem]] | None = None
    """Function from a request and its operation to the problems of its body."""
    volatile: tuple[str, ...] = IDEMPOTENCY_KEYS
    trace_table: TraceTable = UNKNOWN_API
    polled: frozenset[str] = frozenset()
    miss_status: int = NOT_FOUND
    fed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    created: Mapping[str, re.Pattern[bytes]] = field(default_factory=dict)
    """By operation: a pattern for the id of the conversation that its answer creates."""
    choosing_headers: tuple[bytes, ...] = ()
    unordered_items: tuple[UnorderedItems, ...] = ()
    bound: tuple[BoundPlace, ...] = ()

    def find_scope(self, request: Request) -> str:
        """Return the conversation, if the dialect is ordered; else an empty scope."""
        return self.find_conversation(request) if self.is_ordered else ""

    def find_conversation(self, request: Request) -> str:
        """Return the first id of ``conversations`` in the path; empty if it has none."""
        match = self.routes.find(request.target)
        ids = {} if match is None else match.ids
        return next((ids[name] for name in self.conversations if name in ids), "")

    def find_created(self, request: Request, answer: Answer) -> str:
        """Return the first id in the answer that the pattern of the operation matches."""
        match = self.routes.find(request.target)
        operation = "" if match is None else match.operations.get(request.method, "")
        pattern = self.created.get(operation)
        created = None if pattern is None else pattern.search(answer.body)
        return "" if created is None else created[1].decode("utf-8", "replace")

    def interpret(self, request: Request) -> CallMeaning:
        """Return the operation; its summary is the ids in the path and ``summarized``."""
        match = self.routes.find(request.target)
        scalars = collect_scalars(request.body, self.summarized)
        scalars = scalars or collect_form_scalars(request, self.summarized)
        if match is None:
            return CallMeaning(operation="", scope="", summary=scalars)
        operation = match.operations.get(request.method, "")
        problems = () if self.check_request is None else self.check_request(request, operation)
        summary = {**match.ids, **scalars}
        return CallMeaning(operation, self.find_scope(request), summary, tuple(problems))

    def build_error(self, message: str, code: str, request: Request | None = None) -> bytes:
        """Return the body of an error in the family's format."""
        return self.format_error(message, code)
