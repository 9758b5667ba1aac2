"""A secret is found wherever it stands and however it is spelled, and is never repeated."""

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


def leaks_in(exchange: Exchange) -> list[Leak]:
    inspector = LeakScanner(RULES, max_body=100_000)
    return [*inspector.scan_head(exchange.head), *inspector.scan_answer(exchange.answer)]


def asking(body: bytes = b"", target: bytes = b"/v1/x", *headers: tuple[bytes, bytes]) -> Exchange:
    return make_exchange(request=make_request(target=target, headers=headers, body=body))


def answering(
    body: bytes, header: tuple[bytes, bytes] = JSON, *, reason: bytes = b"OK"
) -> Exchange:
    answer = make_answer(body, headers=(header,), reason=reason)
    return make_exchange(answer=answer, request=make_request(body=b""))


def event(data: object, name: str = "message") -> bytes:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()


def delta(text: str, index: int = 0) -> bytes:
    value = {"index": index, "type": "text", "text": {"value": text}}
    return event({"id": "m", "delta": {"content": [value]}}, "thread.message.delta")


PLACES = [
    ("a target", asking(b"", f"/f/{SECRET}".encode()), "test-key", "request.target", ""),
    ("a parameter", asking(b"", b"/x?a=1&api_key=x1"), "query", "request.target", ""),
    ("user-info", asking(b"", b"/x?u=http://bob@h/"), "userinfo", "request.target", ""),
    (
        "a header, by its name",
        asking(b"", b"/", (b"X-Api-Key", b"short")),
        "headers",
        "request.headers.x-api-key",
        "",
    ),
    (
        "a header, by its value",
        asking(b"", b"/", (b"X-Note", SECRET.encode())),
        "test-key",
        "request.headers.x-note",
        "",
    ),
    (
        "a link",
        answering(b"", (b"Location", b"/x?sig=abc")),
        "query",
        "answer.headers.location",
        "",
    ),
    (
        "a cookie",
        answering(b"", (b"Set-Cookie", b"a=b; Path=/")),
        "headers",
        "answer.headers.set-cookie",
        "",
    ),
    ("a reason", answering(b"", reason=SECRET.encode()), "test-key", "answer.reason", ""),
    (
        "a member, by its name",
        asking(b'{"a": [1, {"api_key": "x"}]}'),
        "fields",
        "request.body",
        "a[1].api_key",
    ),
    (
        "a member, by its value",
        answering(f'{{"a": {{"b": ["", "it is {SECRET}"]}}}}'.encode()),
        "test-key",
        "answer.body",
        "a.b[1]",
    ),
    (
        "a member's own name",
        answering(f'{{"a": {{"{SECRET}": 1}}}}'.encode()),
        "test-key",
        "answer.body",
        "a",
    ),
    (
        "below a name that may not be shown",
        answering(json.dumps({"b c": {"x": SECRET}}).encode()),
        "test-key",
        "answer.body",
        "*.x",
    ),
    (
        "JSON that breaks off",
        answering(f'{{"a": [{{"b": "{SECRET}'.encode()),
        "test-key",
        "answer.body",
        "a[0].b",
    ),
    ("a text", answering(f"it is {SECRET}!".encode()), "test-key", "answer.body", ""),
    ("a form", asking(b"a=1&password=x1", b"/", FORM), "form", "request.body", ""),
    (
        "a body that cannot be decoded",
        answering(b"it is " + SECRET.encode(), (b"Content-Encoding", b"br")),
        "test-key",
        "answer.body",
        "",
    ),
    (
        "a body of a request that cannot be decoded",
        asking(SECRET.encode(), b"/", (b"Content-Encoding", b"gzip")),
        "test-key",
        "request.body",
        "",
    ),
    (
        "a body that was stored encoded",
        answering(gzip.compress(SECRET.encode()), (b"Content-Encoding", b"gzip")),
        "test-key",
        "answer.body",
        "",
    ),
]


@pytest.mark.parametrize(
    ("exchange", "rule", "place", "path"), [c[1:] for c in PLACES], ids=[c[0] for c in PLACES]
)
def test_a_leak_tells_its_rule_and_its_place(
    exchange: Exchange, rule: str, place: str, path: str
) -> None:
    found = leaks_in(exchange)
    assert {(leak.rule, leak.place, leak.path, leak.event) for leak in found} == {
        (rule, place, path, None)
    }
    assert SECRET not in repr(found)


