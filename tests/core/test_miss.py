from __future__ import annotations

from runreel.core.miss import missed
from runreel.model import Head
from support.build import make_head, make_request


def heads(*bodies: bytes) -> list[Head]:
    return [
        make_head(number=number, request=make_request(body=body))
        for number, body in enumerate(bodies, start=1)
    ]


def test_an_empty_cassette_has_no_nearest() -> None:
    text = missed(make_request(), []).told("c.cassette")
    assert (
        text == "POST /v1/threads/thread_1/runs: no exchange of c.cassette answers this (0 tried)."
    )


def test_the_nearest_is_named_with_what_differs() -> None:
    recorded = heads(b'{"a": 1, "b": 2, "c": 3}', b'{"a": 1, "b": 2, "c": 4}')
    text = missed(make_request(body=b'{"a": 1, "b": 9, "c": 4}'), recorded).told("c.cassette")
    assert "Nearest: exchange 2" in text
    assert "body.b: recorded 2, sent 9" in text
    assert "body.c" not in text


def test_many_differences_are_counted_not_listed() -> None:
    recorded = heads(b"{%s}" % b", ".join(b'"k%d": 1' % number for number in range(20)))
    sent = b"{%s}" % b", ".join(b'"k%d": 2' % number for number in range(20))
    text = missed(make_request(body=sent), recorded).told("c.cassette")
    assert text.count("recorded 1, sent 2") == 8
    assert text.endswith("; and 12 more.")


def test_a_call_that_strict_replay_has_used_up() -> None:
    recorded = heads(b'{"a": 1}')
    text = missed(make_request(body=b'{"a": 1.0}'), recorded).told("c.cassette")
    assert text.endswith("Exchange 1 is the same call, but it has been played already.")
