from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.replay.restore import (
    Bindings,
    find_marked_placeholders,
    find_placeholder_texts,
    restore_answer,
)
from runreel.dialects import find_dialect
from runreel.model import Answer, Exchange, Headers, PlaceholderMark, Request
from support.build import make_answer, make_exchange, make_request

JSON: Headers = ((b"Content-Type", b"application/json"),)
FORM: Headers = ((b"Content-Type", b"application/x-www-form-urlencoded"),)
PARTS: Headers = ((b"Content-Type", b"multipart/form-data; boundary=b"),)
RULES = Rules.build()
ONE, TWO = b"REDACTED-email-1@redacted.invalid", b"REDACTED-email-2@redacted.invalid"


class Side:
    """A recorder, or a client's session of replay."""

    def __init__(self) -> None:
        self.vault = Vault()
        self.redactor = Redactor(RULES, self.vault)

    def asked(self, request: Request) -> Request:
        return self.redactor.redact_request(request).request

    def stored(self, request: Request, answer: Answer) -> Exchange:
        channels = find_dialect(request).channels
        return self.redactor.redact_exchange(
            make_exchange(request=request, answer=answer), channels
        )


def saying(*texts: str, headers: Headers = JSON) -> Request:
    return make_request(headers=headers, body=json.dumps({"texts": texts}).encode())


def deltas(*texts: str) -> Answer:
    events = (
        {"id": "msg_1", "delta": {"content": [{"index": 0, "text": {"value": text}}]}}
        for text in texts
    )
    return make_answer(
        *(
            b"event: thread.message.delta\ndata: " + json.dumps(event).encode() + b"\n\n"
            for event in events
        )
    )


PLACES = [
    ("a path", make_request(target=b"/v1/x%20REDACTED-a-1"), {("path",): b"/v1/x REDACTED-a-1"}),
    (
        "a query, by name and turn",
        make_request(target=b"/?a=1&b=x&a=REDACTED-a-1"),
        {("query", b"a", 2): b"REDACTED-a-1"},
    ),
    (
        "strings of JSON",
        make_request(body=b'{"b": [1, "x"], "a": {"c": "REDACTED-a-1 \\u00e9"}}'),
        {("a", "c"): "REDACTED-a-1 é".encode()},
    ),
    (
        "a form",
        make_request(headers=FORM, body=b"a=REDACTED-a-1+b"),
        {("form", b"a", 1): b"REDACTED-a-1 b"},
    ),
    (
        "parts",
        make_request(headers=PARTS, body=b"--b\r\nA: b\r\n\r\nREDACTED-a-1\r\n--b--"),
        {("part", 0): b"REDACTED-a-1"},
    ),
    ("any other text", make_request(body=b"{REDACTED-a-1"), {("body",): b"{REDACTED-a-1"}),
    ("nested too deep", make_request(body=b"[" * 99_999 + b"REDACTED-"), None),
    ("no placeholder at all", make_request(target=b"/v1/x?a=b"), {}),
]


@pytest.mark.parametrize(("reason", "request_", "places"), PLACES, ids=[c[0] for c in PLACES])
def test_texts_are_known_by_where_they_stand(
    reason: str, request_: Request, places: dict[tuple[object, ...], bytes] | None
) -> None:
    found = find_placeholder_texts(request_)
    assert found == places if places is not None else set(found) == {("body",)}


def test_another_clients_value_comes_back_as_its_own_would_have() -> None:
    live, client = Side(), Side()
    stored = live.stored(
        saying("write to ann@example.org"), deltas("Dear ", "an", "n@exam", "ple.org", ", hello")
    )
    assert b"ann" not in stored.answer.body
    bindings = Bindings(client.vault)
    bindings.bind(stored.head.request, client.asked(saying("write to bob.brown@example.com")))
    said = restore_answer(
        stored.answer, dict(bindings.get_values(find_marked_placeholders(stored.answer)))
    )
    assert said.body == deltas("Dear ", "bob", ".brown@e", "xample.com", ", hello").body
    assert sum(frame.length for frame in said.frames) == len(said.body)


PIECES = st.lists(
    st.sampled_from(["a", "ann@example.org", "é\n", '"', "+49 30 901820"]), max_size=6
)


@given(PIECES, st.lists(st.integers(1, 6), max_size=30), st.integers(0, 99))
def test_the_same_values_give_the_live_answer_back(
    texts: list[str], lengths: list[int], shift: int
) -> None:
    said = " ".join(texts)
    pieces = []
    for length in lengths:
        pieces.append(said[:length])
        said = said[length:]
    whole = deltas(*pieces, said)
    cuts = [shift % (len(whole.body) + 1)]
    answer = make_answer(whole.body[: cuts[0]], whole.body[cuts[0] :])
    live, client = Side(), Side()
    client.asked(saying("somebody else first: zoe@example.net"))
    stored = live.stored(saying(*texts), answer)
    bindings = Bindings(client.vault)
    bindings.bind(stored.head.request, client.asked(saying(*texts)))
    back = restore_answer(
        stored.answer, dict(bindings.get_values(find_marked_placeholders(stored.answer)))
    )
    assert (back.body, back.frames, back.headers) == (answer.body, answer.frames, answer.headers)


