"""What the core wants to know of one API family, as a Protocol that each dialect fulfils.

A dialect is pure: it reads requests and answers and says what they mean. It never changes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from runreel.model import Answer, Problem, Request, Scalar


@dataclass(frozen=True, slots=True)
class CallMeaning:
    """What a request means."""

    operation: str
    """``runs.create``, ``messages.list`` …; empty where the dialect has no name for it."""
    scope: str
    """As ``Dialect.find_scope`` gives it; empty: the whole session."""
    summary: Mapping[str, Scalar] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call of a tool, its pieces joined."""

    id: str
    kind: str
    """``function``, ``code_interpreter``, ``file_search`` …"""
    name: str
    arguments: str
    """The joined arguments of a function, or the input of the code interpreter."""
    output: str = ""


@dataclass(frozen=True, slots=True)
class Outline:
    """What an answer says, put together from all of its events."""

    texts: tuple[str, ...] = ()
    """One per message."""
    tool_calls: tuple[ToolCall, ...] = ()
    ids: Mapping[str, str] = field(default_factory=dict)
    """``thread_id``, ``run_id`` … found in the answer."""
    status: str = ""
    """The last status of the run: ``completed``, ``requires_action`` …"""


@dataclass(frozen=True, slots=True)
class Channels:
    """Which members of a stream's events hold pieces of a text, and what tells two texts apart.

    A channel is one such member of one kind of event. Objects in arrays are told apart by their
    ``index`` where they have one, else by their place.
    """

    pieces: frozenset[str]
    """Names of members whose strings are pieces of longer texts: ``delta``, ``value`` … In an event
    that has none of these, any string may be one."""
    discriminators: frozenset[str]
    """Names of members at the top of an event that say which message, item or block it is of."""
    noise: frozenset[str] = frozenset()
    """Names of members with random letters, which say nothing."""


class Dialect(Protocol):
    """The knowledge of one API family."""

    @property
    def name(self) -> str:
        """What the family is called."""
        ...

    @property
    def channels(self) -> Channels:
        """How its streams speak."""
        ...

    @property
    def volatile(self) -> tuple[str, ...]:
        """Places of a request that are new each time and mean nothing, as ``[match] ignore`` takes
        them: few, since what a dialect ignores no setting can bring back."""
        ...

    @property
    def polled(self) -> frozenset[str]:
        """The operations that SDKs repeat by themselves until something has ended."""
        ...

    def claims(self, request: Request) -> bool:
        """Whether the request belongs to this family, by its path alone."""
        ...

    def find_scope(self, request: Request) -> str:
        """The id of the thread that the request belongs to, by its path alone; empty if none."""
        ...

    def interpret(self, request: Request) -> CallMeaning:
        """What the request means; never raises, whatever the body is."""
        ...

    def outline(self, request: Request, answer: Answer) -> Outline:
        """What the answer says; never raises, whatever the body is."""
        ...

    def build_error(self, message: str, code: str) -> bytes:
        """A JSON body in the family's error shape, so that its SDKs print the message."""
        ...
