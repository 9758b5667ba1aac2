from __future__ import annotations

import gzip
import json
from base64 import b64decode, b64encode

import pytest
from msgspec.structs import replace

from runreel.core.cassette import Codec
from runreel.core.dialect import NO_CHANNELS, CallMeaning, Channels, Dialect, DialectFinder
from runreel.core.http.binary.message_stream import is_message_stream
from runreel.core.record.seal import Sealer
from runreel.core.redact import RedactionError, Redactor, Rules, Vault
from runreel.dialects import Plain, find_dialect
from runreel.model import Exchange, OmittedReason, Problem, Request
from support.build import make_answer, make_exchange, make_request
from support.messages import decode_messages, encode_event

SECRET = b"sk-test-canary-0123456789"


def make_sealer(*, codec: Codec = Codec.NONE, redactor: Redactor | None = None) -> Sealer:
    redactor = redactor or Redactor(Rules.build(), Vault())
    return Sealer(redactor, find_dialect, max_body=100_000, codec=codec)


def make_secret_request(body: bytes, *headers: tuple[bytes, bytes]) -> Request:
    return make_request(body=body, headers=((b"Authorization", b"Bearer " + SECRET), *headers))


def test_the_dialect_sees_only_the_redacted_exchange() -> None:
    body = json.dumps({"assistant_id": SECRET.decode(), "temperature": 7}).encode()
    sealed = make_sealer().seal(make_exchange(request=make_secret_request(body)))
    assert SECRET not in bytes(sealed.record)
    assert sealed.head.operation == "runs.create"
    assert sealed.head.summary["assistant_id"] == "REDACTED-authorization-1"
    assert [problem.path for problem in sealed.head.problems] == ["temperature"]


def test_a_problem_is_found_again_and_not_kept_in_an_earlier_wording() -> None:
    request = make_request("POST", b"/v1/threads/t/runs", body=b'{"temperature": 7}')
    cut = Problem("body", "was not sent completely: the client left")
    stored = make_exchange(request=request)
    earlier = (Problem("temperature", "in the words of an earlier version"), cut)
    stored = replace(stored, head=replace(stored.head, problems=earlier))

    sealed = make_sealer().reseal(stored)

    assert sealed is not None
    assert cut in sealed.head.problems
    assert [each.path for each in sealed.head.problems].count("temperature") == 1
    assert earlier[0] not in sealed.head.problems
    again = make_sealer().reseal(replace(stored, head=sealed.head))
    assert again is None


def test_the_dialect_is_found_once_by_the_request_as_it_came() -> None:
    requests: list[Request] = []

    def find_and_note(request: Request) -> Dialect:
        requests.append(request)
        return find_dialect(request)

    exchange = make_exchange(request=make_secret_request(b'{"assistant_id": "a"}'))
    sealer = replace(make_sealer(), find_dialect=find_and_note)
    assert sealer.seal(exchange).head.dialect == "assistants"
    assert requests == [exchange.head.request]


class BrokenDialect(Plain):
    """A dialect with a mistake."""

    def interpret(self, request: Request) -> CallMeaning:
        raise KeyError(request.body)


def fail_to_find(request: Request) -> Dialect:
    raise IndexError(request.target)


BROKEN = [
    ("a meaning", lambda _: BrokenDialect(), KeyError),
    ("a look-up", fail_to_find, IndexError),
]


@pytest.mark.parametrize(("reason", "find", "error"), BROKEN, ids=[row[0] for row in BROKEN])
def test_the_mistake_of_a_dialect_does_not_lose_an_exchange(
    reason: str, find: DialectFinder, error: type[Exception]
) -> None:
    sealer = Sealer(Redactor(Rules.build(), Vault()), find, max_body=100_000)
    sealed = sealer.seal(make_exchange(request=make_secret_request(b"{}")))
    assert type(sealed.mistake) is error
    assert SECRET not in bytes(sealed.record)
    assert (sealed.head.operation, sealed.head.summary, sealed.head.problems) == ("", {}, ())
    assert sealed.head.request.target == b"/v1/threads/thread_1/runs"


def test_encoded_bodies_are_stored_decoded_and_redacted() -> None:
    compressed = gzip.compress(b"it is " + SECRET)
    answer = make_answer(
        compressed,
        headers=((b"Content-Encoding", b"gzip"), (b"Content-Length", b"%d" % len(compressed))),
    )
    request = make_secret_request(gzip.compress(b'{"a": 1}'), (b"Content-Encoding", b"gzip"))
    sealed = make_sealer().seal(make_exchange(request=request, answer=answer))
    assert sealed.head.request.body == b'{"a": 1}'
    assert b"it is REDACTED-authorization-1" in bytes(sealed.record)
    assert sealed.head.size == len(b"it is REDACTED-authorization-1")


def test_a_body_that_cannot_be_decoded_is_not_kept() -> None:
    answer = make_answer(b"not gzip \xff " + SECRET, headers=((b"Content-Encoding", b"gzip"),))
    sealed = make_sealer().seal(make_exchange(request=make_secret_request(b""), answer=answer))
    assert SECRET not in bytes(sealed.record)
    assert OmittedReason.ENCODING.encode() in bytes(sealed.record)


class Forgetful(Redactor):
    """A redactor that finds secrets and leaves them in place."""

    def redact_exchange(self, exchange: Exchange, channels: Channels = NO_CHANNELS) -> Exchange:
        super().redact_exchange(exchange, channels)
        return exchange


@pytest.mark.parametrize("codec", Codec)
def test_a_record_with_a_known_secret_is_refused(codec: Codec) -> None:
    forgetful = Forgetful(Rules.build(), Vault())
    exchange = make_exchange(
        request=make_request(target=b"/v1/x?api_key=" + SECRET),
        answer=make_answer(SECRET * 100),
    )
    with pytest.raises(RedactionError, match="not written") as caught:
        make_sealer(codec=codec, redactor=forgetful).seal(exchange)
    assert SECRET.decode() not in str(caught.value)


def test_a_secret_in_several_wrapped_events_is_redacted() -> None:
    def encode_chunk(text: str) -> bytes:
        event = {"type": "content_block_delta", "index": 0, "delta": {"text": text}}
        inner = b64encode(json.dumps(event).encode()).decode()
        return encode_event("chunk", {"bytes": inner, "p": "ab"})

    request = make_request("POST", b"/model/m/invoke-with-response-stream", (), b"{}")
    answer = make_answer(encode_chunk("mail ann@exa"), encode_chunk("mple.org now"), headers=())
    sealed = make_sealer().seal(make_exchange(request=request, answer=answer))
    record = bytes(sealed.record)
    start = next(at for at in range(len(record)) if is_message_stream(record[at:]))
    body = record[start : start + sealed.head.size]
    texts = [
        json.loads(b64decode(json.loads(payload)["bytes"]))["delta"]["text"]
        for _, payload in decode_messages(body)
    ]
    assert "".join(texts) == "mail REDACTED-email-1@redacted.invalid now"
