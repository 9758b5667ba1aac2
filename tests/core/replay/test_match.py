from __future__ import annotations

import pytest

from runreel.core.match import Matching, WildcardIndex, fingerprint
from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.replay import Candidate, Selector
from runreel.core.replay.match import Match, match_exactly, match_wildcard, no_match
from runreel.core.replay.query import ReplayQuery, build_query
from runreel.dialects import find_dialect
from runreel.model import Headers, Request
from support.build import make_request

KEY: Headers = ((b"api-key", b"gpt-4o-mini"), (b"Content-Type", b"application/json"))
MATCHING = Matching(find_dialect)
RULES = Rules.build()


def asked(request: Request) -> ReplayQuery:
    redactor = Redactor(RULES, Vault())
    return build_query(request, redactor=redactor, matching=MATCHING, max_body=1000)


def deck(*requests: Request) -> Selector:
    made = Selector()
    for number, request in enumerate(requests, start=1):
        made.add(fingerprint(request), Candidate(number, "", changes_state=True))
    return made


def saying(text: bytes, headers: Headers = KEY[1:]) -> Request:
    return make_request(target=b"/v1/x", headers=headers, body=b'{"a": "' + text + b'"}')


EXACT = [
    ("the same", saying(b"hello"), saying(b"hello"), 0),
    ("another person", saying(b"REDACTED-email-7"), saying(b"bob.brown@example.com"), 0),
    ("a word that the key is", saying(b"gpt-4o-mini"), saying(b"gpt-4o-mini", KEY), 1),
    ("something else", saying(b"hello"), saying(b"bye"), None),
    ("a dummy", saying(b"REDACTED-email-7"), saying(b"bob"), None),
]


@pytest.mark.parametrize(("why", "recorded", "sent", "spelling"), EXACT, ids=[r[0] for r in EXACT])
def test_the_same_to_the_letter(
    why: str, recorded: Request, sent: Request, spelling: int | None
) -> None:
    wanted = asked(sent)
    found = match_exactly(wanted, deck(recorded))
    if spelling is None:
        assert found is None
    else:
        assert found == Match(fingerprint(recorded), "", wanted.variants[spelling])


def test_the_same_but_for_placeholders() -> None:
    thread = b"/v1/threads/REDACTED-id-1/messages"
    recorded = make_request(target=thread, body=b"{}")
    sent = make_request(target=b"/v1/threads/mine/messages", body=b"{}")
    found = match_wildcard(asked(sent), WildcardIndex([recorded], MATCHING), MATCHING)
    assert found is not None
    assert found.wildcard is recorded
    assert found.fingerprint == fingerprint(recorded)
    assert found.scope == "REDACTED-id-1", "the story is that of the recorded thread"


def test_neither() -> None:
    wanted = asked(saying(b"bye"))
    second = WildcardIndex([saying(b"REDACTED-email-1 hello")], MATCHING)
    assert match_wildcard(wanted, second, MATCHING) is None
    assert no_match(wanted) == Match(wanted.fingerprints[0], "", wanted.request)
