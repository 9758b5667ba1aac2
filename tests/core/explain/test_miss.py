from __future__ import annotations

import json
import tomllib
import uuid

import pytest
from msgspec.structs import replace

from runreel.core.explain.miss import Miss, explain_miss
from runreel.core.match.matching import Matching
from runreel.core.match.rules import MatchRules
from runreel.core.redact.finders.detector import TooManyFoundError
from runreel.core.replay.candidate import Refusal, RefusalReason
from runreel.dialects import find_dialect
from runreel.model import ExchangeHead, OmittedReason, Request
from support.build import make_head, make_request

UPSTREAM = "https://api.example.com"
RECORD_COMMAND = f"runreel record c.cassette --upstream {UPSTREAM}"


def make_heads(*bodies: bytes) -> list[ExchangeHead]:
    return [
        make_head(number=number, request=make_request(body=body))
        for number, body in enumerate(bodies, start=1)
    ]


def explain(request: Request, recorded: list[ExchangeHead], *ignore: str) -> Miss:
    return explain_miss(request, recorded, Matching(find_dialect, MatchRules.parse(ignore)))


def format_miss(miss: Miss) -> str:
    return miss.format_message("c.cassette", UPSTREAM)


def make_run(**fields: object) -> bytes:
    return json.dumps({"assistant_id": "asst_1", **fields}).encode()


def test_an_empty_cassette_has_no_nearest() -> None:
    assert format_miss(explain(make_request(), [])) == (
        "POST /v1/threads/thread_1/runs: no exchange in c.cassette answers this request (0 tried). "
        f"Record it with: {RECORD_COMMAND}"
    )


def test_the_nearest_exchange_and_its_differences_are_named() -> None:
    recorded = make_heads(b'{"a": 1, "b": 2, "c": 3}', b'{"a": 1, "b": 2, "c": 4}')
    text = format_miss(explain(make_request(body=b'{"a": 1, "b": 9, "c": 4}'), recorded))
    assert "Nearest: exchange 2, which differs in $.b: recorded 2, sent 9." in text
    assert "$.c" not in text


def test_many_differences_are_counted() -> None:
    recorded = make_heads(b"{%s}" % b", ".join(b'"k%d": 1' % number for number in range(50)))
    sent = b"{%s}" % b", ".join(b'"k%d": 2' % number for number in range(50))
    text = format_miss(explain(make_request(body=sent), recorded))
    assert text.count("recorded 1, sent 2") == 8
    assert "; and 42 more." in text


TOOL = {"type": "function", "function": {"name": "get_weather", "parameters": {"city": "string"}}}
CAUSES = [
    (
        "an edited prompt",
        make_run(instructions="Be kind."),
        make_run(instructions="Be terse."),
        f"The prompt was changed. If that is intended, record again: {RECORD_COMMAND}",
    ),
    (
        "a message",
        make_run(additional_messages=[{"role": "user", "content": "Hi"}]),
        make_run(additional_messages=[{"role": "user", "content": "Hello"}]),
        "The prompt was changed.",
    ),
    (
        "a tool with another schema",
        make_run(tools=[TOOL]),
        json.dumps(json.loads(make_run(tools=[TOOL]))).replace("string", "number").encode(),
        f'The tool "get_weather" was changed. If that is intended, record again: {RECORD_COMMAND}',
    ),
    (
        "a missing tool",
        make_run(tools=[{"type": "code_interpreter"}, TOOL]),
        make_run(tools=[{"type": "code_interpreter"}]),
        'The tool "get_weather" was changed.',
    ),
    (
        "tools in another order",
        make_run(tools=[TOOL, {"type": "code_interpreter"}]),
        make_run(tools=[{"type": "code_interpreter"}, TOOL]),
        "The order of an array's elements matters.",
    ),
    ("anything else", make_run(temperature=0), make_run(temperature=1), "The request was changed."),
    (
        "a UUID",
        make_run(metadata={"request_id": str(uuid.UUID(int=1))}),
        make_run(metadata={"request_id": str(uuid.UUID(int=2))}),
        "$.metadata.request_id is a UUID: probably new in each request. To ignore that, set "
        'under [runreel.match]: ignore = ["$.metadata.request_id"]',
    ),
    (
        "a date in a prompt",
        make_run(instructions="Be kind. Today is 2026-11-25."),
        make_run(instructions="Be kind. Today is 2026-11-26."),
        "$.instructions contains a date or a time: probably new in each request.",
    ),
]


