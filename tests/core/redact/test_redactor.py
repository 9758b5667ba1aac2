from __future__ import annotations

import ast
import base64
import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import runreel.core.redact
from runreel.core.dialect import Channels
from runreel.core.redact import RedactionError, Redactor, Rules, Vault
from runreel.errors import StoreError
from runreel.model import Answer, Exchange, Headers, LedgerEntry, OmittedReason, Request
from support.build import make_answer, make_exchange, make_request
from support.sample_data import FOLDER as DATA

KEY = b"sk-test-canary-0001"
SIGNED = ((b"Authorization", b"Bearer " + KEY),)
AUTH = b"REDACTED-authorization-1"


def make_redactor() -> Redactor:
    return Redactor(Rules.build(), Vault())


def redact(request: Request, answer: Answer) -> Exchange:
    return make_redactor().redact_exchange(make_exchange(request=request, answer=answer))


def test_a_request_is_redacted_in_all_of_its_parts() -> None:
    request = make_request(
        target=b"/v1/x?key=abc&limit=1",
        headers=(*SIGNED, (b"Cookie", b"a=1"), (b"Accept", b"*/*"), (b"X-Echo", b"<" + KEY + b">")),
        body=b'{"password": "p", "text": "mine is ' + KEY + b'"}',
    )
    clean = make_redactor().redact_request(request)
    assert clean.request.target == b"/v1/x?key=REDACTED-key-1&limit=1"
    assert clean.request.headers == (
        (b"Authorization", b"Bearer " + AUTH),
        (b"Cookie", b"a=REDACTED-cookie-1"),
        (b"Accept", b"*/*"),
        (b"X-Echo", b"<" + AUTH + b">"),
    )
    assert (
        clean.request.body
        == b'{"password": "REDACTED-password-1", "text": "mine is ' + AUTH + b'"}'
    )
    assert clean.ledger == (
        LedgerEntry("query", "request.target", 1),
        LedgerEntry("headers", "request.headers.authorization", 1),
        LedgerEntry("headers", "request.headers.cookie", 1),
        LedgerEntry("known", "request.headers.x-echo", 1),
        LedgerEntry("fields", "request.body", 1),
        LedgerEntry("known", "request.body", 1),
    )


def test_a_request_without_secrets_is_left_as_it_is() -> None:
    request = make_request(headers=((b"Content-Length", b"9"), (b"A", b"b")), target=b"/x?a=b@c")
    clean = make_redactor().redact_request(request)
    assert clean.request == request
    assert clean.ledger == ()


ANSWERS = [
    ("text", make_answer(b"no such key: " + KEY), b"no such key: " + AUTH),
    (
        "JSON, escaped",
        make_answer(rb'{"e": "sk\u002dtest-canary-0001"}'),
        b'{"e": "' + AUTH + b'"}',
    ),
    ("an event", make_answer(b"data: " + KEY + b"\n\n"), b"data: " + AUTH + b"\n\n"),
    ("a URL", make_answer(b"?k=sk%2Dtest-canary-0001&"), b"?k=" + AUTH + b"&"),
    ("base64", make_answer(base64.b64encode(KEY)), AUTH + b"=="),
    ("binary", make_answer(b"\x00\xff" + KEY + b"\xfe"), b"\x00\xff" + AUTH + b"\xfe"),
    (
        "a field of its own",
        make_answer(b'{"token_type": "x", "access_token": "y"}'),
        b'{"token_type": "x", "access_token": "REDACTED-access-token-1"}',
    ),
]


@pytest.mark.parametrize(("reason", "answer", "body"), ANSWERS, ids=[c[0] for c in ANSWERS])
def test_a_credential_is_redacted_in_the_answer_too(
    reason: str, answer: Answer, body: bytes
) -> None:
    exchange = redact(make_request(headers=SIGNED), answer)
    assert exchange.answer.body == body
    assert sum(frame.length for frame in exchange.answer.frames) == len(body)
    assert exchange.head.size == len(body)


KNOWN = "kQ7vT2mXw9LrB4nYc8Zd"
CUT_OFF = [
    ("by its limit", {"text": f"it is {KNOWN[:13]}", "finish_reason": "length"}, True),
    ("by a sign", {"text": f"it is {KNOWN[:14]}... and so on"}, True),
    ("behind a label", {"text": f"key={KNOWN[:12]} [truncated]"}, True),
    ("where nothing says so", {"text": f"it is {KNOWN[:13]} here"}, False),
    ("too short to tell", {"text": f"the word-{KNOWN[:6]}..."}, False),
    ("another word", {"text": "it is kQ7vX2mXw9LrB..."}, False),
]


