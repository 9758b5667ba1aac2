"""From a finished exchange to the bytes that may be written: the one way into a cassette.

Decode, redact, describe, encode, prove. What the dialect reads, it reads from the redacted request,
so that no summary and no problem can carry a secret.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from runreel.core import cassette
from runreel.core.cassette import Codec
from runreel.core.decoding import decoded, decoded_request
from runreel.core.dialect import Dialect
from runreel.core.redact import Redacted, Redactor
from runreel.model import Exchange, Head, Omitted, Request

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
        channels = self.dialect_of(exchange.head.request).channels
        described = self._described(self.redactor.exchange(self._decoded(exchange), channels))
        record = cassette.encode_exchange(described, codec=self.codec)
        if self.codec is Codec.NONE:
            proven = self.redactor.prove(record)
        else:
            readable = cassette.encode_exchange(described)  # compression would hide a secret
            proven = self.redactor.prove(record, readable)
        return Sealed(described.head, proven, described.answer.omitted)

    def _decoded(self, exchange: Exchange) -> Exchange:
        request = decoded_request(exchange.head.request, limit=self.max_body)
        answer = decoded(exchange.answer, limit=self.max_body)
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
            problems=exchange.head.problems + call.problems,
        )
        return Exchange(head, exchange.answer)