@pytest.mark.parametrize(
    ("reason", "recorded", "sent", "cause"), CAUSES, ids=[c[0] for c in CAUSES]
)
def test_the_likely_cause_and_the_advice(
    reason: str, recorded: bytes, sent: bytes, cause: str
) -> None:
    assert cause in format_miss(explain(make_request(body=sent), make_heads(recorded)))


def test_values_of_placeholders_are_not_differences() -> None:
    recorded = make_run(instructions="Be kind.", user="REDACTED-email-1")
    miss = explain(
        make_request(body=make_run(instructions="Be terse.", user="bob")), make_heads(recorded)
    )
    assert [each.path for each in miss.differences.listed] == ["$.instructions"]
    alone = explain(
        make_request(body=make_run(user="bob b", instructions="Be kind.")), make_heads(recorded)
    )
    assert [each.path for each in alone.differences.listed] == ["$.user"]


NAMES = [
    ("a plain name", "id", True),
    ("quotes", "a'\"", True),
    ("DEL, which TOML requires to be escaped", "\x7f", True),
    ("half of a surrogate pair, which TOML cannot hold", "\ud800", False),
]


@pytest.mark.parametrize(("reason", "name", "is_ignorable"), NAMES, ids=[row[0] for row in NAMES])
def test_the_suggested_line_is_toml_and_makes_the_requests_match(
    reason: str, name: str, is_ignorable: bool
) -> None:
    recorded, sent = (make_run(**{name: str(uuid.UUID(int=number))}) for number in (1, 2))
    text = format_miss(explain(make_request(body=sent), make_heads(recorded)))
    _, marker, line = text.partition("under [runreel.match]: ")
    assert bool(marker) is is_ignorable
    assert ("If that is intended, record again" in text) is not is_ignorable
    rules = MatchRules.parse(tomllib.loads(line).get("ignore", ()))
    fingerprints = {
        Matching(find_dialect, rules).fingerprint(make_request(body=b)) for b in (recorded, sent)
    }
    assert len(fingerprints) == (1 if is_ignorable else 2)


def test_several_causes_are_reported() -> None:
    other = json.loads(json.dumps(TOOL).replace("get_weather", "get_time"))
    recorded = make_run(tools=[TOOL, other], metadata={"at": "1764000000"}, temperature=0)
    sent = make_run(tools=[], metadata={"at": "1764000001"}, temperature=1)
    text = format_miss(explain(make_request(body=sent), make_heads(recorded)))
    assert 'Tools changed: "get_weather", "get_time".' in text
    assert '[runreel.match]: ignore = ["$.metadata.at"]' in text


def test_a_place_in_an_array_is_generalised_to_all_elements() -> None:
    def messages(seed: int) -> bytes:
        ids = [str(uuid.UUID(int=seed + each)) for each in range(3)]
        return make_run(additional_messages=[{"content": "Hi", "id": each} for each in ids])

    miss = explain(make_request(body=messages(10)), make_heads(messages(20)), "$.user")
    assert miss.ignorable == ("$.additional_messages[*].id",)
    assert 'ignore = ["$.user", "$.additional_messages[*].id"]' in format_miss(miss)
    assert explain(
        make_request(body=messages(10)), make_heads(messages(20)), *miss.ignorable
    ).nearest


def test_a_name_that_looks_like_a_position_is_not_generalised() -> None:
    recorded, sent = (
        make_run(metadata={"a[0]": str(uuid.UUID(int=n)), "b]'[1]": str(uuid.UUID(int=n))})
        for n in (1, 2)
    )
    miss = explain(make_request(body=sent), make_heads(recorded))
    assert miss.ignorable == ("$.metadata['a[0]']", '$.metadata["b]\'[1]"]')


