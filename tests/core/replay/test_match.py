from __future__ import annotations

import pytest

from runreel.core.match import Matching, SecondChoice, fingerprint
from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.replay import Candidate, Deck
from runreel.core.replay.match import Found, found_exactly, found_second, not_found
from runreel.core.replay.query import Recognised, recognised
from runreel.dialects import dialect_of
from runreel.model import Headers, Request
from support.build import make_request

KEY: Headers = ((b"api-key", b"gpt-4o-mini"), (b"Content-Type", b"application/json"))
MATCHING = Matching(dialect_of)
RULES = Rules.extended()


def asked(request: Request) -> Recognised:
    redactor = Redactor(RULES, Vault())
    return recognised(request, redactor=redactor, matching=MATCHING, max_body=1000)


def deck(*requests: Request) -> Deck:
    made = Deck()
    for number, request in enumerate(requests, start=1):
        made.add(fingerprint(request), Candidate(number, "", changes=True))
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
    found = found_exactly(wanted, deck(recorded))
    if spelling is None:
        assert found is None
    else:
        assert found == Found(fingerprint(recorded), "", wanted.spellings[spelling])


def test_the_same_but_for_placeholders() -> None:
    thread = b"/v1/threads/REDACTED-id-1/messages"
    recorded = make_request(target=thread, body=b"{}")
    sent = make_request(target=b"/v1/threads/mine/messages", body=b"{}")
    found = found_second(asked(sent), SecondChoice([recorded], MATCHING), MATCHING)
    assert found is not None
    assert found.second is recorded
    assert found.key == fingerprint(recorded)
    assert found.scope == "REDACTED-id-1", "the story is that of the recorded thread"


def test_neither() -> None:
    wanted = asked(saying(b"bye"))
    second = SecondChoice([saying(b"REDACTED-email-1 hello")], MATCHING)
    assert found_second(wanted, second, MATCHING) is None
    assert not_found(wanted) == Found(wanted.keys[0], "", wanted.wanted)
