"""The answers of the API that an exported file holds, for one cassette or a part of it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from urllib.parse import quote

from runreel.config import Config
from runreel.core.filter.parser import parse_filter
from runreel.core.inspector.html_export import iter_file
from runreel.core.inspector.pages import build_byte_range
from runreel.core.report.documents import SCHEMA_VERSION, ReportDocument
from runreel.errors import RunreelError, UsageError
from runreel.model import Exchange, ExchangeHead
from runreel.shell.inspector.endpoints.exchanges import (
    MAX_EVENTS,
    build_exchange,
    copy_exchange,
)
from runreel.shell.inspector.endpoints.figures import build_runs, compute_stats
from runreel.shell.inspector.endpoints.lists import list_recordings
from runreel.shell.inspector.endpoints.parameters import Parameters
from runreel.shell.inspector.index.library import InspectorLibrary
from runreel.shell.inspector.index.search import matches_quietly
from runreel.shell.inspector.page_files import read_page
from runreel.shell.inspector.sources.cassette_recording import CassetteRecording
from runreel.shell.inspector.sources.errors import TooMuchError
from runreel.shell.inspector.sources.recordings import InspectedRecording, SessionlessRecording

_COPIES = ("curl", "fetch", "openai-python")
"""The forms of a request that are in the file; those of an answer would double its size."""
_MAX_COPIED = 65_536
"""Bytes of the body of a request that is in the file in all these forms."""


class SelectedRecording(SessionlessRecording):
    """A part of a recording: nothing of its other exchanges can be seen."""

    def __init__(self, recording: CassetteRecording, numbers: Sequence[int]) -> None:
        self.name = recording.name
        self.generation = 0
        self.upstream = recording.upstream
        self._recording = recording
        self._numbers = numbers

    @property
    def first_ns(self) -> int:
        """Arrival of its first request, in nanoseconds since 1970; 0 if it is empty."""
        numbers = self._numbers
        return self.read_head(numbers[0]).timings.started_ns if numbers else 0

    def list_numbers(self) -> Sequence[int]:
        """Return the numbers of the selected exchanges, in ascending order."""
        return self._numbers

    def read_head(self, number: int) -> ExchangeHead:
        """Return the head of an exchange. Raises ``RunreelError`` if it cannot be read."""
        return self._recording.read_head(number)

    def read_exchange(self, number: int) -> Exchange:
        """Return an exchange. Raises ``RunreelError`` if it cannot be read."""
        return self._recording.read_exchange(number)

    def describe(self) -> ReportDocument:
        """Return its entry in the list of recordings, without the path on this machine."""
        name = self._recording.path.name
        return {
            **self._recording.describe(),
            "cassette": name,
            "exchanges": len(self._numbers),
            "damage": [],
        }


class _OneRecording:
    """A source with a single recording."""

    is_live = False
    mode = "inspect"
    workers = 1

    def __init__(self, recording: InspectedRecording) -> None:
        self._recording = recording

    def refresh(self) -> None:
        """Do nothing."""

    def build_signature(self) -> Hashable:
        """Return what changes with the list: nothing."""
        return None

    def list_recordings(self) -> Sequence[InspectedRecording]:
        """Return the recording."""
        return [self._recording]


class HtmlExport:
    """The file of a cassette, or of the exchanges that a filter selects."""

    def __init__(self, recording: CassetteRecording, filter_text: str, config: Config) -> None:
        """Select the exchanges. Raises ``FilterError``."""
        library = InspectorLibrary(_OneRecording(recording), config)
        (index,) = library.list_indexes()
        selected = parse_filter(filter_text)
        self.errors: dict[str, None] = {}
        """The exchanges that cannot be read, as messages."""
        numbers = []
        while index.read_next():
            pass
        for number in index.list_numbers():
            entry = index.get(number)
            if entry is None or not matches_quietly(selected, entry):
                continue
            if entry.damage is None:
                numbers.append(number)
            else:
                self.errors[entry.damage] = None
        self.numbers: Sequence[int] = numbers
        """The selected exchanges."""
        self._name = recording.name
        selection = SelectedRecording(recording, numbers)
        self._library = InspectorLibrary(_OneRecording(selection), config)

    def iter_chunks(self) -> Iterator[bytes]:
        """Yield the file piece by piece."""
        return iter_file(read_page(), f"{self._name} - runreel", self._iter_answers())

    def _iter_answers(self) -> Iterator[tuple[str, object]]:
        yield self._answer_recordings()
        yield self._answer_list()
        yield "/-/api/stats", compute_stats(self._library, Parameters("stats"))
        yield from self._iter_runs()
        for number in self.numbers:
            yield from self._iter_exchange(number)

    def _answer_recordings(self) -> tuple[str, object]:
        document = list_recordings(self._library, Parameters("recordings"))
        return "/-/api/recordings", {**document, "exported": True}

    def _answer_list(self) -> tuple[str, object]:
        (index,) = self._library.list_indexes()
        while index.read_next():
            pass
        index.list_runs()
        rows = [entry.build_row() for number in self.numbers if (entry := index.get(number))]
        counts = dict.fromkeys(("searched", "matched", "total"), len(rows))
        page = {"rows": rows, "next": None, **counts, "unread": 0, "recordings": 1}
        return "/-/api/exchanges", {"schema_version": SCHEMA_VERSION, **page}

    def _iter_runs(self) -> Iterator[tuple[str, object]]:
        place = f"runs/{_encode(self._name)}"
        listed = build_runs(self._library, Parameters(f"{place}?limit=1000"))
        yield f"/-/api/{place}", listed
        runs = listed["runs"]
        for run in runs if isinstance(runs, list) else []:
            path = f"{place}/{_encode(run['id'])}"
            yield f"/-/api/{path}", build_runs(self._library, Parameters(path))

    def _iter_exchange(self, number: int) -> Iterator[tuple[str, object]]:
        place = f"x/{_encode(self._name)}/{number}"
        for path in (place, f"{place}/marks"):
            yield f"/-/api/{path}", build_exchange(self._library, Parameters(path))
        yield f"/-/api/{place}/events", self._collect_events(place)
        (index,) = self._library.list_indexes()
        exchange = index.recording.read_exchange(number)
        for part, body in (
            ("request", exchange.head.request.body),
            ("answer", exchange.answer.body),
        ):
            document = build_byte_range(body, 0, len(body), limit=len(body))
            yield (
                f"/-/api/{place}/bytes?part={part}",
                {
                    "schema_version": SCHEMA_VERSION,
                    "part": part,
                    **document,
                },
            )
        if len(exchange.head.request.body) <= _MAX_COPIED:
            yield from self._iter_copies(place)

    def _collect_events(self, place: str) -> ReportDocument:
        """Return all events of an exchange, which the API gives page by page."""
        events: list[object] = []
        while True:
            query = f"from={len(events) + 1}&limit={MAX_EVENTS}"
            page = build_exchange(self._library, Parameters(f"{place}/events?{query}"))
            more = page["events"]
            events += more if isinstance(more, list) else []
            if len(events) == page["total"]:
                return {**page, "events": events}

    def _iter_copies(self, place: str) -> Iterator[tuple[str, object]]:
        for name in _COPIES:
            path = f"{place}/copy?as={name}"
            try:
                _, data = copy_exchange(self._library, Parameters(path))
            except (UsageError, TooMuchError):  # the call has no such form
                continue
            yield f"/-/api/{path}", data.decode("utf-8", "replace")


def _encode(name: str) -> str:
    """Encode a segment of a path as JavaScript's ``encodeURIComponent`` does."""
    return quote(name, safe="!'()*~")


def open_cassette(recording: CassetteRecording) -> None:
    """Read the file of a recording. Raises ``RunreelError`` if that is not possible."""
    recording.refresh()
    if recording.error:
        raise RunreelError(recording.error)