def test_the_suggested_places_make_the_requests_match() -> None:
    recorded, sent = (
        make_request(
            target=f"/v1/threads/thread_1/runs?t=17640000{n}".encode(),
            body=make_run(metadata={"a b": str(uuid.UUID(int=n))}),
        )
        for n in (10, 20)
    )
    miss = explain(sent, [make_head(request=recorded)])
    assert set(miss.ignorable) == {"query.t", "$.metadata['a b']"}
    rules = Matching(find_dialect, MatchRules.parse(miss.ignorable))
    assert rules.fingerprint(recorded) == rules.fingerprint(sent)


def test_a_path_cannot_be_ignored() -> None:
    recorded = make_request(target=f"/v1/x/{uuid.UUID(int=1)}".encode(), body=b"")
    sent = make_request(target=f"/v1/x/{uuid.UUID(int=2)}".encode(), body=b"")
    miss = explain(sent, [make_head(request=recorded)])
    assert miss.ignorable == ()
    assert (
        f"No such call was recorded. If that is intended, record again: {RECORD_COMMAND}"
        in format_miss(miss)
    )


def test_a_volatile_header_can_be_ignored() -> None:
    recorded, sent = (
        make_request(headers=((b"X-Id", str(uuid.UUID(int=n)).encode()),)) for n in (1, 2)
    )
    matching = Matching(find_dialect, MatchRules.parse(headers=["x-id"]))
    miss = explain_miss(sent, [make_head(request=recorded)], matching)
    assert miss.ignorable == ("headers.x-id",)
    rules = MatchRules.parse(miss.ignorable, ["x-id"])
    assert Matching(find_dialect, rules).find_differences(recorded, sent).listed == ()
    assert "headers.x-id is a UUID: probably new" in format_miss(miss)
    assert 'under [runreel.match]: ignore = ["headers.x-id"]' in format_miss(miss)


def test_a_recorded_body_that_was_not_kept() -> None:
    recorded = make_request(body=b"", omitted=OmittedReason.MAX_BODY)
    text = format_miss(explain(make_request(), [make_head(request=recorded)]))
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
        "(POST /v1/threads/thread_1/runs), which this client has not sent yet. Make the client",
    ),
]


@pytest.mark.parametrize(("reason", "refusal", "text"), REFUSALS, ids=[c[0] for c in REFUSALS])
def test_a_refused_exchange_of_the_same_call(reason: str, refusal: Refusal, text: str) -> None:
    recorded = make_heads(make_run(), make_run(stream=True))
    miss = explain_miss(recorded[0].request, recorded, Matching(find_dialect), refusal=refusal)
    assert text in format_miss(miss)
    assert miss.to_document("c.cassette", UPSTREAM)["refused"] == refusal.reason.value


def test_a_later_miss_names_the_first() -> None:
    recorded = make_heads(make_run(instructions="Be kind."))
    first = explain(make_request(body=make_run(instructions="Be terse.")), recorded)
    request = make_request("GET", b"/v1/threads/thread_1/runs/run_1", body=b"")
    later = explain_miss(request, recorded, Matching(find_dialect), earlier=[first])
    message = format_miss(later)
    consequence = (
        "This is likely a consequence of the session's first miss, POST "
        "/v1/threads/thread_1/runs (which differs in $.instructions): look there first. "
    )
    assert consequence in message
    assert message.index("runreel record") > message.index(consequence)  # no text after a command


def test_the_same_call_missed_again_is_not_a_consequence() -> None:
    request, recorded = make_request(body=make_run(a=1)), make_heads(make_run(a=2))
    first = explain(request, recorded)
    assert explain_miss(request, recorded, Matching(find_dialect), earlier=[first]) == first


def test_the_document_is_json() -> None:
    recorded = make_heads(make_run(metadata={"t": "1764000000"}, a="x" * 100))
    request = make_request(body=make_run(metadata={"t": "1764000001"}, a="y" * 100))
    document = json.loads(
        json.dumps(explain(request, recorded).to_document("c.cassette", UPSTREAM))
    )
    assert document["method"] == "POST"
    assert document["path"] == "/v1/threads/thread_1/runs"
    assert (document["nearest"], document["refused"], document["consequence"]) == (1, None, False)
    assert document["to_ignore"] == ["$.metadata.t"]
    assert [each["path"] for each in document["differences"]] == ["$.a", "$.metadata.t"]
    assert document["differences"][1]["volatile"] == "a Unix timestamp"
    assert document["message"] == format_miss(explain(request, recorded))