def test_a_header_s_name_that_is_a_secret_is_not_shown() -> None:
    found = leaks_in(asking(b"", b"/", (SECRET.encode(), SECRET.encode()), (b"X", b"1")))
    assert [leak.place for leak in found] == ["request.headers", "request.headers.*"]


def test_a_path_that_holds_a_secret_is_not_shown() -> None:
    name = SECRET.replace("/", "0").replace("+", "0")
    [leak] = leaks_in(asking(json.dumps({name: {"api_key": "x"}}).encode()))[1:]
    assert (leak.rule, leak.path) == ("fields", "*")


SPELLINGS = [
    ("as it is", SECRET),
    ("with an escaped slash", SECRET.replace("/", "\\/")),
    ("in escapes of JSON", ESCAPED),
    ("in JSON in a string of JSON", json.dumps(f'{{"a": "{ESCAPED}"}}')[1:-1]),
    ("in percents", quote(SECRET, safe="")),
    ("in entities", SECRET.replace("/", "&#47;").replace("+", "&#x2b;")),
    ("in base64", b64encode(f"the key: {SECRET}".encode()).decode()),
    ("in hex", f"the key is {SECRET}".encode().hex()),
]


@pytest.mark.parametrize("spelled", [c[1] for c in SPELLINGS], ids=[c[0] for c in SPELLINGS])
@pytest.mark.parametrize("before", [b'{"a": "', b'event: x\ndata: {"a": "'], ids=["JSON", "event"])
def test_a_secret_is_found_in_every_spelling_once_and_where_it_stands(
    spelled: str, before: bytes
) -> None:
    body = before + f'<{spelled}>"}}\n\n'.encode()
    [leak] = leaks_in(answering(body))
    start = len(before) + 1
    assert (leak.rule, leak.path) == ("test-key", "a")
    assert start <= leak.offset < leak.offset + leak.length <= start + len(spelled)


def test_an_event_s_leak_tells_its_number_and_its_path() -> None:
    body = b": ping\n\n" + delta("hi") + delta(f"it is {SECRET}")
    [leak] = leaks_in(answering(body, SSE))
    assert (leak.event, leak.path) == (3, "delta.content[0].text.value")
    assert body[leak.offset : leak.offset + leak.length] == SECRET.encode()


def test_a_line_of_json_counts_as_an_event() -> None:
    body = b'{"a": 1}\n' + json.dumps({"b": SECRET}).encode() + b"\n"
    [leak] = leaks_in(answering(body, LINES))
    assert (leak.event, leak.path) == (2, "b")


def test_a_line_may_have_a_prefix() -> None:
    body = f'0:"{SECRET[:6]}"\n0:"{SECRET[6:]}"\nd:{{"a": "{SECRET}"}}\n'.encode()
    found = leaks_in(answering(body, LINES))
    assert {(leak.event, leak.path) for leak in found} == {(1, ""), (3, "a")}


@given(st.lists(st.integers(1, len(SECRET) - 1), min_size=1, max_size=5))
def test_a_secret_that_is_split_over_events_is_found_however_it_is_split(cuts: list[int]) -> None:
    pieces = [SECRET[start:end] for start, end in pairwise(sorted({0, *cuts, len(SECRET)}))]
    said = b"".join(delta(piece) + delta("another text ", index=1) for piece in pieces)
    [leak] = leaks_in(answering(delta("it is ") + said + delta(" indeed"), SSE))
    assert (leak.rule, leak.event, leak.path) == ("test-key", 2, "delta.content[0].text.value")
    assert (leak.offset, leak.length) == (len("it is "), len(SECRET))


def test_a_secret_that_only_the_event_before_gives_away_is_found() -> None:
    rule = Rule("test-label", "prose", (b"label",), rb"\blabel: ([a-z]{4,9})")
    said = answering(delta("the label") + delta(": ") + delta("hunter "), SSE)
    inspector = LeakScanner(Rules.build(rules=(rule,)), max_body=1)
    [leak] = inspector.scan_answer(said.answer)
    assert (leak.event, leak.offset, leak.length) == (3, len("the label: "), len("hunter"))


