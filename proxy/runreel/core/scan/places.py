"""Places of secrets in a body: the event, and the path in its JSON."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby
from typing import NamedTuple

from runreel.core.redact.texts.leaf import LeafPath
from runreel.core.redact.texts.sse_event import find_event_data
from runreel.core.scan.json_location import find_paths
from runreel.core.scan.leak import LeakSpan

_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*+([{\[])")


class SpanPlace(NamedTuple):
    """The place where a secret begins."""

    event: int | None
    """Number of the event, counted from 1; None if the body is no stream."""
    path: LeafPath
    """Path in the JSON of the event, or of the body; empty without JSON."""
    span: LeakSpan


def locate_spans(
    body: bytes, events: Sequence[bytes] | None, spans: Sequence[LeakSpan]
) -> Iterator[SpanPlace]:
    """Yield the place of each span. They are in rising order; ``events`` make up the body."""
    if events is None:
        offsets = [span.start for span in spans]
        for path, span in zip(find_paths(_JSON.match(body), offsets), spans, strict=True):
            yield SpanPlace(None, path, span)
        return
    starts = [*accumulate(map(len, events[:-1]), initial=0)]
    for number, group in groupby(spans, lambda span: bisect_right(starts, span.start)):
        event_spans = [*group]
        bracket = _match_json(body, starts[number - 1], events[number - 1])
        paths = find_paths(bracket, [span.start for span in event_spans])
        for path, span in zip(paths, event_spans, strict=True):
            yield SpanPlace(number, path, span)


def _match_json(body: bytes, start: int, raw: bytes) -> re.Match[bytes] | None:
    """Return the match whose group 1 is the first bracket of the event's JSON, if any."""
    _, ranges = find_event_data(raw)
    return _JSON.match(body, start + ranges[0][0], start + len(raw)) if ranges else None
