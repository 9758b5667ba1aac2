from __future__ import annotations

import json

from runreel.core.explain.rule_check import CallGroup, RuleCheck, Unreachable, check_rules
from runreel.core.match import Matching, MatchRules
from runreel.dialects import find_dialect
from runreel.model import ExchangeHead, OmittedReason, Request
from support.build import make_answer, make_head, make_request

POLL = make_request("GET", b"/v1/threads/t/runs/r", body=b"")


def run(request_id: str, **more: str) -> Request:
    body = {"assistant_id": "a", "metadata": {"request_id": request_id, **more}}
    return make_request(body=json.dumps(body).encode())


def heads(*requests: Request) -> list[ExchangeHead]:
    return [make_head(number=number, request=each) for number, each in enumerate(requests, start=1)]


def trial(
    recorded: list[ExchangeHead], *ignore: str, omitted: OmittedReason | None = None
) -> RuleCheck:
    return check_rules(
        recorded,
        Matching(find_dialect, MatchRules.parse(ignore)),
        redact=lambda request: request,
        find_omitted_reason=lambda number: omitted,
    )


def test_polls_are_told_apart_by_order_only() -> None:
    found = trial(heads(POLL, run("1"), POLL, run("2")))
    assert (found.exchanges, found.calls, found.unreachable) == (4, 3, ())
    assert found.groups == (CallGroup((1, 3), "GET /v1/threads/t/runs/r", ()),)


def test_what_differs_in_ignored_places_only_collides() -> None:
    place = "$.metadata.request_id"
    found = trial(heads(run("1"), POLL, run("2"), run("2"), run("3", b="c")), place, "$.unused")
    call = "POST /v1/threads/thread_1/runs"
    assert found.groups == (CallGroup((1, 3, 4), call, (place,)),)
    assert found.ignores == {
        place: 4,
        "$.unused": 0,
    }


def test_what_a_dialect_ignores_is_counted_where_it_does() -> None:
    request = make_request(body=b'{"idempotency_key": "x"}')
    assert trial(heads(request)).ignores == {"$.idempotency_key": 1}


def test_an_answer_that_was_not_kept_cannot_be_played() -> None:
    empty = make_head(make_answer(omitted=OmittedReason.MAX_BODY), number=3, request=POLL)
    found = trial([empty, *heads(run("1"))], omitted=OmittedReason.MAX_BODY)
    [unreachable] = found.unreachable
    assert unreachable.number == 3
    assert unreachable.call == "GET /v1/threads/t/runs/r"
    assert "max_body" in unreachable.why


def test_what_the_rules_in_force_would_redact_cannot_be_asked_for() -> None:
    recorded = heads(run("1"), run("secret"))

    def redacted(request: Request) -> Request:
        return make_request(body=request.body.replace(b"secret", b"REDACTED-x-1"))

    found = check_rules(
        recorded, Matching(find_dialect), redact=redacted, find_omitted_reason=lambda number: None
    )
    assert [each.number for each in found.unreachable] == [2]
    assert "redaction rules" in found.unreachable[0].why


def test_the_document_is_json() -> None:
    found = trial(heads(POLL, POLL), "query.t")
    assert json.loads(json.dumps(found.to_document())) == {
        "exchanges": 2,
        "calls": 1,
        "groups": [{"numbers": [1, 2], "call": "GET /v1/threads/t/runs/r", "ignored": []}],
        "alike": [],
        "unreachable": [],
        "ignores": {"query.t": 0},
    }
    assert Unreachable(1, "GET /", "x")._asdict() == {"number": 1, "call": "GET /", "why": "x"}


def test_calls_that_a_dummy_does_not_tell_apart() -> None:
    kinds = ("REDACTED-email-1", "REDACTED-phone-1", "REDACTED-email-2", "none", "none")
    found = trial(heads(*(run(kind) for kind in kinds)))
    call = "POST /v1/threads/thread_1/runs"
    assert found.alike == (CallGroup((1, 2), call, ("$.metadata.request_id",)),)
    assert found.groups == (CallGroup((1, 3), call, ()), CallGroup((4, 5), call, ()))
    assert trial(heads(run("REDACTED-email-1"), run("REDACTED-phone-1", b="c"))).alike == ()
