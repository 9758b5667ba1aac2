"""Parts of an exchange: its document with long texts cut, its events by number, its bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from runreel.core.report.documents import MAX_DEPTH, TOO_DEEP, ReportDocument

MAX_BODY = 256 * 1024
"""Characters of a body in the document of an exchange, and of its other texts."""
MAX_TRANSCRIPT = 1024 * 1024
"""Characters of the texts of a transcript."""
MAX_BLOCKS = 10_000
MAX_EVENT = 16 * 1024
"""Characters of the data of an event."""
MAX_BYTES = 64 * 1024
"""Bytes of a body in one answer."""
MAX_ITEMS = 1_000_000
"""Values in the document of an exchange, such as the numbers of the pieces of its texts."""


MAX_NAME = 1000
"""Characters of the name of a member; names do not count for the size of a document."""


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
                return self.cut_text(value)
            case dict() | list() | tuple() if not levels:
                return TOO_DEEP
            case dict():
                return self._cut_object(value, levels)
            case list() | tuple():
                return [self.cut(item, levels - 1) for item in self._cut_list(value)]
        return value

    def cut_text(self, text: str) -> str:
        """Return as much of a text as there is left."""
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
            name[:MAX_NAME]: self.cut(value[name], levels - 1)
            for name in self._cut_list([*value])
            if isinstance(name, str)
        }


def cut_exchange_document(document: ReportDocument) -> ReportDocument:
    """Return the document of an exchange without its events, with long texts cut.

    A body or a block whose text is cut has ``truncated``; so has the document itself if anything
    else was cut.
    """
    cut: ReportDocument = {"timeline": []}
    is_cut = False
    for name, value in document.items():
        budget = TextBudget(MAX_BODY)
        if name in _MESSAGES and isinstance(value, dict):
            cut[name] = _cut_message(value, budget)
        elif name == "trace" and isinstance(value, dict):
            cut[name] = _cut_trace(value, budget)
        elif name != "timeline":
            cut[name] = budget.cut(value)
        is_cut = is_cut or budget.is_used_up
    return {**cut, "truncated": is_cut}


_MESSAGES = frozenset({"request", "answer"})
_TRANSCRIPTS = frozenset({"conversation", "blocks"})


def _cut_message(message: ReportDocument, others: TextBudget) -> ReportDocument:
    body = message.get("body")
    cut = {name: others.cut(value) for name, value in message.items() if name != "body"}
    if isinstance(body, dict):
        budget = TextBudget(MAX_BODY)
        cut["body"] = {**_as_document(budget.cut(body)), "truncated": budget.is_used_up}
    return cut


def _cut_trace(trace: ReportDocument, others: TextBudget) -> ReportDocument:
    """Return a trace whose blocks have the same texts up to a common size."""
    return {
        name: [*_iter_cut_blocks(value, TextBudget(MAX_TRANSCRIPT), others)]
        if name in _TRANSCRIPTS and isinstance(value, list)
        else others.cut(value)
        for name, value in trace.items()
    }


def _iter_cut_blocks(
    blocks: Sequence[ReportDocument], texts: TextBudget, others: TextBudget
) -> Iterator[ReportDocument]:
    for block in blocks[:MAX_BLOCKS]:
        text = str(block["text"])
        kept = texts.cut_text(text)
        rest = {name: value for name, value in block.items() if name != "text"}
        cut = _as_document(others.cut(rest))
        yield {**cut, "text": kept, "truncated": len(kept) < len(text)}
    if len(blocks) > MAX_BLOCKS:
        others.is_used_up = True


def _as_document(value: object) -> ReportDocument:
    return value if isinstance(value, dict) else {}


def build_event_page(timeline: Sequence[ReportDocument], *, total: int) -> ReportDocument:
    """Return a page of ``total`` events; the data of each is cut."""
    return {"events": [*_iter_cut_events(timeline)], "total": total}


def _iter_cut_events(events: Sequence[ReportDocument]) -> Iterator[ReportDocument]:
    for event in events:
        data, others = TextBudget(MAX_EVENT), TextBudget(MAX_EVENT)
        kept = data.cut({"data": event["data"]})
        rest = others.cut({name: value for name, value in event.items() if name != "data"})
        is_cut = data.is_used_up or others.is_used_up
        yield {**_as_document(rest), **_as_document(kept), "truncated": is_cut}


def build_byte_range(
    data: bytes, start: int, end: int, *, limit: int = MAX_BYTES
) -> ReportDocument:
    """Return bytes from ``start`` up to ``end``, at most ``limit``, as text or hexadecimal.

    Characters that the range cuts at its ends do not make it binary: they are left out.
    """
    start = min(max(start, 0), len(data))
    end = min(max(end, start), len(data), start + limit)
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


def cut_diff_document(document: ReportDocument) -> ReportDocument:
    """Return the document of a comparison with its long values cut.

    A change whose values are cut has ``truncated``; so has the document if anything else was cut.
    """
    budget = TextBudget(4 * MAX_TRANSCRIPT)
    cut = {name: budget.cut(value) for name, value in document.items() if name != "exchanges"}
    exchanges = document["exchanges"]
    cut["exchanges"] = [
        {
            **_as_document(budget.cut({**each, "changes": []})),
            "changes": [_cut_change(change, budget) for change in each["changes"][:MAX_CHANGES]],
            "changes_left_out": max(0, len(each["changes"]) - MAX_CHANGES),
        }
        for each in (exchanges if isinstance(exchanges, list) else [])
    ]
    return {**cut, "truncated": budget.is_used_up}


MAX_CHANGES = 200
"""Most changes of one exchange in a comparison."""


def _cut_change(change: ReportDocument, others: TextBudget) -> ReportDocument:
    values = {name: str(change[name]) for name in ("from", "to")}
    kept = {name: others.cut_text(text[:MAX_EVENT]) for name, text in values.items()}
    rest = others.cut({name: value for name, value in change.items() if name not in values})
    return {**_as_document(rest), **kept, "truncated": kept != values}
