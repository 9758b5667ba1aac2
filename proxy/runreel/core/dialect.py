"""The interface between the core and the knowledge of one API family.

Each dialect implements the ``Dialect`` protocol. A dialect is pure: it interprets requests and
answers, and never changes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from msgspec import Struct, field

from runreel.core.bound_places import BoundPlace
from runreel.core.trace.table import TraceTable
from runreel.core.unordered import UnorderedItems
from runreel.model import Answer, Problem, Request, Scalar


class CallMeaning(Struct, frozen=True):
    """The meaning of a request within its API."""

    operation: str
    """Name such as ``runs.create`` or ``messages.list``; empty if the dialect has none for it."""
    scope: str
    """Result of ``Dialect.find_scope``; empty for the whole session."""
    summary: Mapping[str, Scalar] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


class Channels(Struct, frozen=True):
    """Rules for joining the texts of a stream, whose pieces are spread over many events.

    A channel is one string member of one kind of event, with the same ids around it; its values in
    successive events are the pieces of one text. Objects in arrays are distinguished by their
    ``index`` member or, if they have none, by their position.
    """

    pieces: frozenset[str]
    """Names of members whose strings are pieces of longer texts: ``delta``, ``value`` … In an event
    that has none of them, any string may be a piece."""
    noise: frozenset[str] = frozenset()
    """Names of members that are new in each event and carry no meaning: random padding, ids of
    events."""


NO_CHANNELS = Channels(pieces=frozenset())
"""The channels of an unknown API: any string of an event may be a piece."""


class Dialect(Protocol):
    """Knowledge of one API family."""

    @property
    def name(self) -> str:
        """Name of the API family."""
        ...

    @property
    def channels(self) -> Channels:
        """Rules for joining the texts of its streams."""
        ...

    @property
    def trace_table(self) -> TraceTable:
        """The places of texts, usage, ids and ends in its requests and answers."""
        ...

    @property
    def volatile(self) -> tuple[str, ...]:
        """Parts of a request that are new each time and mean nothing, written as in ``[match]
        ignore``. The list is to be short, since no setting can make an entry count again."""
        ...

    @property
    def choosing_headers(self) -> tuple[bytes, ...]:
        """Request headers, in lower case, that choose the answer of this API's calls."""
        ...

    @property
    def unordered_items(self) -> tuple[UnorderedItems, ...]:
        """Elements of request bodies whose order means nothing, such as the outputs of tools."""
        ...

    @property
    def bound(self) -> tuple[BoundPlace, ...]:
        """Places of requests whose values the client makes anew, such as ids of calls."""
        ...

    @property
    def polled(self) -> frozenset[str]:
        """Operations that SDKs repeat by themselves until some work has ended."""
        ...

    @property
    def fed(self) -> Mapping[str, frozenset[str]]:
        """Operations whose answers go on to report on what later requests of their conversation
        do, each with the operations of those requests (none: of all that may change state)."""
        ...

    def find_scope(self, request: Request) -> str:
        """Return the id of the request's thread, judged by its path alone; empty if none. A replay
        keeps the order within a thread."""
        ...

    def find_conversation(self, request: Request) -> str:
        """Return the id of the session or thread on which a stream of this request reports, judged
        by its head alone; empty if none."""
        ...

    def find_created(self, request: Request, answer: Answer) -> str:
        """Return the id of the thread or conversation that the request has created; empty if none.
        Never raises."""
        ...

    def interpret(self, request: Request) -> CallMeaning:
        """Return the meaning of the request. Never raises, whatever the body is."""
        ...

    @property
    def miss_status(self) -> int:
        """Status of the answer to a request that no recorded exchange answers."""
        ...

    def build_error(self, message: str, code: str, request: Request | None = None) -> bytes:
        """Build a JSON body in the family's error format, so that its SDKs show the message.

        ``request`` is the one that gets this answer, if it is known.
        """
        ...


DialectFinder = Callable[[Request], Dialect]
"""A function that returns the dialect of a request."""
