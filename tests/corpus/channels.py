"""Channels of streams: a text that comes in pieces, in one kind of stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from corpus import other_streams, run_streams
from corpus.other_streams import Stream
from corpus.run_streams import SplitText
from corpus.splits import FRAMINGS
from corpus.writing import WIRES, Escape
from runreel.model import Exchange
from support.build import make_answer, make_exchange, make_request


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel of one kind of stream."""

    name: str
    group: str
    stream: Stream
    is_arguments: bool = False
    """True if the text is JSON itself: the arguments of a function."""

    def exchange(
        self, source: SplitText, escape: Escape, *, wire: str = "lf", framing: str = "by-event"
    ) -> Exchange:
        """Build an exchange whose answer streams the text in this channel."""
        events = list(WIRES[wire](self.stream(source), escape))
        frames = FRAMINGS[framing](events, source.dice)
        request = make_request(target=_TARGETS[self.group])
        return make_exchange(request=request, answer=make_answer(*events, frames=frames))


_TARGETS: Mapping[str, bytes] = {
    "create-run": b"/v1/threads/thread_1/runs",
    "responses": b"/v1/responses",
    "chat": b"/v1/chat/completions",
    "anthropic": b"/v1/messages",
    "unknown": b"/api/generate",
}
_ARGUMENTS = {
    run_streams.arguments,
    run_streams.two_calls,
    other_streams.responses_arguments,
    other_streams.responses_mcp,
    other_streams.chat_tools,
    other_streams.chat_function,
    other_streams.anthropic_json,
}
_STREAMS: Mapping[str, tuple[Stream, ...]] = {
    "create-run": (
        run_streams.text,
        run_streams.one_delta,
        run_streams.two_texts,
        run_streams.refusal,
        run_streams.arguments,
        run_streams.two_calls,
        run_streams.code,
        run_streams.logs,
        run_streams.output,
        run_streams.instructions,
        run_streams.metadata,
        run_streams.error,
    ),
    "responses": (
        other_streams.responses_text,
        other_streams.responses_arguments,
        other_streams.responses_mcp,
        other_streams.responses_refusal,
        other_streams.responses_reasoning,
        other_streams.responses_code,
    ),
    "chat": (
        other_streams.chat_text,
        other_streams.chat_refusal,
        other_streams.chat_reasoning,
        other_streams.chat_choices,
        other_streams.chat_tools,
        other_streams.chat_function,
        other_streams.chat_logprobs,
    ),
    "anthropic": (
        other_streams.anthropic_text,
        other_streams.anthropic_json,
        other_streams.anthropic_thinking,
    ),
    "unknown": (
        other_streams.gemini,
        other_streams.cohere,
        other_streams.text_generation,
        other_streams.langgraph,
        other_streams.ui_messages,
        other_streams.own_shape,
        other_streams.bare_strings,
        other_streams.plain_lines,
    ),
}


def _iter_channels() -> Iterator[Channel]:
    for group, streams in _STREAMS.items():
        for stream in streams:
            name = f"run-{stream.__name__}" if group == "create-run" else stream.__name__
            yield Channel(name.replace("_", "-"), group, stream, stream in _ARGUMENTS)


CHANNELS: Mapping[str, Channel] = {channel.name: channel for channel in _iter_channels()}