@pytest.mark.parametrize(("reason", "body", "is_found"), CUT_OFF, ids=[row[0] for row in CUT_OFF])
def test_a_known_value_is_found_where_it_is_cut_off(
    reason: str, body: dict[str, str], is_found: bool
) -> None:
    request = make_request(headers=((b"Authorization", f"Bearer {KNOWN}".encode()),), body=b"")
    data = json.dumps(body).encode()
    stored = redact(request, make_answer(data)).answer.body
    assert (b"REDACTED" in stored) == is_found
    assert (stored == data) != is_found
    assert json.loads(stored).keys() == body.keys()


REPETITIONS = [
    ("as it is", KEY),
    ("in hex", KEY.hex().encode()),
    *((f"in base64 after {n} bytes", base64.b64encode(b"x" * n + KEY + b"y")) for n in range(3)),
    ("in base64 with padding", base64.b64encode(KEY)),
    ("percent-encoded", b"%73" + KEY[1:]),
    ("escaped", b"\\u0073" + KEY[1:]),
    ("twice", KEY + b" " + KEY),
]


@pytest.mark.parametrize("around", [(b"", b""), (b"<", b""), (b"", b">"), (b"a ", b" b")])
@pytest.mark.parametrize(("reason", "repetition"), REPETITIONS, ids=[c[0] for c in REPETITIONS])
def test_a_header_that_repeats_a_secret_is_redacted_and_its_neighbours_are_not(
    reason: str, repetition: bytes, around: tuple[bytes, bytes]
) -> None:
    before, after = around
    answer = make_answer(
        reason=repetition,
        headers=(
            (b"A", repetition),
            (b"B", b""),
            (b"C", b"left"),
            (b"D", before + repetition + after),
        ),
    )
    clean = redact(make_request(headers=SIGNED), answer).answer
    (_, first), *neighbours, (_, last) = clean.headers
    assert neighbours == [(b"B", b""), (b"C", b"left")]
    assert first == clean.reason
    assert AUTH in first
    assert first in last
    assert last.startswith(before)
    assert last.endswith(after)


def test_reason_and_headers_of_an_answer_are_redacted() -> None:
    answer = make_answer(
        reason=b"Bad key " + KEY,
        headers=(
            (b"Set-Cookie", b"__cf_bm=abcdefgh; Path=/"),
            (b"Location", b"https://u:pw@h/?sig=s&a=b"),
            (b"X-Request-Id", b"req_1"),
        ),
    )
    clean = redact(make_request(headers=SIGNED), answer).answer
    assert clean.reason == b"Bad key " + AUTH
    assert clean.headers == (
        (b"Set-Cookie", b"__cf_bm=REDACTED-cookie-1; Path=/"),
        (b"Location", b"https://REDACTED-user-1:REDACTED-password-1@h/?sig=REDACTED-sig-1&a=b"),
        (b"X-Request-Id", b"req_1"),
    )


def test_offsets_and_log_probabilities_are_adjusted() -> None:
    text = f"use {KEY.decode()} now"
    token = {"token": KEY.decode(), "bytes": [*KEY]}
    value = {"text": text, "annotations": [{"end_index": len(text)}], "logprobs": [token]}
    answer = make_answer(json.dumps(value).encode(), headers=())
    clean = json.loads(redact(make_request(headers=SIGNED), answer).answer.body)
    assert clean["text"] == f"use {AUTH.decode()} now"
    assert clean["annotations"] == [{"end_index": len(clean["text"])}]
    assert clean["logprobs"] == [{"token": AUTH.decode(), "bytes": [0] * len(KEY)}]


RECORDS = [
    ("events of a known kind", "/v1/threads/t/runs", {"object": "thread.message.delta"}),
    ("events of an unknown kind", "/v1/x", {}),
    ("events of one id", "/v1/x", {"id": "x"}),
]