def test_arguments_that_come_in_pieces_are_read_as_the_json_that_they_are() -> None:
    said = answering(delta('{"pass') + delta('word": "hun') + delta('ter2"}'), SSE)
    [leak] = leaks_in(said)
    assert (leak.rule, leak.event) == ("fields", 2)


def test_a_piece_of_a_placeholder_is_not_taken_for_something_else() -> None:
    said = answering(delta("http://bob:REDACTED-") + delta("x-1@host.test/"), SSE)
    assert [leak.rule for leak in leaks_in(said)] == []
    said = answering(delta('{"password": "RE') + delta('DACTED-password-1"}'), SSE)
    assert [leak.rule for leak in leaks_in(said)] == []
    said = answering(delta("or ask ") + delta("bob@host.test ann@host.test"), SSE)
    assert [leak.rule for leak in leaks_in(said)] == ["test-mail", "test-mail"]


def test_records_are_found_one_by_one() -> None:
    said = answering(event({"to": "bob@host.test"}) * 2 + event({"to": "x@host.tests"}), SSE)
    assert [(leak.rule, leak.event) for leak in leaks_in(said)] == [
        ("test-mail", 1),
        ("test-mail", 2),
        ("test-mail", 3),
    ]


@pytest.mark.parametrize("header", [JSON, SSE], ids=["body", "stream"])
def test_what_is_left_of_a_secret_where_an_answer_breaks_off_is_found(
    header: tuple[bytes, bytes],
) -> None:
    half = SECRET[:11]
    body = delta("the") + delta(f"key {half}") if header == SSE else f"the key {half}".encode()
    inspector = LeakScanner(RULES, max_body=100_000)
    assert list(inspector.scan_answer(answering(body, header).answer)) == []
    [leak] = inspector.scan_answer(answering(body, header).answer, whole=False)
    assert (leak.rule, leak.length) == ("test-key", len(half))


MEANT = LeakScanner(
    Rules.build(rules=(), paths=(JsonPath.parse("$.customer"), JsonPath.parse("$..shoe"))),
    max_body=100_000,
    known=[b"a word of ours"],
)


def test_what_stands_at_the_users_paths_is_found() -> None:
    body = json.dumps({"customer": {"name": "x", "n": 12, "old": True}, "a": [{"shoe": 42}]})
    found = MEANT.scan_head(asking(body.encode()).head)
    assert [(leak.rule, leak.path) for leak in found] == [
        ("paths", "customer.name"),
        ("paths", "customer.n"),
        ("paths", "a[0].shoe"),
    ]
    redacted = b'{"customer": {"name": "REDACTED-paths-1", "n": 0}}'
    assert list(MEANT.scan_head(asking(redacted).head)) == []


def test_what_comes_in_pieces_at_the_users_paths_is_found_joined() -> None:
    said = answering(event({"shoe": "for"}) + event({"shoe": "ty"}) + event({"shoe": ""}), SSE)
    [leak] = MEANT.scan_answer(said.answer)
    assert (leak.rule, leak.event, leak.path, leak.length) == ("paths", 1, "shoe", 5)
    [leak] = MEANT.scan_answer(answering(event({"a": 1}) + event({"shoe": "forty"}), SSE).answer)
    assert (leak.rule, leak.event, leak.path, leak.length) == ("paths", 2, "shoe", 5)
    said = answering(event({"shoe": "REDACTED"}) + event({"shoe": "-paths-1"}), SSE)
    assert list(MEANT.scan_answer(said.answer)) == []


def test_known_values_are_found_in_every_spelling() -> None:
    for spelled in ("a word of ours", "a+word+of+ours", b"a word of ours".hex()):
        [leak] = MEANT.scan_head(asking(b"", f"/?q={spelled}".encode()).head)
        assert (leak.rule, leak.place) == ("environment", "request.target")
    [leak] = MEANT.scan_answer(answering(delta("a wo") + delta("rd of ours"), SSE).answer)
    assert (leak.rule, leak.event) == ("environment", 1)


