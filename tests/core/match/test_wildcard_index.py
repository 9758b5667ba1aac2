from __future__ import annotations

import pytest

from runreel.core.match import Matching, MatchRules, WildcardIndex
from runreel.dialects import find_dialect
from runreel.model import Request
from support.build import make_request
from support.requests import make_body_request

MAIL = make_body_request(b'{"to": "REDACTED-email-1", "id": 1}')
PHONE = make_body_request(b'{"to": "REDACTED-phone-1", "id": 1}')
PLAIN = make_body_request(b'{"to": "bob", "id": 1}')
MESSAGE = make_request(target=b"/v1/bots/REDACTED-a-1", body=b"{}")


def second(*requests: Request, ignore: tuple[str, ...] = ()) -> WildcardIndex:
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


@pytest.mark.parametrize(("why", "recorded", "sent", "found"), CASES, ids=[row[0] for row in CASES])
def test_the_first_that_fits(
    why: str, recorded: list[Request], sent: Request, found: Request | None
) -> None:
    assert second(*recorded).find(sent) is found


def test_what_is_ignored_does_not_count_here_either() -> None:
    sent = make_body_request(b'{"to": "bob", "id": 2}')
    assert second(MAIL, ignore=("$.id",)).find(sent) is MAIL
    assert second(MAIL, ignore=("$.to",)).find(PLAIN) is None, "no placeholder counts any more"


def test_without_placeholders_there_is_nothing_to_look_through() -> None:
    assert not second(PLAIN)
    assert second(PLAIN, MAIL)


def test_it_can_be_prepared_step_by_step() -> None:
    choice = second(MAIL, MESSAGE, PHONE)
    assert choice.needs_preparing(PLAIN)
    assert len(list(choice.prepare(PLAIN))) == 2, "only what may fit"
    assert not choice.needs_preparing(PLAIN)
    assert choice.needs_preparing(make_request(target=b"/v1/bots/a"))


def test_who_prepares_may_stop_in_between() -> None:
    choice = second(MAIL, PHONE)
    next(choice.prepare(PLAIN))
    assert choice.needs_preparing(PLAIN)
    assert choice.find(PLAIN) is MAIL