@pytest.mark.parametrize(("reason", "target", "more"), RECORDS, ids=[c[0] for c in RECORDS])
def test_a_secret_that_every_event_repeats_is_redacted_in_every_one(
    reason: str, target: str, more: dict[str, str]
) -> None:
    def build_events(owner: str, card_number: str) -> bytes:
        values = ({**more, "owner": owner, "card": card_number, "text": f"w{n} "} for n in range(4))
        return b"".join(b"data: %b\n\n" % json.dumps(value).encode() for value in values)

    request = make_request(target=target.encode())
    answer = make_answer(build_events("ann@example.org", "4111 1111 1111 1111"))
    exchange = make_exchange(request=request, answer=answer)
    clean = make_redactor().redact_exchange(exchange, Channels(frozenset({"text"})))
    assert clean.answer.body == build_events("REDACTED-email-1@redacted.invalid", "REDACTED-card-1")
    assert clean.head.ledger == (
        LedgerEntry("email", "answer.body", 4),
        LedgerEntry("card", "answer.body", 4),
    )


def test_arguments_in_pieces_stay_json_where_a_number_is_a_secret() -> None:
    pieces = ('{"to": 41111111', "1111", '1111, "n": 1}')
    events = [json.dumps({"id": "x", "text": piece}).encode() for piece in pieces]
    answer = make_answer(b"".join(b"data: %b\n\n" % event for event in events))
    exchange = make_exchange(request=make_request(), answer=answer)
    clean = make_redactor().redact_exchange(exchange, Channels(frozenset({"text"})))
    lines = clean.answer.body.decode().split("\n\n")[:-1]
    joined = "".join(json.loads(line.removeprefix("data: "))["text"] for line in lines)
    assert json.loads(joined) == {"to": 0, "n": 1}


def test_a_secret_of_the_answer_is_redacted_in_the_request_too() -> None:
    request = make_request(body=b'{"note": "0123456789"}')
    exchange = redact(request, make_answer(b'{"api_key": "0123456789"}'))
    assert exchange.head.request.body == b'{"note": "REDACTED-api-key-1"}'


def test_each_frame_gets_its_share_of_a_placeholder() -> None:
    answer = make_answer(b"key: sk-test-", b"canary-0001 is", b" wrong")
    exchange = redact(make_request(headers=SIGNED), answer)
    assert exchange.answer.body == b"key: " + AUTH + b" is wrong"
    assert [frame.length for frame in exchange.answer.frames] == [5 + 10, 14 + 3, 6]
    assert [frame.dt_us for frame in exchange.answer.frames] == [f.dt_us for f in answer.frames]


def content_length(length: bytes) -> Headers:
    return ((b"Content-Length", length),)


LENGTHS = [
    ("a whole body", make_answer(b"<" + KEY + b">", headers=content_length(b"21")), b"26"),
    ("a truncated body", make_answer(b"<" + KEY, headers=content_length(b"100")), b"105"),
    ("HEAD: a length without a body", make_answer(b"", headers=content_length(b"100")), b"100"),
    ("nothing was replaced", make_answer(b"hello", headers=content_length(b"005")), b"005"),
    (
        "a length that is not a number",
        make_answer(b"<" + KEY + b">", headers=content_length(b"+21")),
        b"+21",
    ),
]


@pytest.mark.parametrize(("reason", "answer", "length"), LENGTHS, ids=[c[0] for c in LENGTHS])
def test_the_content_length_is_adjusted_to_the_body(
    reason: str, answer: Answer, length: bytes
) -> None:
    assert redact(make_request(headers=SIGNED), answer).answer.headers == content_length(length)


def test_the_content_length_of_a_request_is_adjusted_too() -> None:
    request = make_request(headers=content_length(b"17"), body=b'{"secret": "abc"}')
    clean = make_redactor().redact_request(request).request
    assert clean.headers == content_length(str(len(clean.body)).encode())


def test_an_omitted_body_stays_omitted() -> None:
    answer = replace(make_answer(), body=b"", frames=(), omitted=OmittedReason.MAX_BODY)
    assert redact(make_request(headers=SIGNED), answer).answer == answer


def test_the_parts_of_basic_authentication_are_redacted_too() -> None:
    token = base64.b64encode(b"ann-of-green:open sesame!")
    request = make_request(headers=((b"Authorization", b"Basic " + token),))
    exchange = redact(request, make_answer(b"ann-of-green, open sesame!, " + token))
    assert exchange.answer.body == b"REDACTED-user-1, REDACTED-password-1, REDACTED-authorization-1"


