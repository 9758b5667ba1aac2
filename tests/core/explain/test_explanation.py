from __future__ import annotations

import json

from runreel.core.explain.explanation import ReplayHit, explain_request
from runreel.core.explain.miss import Miss
from runreel.core.match import Matching, MatchRules
from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.replay.query import build_query
from runreel.dialects import find_dialect
from runreel.model import ExchangeHead, Request, Timings
from support.build import make_head, make_request

POLL = make_request("GET", b"/v1/threads/t/runs/r", body=b"")
MESSAGE = make_request("POST", b"/v1/threads/t/messages", body=b'{"content": "Hi"}')
RUN = make_request("POST", b"/v1/threads/t/runs", body=b'{"assistant_id": "a"}')
SUBMIT = make_request("POST", b"/v1/threads/t/runs/r/submit_tool_outputs", body=b"{}")
MODELS = make_request("GET", b"/v1/models", body=b"")


def heads(*requests: Request) -> list[ExchangeHead]:
    return [
        make_head(number=number, request=each, timings=Timings(number * 1_000_000_000, 1, 2))
        for number, each in enumerate(requests, start=1)
    ]


def explain(
    sent: Request, recorded: list[ExchangeHead], *ignore: str, strict: bool = False
) -> ReplayHit | Miss:
    matching = Matching(find_dialect, MatchRules.parse(ignore))
    redactor = Redactor(Rules.build(), Vault())
    asked = build_query(sent, redactor=redactor, matching=matching, max_body=1000)
    return explain_request(asked, recorded, matching, strict=strict)


def hit(
    sent: Request, recorded: list[ExchangeHead], *ignore: str, strict: bool = False
) -> ReplayHit:
    found = explain(sent, recorded, *ignore, strict=strict)
    assert isinstance(found, ReplayHit)
    return found


def test_the_only_exchange() -> None:
    found = hit(MODELS, heads(MODELS))
    assert found.format_lines() == [
        "GET /v1/models: exchange 1 answers this.",
        "It is the only one that is the same call.",
    ]
    document = json.loads(json.dumps(found.to_document()))
    assert (document["exchange"], document["nearest_other"], document["second"]) == (1, None, 1)


def test_which_came_second_and_what_is_near() -> None:
    found = hit(MODELS, heads(MODELS, POLL, MODELS))
    assert found.format_lines()[1:] == [
        "The same call are 1, 3: it is the first that may answer. Exchange 3 comes second, when "
        "the client asks again.",
        "Nearest other call: exchange 2 (GET /v1/threads/t/runs/r), which differs in path: "
        "recorded /v1/threads/t/runs/r, sent /v1/models.",
    ]
    document = json.loads(json.dumps(found.to_document()))
    assert (document["second"], document["nearest_other"]) == (3, 2)
    assert document["differences"][0]["path"] == "path"


def test_what_has_to_be_played_before() -> None:
    found = hit(POLL, heads(MESSAGE, RUN, POLL, SUBMIT, POLL))
    assert found.head.number == 3
    assert [head.number for head in found.prerequisites] == [1, 2]
    assert "It has to be played after exchange 2 (POST /v1/threads/t/runs)." in found.format_lines()


def test_what_is_ignored() -> None:
    sent = make_request("POST", b"/v1/threads/t/runs?t=2", body=RUN.body)
    recorded = make_request("POST", b"/v1/threads/t/runs?t=1", body=RUN.body)
    found = hit(sent, heads(recorded), "query.t")
    assert 'Ignored: query.t: recorded "1", sent "2".' in found.format_lines()
    assert found.to_document()["ignored"]


def test_a_miss() -> None:
    found = explain(make_request("POST", b"/v1/threads/t/messages", body=b"{}"), heads(MESSAGE))
    assert isinstance(found, Miss)
    assert found.nearest is not None
    assert found.nearest.number == 1


def test_in_strict_replay_each_exchange_answers_once() -> None:
    found = hit(MODELS, heads(MODELS), strict=True)
    assert found.next_number is None
    assert "It is the only one" in found.format_lines()[1]


def test_nothing_is_shown_that_a_recording_would_not_hold() -> None:
    headers = ((b"Authorization", b"Bearer canary-0123456789"),)
    sent = make_request(headers=headers, body=b'{"instructions": "canary-0123456789"}')
    found = explain(sent, heads(MESSAGE))
    assert isinstance(found, Miss)
    assert "canary" not in json.dumps(found.to_document("c", "u"))


def test_what_stands_in_the_place_of_a_placeholder() -> None:
    recorded = make_request("POST", b"/v1/x?t=1", body=b'{"to": "REDACTED-email-1", "a": 1}')
    sent = make_request("POST", b"/v1/x?t=2", body=b'{"to": "bob", "a": 1}')
    found = hit(sent, heads(MODELS, recorded), "query.t")
    assert found.head.number == 2
    assert found.format_lines()[2:4] == [
        'Its placeholder stands for what was sent: $.to: recorded "REDACTED-email-0", sent "bob".',
        'Ignored: query.t: recorded "1", sent "2".',
    ]
    document = json.loads(json.dumps(found.to_document()))
    assert [each["path"] for each in document["wildcards"]] == ["$.to"]
    assert [each["path"] for each in document["ignored"]] == ["query.t"]


def test_the_same_to_the_letter_goes_before_a_placeholder() -> None:
    texts = (b"REDACTED-email-1", b"bob")
    bodies = [make_request("POST", b"/v1/x", body=b'{"to": "%s"}' % text) for text in texts]
    found = hit(bodies[1], heads(*bodies))
    assert (found.head.number, found.wildcards.listed) == (2, ())
