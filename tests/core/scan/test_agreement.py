"""Scan proposes ``runreel redact`` only where redaction changes something, and nothing after it."""

from __future__ import annotations

import os

import pytest

from corpus.checking import decode_stored
from corpus.groups import sample_cases
from corpus.redacting import make_sealer
from runreel.core.redact import Rules
from runreel.core.scan import Leak, LeakScanner
from runreel.dialects import find_dialect
from runreel.model import Exchange
from support.build import make_exchange, make_request
from support.secrets import KEY

_SEED = 3
_ONE_IN = 23 if "CI" in os.environ else 61
SCANNER = LeakScanner(Rules.build(), max_body=1 << 24)


def scan(exchange: Exchange) -> list[Leak]:
    channels = find_dialect(exchange.head.request).channels
    in_answer = SCANNER.scan_answer(exchange.answer, channels, whole=exchange.head.whole)
    return [*SCANNER.scan_head(exchange.head), *in_answer]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_what_scan_finds_is_what_redaction_changes() -> None:
    counts = {True: 0, False: 0}
    for case in sample_cases(_SEED, _ONE_IN):
        exchange = case.exchange
        has_leaks = any(leak.can_be_redacted for leak in scan(exchange))
        assert make_sealer().has_new_data(exchange) is has_leaks, case.name
        redacted = decode_stored(bytes(make_sealer().seal(exchange).record))
        assert scan(redacted) == [], case.name
        counts[has_leaks] += 1
    assert all(counts.values())


@pytest.mark.parametrize("name", [KEY, f"X-{KEY}"])
def test_a_leak_in_the_name_of_a_header_stays(name: str) -> None:
    header = (name.encode(), b"1")
    exchange = make_exchange(request=make_request(headers=(header,), body=b"{}"))
    assert [leak.can_be_redacted for leak in scan(exchange)] == [False]
    assert not make_sealer().has_new_data(exchange)
