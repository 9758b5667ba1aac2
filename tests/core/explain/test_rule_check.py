from __future__ import annotations

import json

from msgspec.structs import replace

from runreel.core.explain.rule_check import CallGroup, RuleCheck, Unreachable, check_rules
from runreel.core.match.matching import Matching
from runreel.core.match.rules import MatchRules
from runreel.dialects import find_dialect
from runreel.model import ExchangeHead, OmittedReason, Request
from support.build import make_answer, make_head, make_request

POLL = make_request("GET", b"/v1/threads/t/runs/r", body=b"")


def make_run(request_id: str, **more: str) -> Request:
    body = {"assistant_id": "a", "metadata": {"request_id": request_id, **more}}
    return make_request(body=json.dumps(body).encode())


def make_heads(*requests: Request) -> list[ExchangeHead]:
    return [make_head(number=number, request=each) for number, each in enumerate(requests, start=1)]


def check(
    recorded: list[ExchangeHead], *ignore: str, omitted: OmittedReason | None = None
) -> RuleCheck:
    return check_rules(
        recorded,
        Matching(find_dialect, MatchRules.parse(ignore)),
        redact=lambda head: head.request,
        find_omitted_reason=lambda number: omitted,
    )


def test_polls_are_one_group() -> None:
    result = check(make_heads(POLL, make_run("1"), POLL, make_run("2")))
    assert (result.exchanges, result.calls, result.unreachable) == (4, 3, ())
    assert result.groups == (CallGroup((1, 3), "GET /v1/threads/t/runs/r", ()),)


def test_requests_that_differ_in_ignored_places_are_one_group() -> None:
    path = "$.metadata.request_id"
    result = check(
        make_heads(make_run("1"), POLL, make_run("2"), make_run("2"), make_run("3", b="c")),
        path,
        "$.unused",
    )
    call = "POST /v1/threads/thread_1/runs"
    assert result.groups == (CallGroup((1, 3, 4), call, (path,)),)
    assert result.ignores == {
        path: 4,
        "$.unused": 0,
    }


def test_texts_in_headers_that_choose_an_answer_are_passed_over_too() -> None:
    requests = [
        replace(POLL, headers=((b"If-Modified-Since", day), (b"X-At", day)))
        for day in (b"Mon, 30 Nov 2026 08:00:00 GMT", b"Tue, 01 Dec 2026 08:00:00 GMT")
    ]
    rules = MatchRules().with_masked(["date", "uuid"], ["08:00:00 GMT"])
    result = check_rules(
        make_heads(*requests, requests[0]),
        Matching(find_dialect, rules),
        redact=lambda head: head.request,
        find_omitted_reason=lambda number: None,
    )
    assert [group.ignored for group in result.groups] == [("headers.if-modified-since",)]
    assert result.passed_over == {"date": 3, "uuid": 0, "08:00:00 GMT": 3}


def test_places_ignored_by_a_dialect_are_counted() -> None:
    request = make_request(body=b'{"idempotency_key": "x"}')
    assert check(make_heads(request)).ignores == {"$.idempotency_key": 1}


def test_an_exchange_without_its_answer_is_unreachable() -> None:
    empty = make_head(make_answer(omitted=OmittedReason.MAX_BODY), number=3, request=POLL)
    result = check([empty, *make_heads(make_run("1"))], omitted=OmittedReason.MAX_BODY)
    [unreachable] = result.unreachable
    assert unreachable.number == 3
    assert unreachable.call == "GET /v1/threads/t/runs/r"
    assert "max_body" in unreachable.why


def test_a_request_that_would_be_redacted_now_is_unreachable() -> None:
    recorded = make_heads(make_run("1"), make_run("secret"))

    def redact_secret(head: ExchangeHead) -> Request:
        return make_request(body=head.request.body.replace(b"secret", b"REDACTED-x-1"))

    result = check_rules(
        recorded,
        Matching(find_dialect),
        redact=redact_secret,
        find_omitted_reason=lambda number: None,
    )
    assert [each.number for each in result.unreachable] == [2]
    assert "redaction rules" in result.unreachable[0].why


def test_the_document_is_json() -> None:
    result = check(make_heads(POLL, POLL), "query.t")
    assert json.loads(json.dumps(result.to_document())) == {
        "exchanges": 2,
        "calls": 1,
        "groups": [
            {
                "numbers": [1, 2],
                "call": "GET /v1/threads/t/runs/r",
                "ignored": [],
                "credentials": [],
                "statuses": [],
            }
        ],
        "alike": [],
        "unreachable": [],
        "ignores": {"query.t": 0},
        "passed_over": {},
    }
    assert Unreachable(1, "GET /", "x")._asdict() == {"number": 1, "call": "GET /", "why": "x"}


def test_calls_that_differ_in_kinds_of_placeholders_are_alike() -> None:
    kinds = ("REDACTED-email-1", "REDACTED-phone-1", "REDACTED-email-2", "none", "none")
    result = check(make_heads(*(make_run(kind) for kind in kinds)))
    call = "POST /v1/threads/thread_1/runs"
    assert result.alike == (CallGroup((1, 2), call, ("$.metadata.request_id",)),)
    assert result.groups == (CallGroup((1, 3), call, ()), CallGroup((4, 5), call, ()))
    assert (
        check(make_heads(make_run("REDACTED-email-1"), make_run("REDACTED-phone-1", b="c"))).alike
        == ()
    )


def test_calls_that_differ_in_a_credential_alone() -> None:
    heads = [
        make_head(
            make_answer(b"", status=status),
            number=number,
            request=replace(POLL, headers=((b"Authorization", key), (b"X", b"%d" % number))),
        )
        for number, (key, status) in enumerate(
            [
                (b"Bearer REDACTED-authorization-1", 200),
                (b"Bearer REDACTED-authorization-1", 200),
                (b"Bearer REDACTED-authorization-2", 401),
            ],
            start=1,
        )
    ]
    [group] = check(heads).groups
    assert (group.credentials, group.statuses) == (("authorization",), (200, 401))
    [same] = check(heads[:2]).groups
    assert (same.credentials, same.statuses) == ((), ())
