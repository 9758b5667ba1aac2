from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.replay.restore import (
    Bindings,
    BoundRequest,
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
NOBODY = BoundRequest(Request("GET", b"/", (), b""), {})
"""A request that tells nothing about its client."""
ONE, TWO = b"REDACTED-email-1@redacted.invalid", b"REDACTED-email-2@redacted.invalid"


class Redaction:
    """The redactor and vault of a recording, or of a client's replay session."""

    def __init__(self) -> None:
        self.vault = Vault()
        self.redactor = Redactor(RULES, self.vault)

    def redact(self, request: Request) -> Request:
        return self.redactor.redact_request(request).request

    def redact_exchange(self, request: Request, answer: Answer) -> Exchange:
        channels = find_dialect(request).channels
        return self.redactor.redact_exchange(
            make_exchange(request=request, answer=answer), channels
        )


def make_text_request(*texts: str, headers: Headers = JSON) -> Request:
    return make_request(headers=headers, body=json.dumps({"texts": texts}).encode())


def make_deltas(*texts: str) -> Answer:
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


TEXTS = [
    ("a path", make_request(target=b"/v1/x%20REDACTED-a-1"), {("path",): b"/v1/x REDACTED-a-1"}),
    (
        "a query, by name and occurrence",
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


@pytest.mark.parametrize(("reason", "request_", "expected"), TEXTS, ids=[c[0] for c in TEXTS])
def test_find_placeholder_texts(
    reason: str, request_: Request, expected: dict[tuple[object, ...], bytes] | None
) -> None:
    texts = find_placeholder_texts(request_)
    assert texts == expected if expected is not None else set(texts) == {("body",)}


def test_another_clients_value_is_restored_as_its_own_would_have_arrived() -> None:
    live, client = Redaction(), Redaction()
    exchange = live.redact_exchange(
        make_text_request("write to ann@example.org"),
        make_deltas("Dear ", "an", "n@exam", "ple.org", ", hello"),
    )
    assert b"ann" not in exchange.answer.body
    bindings = Bindings(client.vault)
    bindings.bind(
        exchange.head.request, client.redact(make_text_request("write to bob.brown@example.com"))
    )
    placeholders = find_marked_placeholders(exchange.answer)
    restored = restore_answer(exchange.answer, dict(bindings.get_values(placeholders, NOBODY)))
    assert restored.body == make_deltas("Dear ", "bob", ".brown@e", "xample.com", ", hello").body
    assert sum(frame.length for frame in restored.frames) == len(restored.body)


PIECES = st.lists(
    st.sampled_from(["a", "ann@example.org", "é\n", '"', "+49 30 901820"]), max_size=6
)


@given(PIECES, st.lists(st.integers(1, 6), max_size=30), st.integers(0, 99))
def test_equal_values_restore_the_live_answer(
    texts: list[str], lengths: list[int], shift: int
) -> None:
    text = " ".join(texts)
    pieces = []
    for length in lengths:
        pieces.append(text[:length])
        text = text[length:]
    whole = make_deltas(*pieces, text)
    cuts = [shift % (len(whole.body) + 1)]
    answer = make_answer(whole.body[: cuts[0]], whole.body[cuts[0] :])
    live, client = Redaction(), Redaction()
    client.redact(make_text_request("somebody else first: zoe@example.net"))
    exchange = live.redact_exchange(make_text_request(*texts), answer)
    bindings = Bindings(client.vault)
    bindings.bind(exchange.head.request, client.redact(make_text_request(*texts)))
    placeholders = find_marked_placeholders(exchange.answer)
    restored = restore_answer(exchange.answer, dict(bindings.get_values(placeholders, NOBODY)))
    assert (restored.body, restored.frames, restored.headers) == (
        answer.body,
        answer.frames,
        answer.headers,
    )


def test_bindings_last_for_the_session() -> None:
    live, client = Redaction(), Redaction()
    first = live.redact_exchange(make_text_request("I am ann@example.org"), make_answer())
    second = live.redact_exchange(
        make_text_request("who am I?"), make_answer(b"data: ann@example.org\n\n")
    )
    bindings = Bindings(client.vault)
    assert dict(bindings.get_values(find_marked_placeholders(second.answer), NOBODY)) == {}
    bindings.bind(first.head.request, client.redact(make_text_request("I am bob@example.org")))
    assert dict(bindings.get_values(find_marked_placeholders(second.answer), NOBODY)) == {
        ONE: b"bob@example.org"
    }


def test_values_of_recorded_headers_are_never_restored() -> None:
    live, client = Redaction(), Redaction()
    key = ((b"Authorization", b"Bearer sk-test-canary-0001"), *JSON)
    sent = make_text_request("my key is sk-test-canary-0001", headers=key)
    exchange = live.redact_exchange(
        sent, make_answer(b"data: no such key: sk-test-canary-0001\n\n")
    )
    bindings = Bindings(client.vault)
    bindings.bind(exchange.head.request, client.redact(sent))
    assert dict(bindings.get_values(find_marked_placeholders(exchange.answer), NOBODY)) == {}


def test_values_of_the_clients_headers_are_never_restored() -> None:
    live, client = Redaction(), Redaction()
    exchange = live.redact_exchange(
        make_text_request("my key is sk-proj-" + "aB3dE6gH9j" * 6), make_answer()
    )
    key = ((b"Authorization", b"Bearer sk-proj-" + b"zY9xW8vU7t" * 6), *JSON)
    bindings = Bindings(client.vault)
    sent = make_text_request("my key is sk-proj-" + "zY9xW8vU7t" * 6, headers=key)
    bindings.bind(exchange.head.request, client.redact(sent))
    assert (
        bindings.get_values(
            find_marked_placeholders(
                live.redact_exchange(
                    make_text_request(), make_deltas("sk-proj-" + "aB3dE6gH9j" * 6)
                ).answer
            ),
            NOBODY,
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
    ("reason", "bound", "recorded", "sent", "expected"), AGREEMENT, ids=[c[0] for c in AGREEMENT]
)
def test_is_consistent(
    reason: str,
    bound: tuple[str, ...],
    recorded: tuple[str, ...],
    sent: tuple[str, ...],
    expected: bool,
) -> None:
    live, client = Redaction(), Redaction()
    bindings = Bindings(client.vault)
    first = live.redact(make_text_request("ann@a.org"))
    if bound:
        bindings.bind(first, client.redact(make_text_request(*bound)))
    assert (
        bindings.is_consistent(
            live.redact(make_text_request(*recorded)), client.redact(make_text_request(*sent))
        )
        is expected
    )


def test_requests_with_other_texts_bind_nothing() -> None:
    live, client = Redaction(), Redaction()
    bindings = Bindings(client.vault)
    recorded = live.redact(make_text_request("ann@a.org and bob@a.org"))
    bindings.bind(recorded, client.redact(make_text_request("only x@a.org")))
    bindings.bind(recorded, client.redact(make_request(body=b'{"texts": "x@a.org y@a.org"}')))
    answer = live.redact_exchange(make_text_request(), make_deltas("ann@a.org")).answer
    assert bindings.get_values(find_marked_placeholders(answer), NOBODY) == ()


def test_headers_are_restored_and_the_content_length_is_adjusted() -> None:
    answer = make_answer(
        b"<" + ONE + b">",
        headers=((b"Location", b"/u?mail=" + TWO), (b"Content-Length", b"35")),
    )
    marks = (
        PlaceholderMark(0, TWO, "url", (8, len(TWO), 3)),
        PlaceholderMark(-1, ONE, "plain", (1, len(ONE), 3)),
    )
    answer = Answer(200, b"OK", answer.headers, answer.body, answer.frames, marks=marks)
    restored = restore_answer(answer, {ONE: b"a@b", TWO: b"c@d"})
    assert restored.headers == ((b"Location", b"/u?mail=c%40d"), (b"Content-Length", b"5"))
    assert restored.body == b"<a@b>"


def test_values_that_are_invalid_in_headers_are_not_restored() -> None:
    answer = Answer(
        200, b"OK", ((b"X", TWO),), marks=(PlaceholderMark(0, TWO, "plain", (0, len(TWO), 3)),)
    )
    for value in (b"a\r\nb", b"a\nb", b"\0"):
        assert restore_answer(answer, {TWO: value}) == answer
    assert restore_answer(answer, {TWO: b"a b"}).headers == ((b"X", b"a b"),)


def sign(key: str) -> Headers:
    return (*JSON, (b"Authorization", b"Bearer canary-key-" + key.encode()))


class TwoClients:
    """Ann was recorded; Bob and Cyd send the same request, with values of their own."""

    def __init__(self) -> None:
        self.live, self.session = Redaction(), Redaction()
        self.bindings = Bindings(self.session.vault)
        self.recorded = self.live.redact(make_text_request("ann@example.org"))

    def send(
        self, text: str, *, key: str = "0", target: bytes = b"/v1/x", ids: frozenset[bytes]
    ) -> BoundRequest:
        body = json.dumps({"texts": [text]}).encode()
        sent = self.session.redact(make_request(target=target, headers=sign(key), body=body))
        return self.bindings.bind(self.recorded, sent, ids=ids)

    def poll(self, target: bytes = b"/v1/x", *, key: str = "0", body: bytes = b"") -> BoundRequest:
        sent = make_request("GET", target, headers=sign(key), body=body)
        return BoundRequest(self.session.redact(sent), {})

    def get_value(self, bound: BoundRequest) -> bytes:
        return dict(self.bindings.get_values(frozenset({ONE}), bound))[ONE]


BOB, CYD = "bob@example.org", "cyd@example.org"
NO_IDS: frozenset[bytes] = frozenset()


def test_a_request_gets_its_own_value_whoever_came_after_it() -> None:
    clients = TwoClients()
    bob = clients.send(BOB, ids=NO_IDS)
    cyd = clients.send(CYD, ids=NO_IDS)
    assert clients.get_value(bob) == BOB.encode()
    assert clients.get_value(cyd) == CYD.encode()


def test_a_credential_tells_clients_apart() -> None:
    clients = TwoClients()
    clients.send(BOB, key="bob", ids=frozenset({b"run_1"}))
    clients.send(CYD, key="cyd", ids=frozenset({b"run_1"}))
    assert clients.get_value(clients.poll(b"/v1/run_1", key="bob")) == BOB.encode()
    assert clients.get_value(clients.poll(b"/v1/run_1", key="cyd")) == CYD.encode()


FOLLOW_UPS = [
    ("in the path", b"/v1/runs/run_%d", b""),
    ("in the query", b"/v1/state?run_id=run_%d", b""),
    ("in the body", b"/v1/state", b'{"previous_run_id": "run_%d"}'),
]


@pytest.mark.parametrize(
    ("target", "body"), [row[1:] for row in FOLLOW_UPS], ids=[row[0] for row in FOLLOW_UPS]
)
def test_an_id_of_the_answer_tells_clients_with_one_credential_apart(
    target: bytes, body: bytes
) -> None:
    clients = TwoClients()
    clients.send(BOB, ids=frozenset({b"run_1", b"asst_0"}))
    clients.send(CYD, ids=frozenset({b"run_2", b"asst_0"}))
    for number, name in ((1, BOB), (2, CYD)):
        fill = [each % number if b"%d" in each else each for each in (target, body)]
        assert clients.get_value(clients.poll(fill[0], body=fill[1])) == name.encode()


def test_an_id_in_the_path_of_the_first_request_tells_clients_apart() -> None:
    clients = TwoClients()
    clients.send(BOB, target=b"/v1/threads/thread_1/messages", ids=NO_IDS)
    clients.send(CYD, target=b"/v1/threads/thread_2/runs", ids=NO_IDS)
    assert clients.get_value(clients.poll(b"/v1/threads/thread_1/runs/run_7")) == BOB.encode()


def test_clients_that_cannot_be_told_apart_get_the_last_value() -> None:
    clients = TwoClients()
    clients.send(BOB, ids=frozenset({b"run_1"}))
    clients.send(CYD, ids=frozenset({b"run_1"}))
    assert clients.get_value(clients.poll(b"/v1/runs/run_1")) == CYD.encode()


def test_a_client_that_renews_its_credential_keeps_its_value() -> None:
    clients = TwoClients()
    clients.send(BOB, key="bob", ids=frozenset({b"run_1"}))
    clients.send(CYD, key="cyd", ids=frozenset({b"run_2"}))
    assert clients.get_value(clients.poll(b"/v1/runs/run_1", key="renewed")) == BOB.encode()


MAILS = st.lists(st.sampled_from(["a@a.org", "b@b.org", "", "c@c.org and b@b.org"]), max_size=5)


@given(MAILS, st.permutations(["x@x.org", "y@y.org", "z@z.org"]))
def test_a_request_in_another_spelling_binds_the_same_values(
    texts: list[str], names: list[str]
) -> None:
    own = dict(zip(("a@a.org", "b@b.org", "c@c.org"), names, strict=True))
    sent = [" and ".join(own.get(mail, mail) for mail in text.split(" and ")) for text in texts]
    live, client = Redaction(), Redaction()
    recorded = live.redact(make_text_request(*texts))
    values = []
    for separators in ((", ", ": "), (",", ":")):
        body = json.dumps({"texts": sent}, separators=separators).encode()
        bound = Bindings(client.vault).bind(
            recorded, client.redact(make_request(headers=JSON, body=body))
        )
        values.append(bound.values)
    assert values[0] == values[1]
    assert len(values[0]) == len({mail for text in texts for mail in text.split(" and ") if mail})