def test_the_document_of_a_miss_in_an_empty_cassette() -> None:
    document = explain(make_request(), []).to_document("c.cassette", "")
    assert (document["nearest"], document["differences"]) == (None, [])
    assert "--upstream URL" in str(document["message"])


def redact_word(request: Request) -> Request:
    """Redact a request as rules do that were added after the recording."""
    return replace(request, body=request.body.replace(b"falcon", b"REDACTED-project-1"))


def test_a_miss_that_new_redaction_rules_cause() -> None:
    [head] = make_heads(make_run(instructions="Write about falcon, please."))
    request = redact_word(head.request)
    miss = explain_miss(request, [head], Matching(find_dialect), redact=redact_word)
    assert format_miss(miss) == (
        "POST /v1/threads/thread_1/runs: no exchange in c.cassette answers this request (1 tried). "
        "Nearest: exchange 1, which today's redaction rules make the same call. The redaction "
        "rules have changed since it was recorded: redact the cassette by today's rules: "
        "runreel redact c.cassette"
    )
    assert miss.to_document("c.cassette", "")["outdated"] is True


def test_new_redaction_rules_and_an_edited_prompt() -> None:
    [head] = make_heads(make_run(instructions="Write about falcon, please.", user="x"))
    request = redact_word(make_request(body=head.request.body.replace(b"please", b"now")))
    text = format_miss(explain_miss(request, [head], Matching(find_dialect), redact=redact_word))
    assert "falcon" not in text, "what today's rules redact is not shown"
    assert "runreel redact c.cassette" in text
    assert "The prompt was changed." in text


def test_without_new_redaction_rules_nothing_is_to_be_redacted() -> None:
    heads = make_heads(make_run(instructions="Be kind."))
    request = make_request(body=make_run(instructions="Be terse."))
    miss = explain_miss(request, heads, Matching(find_dialect), redact=redact_word)
    assert "runreel redact" not in format_miss(miss)
    assert not miss.is_outdated


def test_an_exchange_with_too_many_secrets_is_not_compared() -> None:
    def refuse(request: Request) -> Request:
        raise TooManyFoundError(len(request.body))

    heads = make_heads(make_run(instructions="Be kind."))
    request = make_request(body=make_run(instructions="Be terse."))
    text = format_miss(explain_miss(request, heads, Matching(find_dialect), redact=refuse))
    assert "Nearest: exchange 1, in which today's redaction rules find too many secrets" in text
    assert "kind" not in text


def test_the_command_that_records_again_is_the_one_that_fits() -> None:
    heads = make_heads(make_run(instructions="Be kind."))
    miss = explain(make_request(body=make_run(instructions="Be terse.")), heads)
    command = "pytest --runreel-mode=record test_a.py --runreel-upstream={upstream}"
    text = miss.format_message("c.cassette", UPSTREAM, command)
    assert text.endswith(
        f"record again: pytest --runreel-mode=record test_a.py --runreel-upstream={UPSTREAM}"
    )
    assert miss.format_message("c", "", command).endswith("--runreel-upstream=URL")


def test_lines_that_differ_follow_the_paragraph() -> None:
    one, other = (
        make_run(instructions=f"You help.\n{text}\nThank you.") for text in ("a\nb", "c\nd")
    )
    text = format_miss(explain(make_request(body=other), make_heads(one)))
    _, block = text.split("\n\n")
    assert block.splitlines() == [
        "$.instructions, line 2:",
        "  You help.",
        "- a",
        "- b",
        "+ c",
        "+ d",
        "  Thank you.",
    ]


BASES = [
    ("/chat/completions", "/v1/chat/completions", "Leave /v1 out of the client's base URL"),
    ("/v1/chat/completions", "/chat/completions", "Add /v1 to the client's base URL"),
]


@pytest.mark.parametrize(("recorded", "sent", "advice"), BASES)
def test_a_mistake_in_the_base_url_has_its_own_advice(
    recorded: str, sent: str, advice: str
) -> None:
    heads = [make_head(request=make_request(target=recorded.encode()))]
    text = format_miss(explain(make_request(target=sent.encode()), heads))
    assert advice in text
    assert "record again" not in text
