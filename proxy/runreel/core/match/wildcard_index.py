"""The recorded requests that have placeholders, to be looked through where no fingerprint fits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from runreel.core.match.matching import Matching
from runreel.core.match.wildcards import WildcardTemplate, build_match_text, build_template
from runreel.model import Request

_MARK = b"REDACTED-"


class _RecordedRequest(NamedTuple):
    request: Request
    segments: int
    """Of its path: other paths have another number, whatever stands for their placeholders."""


class WildcardIndex:
    """Finds a recorded request that another one equals but for its placeholders."""

    def __init__(self, requests: Iterable[Request], matching: Matching) -> None:
        self._matching = matching
        self._recorded = [
            _RecordedRequest(request, _count_segments(request))
            for request in requests
            if _MARK in request.target or _MARK in request.body
        ]
        self._templates: dict[int, WildcardTemplate | None] = {}

    def __bool__(self) -> bool:
        """Whether any recorded request has a placeholder."""
        return bool(self._recorded)

    def needs_preparing(self, sent: Request) -> bool:
        """Whether there is something to prepare before ``sent`` is found at once."""
        return any(place not in self._templates for place in self._iter_candidates(sent))

    def prepare(self, sent: Request) -> Iterator[None]:
        """Read what ``sent`` may equal, one recorded request at each step."""
        for place in self._iter_candidates(sent):
            self._get_template(place)
            yield

    def find(self, sent: Request) -> Request | None:
        """The first recorded request that ``sent`` fits."""
        text = build_match_text(self._matching.normalize(sent))
        for place in self._iter_candidates(sent):
            template = self._get_template(place)
            if template is not None and template.matches(text):
                return self._recorded[place].request
        return None

    def _iter_candidates(self, sent: Request) -> Iterator[int]:
        wanted = (sent.method, _count_segments(sent))
        for place, (request, segments) in enumerate(self._recorded):
            if (request.method, segments) == wanted:
                yield place

    def _get_template(self, index: int) -> WildcardTemplate | None:
        if index not in self._templates:
            reading = self._matching.normalize(self._recorded[index].request)
            self._templates[index] = build_template(reading)
        return self._templates[index]


def _count_segments(request: Request) -> int:
    return request.target.partition(b"?")[0].count(b"/")
