"""The recorded requests that have placeholders, to be looked through where no fingerprint fits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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

    def lacks(self, sent: Request) -> bool:
        """Whether there is something to prepare before ``sent`` is found at once."""
        return any(place not in self._templates for place in self._near(sent))

    def preparing(self, sent: Request) -> Iterator[None]:
        """Read what ``sent`` may equal, one recorded request at each step."""
        for place in self._near(sent):
            self._template(place)
            yield

    def find(self, sent: Request) -> Request | None:
        """The first recorded request that ``sent`` fits."""
        text = text_of(self._matching.read(sent))
        for place in self._near(sent):
            template = self._template(place)
            if template is not None and template.fits(text):
                return self._recorded[place].request
        return None

    def _near(self, sent: Request) -> Iterator[int]:
        wanted = (sent.method, _segments(sent))
        for place, (request, segments) in enumerate(self._recorded):
            if (request.method, segments) == wanted:
                yield place

    def _template(self, place: int) -> Template | None:
        if place not in self._templates:
            reading = self._matching.read(self._recorded[place].request)
            self._templates[place] = template_of(reading)
        return self._templates[place]


def _segments(request: Request) -> int:
    return request.target.partition(b"?")[0].count(b"/")
