"""The values of a comparison: changes, the verdict of each exchange, and the whole."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import NamedTuple

from runreel.core.word_spans import WordSpan, format_words


class DiffVerdict(IntEnum):
    """The degree of difference of two exchanges; a higher value is a larger difference."""

    IDENTICAL = 0
    """Nothing differs but the times of arrival."""
    EQUIVALENT = 1
    """Ids, moments, placeholders, pieces of texts or repeated polls differ."""
    WORDING = 2
    """Texts differ, of a prompt or of an answer, and nothing else."""
    BEHAVIOUR = 3
    """Anything else: calls, arguments, settings, events, status, end."""

    def __str__(self) -> str:
        return self.name.lower()


class ChangePart(StrEnum):
    """The part of an exchange that a change is in."""

    CALLS = "calls"
    """Exchanges that are missing, added or in another order."""
    REQUEST = "request"
    STATUS = "status"
    HEADERS = "headers"
    """The headers that are compared, of requests and answers."""
    TEXT = "text"
    """Texts of an answer: also reasoning, refusals and citations."""
    TOOLS = "tools"
    """Calls of tools in an answer, and their outputs."""
    EVENTS = "events"
    """The sequence of a stream's events, and members of their data."""
    BODY = "body"
    """An answer that is not a stream."""
    USAGE = "usage"
    END = "end"
    TIMING = "timing"


class ChangeKind(StrEnum):
    """The change of a place, from left to right."""

    CHANGED = "changed"
    MISSING = "missing"
    """The right side lacks it."""
    ADDED = "added"
    """The left side lacks it."""
    DOUBLED = "doubled"
    """The right side has it twice in a row."""
    SWAPPED = "swapped"
    """It and its neighbour are in another order."""
    REORDERED = "reordered"
    REPEATED = "repeated"
    """A poll that got the same state more often, or less often."""
    SLOWER = "slower"
    FASTER = "faster"


class StreamPlace(NamedTuple):
    """A place in a stream."""

    event: int
    """Number of the event."""
    at_us: int
    """Microseconds since the request."""
    block: int = 0
    """Number of the block in the transcript; 0 if the event adds to none."""


class Change(NamedTuple):
    """One difference of two exchanges."""

    part: ChangePart
    kind: ChangeKind
    verdict: DiffVerdict
    path: str
    """``request.$.temperature``, ``answer.status``, ``answer.events[7]``, ``answer.text[1]``."""
    left: str = ""
    right: str = ""
    """Both values as text, not shortened; empty for what is not there."""
    label: str = ""
    """The thing that has changed, in words: ``tool call get_weather``."""
    spans: tuple[WordSpan, ...] = ()
    """A diff by words, if both are texts."""
    left_place: StreamPlace | None = None
    right_place: StreamPlace | None = None

    @property
    def words(self) -> str:
        """The diff by words as text; empty if there is none."""
        return format_words(self.spans)


class ExchangeDiff(NamedTuple):
    """Two exchanges that were paired, or one without a counterpart."""

    left: int
    """Number of the left exchange; 0 if there is none."""
    right: int
    call: str
    """Its operation or, for an unknown one, its method and path."""
    verdict: DiffVerdict
    changes: tuple[Change, ...] = ()
    """In the order of request, head of the answer, and events."""
    notes: tuple[str, ...] = ()
    """Remarks, such as that a change repeats one of another exchange."""
    renamed: int = 0
    """Number of ids that differ and stand for each other."""


class RecordingDiff(NamedTuple):
    """The comparison of two recordings."""

    exchanges: tuple[ExchangeDiff, ...]
    """In the order of the left recording; added ones where they come in the right one."""
    renames: Mapping[str, str]
    """The ids that are different, from left to right."""

    @property
    def verdict(self) -> DiffVerdict:
        """The largest verdict; identical if there is nothing to compare."""
        return max((each.verdict for each in self.exchanges), default=DiffVerdict.IDENTICAL)

    @property
    def has_timing(self) -> bool:
        """True if any answer is slower or faster."""
        return any(
            change.part is ChangePart.TIMING for each in self.exchanges for change in each.changes
        )
