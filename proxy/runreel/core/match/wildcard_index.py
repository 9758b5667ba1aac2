"""The recorded requests with placeholders, searched if no fingerprint is equal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from runreel.core.match.matching import Matching
from runreel.core.match.wildcards import WildcardTemplate, build_match_text, build_template
from runreel.core.placeholder import PREFIX
from runreel.model import Request


class _RecordedRequest(NamedTuple):
    request: Request
    segments: int
    """Number of segments in its path: a placeholder's value never contains a slash there."""


class WildcardIndex:
    """Finds a recorded request whose placeholders stand for the values that were sent.

    Parsing the recorded requests takes time: it is done when a request first needs them, and can
    be done in steps (``prepare``), between which the caller can do other work.
    """

    def __init__(self, requests: Iterable[Request], matching: Matching) -> None:
        self._matching = matching
        self._recorded = [
            _RecordedRequest(request, _count_segments(request))
            for request in requests
            if PREFIX in request.target or PREFIX in request.body
        ]
        self._templates: dict[int, WildcardTemplate | None] = {}

    def __bool__(self) -> bool:
        """Return whether any recorded request has a placeholder."""
        return bool(self._recorded)

    def needs_preparing(self, sent: Request) -> bool:
        """Return whether ``find`` would have to parse recorded requests for ``sent``."""
        return any(index not in self._templates for index in self._iter_candidates(sent))

    def prepare(self, sent: Request) -> Iterator[None]:
        """Parse the recorded requests that ``sent`` may match, one at each step."""
        for index in self._iter_candidates(sent):
            self._get_template(index)
            yield

    def find(self, sent: Request) -> Request | None:
        """Return the first recorded request that ``sent`` matches."""
        text = build_match_text(self._matching.normalize(sent))
        for index in self._iter_candidates(sent):
            template, recorded = self._get_template(index), self._recorded[index].request
            is_equal = template is not None and template.matches(text)
            if is_equal and self._matching.accepts(sent, recorded):
                return recorded
        return None

    def _iter_candidates(self, sent: Request) -> Iterator[int]:
        """Yield the indices of the recorded requests with the same method and path length."""
        key = (sent.method, _count_segments(sent))
        for index, (request, segments) in enumerate(self._recorded):
            if (request.method, segments) == key:
                yield index

    def _get_template(self, index: int) -> WildcardTemplate | None:
        if index not in self._templates:
            normalized = self._matching.normalize(self._recorded[index].request)
            self._templates[index] = build_template(normalized)
        return self._templates[index]


def _count_segments(request: Request) -> int:
    return request.target.partition(b"?")[0].count(b"/")