def test_basic_authentication_without_a_user() -> None:
    token = base64.b64encode(b":open sesame!")
    request = make_request(headers=((b"Authorization", b"Basic " + token),))
    assert redact(request, make_answer(b"open sesame!")).answer.body == b"REDACTED-password-1"


def test_the_same_value_has_the_same_placeholder_in_all_exchanges() -> None:
    redactor = make_redactor()
    first, again, other = (
        redactor.redact_request(make_request(headers=((b"Api-Key", value),))).request.headers[0][1]
        for value in (b"one", b"one", b"two")
    )
    assert (first, again, other) == (
        b"REDACTED-api-key-1",
        b"REDACTED-api-key-1",
        b"REDACTED-api-key-2",
    )


def test_a_repeated_request_is_redacted_with_values_learned_meanwhile() -> None:
    redactor = make_redactor()
    early, late = make_request(body=b"<0123456789>"), make_request(body=b"<abcdefghij>")
    assert [redactor.redact_request(each).request.body for each in (early, late, early)] == [
        b"<0123456789>",
        b"<abcdefghij>",
        b"<0123456789>",
    ]
    for value in (b"0123456789", b"abcdefghij"):
        redactor.redact_request(make_request(headers=((b"Api-Key", value),)))
    assert [redactor.redact_request(each).request.body for each in (early, late, early)] == [
        b"<REDACTED-api-key-1>",
        b"<REDACTED-api-key-2>",
        b"<REDACTED-api-key-1>",
    ]
    assert redactor.redact_request(early, rules_only=True).request.body == b"<0123456789>"


def test_requests_are_redacted_alike_when_they_are_repeated() -> None:
    redactor = make_redactor()
    requests = [make_request(body=b'{"n": %d, "password": "p"}' % at) for at in range(40)]
    for at, request in enumerate([*requests, *requests]):
        clean = redactor.redact_request(request)
        assert clean.request.body == b'{"n": %d, "password": "REDACTED-password-1"}' % (at % 40)
        assert clean.ledger == (LedgerEntry("fields", "request.body", 1),)


def test_the_ledger_grows_and_the_digest_of_the_rules_is_stored() -> None:
    exchange = make_exchange(request=make_request(headers=SIGNED), answer=make_answer(KEY))
    before = replace(exchange.head, ledger=(LedgerEntry("older", "answer.body", 1),))
    head = make_redactor().redact_exchange(replace(exchange, head=before)).head
    assert head.ledger == (
        LedgerEntry("older", "answer.body", 1),
        LedgerEntry("headers", "request.headers.authorization", 1),
        LedgerEntry("openai-api-key", "answer.body", 1),
    )
    assert head.ruleset == Rules.build().digest


class TestProof:
    def test_clean_bytes_pass(self) -> None:
        assert make_redactor().prove(b"record") == b"record"

    def test_a_secret_in_the_record_is_refused_by_kind_and_place(self) -> None:
        redactor = make_redactor()
        redactor.redact_request(make_request(headers=SIGNED))
        with pytest.raises(RedactionError, match="'authorization' at byte 3") as caught:
            redactor.prove(b"abc" + KEY)
        assert (caught.value.kind, caught.value.offset) == ("authorization", 3)
        assert isinstance(caught.value, StoreError)
        assert KEY.decode() not in str(caught.value)

    def test_a_secret_in_a_compressed_part_is_refused(self) -> None:
        redactor = make_redactor()
        redactor.redact_request(make_request(headers=SIGNED))
        with pytest.raises(RedactionError):
            redactor.prove(b"compressed", b"<" + base64.b64encode(KEY))

    def test_redacted_bytes_pass(self) -> None:
        redactor = make_redactor()
        request = make_request(headers=SIGNED, body=b'{"password": "password-"}')
        clean = redactor.redact_request(request).request
        assert redactor.prove(clean.body) == b'{"password": "REDACTED-password-1"}'

    def test_the_name_of_a_member_stays_if_its_value_is_the_same_word(self) -> None:
        request = make_request(body=b'{"password": "password"}')
        clean = make_redactor().redact_request(request).request
        assert clean.body == b'{"password": "REDACTED-password-1"}'


BENIGN = sorted((*DATA.glob("*/*.sse"), *DATA.glob("*/*.response.json")))