def test_what_one_exchange_bound_holds_for_the_next() -> None:
    live, client = Side(), Side()
    first = live.stored(saying("I am ann@example.org"), make_answer())
    second = live.stored(saying("who am I?"), make_answer(b"data: ann@example.org\n\n"))
    bindings = Bindings(client.vault)
    assert dict(bindings.get_values(find_marked_placeholders(second.answer))) == {}
    bindings.bind(first.head.request, client.asked(saying("I am bob@example.org")))
    assert dict(bindings.get_values(find_marked_placeholders(second.answer))) == {
        ONE: b"bob@example.org"
    }


def test_what_a_header_carried_is_never_put_back() -> None:
    live, client = Side(), Side()
    key = ((b"Authorization", b"Bearer sk-test-canary-0001"), *JSON)
    sent = saying("my key is sk-test-canary-0001", headers=key)
    stored = live.stored(sent, make_answer(b"data: no such key: sk-test-canary-0001\n\n"))
    bindings = Bindings(client.vault)
    bindings.bind(stored.head.request, client.asked(sent))
    assert dict(bindings.get_values(find_marked_placeholders(stored.answer))) == {}


def test_what_this_clients_header_carries_is_not_put_back_either() -> None:
    live, client = Side(), Side()
    stored = live.stored(saying("my key is sk-proj-" + "aB3dE6gH9j" * 6), make_answer())
    key = ((b"Authorization", b"Bearer sk-proj-" + b"zY9xW8vU7t" * 6), *JSON)
    bindings = Bindings(client.vault)
    sent = saying("my key is sk-proj-" + "zY9xW8vU7t" * 6, headers=key)
    bindings.bind(stored.head.request, client.asked(sent))
    assert (
        bindings.get_values(
            find_marked_placeholders(
                live.stored(saying(), deltas("sk-proj-" + "aB3dE6gH9j" * 6)).answer
            )
        )
        == ()
    )


AGREEMENT = [
    ("nothing is bound yet", (), ("ann@a.org",), ("x@a.org",), True),
    ("the same again", ("x@a.org",), ("ann@a.org",), ("x@a.org",), True),
    ("another value for the same placeholder", ("x@a.org",), ("ann@a.org",), ("y@a.org",), False),
    ("the same value for another", ("x@a.org",), ("bob@a.org",), ("x@a.org",), False),
    ("another for another", ("x@a.org",), ("bob@a.org",), ("y@a.org",), True),
]


@pytest.mark.parametrize(
    ("reason", "bound", "recorded", "sent", "agree"), AGREEMENT, ids=[c[0] for c in AGREEMENT]
)
def test_recordings_agree_with_what_is_bound(
    reason: str,
    bound: tuple[str, ...],
    recorded: tuple[str, ...],
    sent: tuple[str, ...],
    agree: bool,
) -> None:
    live, client = Side(), Side()
    bindings = Bindings(client.vault)
    first = live.asked(saying("ann@a.org"))
    if bound:
        bindings.bind(first, client.asked(saying(*bound)))
    assert (
        bindings.is_consistent(live.asked(saying(*recorded)), client.asked(saying(*sent))) is agree
    )


def test_other_requests_bind_nothing() -> None:
    live, client = Side(), Side()
    bindings = Bindings(client.vault)
    recorded = live.asked(saying("ann@a.org and bob@a.org"))
    bindings.bind(recorded, client.asked(saying("only x@a.org")))
    bindings.bind(recorded, client.asked(make_request(body=b'{"texts": "x@a.org y@a.org"}')))
    answer = live.stored(saying(), deltas("ann@a.org")).answer
    assert bindings.get_values(find_marked_placeholders(answer)) == ()


def test_a_header_gets_its_value_back_and_the_length_moves() -> None:
    answer = make_answer(
        b"<" + ONE + b">",
        headers=((b"Location", b"/u?mail=" + TWO), (b"Content-Length", b"35")),
    )
    marks = (
        PlaceholderMark(0, TWO, "url", (8, len(TWO), 3)),
        PlaceholderMark(-1, ONE, "plain", (1, len(ONE), 3)),
    )
    answer = Answer(200, b"OK", answer.headers, answer.body, answer.frames, marks=marks)
    back = restore_answer(answer, {ONE: b"a@b", TWO: b"c@d"})
    assert back.headers == ((b"Location", b"/u?mail=c%40d"), (b"Content-Length", b"5"))
    assert back.body == b"<a@b>"


def test_no_value_ends_a_header() -> None:
    answer = Answer(
        200, b"OK", ((b"X", TWO),), marks=(PlaceholderMark(0, TWO, "plain", (0, len(TWO), 3)),)
    )
    for value in (b"a\r\nb", b"a\nb", b"\0"):
        assert restore_answer(answer, {TWO: value}) == answer
    assert restore_answer(answer, {TWO: b"a b"}).headers == ((b"X", b"a b"),)
