"""The formats of exported exchanges, by name; each is written piece by piece."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol, TypeAlias

from runreel import __version__
from runreel.core.interop.curl_command import format_curl
from runreel.core.interop.event_lines import iter_event_documents, join_streams
from runreel.core.interop.fetch_script import format_fetch
from runreel.core.interop.har_writer import build_entry, build_har
from runreel.core.interop.openai_script import format_script
from runreel.core.trace.model import Trace
from runreel.model import Exchange, ExchangeHead


class ExportedExchange(Protocol):
    """An exchange that is exported."""

    @property
    def head(self) -> ExchangeHead:
        """Its head."""
        ...

    @property
    def exchange(self) -> Exchange:
        """The whole exchange."""
        ...

    @property
    def trace(self) -> Trace:
        """Its trace."""
        ...

    @property
    def upstream(self) -> str:
        """Base URL of the API that was recorded; may be empty."""
        ...


Chunks: TypeAlias = Iterator[bytes]
_Exchanges: TypeAlias = Iterator[ExportedExchange]


def _write_sse(exchanges: _Exchanges) -> Chunks:
    return join_streams(each.exchange for each in exchanges)


def _write_jsonl(exchanges: _Exchanges) -> Chunks:
    for each in exchanges:
        for document in iter_event_documents(each.exchange, each.trace):
            yield json.dumps(document).encode() + b"\n"


def _write_curl(exchanges: _Exchanges) -> Chunks:
    for each in exchanges:
        yield format_curl(each.head.request, _find_upstream(each)).encode("utf-8", "replace")


def _write_fetch(exchanges: _Exchanges) -> Chunks:
    for each in exchanges:
        yield format_fetch(each.head.request, _find_upstream(each)).encode("utf-8", "replace")


def _write_har(exchanges: _Exchanges) -> Chunks:
    """Yield the file entry by entry, since the whole of it may not fit into memory."""
    start, end = json.dumps(build_har(__version__)).split("[]")
    yield f"{start}[".encode()
    separator = "\n"
    for each in exchanges:
        entry = build_entry(each.exchange, each.trace.events, _find_upstream(each))
        yield f"{separator}{json.dumps(entry)}".encode()
        separator = ",\n"
    yield f"\n]{end}\n".encode()


def _write_openai_python(exchanges: _Exchanges) -> Chunks:
    for each in exchanges:
        script = format_script(
            each.head.request,
            dialect=each.head.dialect,
            operation=each.head.operation,
            ids=dict(each.head.summary),
            upstream=_find_upstream(each),
        )
        yield script.encode("utf-8", "replace")


def _find_upstream(exported: ExportedExchange) -> str:
    return exported.upstream or "https://api.openai.com"


EXPORT_FORMATS: Mapping[str, Callable[[_Exchanges], Chunks]] = {
    "sse": _write_sse,
    "jsonl": _write_jsonl,
    "curl": _write_curl,
    "har": _write_har,
    "openai-python": _write_openai_python,
    "fetch": _write_fetch,
}
"""Each may raise ``UsageError`` for a call that has no such form."""
