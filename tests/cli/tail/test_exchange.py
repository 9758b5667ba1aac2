"""An exchange comes back from its JSON document as it was, as far as a filter can see."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from runreel.cli.tail.exchange import build_call, parse_exchange
from runreel.dialects import find_dialect
from runreel.dialects.exchange_reading import read_exchange
from runreel.errors import RunreelError
from runreel.model import Answer, End, Exchange
from support.build import make_answer, make_exchange, make_request
from support.proxy import read_exchanges

DEMO = Path(__file__).parents[3] / "cassettes" / "demo.cassette"
NOTE = {"session": "default", "method": "GET", "outcome": "recorded"}
EXCHANGES = [
    *((f"exchange {each.head.number} of the demo", each) for each in read_exchanges(DEMO)),
    ("bytes that are no text", make_exchange(answer=make_answer(b"\xff\x00"))),
    ("a reset", make_exchange(end=End.RESET)),
    ("a header that is no text", make_exchange(request=make_request(headers=((b"a", b"\xe9"),)))),
]


def drop_marks(answer: Answer) -> Answer:
    return replace(answer, marks=(), headers=(), reason=b"")


@pytest.mark.parametrize("exchange", [row[1] for row in EXCHANGES], ids=[r[0] for r in EXCHANGES])
def test_the_document_of_an_exchange_is_enough(exchange: Exchange) -> None:
    reading = read_exchange(exchange, find_dialect)
    document = json.loads(json.dumps(reading.build_document(first_ns=0)))
    parsed = parse_exchange(document)
    assert drop_marks(parsed.answer) == drop_marks(exchange.answer)
    assert parsed.head.request.body == exchange.head.request.body
    assert (parsed.head.summary, parsed.head.ledger) == (
        exchange.head.summary,
        exchange.head.ledger,
    )
    call = build_call({**NOTE, "session": exchange.head.session}, document, find_dialect)
    assert call.trace == reading.trace


def test_a_call_that_is_not_stored_has_what_its_note_says() -> None:
    note = {**NOTE, "outcome": "miss", "status": 404, "duration_us": 7}
    call = build_call(note, None, find_dialect)
    assert (call.head.status, call.head.timings.end_us, call.is_miss) == (404, 7, True)
    assert call.trace.blocks == ()


MISTAKES = [
    ("no members", {}),
    ("another type", {"request": [], "answer": 1}),
]


@pytest.mark.parametrize("document", [row[1] for row in MISTAKES], ids=[r[0] for r in MISTAKES])
def test_another_document_is_an_error_of_one_line(document: dict[str, object]) -> None:
    with pytest.raises(RunreelError, match="is it of another version"):
        build_call(NOTE, document, find_dialect)
