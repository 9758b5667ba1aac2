"""What an earlier pass made of an exchange is used only if a later one would make the same."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from collections.abc import Sequence
from functools import partial

import pytest

from runreel.core.record.seal import SealedRecord, Sealer
from runreel.core.record.sealing_passes import SealingPasses
from runreel.core.redact import Redactor, Rules, Vault
from runreel.dialects import find_dialect
from runreel.errors import StoreError
from runreel.model import Exchange, Headers
from support.build import make_answer, make_exchange, make_request
from support.messages import encode_event

VALUE = b"plum-river-table-fog"
"""No rule finds it by itself."""
TELLING = make_exchange(2, request=make_request(headers=((b"Authorization", b"Bearer " + VALUE),)))
JSON: Headers = ((b"Content-Type", b"application/json"),)
STREAM: Headers = ((b"Content-Type", b"text/event-stream"),)


def ask(target: bytes = b"/", headers: Headers = (), body: bytes = b"") -> Exchange:
    return make_exchange(1, request=make_request(target=target, headers=headers, body=body))


def answer(body: bytes, headers: Headers = JSON) -> Exchange:
    return make_exchange(1, answer=make_answer(body, headers=headers))


def stream(*deltas: bytes, form: bytes = b'{"delta":"%b"}') -> Exchange:
    events = [b"data: " + form % delta + b"\n\n" for delta in deltas]
    return make_exchange(1, answer=make_answer(*events, headers=STREAM))


HELD = [
    ("in the target", ask(b"/v1/" + VALUE)),
    ("in a parameter", ask(b"/v1?q=plum%2driver%2Dtable-fog")),
    ("in a header", ask(headers=((b"X-Note", VALUE),))),
    ("in the body of the request", ask(body=b'{"q":"%b"}' % VALUE, headers=JSON)),
    ("in the answer", answer(b'{"a":"%b"}' % VALUE)),
    ("in a header of the answer", answer(b"{}", ((b"X-Note", VALUE), *JSON))),
    ("as base64", answer(b'{"a":"%b"}' % b64encode(b"x:" + VALUE))),
    ("as hexadecimal", answer(b'{"a":"%b"}' % VALUE.hex().encode())),
    ("with an escape", answer(rb'{"a":"plum\u002driver-table-fog"}')),
    ("in JSON in JSON", answer(json.dumps({"a": json.dumps({"b": VALUE.decode()})}).encode())),
    ("compressed", answer(gzip.compress(VALUE), ((b"Content-Encoding", b"gzip"),))),
    ("in one delta", stream(b"a", VALUE, b"b")),
    ("in two deltas", stream(VALUE[:9], VALUE[9:])),
    ("in deltas of a letter", stream(*[VALUE[at : at + 1] for at in range(len(VALUE))])),
    ("in the pieces of one document", answer(b'{"parts":["plum-river","-table-fog"]}')),
    ("in broken JSON", stream(VALUE[:9], VALUE[9:], form=b'{"delta":"%b"')),
    ("in a plain text", answer(b"the word is " + VALUE, ((b"Content-Type", b"text/plain"),))),
    ("cut off by a mark", answer(b'{"a":"plum-river-table-f[truncated]"}')),
    (
        "cut off by a limit",
        stream(b"plum-river-", b"table-f", form=b'{"finish_reason":"length","d":"%b"}'),
    ),
    (
        "in a binary message",
        answer(
            encode_event("contentBlockDelta", {"delta": {"text": VALUE.decode()}}),
            ((b"Content-Type", b"application/vnd.amazon.eventstream"),),
        ),
    ),
]


class CountingSealer(Sealer, frozen=True, kw_only=True):
    """A sealer that notes the exchanges that it seals."""

    numbers: list[int]

    def seal(self, exchange: Exchange) -> SealedRecord:
        self.numbers.append(exchange.head.number)
        return Sealer.seal(self, exchange)


def make_sealer() -> CountingSealer:
    return CountingSealer(Redactor(Rules.build(), Vault()), find_dialect, 100_000, numbers=[])


def seal_all(sealer: Sealer, exchanges: Sequence[Exchange], passes: int = 2) -> list[bytes]:
    kept: SealingPasses[SealedRecord] = SealingPasses(sealer)
    records: list[bytes] = []
    for _ in range(passes):
        made = [
            kept.seal(each.head.number, partial(lambda one: one, each), sealer.seal)
            for each in exchanges
        ]
        records = [bytes(each.record) for each in made]
    return records


@pytest.mark.parametrize(("where", "exchange"), HELD)
def test_a_value_that_a_later_exchange_tells(
    where: str, exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = seal_all(make_sealer(), [exchange, TELLING], passes=1)
    sealer = make_sealer()
    records = seal_all(sealer, [exchange, TELLING])
    assert sealer.numbers == [1, 2, 1], where
    assert records[0] != once[0]
    monkeypatch.setattr("runreel.core.record.sealing_passes._MAX_KEPT", 0)
    assert records == seal_all(make_sealer(), [exchange, TELLING])


OWN = b"Bearer apple-stone-window-sun"
NOT_HELD = [
    ("nothing of it", answer(b'{"a":"plum"}')),
    ("a value of its own", ask(headers=((b"Authorization", OWN),), body=b'{"q":"%b"}' % OWN[7:])),
    ("a stream without it", stream(b"plum", b" river")),
]


@pytest.mark.parametrize(("what", "exchange"), NOT_HELD)
def test_an_exchange_without_later_values_is_sealed_once(what: str, exchange: Exchange) -> None:
    sealer = make_sealer()
    seal_all(sealer, [exchange, TELLING], passes=3)
    assert sealer.numbers == [1, 2], what


def test_nothing_is_read_again_if_no_more_is_known() -> None:
    sealer = make_sealer()
    passes: SealingPasses[SealedRecord] = SealingPasses(sealer)
    first = passes.seal(2, lambda: TELLING, sealer.seal)

    def fail() -> Exchange:
        raise AssertionError("it is read again")

    assert passes.seal(2, fail, sealer.seal) is first


def test_records_beyond_the_room_are_sealed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    exchanges = [make_exchange(number) for number in (1, 3, 4)]
    size = len(seal_all(make_sealer(), exchanges[:1])[0])
    monkeypatch.setattr("runreel.core.record.sealing_passes._MAX_KEPT", 2 * size)
    sealer = make_sealer()
    seal_all(sealer, [*exchanges, TELLING], passes=3)
    assert [sealer.numbers.count(number) for number in (1, 3, 4)] == [1, 1, 3]


def test_an_error_names_the_exchange() -> None:
    def fail(_: Exchange) -> None:
        raise StoreError("no room")

    passes: SealingPasses[None] = SealingPasses(make_sealer())
    with pytest.raises(StoreError, match="exchange 2: no room"):
        passes.seal(2, lambda: TELLING, fail)
