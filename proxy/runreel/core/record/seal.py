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
from runreel.core.http.content_coding import decoded, decoded_request
from runreel.core.redact import Redacted, Redactor
from runreel.model import Exchange, Head, Hit, Omitted, Request

DialectOf = Callable[[Request], Dialect]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A record ready to be appended, and the head it holds."""

    head: Head
    record: Redacted
    omitted: Omitted | None = None
    """Set where the record holds the answer without its body."""


@dataclass(frozen=True, slots=True)
class Sealer:
    """Makes records of exchanges, for one session."""

    redactor: Redactor
    dialect_of: DialectOf
    max_body: int
    codec: Codec = Codec.NONE

    def seal(self, exchange: Exchange) -> Sealed:
        """The exchange, redacted and encoded.

        Raises ``RedactionError`` if a secret would be written; nothing may be stored then.
        """
        return self._sealed(self._redacted(exchange))

    def renewed(self, exchange: Exchange) -> Sealed | None:
        """A stored exchange, redacted again under today's rules; None if that changes nothing.

        Raises ``RedactionError`` if a secret stands in what would be kept.
        """
        redacted = self._redacted(exchange)
        sealed = self._sealed(redacted)
        return None if redacted == exchange else sealed

    def learn(self, exchange: Exchange) -> None:
        """Learn the exchange's secrets, to know them in those that came before it, too."""
        self._redacted(exchange)

    def _redacted(self, exchange: Exchange) -> Exchange:
        channels = self.dialect_of(exchange.head.request).channels
        return self._described(self.redactor.exchange(self._decoded(exchange), channels))

    def _sealed(self, redacted: Exchange) -> Sealed:
        record = cassette.encode_exchange(redacted, codec=self.codec)
        if self.codec is Codec.NONE:
            proven = self.redactor.prove(record)
        else:
            readable = cassette.encode_exchange(redacted)  # compression would hide a secret
            proven = self.redactor.prove(record, readable)
        return Sealed(redacted.head, proven, redacted.answer.omitted)

    def _decoded(self, exchange: Exchange) -> Exchange:
        request = decoded_request(exchange.head.request, limit=self.max_body)
        answer = decoded(exchange.answer, limit=self.max_body)
        if request is exchange.head.request and answer is exchange.answer:
            return exchange
        head = replace(exchange.head, request=request, size=len(answer.body))
        return Exchange(head, answer)

    def _described(self, exchange: Exchange) -> Exchange:
        dialect = self.dialect_of(exchange.head.request)
        call = dialect.read(exchange.head.request)
        head = replace(
            exchange.head,
            dialect=dialect.name,
            operation=call.operation,
            summary=call.summary,
            problems=tuple(dict.fromkeys(exchange.head.problems + call.problems)),
            ledger=_added_up(exchange.head.ledger),
        )
        return Exchange(head, exchange.answer)


def _added_up(ledger: Iterable[Hit]) -> tuple[Hit, ...]:
    """One entry for each rule and place: an exchange may be redacted more than once."""
    counts: Counter[tuple[str, str]] = Counter()
    for hit in ledger:
        counts[hit.rule, hit.where] += hit.count
    return tuple(Hit(*entry, count) for entry, count in counts.items())
