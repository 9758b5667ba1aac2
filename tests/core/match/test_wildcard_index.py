from __future__ import annotations

import pytest
from msgspec.structs import replace

from runreel.core.match.matching import Matching, learn_answers
from runreel.core.match.rules import MatchRules
from runreel.core.match.wildcard_index import WildcardIndex
from runreel.dialects import find_dialect
from runreel.model import Request
from support.build import make_head, make_request
from support.requests import JSON, make_body_request

MAIL = make_body_request(b'{"to": "REDACTED-email-1", "id": 1}')
PHONE = make_body_request(b'{"to": "REDACTED-phone-1", "id": 1}')
PLAIN = make_body_request(b'{"to": "bob", "id": 1}')
MESSAGE = make_request(target=b"/v1/bots/REDACTED-a-1", body=b"{}")


def make_index(*requests: Request, ignore: tuple[str, ...] = ()) -> WildcardIndex:
    return WildcardIndex(requests, Matching(find_dialect, MatchRules.parse(ignore)))


CASES = [
    ("a dummy", [PLAIN, MAIL], PLAIN, MAIL),
    ("the first of several", [MAIL, PHONE], PLAIN, MAIL),
    ("something else differs", [MAIL], make_body_request(b'{"to": "bob", "id": 2}'), None),
    ("another method", [MAIL], make_request("PUT", body=PLAIN.body), None),
    (
        "a path of more segments",
        [MESSAGE],
        make_request(target=b"/v1/bots/a/b", body=b"{}"),
        None,
    ),
    ("a path", [MESSAGE], make_request(target=b"/v1/bots/a", body=b"{}"), MESSAGE),
]


@pytest.mark.parametrize(
    ("reason", "recorded", "sent", "expected"), CASES, ids=[row[0] for row in CASES]
)
def test_the_first_match_is_returned(
    reason: str, recorded: list[Request], sent: Request, expected: Request | None
) -> None:
    assert make_index(*recorded).find(sent) is expected


def test_ignored_places_do_not_count() -> None:
    sent = make_body_request(b'{"to": "bob", "id": 2}')
    assert make_index(MAIL, ignore=("$.id",)).find(sent) is MAIL
    assert make_index(MAIL, ignore=("$.to",)).find(PLAIN) is None, "the only placeholder is ignored"


def test_an_index_without_placeholders_is_empty() -> None:
    assert not make_index(PLAIN)
    assert make_index(PLAIN, MAIL)


def test_an_index_can_be_prepared_in_steps() -> None:
    index = make_index(MAIL, MESSAGE, PHONE)
    assert index.needs_preparing(PLAIN)
    assert len(list(index.prepare(PLAIN))) == 2, (
        "only the requests with the same method and path length"
    )
    assert not index.needs_preparing(PLAIN)
    assert index.needs_preparing(make_request(target=b"/v1/bots/a"))


def test_preparation_can_stop_halfway() -> None:
    index = make_index(MAIL, PHONE)
    next(index.prepare(PLAIN))
    assert index.needs_preparing(PLAIN)
    assert index.find(PLAIN) is MAIL


def test_an_answer_of_a_type_that_is_refused_does_not_match() -> None:
    sent = replace(PLAIN, headers=(*PLAIN.headers, (b"Accept", b"text/event-stream")))
    matching = Matching(find_dialect)
    index = WildcardIndex([MAIL], matching)
    assert index.find(sent) is MAIL  # the answer's type is not known
    learn_answers(matching, [make_head(request=MAIL)], lambda number: JSON)
    assert index.find(sent) is None
