"""A request that repeats a recorded one byte for byte gets the query that redaction gives it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from runreel.core.match.matching import Matching
from runreel.core.match.rules import MatchRules
from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.replay.clean_calls import CleanCall, CleanCalls
from runreel.core.replay.match import ReplayQuery
from runreel.core.replay.query import build_query
from runreel.dialects import find_dialect
from runreel.model import ExchangeHead, LedgerEntry, OmittedReason, Request
from support.build import make_head, make_request

RULES = Rules.build()
KEY = b"sk-test-canary-0123456789abcdef"
BODY = b'{"model": "gpt-4o", "messages": [{"role": "user", "content": "hello"}]}'
HEADERS = (
    (b"Authorization", b"Bearer " + KEY),
    (b"Content-Type", b"application/json"),
    (b"Content-Length", b"71"),
)


class Session:
    """A session that replays one recorded request."""

    def __init__(self, recorded: Request | None = None) -> None:
        recorded = recorded or make_request(headers=HEADERS, body=BODY)
        self.vault = Vault()
        self.redactor = Redactor(RULES, self.vault)
        self.matching = Matching(find_dialect, MatchRules(headers=(b"x-tenant",)))
        self.clean_calls = CleanCalls(RULES.digest, self.vault)
        redacted = Redactor(RULES, Vault()).redact_request(recorded)
        self.head = replace(
            make_head(), request=redacted.request, ledger=redacted.ledger, ruleset=RULES.digest
        )

    def index(self, head: ExchangeHead | None = None) -> None:
        head = head or self.head
        request = head.request
        call = CleanCall(
            request,
            self.matching.find_scope(request),
            self.matching.build_request_key(request),
            self.matching.fingerprint(request),
        )
        self.clean_calls.add(head, call)

    def build(self, sent: Request, *, repeats: bool) -> ReplayQuery:
        calls = self.clean_calls if repeats else None
        return build_query(
            sent,
            redactor=self.redactor,
            matching=self.matching,
            max_body=1000,
            clean_calls=calls,
        )


SENT = [
    ("the same request", HEADERS),
    ("the key of another client", ((b"Authorization", b"Bearer " + KEY[::-1]), *HEADERS[1:])),
    ("a key that is an ordinary word", ((b"api-key", b"messages"), *HEADERS[1:])),
    ("a header that counts", (*HEADERS, (b"X-Tenant", b"7"))),
    ("another accepted type", (*HEADERS, (b"Accept", b"text/event-stream"))),
    ("a header that does not count", (*HEADERS, (b"X-Number", b"7"))),
    ("no length", HEADERS[:2]),
]


@pytest.mark.parametrize(("why", "headers"), SENT, ids=[row[0] for row in SENT])
def test_the_query_is_the_one_of_redaction(
    why: str, headers: tuple[tuple[bytes, bytes], ...]
) -> None:
    sent = make_request(headers=headers, body=BODY)
    usual = Session().build(sent, repeats=False)
    session = Session()
    session.index()
    assert session.build(sent, repeats=True) == usual
    assert session.clean_calls.find(sent) is not None or b"messages" in headers[0][1]


@given(
    st.lists(st.sampled_from(["word", "sk-test-canary-abcdef0123456789", "ann@example.org", "7"])),
    st.sampled_from([b"application/json", b"text/plain", b"application/x-www-form-urlencoded"]),
)
def test_the_query_is_the_one_of_redaction_whatever_the_body_is(
    words: list[str], content_type: bytes
) -> None:
    headers = ((b"Content-Type", content_type), (b"api-key", KEY))
    sent = make_request(headers=headers, body=b'{"text": "%b"}' % " ".join(words).encode())
    usual = Session(sent).build(sent, repeats=False)
    session = Session(sent)
    session.index()
    assert session.build(sent, repeats=True) == usual


def test_a_value_that_the_session_knows_is_searched_for() -> None:
    session = Session()
    session.index()
    session.vault.learn([b"hello world"])
    assert session.clean_calls.find(make_request(headers=HEADERS, body=BODY)) is not None
    session.vault.learn([b'"content": "hello'])
    assert session.clean_calls.find(make_request(headers=HEADERS, body=BODY)) is None


OTHERS = [
    ("another body", {"body": BODY + b" "}),
    ("another method", {"method": "PUT"}),
    ("another target", {"target": b"/v1/other"}),
    ("another content type", {"headers": ((b"Content-Type", b"text/plain"),)}),
    ("a body that was not kept", {"body": b"", "omitted": OmittedReason.MAX_BODY}),
]


@pytest.mark.parametrize(("why", "changes"), OTHERS, ids=[row[0] for row in OTHERS])
def test_a_request_that_differs_is_not_found(why: str, changes: dict[str, object]) -> None:
    session = Session()
    session.index()
    sent = make_request(headers=HEADERS, body=BODY)
    assert session.clean_calls.find(sent) is not None
    assert session.clean_calls.find(replace(sent, **changes)) is None


UNCLEAN = [
    ("it was redacted by other rules", {"ruleset": "older"}),
    ("a part of its body was replaced", {"ledger": (LedgerEntry("email", "request.body", 1),)}),
    ("a part of its target was replaced", {"ledger": (LedgerEntry("key", "request.target", 1),)}),
]


@pytest.mark.parametrize(("why", "changes"), UNCLEAN, ids=[row[0] for row in UNCLEAN])
def test_a_recorded_request_that_may_have_a_secret_is_left_out(
    why: str, changes: dict[str, object]
) -> None:
    session = Session()
    session.index(replace(session.head, **changes))
    assert session.clean_calls.find(make_request(headers=HEADERS, body=BODY)) is None


def test_a_recorded_request_with_a_placeholder_is_left_out() -> None:
    body = b'{"to": "REDACTED-email-1@redacted.invalid"}'
    session = Session(make_request(headers=HEADERS, body=body))
    session.index(replace(session.head, ledger=()))
    assert session.clean_calls.find(make_request(headers=HEADERS, body=body)) is None
