from __future__ import annotations

import json
import tomllib
import uuid

import pytest

from runreel.core.explain.miss import Miss, explain_miss
from runreel.core.match import Matching, MatchRules
from runreel.core.replay import Refusal, RefusalReason
from runreel.dialects import find_dialect
from runreel.model import ExchangeHead, OmittedReason, Request
from support.build import make_head, make_request

UPSTREAM = "https://api.example.com"
AGAIN = f"runreel record c.cassette --upstream {UPSTREAM}"


def heads(*bodies: bytes) -> list[ExchangeHead]:
    return [
        make_head(number=number, request=make_request(body=body))
        for number, body in enumerate(bodies, start=1)
    ]


def miss_of(wanted: Request, recorded: list[ExchangeHead], *ignore: str) -> Miss:
    return explain_miss(wanted, recorded, Matching(find_dialect, MatchRules.parse(ignore)))


def told(miss: Miss) -> str:
    return miss.format_message("c.cassette", UPSTREAM)


def run(**fields: object) -> bytes:
    return json.dumps({"assistant_id": "asst_1", **fields}).encode()


def test_an_empty_cassette_has_no_nearest() -> None:
    assert told(miss_of(make_request(), [])) == (
        "POST /v1/threads/thread_1/runs: no exchange of c.cassette answers this (0 tried). "
        f"Record it with: {AGAIN}"
    )


def test_the_nearest_is_named_with_what_differs() -> None:
    recorded = heads(b'{"a": 1, "b": 2, "c": 3}', b'{"a": 1, "b": 2, "c": 4}')
    text = told(miss_of(make_request(body=b'{"a": 1, "b": 9, "c": 4}'), recorded))
    assert "Nearest: exchange 2, which differs in $.b: recorded 2, sent 9." in text
    assert "$.c" not in text


def test_many_differences_are_counted_not_listed() -> None:
    recorded = heads(b"{%s}" % b", ".join(b'"k%d": 1' % number for number in range(50)))
    sent = b"{%s}" % b", ".join(b'"k%d": 2' % number for number in range(50))
    text = told(miss_of(make_request(body=sent), recorded))
    assert text.count("recorded 1, sent 2") == 8
    assert "; and 42 more." in text


TOOL = {"type": "function", "function": {"name": "get_weather", "parameters": {"city": "string"}}}
CAUSES = [
    (
        "an edited prompt",
        run(instructions="Be kind."),
        run(instructions="Be terse."),
        f"The prompt was changed. If it is meant, record again: {AGAIN}",
    ),
    (
        "a message",
        run(additional_messages=[{"role": "user", "content": "Hi"}]),
        run(additional_messages=[{"role": "user", "content": "Hello"}]),
        "The prompt was changed.",
    ),
    (
        "a tool with another schema",
        run(tools=[TOOL]),
        json.dumps(json.loads(run(tools=[TOOL]))).replace("string", "number").encode(),
        f'The tool "get_weather" was changed. If it is meant, record again: {AGAIN}',
    ),
    (
        "a tool less",
        run(tools=[{"type": "code_interpreter"}, TOOL]),
        run(tools=[{"type": "code_interpreter"}]),
        'The tool "get_weather" was changed.',
    ),
    (
        "tools in another order",
        run(tools=[TOOL, {"type": "code_interpreter"}]),
        run(tools=[{"type": "code_interpreter"}, TOOL]),
        "The order of an array counts.",
    ),
    ("anything else", run(temperature=0), run(temperature=1), "The request was changed."),
    (
        "a UUID",
        run(metadata={"request_id": str(uuid.UUID(int=1))}),
        run(metadata={"request_id": str(uuid.UUID(int=2))}),
        "$.metadata.request_id is a UUID: new with each request, it seems. To ignore that, set "
        'under [runreel.match]: ignore = ["$.metadata.request_id"]',
    ),
    (
        "a date in a prompt",
        run(instructions="Be kind. Today is 2026-11-25."),
        run(instructions="Be kind. Today is 2026-11-26."),
        "$.instructions holds a date or a time: new with each request, it seems.",
    ),
]