@pytest.mark.sample_data
def test_recorded_traffic_without_secrets_stays_byte_for_byte() -> None:
    assert BENIGN
    for path in BENIGN:
        request = make_request(headers=SIGNED, body=path.read_bytes())
        answer = make_answer(path.read_bytes())
        exchange = redact(request, answer)
        assert exchange.head.request.body == request.body, path.name
        assert exchange.answer == answer, path.name


SECRETS = st.text('abc/"\\\u00e9', min_size=8, max_size=12)
FILLING = st.text('ab:,{}"\\\n u0', max_size=6)
ENCODINGS = st.sampled_from(
    [
        lambda text: text,
        json.dumps,
        lambda text: json.dumps(json.dumps(text)),
        lambda text: "".join(f"\\u{ord(c):04x}" for c in text),
        lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: text.encode().hex(),
    ]
)
AROUND = '"\\='
"""Characters that an encoding puts around a secret, and that may be left."""


@given(SECRETS, FILLING, FILLING, ENCODINGS, st.lists(st.integers(0, 99), max_size=3))
def test_a_secret_and_nothing_else_is_replaced(
    secret: str, before: str, after: str, encode_text: object, cuts: list[int]
) -> None:
    assert callable(encode_text)
    body = f"{before}|{encode_text(secret)}|{after}".encode()
    places = [0, *sorted(cut % (len(body) + 1) for cut in cuts), len(body)]
    pieces = [body[start:end] for start, end in pairwise(places)]
    request = make_request(headers=((b"Api-Key", secret.encode()),), body=body)
    redactor = make_redactor()
    clean = redactor.redact_exchange(make_exchange(request=request, answer=make_answer(*pieces)))
    for data in (clean.head.request.body, clean.answer.body):
        kept_before, replaced, kept_after = data.decode().split("|")
        assert (kept_before, kept_after) == (before, after)
        assert replaced.strip(AROUND) == "REDACTED-api-key-1"
        assert redactor.prove(data) == data
    assert sum(frame.length for frame in clean.answer.frames) == len(clean.answer.body)


@given(SECRETS, FILLING, ENCODINGS)
def test_redacting_twice_changes_nothing(secret: str, filling: str, encode_text: object) -> None:
    assert callable(encode_text)
    request = make_request(
        target=b"/x?key=abc",
        headers=((b"Authorization", b"Basic " + secret.encode()), (b"Cookie", b"a=b; c")),
        body=json.dumps({"password": secret, "text": filling + encode_text(secret)}).encode(),
    )
    once = redact(request, make_answer(encode_text(secret).encode()))
    again = make_redactor().redact_exchange(once)
    assert again == once


def test_only_one_module_makes_redacted_bytes() -> None:
    package = Path(runreel.core.redact.__file__).parent
    makers = [
        path
        for path in package.parents[1].rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Redacted"
    ]
    assert makers == [package / "redactor.py"]


@pytest.mark.parametrize("user", ["ann@example.org", "sk-test-canary-0001"])
def test_a_secret_beside_the_piece_is_redacted_in_every_event(user: str) -> None:
    events = (
        b'data: {"user":"%b","delta":{"content":"%d"}}\n\n' % (user.encode(), n) for n in range(5)
    )
    request = make_request(target=b"/v1/chat/completions", headers=SIGNED)
    clean = redact(request, make_answer(*events)).answer
    assert user.encode() not in clean.body
    assert clean.body.count(b"REDACTED-") == 5


HALVES = ("gsk_" + "aB3d" * 4, "aB3d" * 9)
WITHIN = [
    (
        "members with the same index",
        '{"deltas": [{"index": 0, "text": "%s"}, {"index": 0, "text": "%s"}]}',
    ),
    ("a duplicate key", '{"text": "%s", "text": "%s"}'),
    ("a duplicate key, once escaped", '{"text": "%s", "t\\u0065xt": "%s"}'),
    ("two JSON texts", '{"text": "%s"}{"text": "%s"}'),
]


@pytest.mark.parametrize(("reason", "data"), WITHIN, ids=[row[0] for row in WITHIN])
def test_a_secret_in_two_pieces_of_one_event_is_found(reason: str, data: str) -> None:
    body = f"event: only\ndata: {data % HALVES}\n\n".encode()
    answer = make_answer(body, headers=((b"Content-Type", b"text/event-stream"),))
    clean = redact(make_request(), answer).answer.body
    assert not any(half.encode() in clean for half in HALVES)
