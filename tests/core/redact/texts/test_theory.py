"""The example in the docstring of ``runreel.core.redact.texts`` is what the code does."""

from __future__ import annotations

from runreel.core.dialect import Channels
from runreel.core.redact import texts
from runreel.core.redact.streams.stream import Stream
from runreel.core.redact.texts.json_leaves import iter_leaves
from runreel.core.redact.texts.spans import Span, build_edits
from runreel.core.redact.texts.text_views import iter_views

DOCSTRING = texts.__doc__ or ""
EVENTS = [
    line.strip().encode() + b"\n\n"
    for line in DOCSTRING.splitlines()
    if line.startswith("    data: ")
]


def test_the_example_is_right() -> None:
    [_, delta] = iter_leaves(EVENTS[0], [(len(b"data: "), len(EVENTS[0]))])
    assert f'``("delta",)`` at {delta.start}-{delta.end}' in DOCSTRING
    stream = Stream(Channels(frozenset({"delta"})), lambda leaf: False)
    stream.feed(EVENTS)
    [channel] = stream.finish().channels
    assert f"``{channel.data.decode()}``" in DOCSTRING
    view = next(view for view in iter_views(channel) if b"sk-test-4711" in view.data)
    start, end = view.data.index(b"sk-"), len(view.data)
    assert f"at {start}-{end} in this view" in DOCSTRING
    span = Span(view.to_raw_start(start), view.to_raw_end(end), b"REDACTED-key-1", "known")
    assert f"{span.start}-{span.end}, ``REDACTED-key-1``" in DOCSTRING
    ranges = list(channel.iter_ranges(span.start, span.end))
    assert all(f"{low}-{high}" in DOCSTRING for low, high in ranges)
    assert [edit.data for edit in build_edits(span, ranges, ())] == [b"REDA", b"CTED-key-1"]