@pytest.mark.parametrize(("why", "recorded", "sent", "cause"), CAUSES, ids=[c[0] for c in CAUSES])
def test_the_likely_cause_and_what_to_do(
    why: str, recorded: bytes, sent: bytes, cause: str
) -> None:
    assert cause in told(miss_of(make_request(body=sent), heads(recorded)))


def test_what_a_placeholder_may_stand_for_is_no_cause() -> None:
    recorded = run(instructions="Be kind.", user="REDACTED-email-1")
    miss = miss_of(make_request(body=run(instructions="Be terse.", user="bob")), heads(recorded))
    assert [each.path for each in miss.differences.listed] == ["$.instructions"]
    alone = miss_of(make_request(body=run(user="bob b", instructions="Be kind.")), heads(recorded))
    assert [each.path for each in alone.differences.listed] == ["$.user"]


NAMES = [
    ("a plain one", "id", True),
    ("quotes", "a'\"", True),
    ("DEL, which TOML wants escaped", "\x7f", True),
    ("half of a surrogate pair, which TOML cannot hold", "\ud800", False),
]


@pytest.mark.parametrize(("why", "name", "ignorable"), NAMES, ids=[row[0] for row in NAMES])
def test_the_line_is_toml_and_makes_it_match(why: str, name: str, ignorable: bool) -> None:
    recorded, sent = (run(**{name: str(uuid.UUID(int=number))}) for number in (1, 2))
    said = told(miss_of(make_request(body=sent), heads(recorded)))
    _, marker, line = said.partition("under [runreel.match]: ")
    assert bool(marker) is ignorable
    assert ("If it is meant, record again" in said) is not ignorable
    rules = MatchRules.parse(tomllib.loads(line).get("ignore", ()))
    keys = {
        Matching(find_dialect, rules).fingerprint(make_request(body=b)) for b in (recorded, sent)
    }
    assert len(keys) == (1 if ignorable else 2)


def test_two_tools_and_what_else_differs() -> None:
    other = json.loads(json.dumps(TOOL).replace("get_weather", "get_time"))
    recorded = run(tools=[TOOL, other], metadata={"at": "1764000000"}, temperature=0)
    sent = run(tools=[], metadata={"at": "1764000001"}, temperature=1)
    text = told(miss_of(make_request(body=sent), heads(recorded)))
    assert 'Tools changed: "get_weather", "get_time".' in text
    assert '[runreel.match]: ignore = ["$.metadata.at"]' in text


def test_places_in_an_array_are_ignored_in_all_of_its_elements() -> None:
    def messages(seed: int) -> bytes:
        ids = [str(uuid.UUID(int=seed + each)) for each in range(3)]
        return run(additional_messages=[{"content": "Hi", "id": each} for each in ids])

    miss = miss_of(make_request(body=messages(10)), heads(messages(20)), "$.user")
    assert miss.ignorable == ("$.additional_messages[*].id",)
    assert 'ignore = ["$.user", "$.additional_messages[*].id"]' in told(miss)
    assert miss_of(make_request(body=messages(10)), heads(messages(20)), *miss.ignorable).nearest


def test_a_name_that_looks_like_a_position_is_left_alone() -> None:
    recorded, sent = (
        run(metadata={"a[0]": str(uuid.UUID(int=n)), "b]'[1]": str(uuid.UUID(int=n))})
        for n in (1, 2)
    )
    miss = miss_of(make_request(body=sent), heads(recorded))
    assert miss.ignorable == ("$.metadata['a[0]']", '$.metadata["b]\'[1]"]')


def test_what_the_line_ignores_does_not_differ_any_more() -> None:
    recorded, sent = (
        make_request(
            target=f"/v1/threads/thread_1/runs?t=17640000{n}".encode(),
            body=run(metadata={"a b": str(uuid.UUID(int=n))}),
        )
        for n in (10, 20)
    )
    miss = miss_of(sent, [make_head(request=recorded)])
    assert set(miss.ignorable) == {"query.t", "$.metadata['a b']"}
    rules = Matching(find_dialect, MatchRules.parse(miss.ignorable))
    assert rules.fingerprint(recorded) == rules.fingerprint(sent)


