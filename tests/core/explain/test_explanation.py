from __future__ import annotations

import json

from runreel.core.explain.explanation import ReplayHit, explain_request
from runreel.core.explain.miss import Miss
from runreel.core.match.matching import Matching
from runreel.core.match.rules import MatchRules
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


def make_heads(*requests: Request) -> list[ExchangeHead]:
    return [
        make_head(number=number, request=each, timings=Timings(number * 1_000_000_000, 1, 2))
        for number, each in enumerate(requests, start=1)
    ]


def explain_one(
    sent: Request, recorded: list[ExchangeHead], *ignore: str, strict: bool = False
) -> ReplayHit | Miss:
    matching = Matching(find_dialect, MatchRules.parse(ignore))
    redactor = Redactor(Rules.build(), Vault())
    query = build_query(sent, redactor=redactor, matching=matching, max_body=1000)
    return explain_request(query, recorded, matching, order="strict" if strict else "causal")


def explain_hit(
    sent: Request, recorded: list[ExchangeHead], *ignore: str, strict: bool = False
) -> ReplayHit:
    explanation = explain_one(sent, recorded, *ignore, strict=strict)
    assert isinstance(explanation, ReplayHit)
    return explanation


def test_the_only_exchange() -> None:
    explanation = explain_hit(MODELS, make_heads(MODELS))
    assert explanation.format_lines() == [
        "GET /v1/models: exchange 1 answers this request.",
        "It is the only exchange of this call.",
    ]
    document = json.loads(json.dumps(explanation.to_document()))
    assert (document["exchange"], document["nearest_other"], document["second"]) == (1, None, 1)


def test_the_next_exchange_and_the_nearest_other_call() -> None:
    explanation = explain_hit(MODELS, make_heads(MODELS, POLL, MODELS))
    assert explanation.format_lines()[1:] == [
        "Exchanges 1, 3 are the same call; this is the first that may answer. If the client "
        "repeats the request, exchange 3 answers.",
        "Nearest other call: exchange 2 (GET /v1/threads/t/runs/r), which differs in path: "
        "recorded /v1/threads/t/runs/r, sent /v1/models.",
    ]
    document = json.loads(json.dumps(explanation.to_document()))
    assert (document["second"], document["nearest_other"]) == (3, 2)
    assert document["differences"][0]["path"] == "path"


def test_prerequisites() -> None:
    explanation = explain_hit(POLL, make_heads(MESSAGE, RUN, POLL, SUBMIT, POLL))
    assert explanation.head.number == 3
    assert [head.number for head in explanation.prerequisites] == [1, 2]
    assert (
        "First, exchange 2 (POST /v1/threads/t/runs) has to be played."
        in explanation.format_lines()
    )


def test_ignored_differences() -> None:
    sent = make_request("POST", b"/v1/threads/t/runs?t=2", body=RUN.body)
    recorded = make_request("POST", b"/v1/threads/t/runs?t=1", body=RUN.body)
    explanation = explain_hit(sent, make_heads(recorded), "query.t")
    assert 'Ignored: query.t: recorded "1", sent "2".' in explanation.format_lines()
    assert explanation.to_document()["ignored"]


def test_a_miss() -> None:
    explanation = explain_one(
        make_request("POST", b"/v1/threads/t/messages", body=b"{}"), make_heads(MESSAGE)
    )
    assert isinstance(explanation, Miss)
    assert explanation.nearest is not None
    assert explanation.nearest.number == 1


def test_in_strict_replay_each_exchange_answers_once() -> None:
    explanation = explain_hit(MODELS, make_heads(MODELS), strict=True)
    assert explanation.next_number is None
    assert "It is the only exchange" in explanation.format_lines()[1]


def test_in_strict_replay_a_repeated_request_may_have_no_answer() -> None:
    explanation = explain_hit(POLL, make_heads(POLL, RUN, POLL), strict=True)
    assert (explanation.same_call, explanation.next_number) == ((1, 3), None)
    assert "If the client repeats the request, none answers." in explanation.format_lines()[1]


def test_secrets_of_the_request_are_not_shown() -> None:
    headers = ((b"Authorization", b"Bearer canary-0123456789"),)
    sent = make_request(headers=headers, body=b'{"instructions": "canary-0123456789"}')
    explanation = explain_one(sent, make_heads(MESSAGE))
    assert isinstance(explanation, Miss)
    assert "canary" not in json.dumps(explanation.to_document("c", "u"))


def test_values_of_placeholders_are_shown() -> None:
    recorded = make_request("POST", b"/v1/x?t=1", body=b'{"to": "REDACTED-email-1", "a": 1}')
    sent = make_request("POST", b"/v1/x?t=2", body=b'{"to": "bob", "a": 1}')
    explanation = explain_hit(sent, make_heads(MODELS, recorded), "query.t")
    assert explanation.head.number == 2
    assert explanation.format_lines()[2:4] == [
        'A placeholder stands for the value sent: $.to: recorded "REDACTED-email-0", sent "bob".',
        'Ignored: query.t: recorded "1", sent "2".',
    ]
    document = json.loads(json.dumps(explanation.to_document()))
    assert [each["path"] for each in document["wildcards"]] == ["$.to"]
    assert [each["path"] for each in document["ignored"]] == ["query.t"]


def test_an_exact_match_is_preferred_to_a_wildcard() -> None:
    texts = (b"REDACTED-email-1", b"bob")
    bodies = [make_request("POST", b"/v1/x", body=b'{"to": "%s"}' % text) for text in texts]
    explanation = explain_hit(bodies[1], make_heads(*bodies))
    assert (explanation.head.number, explanation.wildcards.listed) == (2, ())
