"""From the JSON document of an exchange back to the exchange, for filters and for its events."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from msgspec.structs import replace

from runreel.core.dialect import DialectFinder
from runreel.core.trace.model import Trace
from runreel.core.trace.runs import group_runs
from runreel.dialects.exchange_reading import trace_exchange
from runreel.errors import RunreelError
from runreel.model import (
    Answer,
    End,
    Exchange,
    ExchangeHead,
    Frame,
    Headers,
    LedgerEntry,
    OmittedReason,
    Problem,
    Request,
    Timings,
)


class FollowedCall:
    """A call that has ended, as a filter sees it."""

    def __init__(self, exchange: Exchange, find_dialect: DialectFinder, *, is_miss: bool) -> None:
        self._find_dialect = find_dialect
        self.exchange = exchange
        self.head = exchange.head
        """Its session is the one that is running, also of a replay."""
        self.is_miss = is_miss

    @cached_property
    def trace(self) -> Trace:
        """Its trace."""
        return trace_exchange(self.exchange, self._find_dialect)

    @property
    def facts(self) -> Trace:
        """Its trace."""
        return self.trace

    @cached_property
    def run_ids(self) -> Sequence[str]:
        """The ids of the runs that it names itself."""
        return [run.id for run in group_runs([self.trace])]


def build_call(
    note: Mapping[str, Any], document: Mapping[str, Any] | None, find_dialect: DialectFinder
) -> FollowedCall:
    """Build a call from the note of its end and, if it is stored, its document.

    Raises ``RunreelError`` if the proxy has sent something else.
    """
    try:
        exchange = _build_bare_exchange(note) if document is None else parse_exchange(document)
        head = replace(exchange.head, session=str(note["session"]))
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        message = f"the proxy sent an exchange that cannot be read ({type(error).__name__})"
        raise RunreelError(f"{message}; is it of another version?") from None
    is_miss = note.get("outcome") == "miss"
    return FollowedCall(replace(exchange, head=head), find_dialect, is_miss=is_miss)


def parse_exchange(document: Mapping[str, Any]) -> Exchange:
    """Return the exchange that a document describes; raises as a look-up in it does."""
    request, answer = document["request"], document["answer"]
    head = ExchangeHead(
        number=int(document["number"]),
        session=str(document["session"]),
        request=Request(
            method=str(request["method"]),
            target=request["target"].encode(),
            headers=_parse_headers(request["headers"]),
            body=_parse_body(request["body"]),
            omitted=_parse_omitted(request["body"]),
        ),
        status=int(document["status"]),
        size=int(document["bytes"]),
        end=End(document["end"]),
        whole=bool(document["whole"]),
        timings=Timings(
            started_ns=round(datetime.fromisoformat(document["started"]).timestamp() * 1e3) * 10**6,
            head_us=int(document["head_us"]),
            end_us=int(document["end_us"]),
        ),
        dialect=str(document["dialect"]),
        operation=str(document["operation"]),
        summary=dict(document["summary"]),
        problems=tuple(Problem(**each) for each in document["problems"]),
        ledger=tuple(LedgerEntry(**each) for each in document["redactions"]),
        ruleset=str(document["ruleset"]),
    )
    return Exchange(head, _parse_answer(answer))


def _parse_answer(answer: Mapping[str, Any]) -> Answer:
    return Answer(
        status=int(answer["status"]),
        reason=answer["reason"].encode(),
        headers=_parse_headers(answer["headers"]),
        body=_parse_body(answer["body"]),
        frames=tuple(
            Frame(int(each["at_us"]), int(each["length"]), bool(each["end_of_chunk"]))
            for each in answer["frames"]
        ),
        omitted=_parse_omitted(answer["body"]),
    )


def _parse_headers(pairs: Sequence[Sequence[str]]) -> Headers:
    return tuple((name.encode(), value.encode()) for name, value in pairs)


def _parse_body(body: Mapping[str, Any]) -> bytes:
    text = body.get("text")
    return b64decode(body["base64"]) if text is None else str(text).encode()


def _parse_omitted(body: Mapping[str, Any]) -> OmittedReason | None:
    return None if body["omitted"] is None else OmittedReason(body["omitted"])


def _build_bare_exchange(note: Mapping[str, Any]) -> Exchange:
    """Return an exchange with what a note says; of what is not stored, nothing else is known."""
    status = int(note.get("status") or 0)
    head = ExchangeHead(
        number=int(note.get("exchange") or 0),
        session=str(note["session"]),
        request=Request(str(note["method"]), str(note.get("path") or "").encode(), ()),
        status=status,
        size=int(note.get("bytes") or 0),
        end=End(note.get("end") or End.COMPLETE),
        whole=True,
        timings=Timings(0, end_us=int(note.get("duration_us") or 0)),
        operation=str(note.get("operation") or ""),
    )
    return Exchange(head, Answer(status, b"", ()))
