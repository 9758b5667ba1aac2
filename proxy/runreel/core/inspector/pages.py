"""Parts of an exchange: its document with long texts cut, its events by number, its bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from runreel.core.report.documents import MAX_DEPTH, TOO_DEEP, ReportDocument

MAX_BODY = 256 * 1024
"""Characters of a body in the document of an exchange; all its other texts have twice as many."""
MAX_EVENT = 16 * 1024
"""Characters of the data of an event."""
MAX_BYTES = 64 * 1024
"""Bytes of a body in one answer."""
MAX_ITEMS = 200_000
"""Values in the document of an exchange, such as the numbers of the pieces of its texts."""


class TextBudget:
    """Cuts the texts and lists of a document so that all of them together have a size."""

    def __init__(self, size: int, items: int = MAX_ITEMS) -> None:
        self._rest = size
        self._items = items
        self.is_used_up = False
        """True if anything was cut."""

    def cut(self, value: object, levels: int = MAX_DEPTH) -> object:
        """Return a copy of a value of JSON with its texts and lists cut."""
        match value:
            case str():
                return self._cut_text(value)
            case dict() | list() | tuple() if not levels:
                return TOO_DEEP
            case dict():
                return self._cut_object(value, levels)
            case list() | tuple():
                return [self.cut(item, levels - 1) for item in self._cut_list(value)]
        return value

    def _cut_text(self, text: str) -> str:
        kept = text[: self._rest]
        self._rest -= len(kept)
        self.is_used_up = self.is_used_up or len(kept) < len(text)
        return kept

    def _cut_list(self, items: Sequence[object]) -> Sequence[object]:
        kept = items[: self._items]
        self._items -= len(kept)
        self.is_used_up = self.is_used_up or len(kept) < len(items)
        return kept

    def _cut_object(self, value: Mapping[str, object], levels: int) -> ReportDocument:
        return {
            self._cut_text(str(name)): self.cut(value[name], levels - 1)
            for name in self._cut_list([*value])
            if isinstance(name, str)
        }


def cut_exchange_document(document: ReportDocument) -> ReportDocument:
    """Return the document of an exchange without its events, with long texts cut.

    Bodies that are cut have ``truncated``; so has the document itself if anything else was cut.
    """
    others = TextBudget(2 * MAX_BODY)
    cut: ReportDocument = {"timeline": []}
    for name, value in document.items():
        if name in _MESSAGES and isinstance(value, dict):
            cut[name] = _cut_message(value, others)
        elif name != "timeline":
            cut[name] = others.cut(value)
    return {**cut, "truncated": others.is_used_up}


_MESSAGES = frozenset({"request", "answer"})


def _cut_message(message: ReportDocument, others: TextBudget) -> ReportDocument:
    body = message.get("body")
    cut = {name: others.cut(value) for name, value in message.items() if name != "body"}
    if isinstance(body, dict):
        budget = TextBudget(MAX_BODY)
        cut["body"] = {**_as_document(budget.cut(body)), "truncated": budget.is_used_up}
    return cut


def _as_document(value: object) -> ReportDocument:
    return value if isinstance(value, dict) else {}


def build_event_page(
    timeline: Sequence[ReportDocument], *, first: int, limit: int
) -> ReportDocument:
    """Return the events from number ``first`` on; the data of each is cut."""
    page = timeline[max(first - 1, 0) : max(first - 1, 0) + limit]
    return {"events": [*_iter_cut_events(page)], "total": len(timeline)}


def _iter_cut_events(events: Sequence[ReportDocument]) -> Iterator[ReportDocument]:
    for event in events:
        budget = TextBudget(MAX_EVENT)
        document = _as_document(budget.cut(event))
        yield {**document, "truncated": budget.is_used_up}


def build_byte_range(data: bytes, start: int, end: int) -> ReportDocument:
    """Return bytes from ``start`` up to ``end``, at most ``MAX_BYTES``, as text or hexadecimal.

    Characters that the range cuts at its ends do not make it binary: they are left out.
    """
    start = min(max(start, 0), len(data))
    end = min(max(end, start), len(data), start + MAX_BYTES)
    start, end = _trim_characters(data, start, end)
    piece = data[start:end]
    try:
        content = {"text": piece.decode()}
    except UnicodeDecodeError:
        content = {"hex": piece.hex()}
    return {"from": start, "to": end, "size": len(data), **content}


def _trim_characters(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Return the range without incomplete characters of UTF-8 at its ends."""
    first = next((at for at in range(start, min(start + 3, end)) if data[at] & 0xC0 != 0x80), start)
    for back in range(1, min(4, end - first + 1)):
        byte = data[end - back]
        if byte >= 0xC0:
            width = 4 if byte >= 0xF0 else 3 if byte >= 0xE0 else 2
            return first, end - back if width > back and end - back > first else end
        if byte < 0x80:
            break
    return first, end
