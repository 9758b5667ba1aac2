"""What the recorder redacts by name is what the scanner finds, also in the texts of deltas."""

from __future__ import annotations

import json

import pytest

from corpus.names import NOTATIONS
from runreel.core.dialect import Channels
from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.scan import LeakScanner
from runreel.model import Exchange
from support.build import make_answer, make_exchange, make_request

CHANNELS = Channels(frozenset({"content"}))
SSE = (b"Content-Type", b"text/event-stream")
SECRET = "tiger-41-x"
TEXTS = {
    notation: template.format(name="DbPassword", value=SECRET)
    for notation, template in NOTATIONS.items()
}


def build_stream(text: str, step: int) -> Exchange:
    pieces = [text[at : at + step] for at in range(0, len(text), step)]
    chunks = ({"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces)
    body = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks)
    answer = make_answer(body.encode(), headers=(SSE,))
    return make_exchange(answer=answer, request=make_request(body=b""))


def count_leaks(exchange: Exchange) -> int:
    scanner = LeakScanner(Rules.build(), max_body=100_000)
    return len([*scanner.scan_head(exchange.head), *scanner.scan_answer(exchange.answer)])


@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
@pytest.mark.parametrize("step", [0, 1, 5])
def test_scan_and_record_agree_on_names(text: str, step: int) -> None:
    plain = make_exchange(request=make_request(body=text.encode()))
    exchange = build_stream(text, step) if step else plain
    assert count_leaks(exchange) >= 1
    redacted = Redactor(Rules.build(), Vault()).redact_exchange(exchange, CHANNELS)
    assert count_leaks(redacted) == 0
