"""From a finished exchange to the bytes that may be written: the one way into a cassette.

Decode, redact, describe, encode, prove. What the dialect reads, it reads from the redacted request,
so that no summary and no problem can carry a secret.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from runreel.core import cassette
from runreel.core.cassette import Codec
from runreel.core.dialect import Dialect
from runreel.core.http.content_coding import decode_answer_body, decode_request_body
from runreel.core.redact import Redacted, Redactor
from runreel.model import Exchange, ExchangeHead, LedgerEntry, OmittedReason, Request

DialectFinder = Callable[[Request], Dialect]


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """A record ready to be appended, and the head it holds."""

    head: ExchangeHead
    record: Redacted
    omitted: OmittedReason | None = None
    """Set where the record holds the answer without its body."""


@dataclass(frozen=True, slots=True)
class Sealer:
    """Makes records of exchanges, for one session."""

    redactor: Redactor
    find_dialect: DialectFinder
    max_body: int
    codec: Codec = Codec.NONE

    def seal(self, exchange: Exchange) -> SealedRecord:
        """The exchange, redacted and encoded.

        Raises ``RedactionError`` if a secret would be written; nothing may be stored then.
        """
        return self._encode(self._redact(exchange))

    def reseal(self, exchange: Exchange) -> SealedRecord | None:
        """A stored exchange, redacted again under today's rules; None if that changes nothing.

        Raises ``RedactionError`` if a secret stands in what would be kept.
        """
        redacted = self._redact(exchange)
        sealed = self._encode(redacted)
        return None if redacted == exchange else sealed

    def learn(self, exchange: Exchange) -> None:
        """Learn the exchange's secrets, to know them in those that came before it, too."""
        self._redact(exchange)

    def _redact(self, exchange: Exchange) -> Exchange:
        channels = self.find_dialect(exchange.head.request).channels
        return self._describe(self.redactor.redact_exchange(self._decode(exchange), channels))

    def _encode(self, redacted: Exchange) -> SealedRecord:
        record = cassette.encode_exchange(redacted, codec=self.codec)
        if self.codec is Codec.NONE:
            proven = self.redactor.prove(record)
        else:
            readable = cassette.encode_exchange(redacted)  # compression would hide a secret
            proven = self.redactor.prove(record, readable)
        return SealedRecord(redacted.head, proven, redacted.answer.omitted)

    def _decode(self, exchange: Exchange) -> Exchange:
        request = decode_request_body(exchange.head.request, limit=self.max_body)
        answer = decode_answer_body(exchange.answer, limit=self.max_body)
        if request is exchange.head.request and answer is exchange.answer:
            return exchange
        head = replace(exchange.head, request=request, size=len(answer.body))
        return Exchange(head, answer)

    def _describe(self, exchange: Exchange) -> Exchange:
        dialect = self.find_dialect(exchange.head.request)
        call = dialect.interpret(exchange.head.request)
        head = replace(
            exchange.head,
            dialect=dialect.name,
            operation=call.operation,
            summary=call.summary,
            problems=tuple(dict.fromkeys(exchange.head.problems + call.problems)),
            ledger=_sum_entries(exchange.head.ledger),
        )
        return Exchange(head, exchange.answer)


def _sum_entries(ledger: Iterable[LedgerEntry]) -> tuple[LedgerEntry, ...]:
    """One entry for each rule and place: an exchange may be redacted more than once."""
    counts: Counter[tuple[str, str]] = Counter()
    for hit in ledger:
        counts[hit.rule, hit.where] += hit.count
    return tuple(LedgerEntry(*entry, count) for entry, count in counts.items())
