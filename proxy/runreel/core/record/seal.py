"""Sealing: conversion of a finished exchange to a record that may be written to a cassette.

There is no other way into a cassette. The steps are: decode the bodies, redact, describe with the
dialect, encode, and prove that no known secret is left. The dialect interprets only the redacted
exchange, so no summary and no problem can contain a secret.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from runreel.core import cassette
from runreel.core.cassette import VERSION, Codec
from runreel.core.dialect import NO_CHANNELS, CallMeaning, Channels, Dialect, DialectFinder
from runreel.core.http.content_coding import decode_answer_body, decode_request_body
from runreel.core.record.recording import is_recorded_problem
from runreel.core.redact.redactor import Redacted, Redactor
from runreel.core.redact.texts.wrapped_events import UnwrappedAnswer, unwrap_events
from runreel.model import Exchange, ExchangeHead, LedgerEntry, OmittedReason, Request

_NO_MEANING = CallMeaning(operation="", scope="")


class SealedRecord(Struct, frozen=True):
    """A record that may be written, and the head in it."""

    head: ExchangeHead
    record: Redacted
    omitted: OmittedReason | None = None
    """Set if the record holds the answer without its body."""
    mistake: Exception | None = None
    """The error of a dialect that failed to interpret the request, which is recorded without its
    meaning."""
    has_new_data: bool = True
    """False if the exchange was stored before, and only its description differs."""


class _ReadableExchange(NamedTuple):
    """An exchange as it is searched for secrets."""

    exchange: Exchange
    unwrapped: UnwrappedAnswer
    dialect: Dialect | Exception
    """The dialect, or the error of one that failed to recognise the request."""
    channels: Channels


class Sealer(Struct, frozen=True):
    """Converts the exchanges of one session to records."""

    redactor: Redactor
    find_dialect: DialectFinder
    max_body: int
    codec: Codec = Codec.NONE
    version: int = VERSION
    """Version of the format of the file that gets the records."""

    def seal(self, exchange: Exchange) -> SealedRecord:
        """Redact and encode an exchange.

        Raise ``RedactionError`` if the record would contain a known secret; it is not written then.
        """
        return self._encode(*self._redact(exchange))

    def reseal(self, exchange: Exchange) -> SealedRecord | None:
        """Redact and encode a stored exchange again; return None if that changes nothing.

        Raise ``RedactionError`` if the record would contain a known secret.
        """
        redacted, mistake = self._redact(exchange)
        sealed = self._encode(redacted, mistake)
        if redacted == exchange:
            return None
        old, new = ((each.head.request, each.answer) for each in (exchange, redacted))
        return replace(sealed, has_new_data=old != new)

    def has_new_data(self, exchange: Exchange) -> bool:
        """Return whether ``reseal`` would change the request or the answer of a stored exchange."""
        redacted, _ = self._redact(exchange)
        old, new = ((each.head.request, each.answer) for each in (exchange, redacted))
        return old != new

    def may_hold_newer(self, exchange: Exchange, version: int) -> bool:
        """Return whether an exchange may contain values that were learnt after it was sealed.

        ``version`` is the redactor's version by then.
        """
        readable = self._make_readable(exchange)
        return self.redactor.may_hold_newer(readable.exchange, version, readable.channels)

    def _redact(self, exchange: Exchange) -> tuple[Exchange, Exception | None]:
        readable = self._make_readable(exchange)
        clean = self.redactor.redact_exchange(readable.exchange, readable.channels)
        answer = readable.unwrapped.wrap(clean.answer)
        return self._describe(Exchange(clean.head, answer), readable.dialect)

    def _make_readable(self, exchange: Exchange) -> _ReadableExchange:
        """Return the exchange with decoded bodies and unwrapped events, and its dialect."""
        decoded = self._decode(exchange)
        dialect = self._find_dialect(decoded.head.request)
        channels = NO_CHANNELS if isinstance(dialect, Exception) else dialect.channels
        unwrapped = unwrap_events(decoded.answer)
        readable = Exchange(decoded.head, unwrapped.answer)
        return _ReadableExchange(readable, unwrapped, dialect, channels)

    def _find_dialect(self, request: Request) -> Dialect | Exception:
        """Return the dialect of a request, or the error of one that failed to recognise it."""
        try:
            return self.find_dialect(request)
        except Exception as error:  # of any kind: a dialect's mistake must not lose an exchange
            return error

    def _encode(self, redacted: Exchange, mistake: Exception | None) -> SealedRecord:
        record = cassette.encode_exchange(redacted, codec=self.codec, version=self.version)
        if self.codec is Codec.NONE:
            proven = self.redactor.prove(record)
        else:
            # Compression could hide a secret.
            readable = cassette.encode_exchange(redacted, version=self.version)
            proven = self.redactor.prove(record, readable)
        return SealedRecord(redacted.head, proven, redacted.answer.omitted, mistake)

    def _decode(self, exchange: Exchange) -> Exchange:
        request = decode_request_body(exchange.head.request, limit=self.max_body)
        answer = decode_answer_body(exchange.answer, limit=self.max_body)
        if request is exchange.head.request and answer is exchange.answer:
            return exchange
        head = replace(exchange.head, request=request, size=len(answer.body))
        return Exchange(head, answer)

    def _describe(
        self, exchange: Exchange, dialect: Dialect | Exception
    ) -> tuple[Exchange, Exception | None]:
        name, call, mistake = _interpret(exchange.head.request, dialect)
        recorded = filter(is_recorded_problem, exchange.head.problems)  # the others are found again
        head = replace(
            exchange.head,
            size=len(exchange.answer.body),
            dialect=name,
            operation=call.operation,
            summary=call.summary,
            problems=tuple(dict.fromkeys((*recorded, *call.problems))),
            ledger=_sum_entries(exchange.head.ledger),
        )
        return Exchange(head, exchange.answer), mistake


def _interpret(
    request: Request, dialect: Dialect | Exception
) -> tuple[str, CallMeaning, Exception | None]:
    """Return the name of the dialect, the meaning of the request, and the dialect's error."""
    if isinstance(dialect, Exception):
        return "", _NO_MEANING, dialect
    try:
        return dialect.name, dialect.interpret(request), None
    except Exception as error:  # of any kind: a dialect's mistake must not lose an exchange
        return "", _NO_MEANING, error


def _sum_entries(ledger: Iterable[LedgerEntry]) -> tuple[LedgerEntry, ...]:
    """Merge entries with the same rule and place: an exchange may be redacted more than once."""
    counts: Counter[tuple[str, str]] = Counter()
    for entry in ledger:
        counts[entry.rule, entry.where] += entry.count
    return tuple(LedgerEntry(*key, count) for key, count in counts.items())
