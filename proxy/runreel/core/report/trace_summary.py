"""The facts of a trace that a list of exchanges shows."""

from __future__ import annotations

from msgspec import Struct

from runreel.core.trace.model import Trace, TraceEnd, TraceUsage
from runreel.model import End


class TraceSummary(Struct, frozen=True):
    """A trace without its texts and events."""

    events: int
    first_content_us: int | None
    usage: TraceUsage
    end: TraceEnd

    @property
    def model(self) -> str:
        """The model that answered or, if the answer does not say, the one that was asked for."""
        return self.usage.answered_model or self.usage.requested_model

    @property
    def tokens(self) -> str:
        """Tokens of input and output as reported, such as ``1200+85``; empty if none were."""
        counts = (self.usage.input_tokens, self.usage.output_tokens)
        if counts == (None, None):
            return ""
        return "+".join("?" if count is None else str(count) for count in counts)

    def to_document(self) -> dict[str, object]:
        """Return the summary as a JSON document."""
        return {
            "model": self.model,
            "first_content_us": self.first_content_us,
            "usage": self.usage._asdict(),
            "end": {**self.end._asdict(), "is_alarm": self.end.is_alarm},
        }


def summarize_trace(trace: Trace) -> TraceSummary:
    """Return the facts of a trace for a list."""
    return TraceSummary(
        events=len(trace.events),
        first_content_us=trace.timing.first_content_us,
        usage=trace.usage,
        end=trace.end,
    )


def name_end(end: TraceEnd) -> str:
    """Name an end in a word or two; empty for a complete answer without an error."""
    connection = "" if end.connection is End.COMPLETE else end.connection.value
    if not end.is_alarm:
        return f"{connection}, whole" if connection else ""
    if end.error:
        return " ".join(filter(None, (connection, "error")))
    return connection or "no end"
