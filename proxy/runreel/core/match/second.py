"""The recorded requests that have placeholders, to be looked through where no fingerprint fits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from runreel.core.match.matching import Matching
from runreel.core.match.wildcards import Template, template_of, text_of
from runreel.model import Request

_MARK = b"REDACTED-"


class _Recorded(NamedTuple):
    request: Request
    segments: int
    """Of its path: other paths have another number, whatever stands for their placeholders."""


class SecondChoice:
    """Finds a recorded request that another one equals but for its placeholders."""

    def __init__(self, requests: Iterable[Request], matching: Matching) -> None:
        self._matching = matching
        self._recorded = [
            _Recorded(request, _segments(request))
            for request in requests
            if _MARK in request.target or _MARK in request.body
        ]
        self._templates: dict[int, Template | None] = {}

    def __bool__(self) -> bool:
        """Whether any recorded request has a placeholder."""
        return bool(self._recorded)

    def find(self, sent: Request) -> Request | None:
        """The first recorded request that ``sent`` fits."""
        text, segments = text_of(self._matching.read(sent)), _segments(sent)
        for place, (request, count) in enumerate(self._recorded):
            is_near = request.method == sent.method and count == segments
            if is_near and self._fits(place, text):
                return request
        return None

    def _fits(self, place: int, text: bytes) -> bool:
        if place not in self._templates:
            reading = self._matching.read(self._recorded[place].request)
            self._templates[place] = template_of(reading)
        template = self._templates[place]
        return template is not None and template.fits(text)


def _segments(request: Request) -> int:
    return request.target.partition(b"?")[0].count(b"/")