def test_a_path_cannot_be_ignored() -> None:
    recorded = make_request(target=f"/v1/x/{uuid.UUID(int=1)}".encode(), body=b"")
    sent = make_request(target=f"/v1/x/{uuid.UUID(int=2)}".encode(), body=b"")
    miss = miss_of(sent, [make_head(request=recorded)])
    assert miss.ignorable == ()
    assert f"No such call was recorded. If it is meant, record again: {AGAIN}" in told(miss)


def test_a_header_that_counts_cannot_be_ignored_by_its_place() -> None:
    recorded, sent = (
        make_request(headers=((b"X-Id", str(uuid.UUID(int=n)).encode()),)) for n in (1, 2)
    )
    matching = Matching(find_dialect, MatchRules.parse(headers=["x-id"]))
    miss = explain_miss(sent, [make_head(request=recorded)], matching)
    assert miss.ignorable == ()
    assert "headers.x-id is a UUID: new with" in told(miss)
    assert "Leave it out of [runreel.match] headers" in told(miss)


def test_a_body_that_was_not_kept() -> None:
    recorded = make_request(body=b"", omitted=OmittedReason.MAX_BODY)
    text = told(miss_of(make_request(), [make_head(request=recorded)]))
    assert "Its body was not kept, since it was larger than max_body; record it again" in text
    assert "was changed" not in text


REFUSALS = [
    (
        "played already",
        Refusal(1, RefusalReason.PLAYED),
        "Exchange 1 is the same call, but it has been played already. Replay without --strict",
    ),
    (
        "from before a change",
        Refusal(1, RefusalReason.PAST, 2),
        "Exchange 1 is the same call, but it was recorded before exchange 2 "
        "(POST /v1/threads/thread_1/runs), which has been played: it is out of date. Make the",
    ),
    (
        "from after a change",
        Refusal(2, RefusalReason.FUTURE, 1),
        "Exchange 2 is the same call, but it was recorded after exchange 1 "
        "(POST /v1/threads/thread_1/runs), which this client has not asked for. Make the client",
    ),
]


@pytest.mark.parametrize(("why", "refusal", "text"), REFUSALS, ids=[c[0] for c in REFUSALS])
def test_the_same_call_that_may_not_answer(why: str, refusal: Refusal, text: str) -> None:
    recorded = heads(run(), run(stream=True))
    miss = explain_miss(recorded[0].request, recorded, Matching(find_dialect), refusal=refusal)
    assert text in told(miss)
    assert miss.to_document("c.cassette", UPSTREAM)["refused"] == refusal.reason.value


def test_a_later_miss_names_the_first() -> None:
    recorded = heads(run(instructions="Be kind."))
    first = miss_of(make_request(body=run(instructions="Be terse.")), recorded)
    wanted = make_request("GET", b"/v1/threads/thread_1/runs/run_1", body=b"")
    later = explain_miss(wanted, recorded, Matching(find_dialect), first_miss=first)
    assert told(later).endswith(
        "This is likely a consequence of the session's first miss, POST "
        "/v1/threads/thread_1/runs (which differs in $.instructions): look there first."
    )


def test_the_same_call_missed_again_is_no_consequence_of_itself() -> None:
    wanted, recorded = make_request(body=run(a=1)), heads(run(a=2))
    first = miss_of(wanted, recorded)
    assert explain_miss(wanted, recorded, Matching(find_dialect), first_miss=first) == first


def test_the_document_is_json() -> None:
    recorded = heads(run(metadata={"t": "1764000000"}, a="x" * 100))
    wanted = make_request(body=run(metadata={"t": "1764000001"}, a="y" * 100))
    document = json.loads(json.dumps(miss_of(wanted, recorded).to_document("c.cassette", UPSTREAM)))
    assert document["method"] == "POST"
    assert document["path"] == "/v1/threads/thread_1/runs"
    assert (document["nearest"], document["refused"], document["consequence"]) == (1, None, False)
    assert document["to_ignore"] == ["$.metadata.t"]
    assert [each["path"] for each in document["differences"]] == ["$.a", "$.metadata.t"]
    assert document["differences"][1]["volatile"] == "a Unix timestamp"
    assert document["message"] == told(miss_of(wanted, recorded))


def test_the_document_of_a_miss_without_anything_near() -> None:
    document = miss_of(make_request(), []).to_document("c.cassette", "")
    assert (document["nearest"], document["differences"]) == (None, [])
    assert "--upstream URL" in str(document["message"])