def logprobs(*tokens: str) -> dict[str, object]:
    return {"logprobs": {"content": [{"token": token, "logprob": -0.5} for token in tokens]}}


def test_log_probabilities_that_spell_a_secret_out_are_read_as_a_text() -> None:
    whole = {"choices": [{"index": 0, **logprobs("it ", SECRET[:5], SECRET[5:])}]}
    [leak] = leaks_in(answering(json.dumps(whole).encode()))
    assert leak.path == "choices[0].logprobs.content[1].token"
    assert leak.event is None
    said = b"".join(event({"choices": [logprobs(each)]}) for each in (SECRET[:4], SECRET[4:]))
    [leak] = leaks_in(answering(said, SSE))
    assert leak.event == 1


NOTES = [
    ("a summary", make_head(summary={"model": SECRET})),
    ("a problem", make_head(problems=(Problem(f"metadata.{SECRET}", "is wrong"),))),
    ("a ledger", make_head(ledger=(LedgerEntry("known", f"request.headers.{SECRET}", 1),))),
    ("a session", make_head(session=SECRET)),
]


@pytest.mark.parametrize("head", [c[1] for c in NOTES], ids=[c[0] for c in NOTES])
def test_what_the_recorder_noted_is_looked_at_too(head: ExchangeHead) -> None:
    [leak] = leaks_in(make_exchange(head=head))
    assert (leak.rule, leak.place) == ("test-key", "head")


def test_personal_data_is_told_apart_and_gives_way_to_a_credential() -> None:
    [leak] = leaks_in(asking(b"ask bob@host.test"))
    assert (leak.rule, leak.personal) == ("test-mail", True)
    [leak] = leaks_in(asking(b'{"password": "bob@host.test"}'))
    assert (leak.rule, leak.personal) == ("fields", False)
    long_mail = Rule("test-mail", "personal", (b"@",), rb"a@b\S+")
    inspector = LeakScanner(Rules.build(rules=(KEY, long_mail)), max_body=1)
    [leak] = inspector.scan_answer(answering(f"a@b/{SECRET}".encode()).answer)
    assert leak.rule == "test-key"


def test_brackets_behind_a_label_are_no_secret() -> None:
    rule = Rule("test-label", "prose", (b"pwd",), rb"pwd=\"([^ \n]{3,9})")
    inspector = LeakScanner(Rules.build(rules=(rule,)), max_body=1)
    said = answering(delta("so pwd=") + delta("REDACTED-x-1"), SSE)
    assert list(inspector.scan_answer(said.answer)) == []


CLEAN = [
    ("placeholders", asking(b'{"api_key": "REDACTED-api-key-1", "a": "REDACTED-test-key-12"}')),
    ("a signed request", asking(b"", b"/?sig=REDACTED-sig-1", (b"Cookie", b"a=REDACTED-cookie-1"))),
    ("nothing", asking()),
    ("binary", answering(bytes(range(256)) * 9, (b"Content-Type", b"image/png"))),
    ("what no rule knows", asking(b'{"a": "run_abcdefghijklmnopqrstuvwx"}')),
]


@pytest.mark.parametrize("exchange", [c[1] for c in CLEAN], ids=[c[0] for c in CLEAN])
def test_what_is_clean_is_said_to_be(exchange: Exchange) -> None:
    assert leaks_in(exchange) == []


def requests() -> Iterator[Request]:
    yield from (exchange.head.request for _, exchange, *_ in PLACES)


def answers() -> Iterator[Answer]:
    yield from (exchange.answer for _, exchange, *_ in PLACES)
    yield from (answering(delta(SECRET[:n]) + delta(SECRET[n:]), SSE).answer for n in range(15))


@given(st.sampled_from([*requests()]), st.sampled_from([*answers()]))
def test_nothing_is_found_in_what_was_redacted(request: Request, answer: Answer) -> None:
    if any(name == b"Content-Encoding" for name, _ in (*request.headers, *answer.headers)):
        return  # what comes encoded is decoded before it is redacted
    exchange = make_exchange(request=request, answer=answer)
    channels = find_dialect(request).channels
    assert leaks_in(Redactor(RULES, Vault()).redact_exchange(exchange, channels)) == []
