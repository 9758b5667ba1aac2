"""Recording and scanning agree about look-alikes, wherever a stream cuts them."""

from __future__ import annotations

import json

import pytest

from runreel.core.dialect import Channels
from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.scan import LeakScanner
from support.build import make_answer, make_exchange

RULES = Rules.build()
LOOK_ALIKES = [
    ("an order", "Your order 4539578763621486 was shipped"),
    ("an order like a phone number", "See part no. 415-555-0132, please"),
    ("a version", "It is Chrome/81.2.69.142 on Linux"),
    ("a fraction", "a score of 0.4539578763621486 today"),
]


@pytest.mark.parametrize(("reason", "text"), LOOK_ALIKES, ids=[row[0] for row in LOOK_ALIKES])
def test_no_cut_makes_a_look_alike_personal_data(reason: str, text: str) -> None:
    channels = Channels(frozenset({"text"}))
    for cut in range(1, len(text)):
        pieces = (text[:cut], text[cut:])
        body = b"".join(b"data: %b\n\n" % json.dumps({"text": each}).encode() for each in pieces)
        answer = make_answer(body, headers=((b"Content-Type", b"text/event-stream"),))
        leaks = list(LeakScanner(RULES, max_body=1_000).scan_answer(answer))
        assert leaks == [], (reason, cut)
        clean = Redactor(RULES, Vault()).redact_exchange(make_exchange(answer=answer), channels)
        assert clean.answer.body == body, (reason, cut)
