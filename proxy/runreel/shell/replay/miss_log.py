"""The misses of a session that are kept: for its report, and for those who look while it runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from runreel.core.report.documents import ReportDocument
from runreel.core.report.session_report import LoggedMiss
from runreel.model import Request

MAX_FIRST_MISSES = 100
MAX_LAST_MISSES = 200
MAX_REQUEST_BYTES = 8 * 1024**2
"""Bytes of the requests that are kept while the session is open."""
MAX_ENDED_REQUEST_BYTES = 1024**2
"""The same after its end: a server keeps many reports."""


class MissLog:
    """The first misses of a session, which may be the causes of all others, and the last ones.

    Requests are kept for the first miss and for the last ones, as far as there is room.
    """

    def __init__(self) -> None:
        self.count = 0
        """Number of all misses, also of those that are not kept."""
        self._first: list[LoggedMiss] = []
        self._last: deque[LoggedMiss] = deque(maxlen=MAX_LAST_MISSES)
        self._requests: dict[int, Request] = {}
        self._size = 0
        self._capacity = MAX_REQUEST_BYTES

    @property
    def first_documents(self) -> Sequence[ReportDocument]:
        """The documents of the first misses."""
        return [each.document for each in self._first]

    def add(self, document: ReportDocument, request: Request | None = None, at: str = "") -> int:
        """Add a miss; return its number."""
        self.count += 1
        miss = LoggedMiss(self.count, at, document, None)
        if self.count <= MAX_FIRST_MISSES:
            self._first.append(miss)
        else:
            self._last.append(miss)
        if request is not None:
            self._requests[self.count] = request
            self._size += _measure(request)
            self._make_room()
        return self.count

    def list_kept(self) -> list[LoggedMiss]:
        """Return the misses that are kept, in their order, from any thread."""
        kept = [*self._first, *self._last.copy()]
        return [each._replace(request=self._requests.get(each.number)) for each in kept]

    def trim(self) -> None:
        """Drop requests at the end of the session."""
        self._capacity = MAX_ENDED_REQUEST_BYTES
        self._make_room()

    def _make_room(self) -> None:
        """Drop the oldest requests, that of the first miss last."""
        first, *others = self._requests or (0,)
        for number in (*others, first):
            if self._is_small_enough():
                return
            self._drop(number)

    def _is_small_enough(self) -> bool:
        return self._size <= self._capacity and len(self._requests) <= MAX_LAST_MISSES

    def _drop(self, number: int) -> None:
        self._size -= _measure(self._requests.pop(number))


def _measure(request: Request) -> int:
    """Return the bytes of a request, with what its parts take beside them."""
    headers = sum(len(name) + len(value) for name, value in request.headers)
    return 1024 + len(request.body) + len(request.target) + headers
