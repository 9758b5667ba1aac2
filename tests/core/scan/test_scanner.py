"""A secret is found in every place and encoding, and is never part of the report."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.jsonpath import JsonPath
from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.redact.rules import Rule
from runreel.core.scan import Leak, LeakScanner
from runreel.dialects import find_dialect
from runreel.model import Answer, Exchange, ExchangeHead, LedgerEntry, Problem, Request
from support.build import make_answer, make_exchange, make_head, make_request

KEY = Rule("test-key", "custom", (b"tk-",), rb"\btk-[a-z0-9/+]{12}")
MAIL = Rule("test-mail", "personal", (b"@",), rb"[a-z]{1,9}@[a-z]{1,9}\.test", window_before=9)
RULES = Rules.build(rules=(KEY, MAIL))
SECRET = "tk-ab1/cd2+ef34"
ESCAPED = "".join(f"\\u{ord(letter):04x}" for letter in SECRET)
JSON = (b"Content-Type", b"application/json")
LINES = (b"Content-Type", b"application/x-ndjson")
SSE = (b"Content-Type", b"text/event-stream")
FORM = (b"Content-Type", b"application/x-www-form-urlencoded")


def scan(exchange: Exchange) -> list[Leak]:
    scanner = LeakScanner(RULES, max_body=100_000)
    return [*scanner.scan_head(exchange.head), *scanner.scan_answer(exchange.answer)]


def send(body: bytes = b"", target: bytes = b"/v1/x", *headers: tuple[bytes, bytes]) -> Exchange:
    return make_exchange(request=make_request(target=target, headers=headers, body=body))


def respond(body: bytes, header: tuple[bytes, bytes] = JSON, *, reason: bytes = b"OK") -> Exchange:
    answer = make_answer(body, headers=(header,), reason=reason)
    return make_exchange(answer=answer, request=make_request(body=b""))


def build_event(data: object, name: str = "message") -> bytes:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()


def build_delta(text: str, index: int = 0) -> bytes:
    value = {"index": index, "type": "text", "text": {"value": text}}
    return build_event({"id": "m", "delta": {"content": [value]}}, "thread.message.delta")


PLACES = [
    ("a target", send(b"", f"/f/{SECRET}".encode()), "test-key", "request.target", ""),
    ("a parameter", send(b"", b"/x?a=1&api_key=x1"), "query", "request.target", ""),
    ("user-info", send(b"", b"/x?u=http://bob@h/"), "userinfo", "request.target", ""),
    (
        "a header, by its name",
        send(b"", b"/", (b"X-Api-Key", b"short")),
        "headers",
        "request.headers.x-api-key",
        "",
    ),
    (
        "a header, by its value",
        send(b"", b"/", (b"X-Note", SECRET.encode())),
        "test-key",
        "request.headers.x-note",
        "",
    ),
    ("a link", respond(b"", (b"Location", b"/x?sig=abc")), "query", "answer.headers.location", ""),
    (
        "a cookie",
        respond(b"", (b"Set-Cookie", b"a=b; Path=/")),
        "headers",
        "answer.headers.set-cookie",
        "",
    ),
    ("a reason", respond(b"", reason=SECRET.encode()), "test-key", "answer.reason", ""),
    (
        "a member, by its name",
        send(b'{"a": [1, {"api_key": "x"}]}'),
        "fields",
        "request.body",
        "a[1].api_key",
    ),
    (
        "a member, by its value",
        respond(f'{{"a": {{"b": ["", "it is {SECRET}"]}}}}'.encode()),
        "test-key",
        "answer.body",
        "a.b[1]",
    ),
    (
        "a name of a member",
        respond(f'{{"a": {{"{SECRET}": 1}}}}'.encode()),
        "test-key",
        "answer.body",
        "a",
    ),
    (
        "below a name that is hidden",
        respond(json.dumps({"b c": {"x": SECRET}}).encode()),
        "test-key",
        "answer.body",
        "*.x",
    ),
    (
        "truncated JSON",
        respond(f'{{"a": [{{"b": "{SECRET}'.encode()),
        "test-key",
        "answer.body",
        "a[0].b",
    ),
    ("a text", respond(f"it is {SECRET}!".encode()), "test-key", "answer.body", ""),
    ("a form", send(b"a=1&password=x1", b"/", FORM), "form", "request.body", ""),
    (
        "a body that cannot be decoded",
        respond(b"it is " + SECRET.encode(), (b"Content-Encoding", b"br")),
        "test-key",
        "answer.body",
        "",
    ),
    (
        "a body of a request that cannot be decoded",
        send(SECRET.encode(), b"/", (b"Content-Encoding", b"gzip")),
        "test-key",
        "request.body",
        "",
    ),
    (
        "a body that was stored encoded",
        respond(gzip.compress(SECRET.encode()), (b"Content-Encoding", b"gzip")),
        "test-key",
        "answer.body",
        "",
    ),
]


@pytest.mark.parametrize(
    ("exchange", "rule", "place", "path"), [c[1:] for c in PLACES], ids=[c[0] for c in PLACES]
)
def test_a_leak_has_its_rule_and_its_place(
    exchange: Exchange, rule: str, place: str, path: str
) -> None:
    leaks = scan(exchange)
    assert {(leak.rule, leak.place, leak.path, leak.event) for leak in leaks} == {
        (rule, place, path, None)
    }
    assert SECRET not in repr(leaks)


def test_a_header_name_that_is_a_secret_is_hidden() -> None:
    leaks = scan(send(b"", b"/", (SECRET.encode(), SECRET.encode()), (b"X", b"1")))
    assert [leak.place for leak in leaks] == ["request.headers", "request.headers.*"]


def test_a_path_that_contains_a_secret_is_hidden() -> None:
    name = SECRET.replace("/", "0").replace("+", "0")
    [leak] = scan(send(json.dumps({name: {"api_key": "x"}}).encode()))[1:]
    assert (leak.rule, leak.path) == ("fields", "*")


ENCODINGS = [
    ("unencoded", SECRET),
    ("with an escaped slash", SECRET.replace("/", "\\/")),
    ("in JSON escapes", ESCAPED),
    ("in JSON in a JSON string", json.dumps(f'{{"a": "{ESCAPED}"}}')[1:-1]),
    ("percent-encoded", quote(SECRET, safe="")),
    ("in HTML entities", SECRET.replace("/", "&#47;").replace("+", "&#x2b;")),
    ("in base64", b64encode(f"the key: {SECRET}".encode()).decode()),
    ("in hex", f"the key is {SECRET}".encode().hex()),
]


@pytest.mark.parametrize("encoded", [c[1] for c in ENCODINGS], ids=[c[0] for c in ENCODINGS])
@pytest.mark.parametrize("before", [b'{"a": "', b'event: x\ndata: {"a": "'], ids=["JSON", "event"])
def test_a_secret_is_found_once_in_every_encoding(encoded: str, before: bytes) -> None:
    body = before + f'<{encoded}>"}}\n\n'.encode()
    [leak] = scan(respond(body))
    start = len(before) + 1
    assert (leak.rule, leak.path) == ("test-key", "a")
    assert start <= leak.offset < leak.offset + leak.length <= start + len(encoded)


def test_a_leak_in_an_event_has_its_number_and_path() -> None:
    body = b": ping\n\n" + build_delta("hi") + build_delta(f"it is {SECRET}")
    [leak] = scan(respond(body, SSE))
    assert (leak.event, leak.path) == (3, "delta.content[0].text.value")
    assert body[leak.offset : leak.offset + leak.length] == SECRET.encode()


def test_a_line_of_json_counts_as_an_event() -> None:
    body = b'{"a": 1}\n' + json.dumps({"b": SECRET}).encode() + b"\n"
    [leak] = scan(respond(body, LINES))
    assert (leak.event, leak.path) == (2, "b")


def test_a_line_may_have_a_prefix() -> None:
    body = f'0:"{SECRET[:6]}"\n0:"{SECRET[6:]}"\nd:{{"a": "{SECRET}"}}\n'.encode()
    leaks = scan(respond(body, LINES))
    assert {(leak.event, leak.path) for leak in leaks} == {(1, ""), (3, "a")}


@given(st.lists(st.integers(1, len(SECRET) - 1), min_size=1, max_size=5))
def test_a_secret_that_is_split_over_events_is_found_however_it_is_split(cuts: list[int]) -> None:
    pieces = [SECRET[start:end] for start, end in pairwise(sorted({0, *cuts, len(SECRET)}))]
    body = b"".join(build_delta(piece) + build_delta("another text ", index=1) for piece in pieces)
    stream = build_delta("it is ") + body + build_delta(" indeed")
    [leak] = scan(respond(stream, SSE))
    assert (leak.rule, leak.event, leak.path) == ("test-key", 2, "delta.content[0].text.value")
    assert (leak.offset, leak.length) == (stream.index(f'"{pieces[0]}"'.encode()) + 1, len(SECRET))


def test_a_label_may_be_in_an_earlier_event() -> None:
    rule = Rule("test-label", "prose", (b"label",), rb"\blabel: ([a-z]{4,9})")
    body = build_delta("the label") + build_delta(": ") + build_delta("hunter ")
    exchange = respond(body, SSE)
    scanner = LeakScanner(Rules.build(rules=(rule,)), max_body=1)
    [leak] = scanner.scan_answer(exchange.answer)
    assert (leak.event, leak.offset, leak.length) == (3, body.index(b"hunter"), len("hunter"))


def test_arguments_in_pieces_are_searched_as_json() -> None:
    exchange = respond(
        build_delta('{"pass') + build_delta('word": "hun') + build_delta('ter2"}'), SSE
    )
    [leak] = scan(exchange)
    assert (leak.rule, leak.event) == ("fields", 2)


def test_a_part_of_a_placeholder_is_not_a_secret() -> None:
    exchange = respond(build_delta("http://bob:REDACTED-") + build_delta("x-1@host.test/"), SSE)
    assert [leak.rule for leak in scan(exchange)] == []
    exchange = respond(build_delta('{"password": "RE') + build_delta('DACTED-password-1"}'), SSE)
    assert [leak.rule for leak in scan(exchange)] == []
    exchange = respond(build_delta("or ask ") + build_delta("bob@host.test ann@host.test"), SSE)
    assert [leak.rule for leak in scan(exchange)] == ["test-mail", "test-mail"]


NUMBERS = "0.4221165755827173, 0.14221165755827173, 1.5e+4221165755827173"


@pytest.mark.parametrize("at", range(1, len(NUMBERS)))
def test_a_number_in_two_pieces_is_no_card(at: int) -> None:
    rules = Rules.build()
    exchange = respond(build_delta(NUMBERS[:at]) + build_delta(NUMBERS[at:]), SSE)
    assert list(LeakScanner(rules, max_body=100_000).scan_answer(exchange.answer)) == []
    channels = find_dialect(exchange.head.request).channels
    clean = Redactor(rules, Vault()).redact_exchange(exchange, channels)
    assert clean.answer.body == exchange.answer.body


def test_a_card_beside_a_fraction_in_pieces_is_found() -> None:
    exchange = respond(
        build_delta("0.") + build_delta("4221165755827173 and 4111111111111111"), SSE
    )
    leaks = LeakScanner(Rules.build(), max_body=100_000).scan_answer(exchange.answer)
    assert "card" in [leak.rule for leak in leaks]


def test_complete_values_in_events_are_found_one_by_one() -> None:
    exchange = respond(
        build_event({"to": "bob@host.test"}) * 2 + build_event({"to": "x@host.tests"}), SSE
    )
    assert [(leak.rule, leak.event) for leak in scan(exchange)] == [
        ("test-mail", 1),
        ("test-mail", 2),
        ("test-mail", 3),
    ]


@pytest.mark.parametrize("header", [JSON, SSE], ids=["body", "stream"])
def test_a_secret_that_the_end_of_an_answer_cuts_off_is_found(header: tuple[bytes, bytes]) -> None:
    half = SECRET[:11]
    body = (
        build_delta("the") + build_delta(f"key {half}")
        if header == SSE
        else f"the key {half}".encode()
    )
    scanner = LeakScanner(RULES, max_body=100_000)
    assert list(scanner.scan_answer(respond(body, header).answer)) == []
    [leak] = scanner.scan_answer(respond(body, header).answer, whole=False)
    assert (leak.rule, leak.length) == ("test-key", len(half))


WITH_PATHS = LeakScanner(
    Rules.build(rules=(), paths=(JsonPath.parse("$.customer"), JsonPath.parse("$..shoe"))),
    max_body=100_000,
    known=[b"a word of ours"],
)


def test_values_at_the_users_paths_are_found() -> None:
    body = json.dumps({"customer": {"name": "x", "n": 12, "old": True}, "a": [{"shoe": 42}]})
    leaks = WITH_PATHS.scan_head(send(body.encode()).head)
    assert [(leak.rule, leak.path) for leak in leaks] == [
        ("paths", "customer.name"),
        ("paths", "customer.n"),
        ("paths", "a[0].shoe"),
    ]
    redacted = b'{"customer": {"name": "REDACTED-paths-1", "n": 0}}'
    assert list(WITH_PATHS.scan_head(send(redacted).head)) == []


def test_values_in_pieces_at_the_users_paths_are_found_piece_by_piece() -> None:
    exchange = respond(
        build_event({"shoe": "for"}) + build_event({"shoe": "ty"}) + build_event({"shoe": ""}), SSE
    )
    leaks = WITH_PATHS.scan_answer(exchange.answer)
    assert [(leak.rule, leak.event, leak.path, leak.length) for leak in leaks] == [
        ("paths", 1, "shoe", 3),
        ("paths", 2, "shoe", 2),
    ]
    [leak] = WITH_PATHS.scan_answer(
        respond(build_event({"a": 1}) + build_event({"shoe": "forty"}), SSE).answer
    )
    assert (leak.rule, leak.event, leak.path, leak.length) == ("paths", 2, "shoe", 5)
    exchange = respond(build_event({"shoe": "REDACTED"}) + build_event({"shoe": "-paths-1"}), SSE)
    assert list(WITH_PATHS.scan_answer(exchange.answer)) == []


def test_known_values_are_found_in_every_encoding() -> None:
    for encoded in ("a word of ours", "a+word+of+ours", b"a word of ours".hex()):
        [leak] = WITH_PATHS.scan_head(send(b"", f"/?q={encoded}".encode()).head)
        assert (leak.rule, leak.place) == ("environment", "request.target")
    [leak] = WITH_PATHS.scan_answer(
        respond(build_delta("a wo") + build_delta("rd of ours"), SSE).answer
    )
    assert (leak.rule, leak.event) == ("environment", 1)


def build_logprobs(*tokens: str) -> dict[str, object]:
    return {"logprobs": {"content": [{"token": token, "logprob": -0.5} for token in tokens]}}


def test_the_tokens_of_log_probabilities_are_joined() -> None:
    whole = {"choices": [{"index": 0, **build_logprobs("it ", SECRET[:5], SECRET[5:])}]}
    [leak] = scan(respond(json.dumps(whole).encode()))
    assert leak.path == "choices[0].logprobs.content[1].token"
    assert leak.event is None
    body = b"".join(
        build_event({"choices": [build_logprobs(each)]}) for each in (SECRET[:4], SECRET[4:])
    )
    [leak] = scan(respond(body, SSE))
    assert leak.event == 1


NOTES = [
    ("a summary", make_head(summary={"model": SECRET})),
    ("a problem", make_head(problems=(Problem(f"metadata.{SECRET}", "is wrong"),))),
    ("a ledger", make_head(ledger=(LedgerEntry("known", f"request.headers.{SECRET}", 1),))),
    ("a session", make_head(session=SECRET)),
]


@pytest.mark.parametrize("head", [c[1] for c in NOTES], ids=[c[0] for c in NOTES])
def test_the_notes_of_the_recorder_are_searched(head: ExchangeHead) -> None:
    [leak] = scan(make_exchange(head=head))
    assert (leak.rule, leak.place) == ("test-key", "head")


def test_a_credential_is_preferred_to_personal_data() -> None:
    [leak] = scan(send(b"ask bob@host.test"))
    assert (leak.rule, leak.personal) == ("test-mail", True)
    [leak] = scan(send(b'{"password": "bob@host.test"}'))
    assert (leak.rule, leak.personal) == ("fields", False)
    long_mail = Rule("test-mail", "personal", (b"@",), rb"a@b\S+")
    scanner = LeakScanner(Rules.build(rules=(KEY, long_mail)), max_body=1)
    [leak] = scanner.scan_answer(respond(f"a@b/{SECRET}".encode()).answer)
    assert leak.rule == "test-key"


def test_brackets_after_a_label_are_not_a_secret() -> None:
    rule = Rule("test-label", "prose", (b"pwd",), rb"pwd=\"([^ \n]{3,9})")
    scanner = LeakScanner(Rules.build(rules=(rule,)), max_body=1)
    exchange = respond(build_delta("so pwd=") + build_delta("REDACTED-x-1"), SSE)
    assert list(scanner.scan_answer(exchange.answer)) == []


CLEAN = [
    ("placeholders", send(b'{"api_key": "REDACTED-api-key-1", "a": "REDACTED-test-key-12"}')),
    ("a signed request", send(b"", b"/?sig=REDACTED-sig-1", (b"Cookie", b"a=REDACTED-cookie-1"))),
    ("nothing", send()),
    ("binary", respond(bytes(range(256)) * 9, (b"Content-Type", b"image/png"))),
    ("an identifier", send(b'{"a": "run_abcdefghijklmnopqrstuvwx"}')),
]


@pytest.mark.parametrize("exchange", [c[1] for c in CLEAN], ids=[c[0] for c in CLEAN])
def test_nothing_is_found_in_a_clean_exchange(exchange: Exchange) -> None:
    assert scan(exchange) == []


def iter_requests() -> Iterator[Request]:
    yield from (exchange.head.request for _, exchange, *_ in PLACES)


def iter_answers() -> Iterator[Answer]:
    yield from (exchange.answer for _, exchange, *_ in PLACES)
    yield from (
        respond(build_delta(SECRET[:n]) + build_delta(SECRET[n:]), SSE).answer for n in range(15)
    )


@given(st.sampled_from([*iter_requests()]), st.sampled_from([*iter_answers()]))
def test_nothing_is_found_after_redaction(request: Request, answer: Answer) -> None:
    if any(name == b"Content-Encoding" for name, _ in (*request.headers, *answer.headers)):
        return  # an encoded body is decoded before it is redacted
    exchange = make_exchange(request=request, answer=answer)
    channels = find_dialect(request).channels
    assert scan(Redactor(RULES, Vault()).redact_exchange(exchange, channels)) == []
