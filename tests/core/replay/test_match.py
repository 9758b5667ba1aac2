from __future__ import annotations

import pytest

from runreel.core.match.matching import Matching
from runreel.core.match.normalize import fingerprint
from runreel.core.match.wildcard_index import WildcardIndex
from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.replay.candidate import Candidate
from runreel.core.replay.match import Match, ReplayQuery, match_exactly, match_wildcard, no_match
from runreel.core.replay.query import build_query
from runreel.core.replay.selector import Selector
from runreel.dialects import find_dialect
from runreel.model import Headers, Request
from support.build import make_request

KEY: Headers = ((b"api-key", b"gpt-4o-mini"), (b"Content-Type", b"application/json"))
MATCHING = Matching(find_dialect)
RULES = Rules.build()


def make_query(request: Request) -> ReplayQuery:
    redactor = Redactor(RULES, Vault())
    return build_query(request, redactor=redactor, matching=MATCHING, max_body=1000)


def make_selector(*requests: Request) -> Selector:
    selector = Selector()
    for number, request in enumerate(requests, start=1):
        selector.add(fingerprint(request), Candidate(number, "", changes_state=True))
    return selector


def make_text_request(text: bytes, headers: Headers = KEY[1:]) -> Request:
    return make_request(target=b"/v1/x", headers=headers, body=b'{"a": "' + text + b'"}')


EXACT = [
    ("the same text", make_text_request(b"hello"), make_text_request(b"hello"), 0),
    (
        "another person",
        make_text_request(b"REDACTED-email-7"),
        make_text_request(b"bob.brown@example.com"),
        0,
    ),
    (
        "a word that equals the key",
        make_text_request(b"gpt-4o-mini"),
        make_text_request(b"gpt-4o-mini", KEY),
        1,
    ),
    ("something else", make_text_request(b"hello"), make_text_request(b"bye"), None),
    ("a dummy", make_text_request(b"REDACTED-email-7"), make_text_request(b"bob"), None),
]


@pytest.mark.parametrize(
    ("reason", "recorded", "sent", "variant"), EXACT, ids=[r[0] for r in EXACT]
)
def test_match_exactly(reason: str, recorded: Request, sent: Request, variant: int | None) -> None:
    query = make_query(sent)
    match = match_exactly(query, make_selector(recorded), MATCHING)
    if variant is None:
        assert match is None
    else:
        assert match == Match(fingerprint(recorded), "", query.variants[variant])


def test_match_wildcard() -> None:
    thread = b"/v1/threads/REDACTED-id-1/messages"
    recorded = make_request(target=thread, body=b"{}")
    sent = make_request(target=b"/v1/threads/mine/messages", body=b"{}")
    match = match_wildcard(make_query(sent), WildcardIndex([recorded], MATCHING), MATCHING)
    assert match is not None
    assert match.wildcard is recorded
    assert match.fingerprint == fingerprint(recorded)
    assert match.scope == "REDACTED-id-1", "the scope is the recorded thread"


def test_no_match() -> None:
    query = make_query(make_text_request(b"bye"))
    index = WildcardIndex([make_text_request(b"REDACTED-email-1 hello")], MATCHING)
    assert match_wildcard(query, index, MATCHING) is None
    assert no_match(query) == Match(query.fingerprints[0], "", query.request)
