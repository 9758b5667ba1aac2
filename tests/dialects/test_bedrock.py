from __future__ import annotations

import json
from base64 import b64decode, b64encode

import pytest
from msgspec.structs import replace

from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.redact.texts.wrapped_events import unwrap_events
from runreel.core.replay.restore import restore_answer, restore_stored_answer
from runreel.core.trace.build import build_trace
from runreel.dialects import find_dialect
from runreel.dialects.bedrock import BEDROCK
from runreel.model import Exchange
from support.build import make_answer, make_exchange, make_request
from support.golden import GOLDEN, read_request
from support.messages import decode_messages, encode_event

CASE = GOLDEN / "bedrock" / "text-and-tool"
BODY = (CASE / "stream.bin").read_bytes()

CALLS = [
    ("/model/vendor.m%3A0/converse", "converse"),
    ("/model/vendor.m/converse-stream", "converse_stream"),
    ("/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fm/invoke", "invoke_model"),
    ("/model/m/invoke-with-response-stream", "invoke_model_with_response_stream"),
    ("/model/m/count-tokens", "count_tokens"),
    ("/guardrail/g/version/1/apply", "apply_guardrail"),
]


@pytest.mark.parametrize(("path", "operation"), CALLS, ids=[row[1] for row in CALLS])
def test_the_operation_of_a_call(path: str, operation: str) -> None:
    assert BEDROCK.interpret(make_request("POST", path.encode())).operation == operation


def test_the_model_is_decoded_from_the_path() -> None:
    request = make_request("POST", b"/model/arn%3Aaws%2Fm/converse", body=b"{}")
    assert BEDROCK.interpret(request).summary == {"model": "arn:aws/m"}


def redact(body: bytes = BODY) -> Exchange:
    """Redact an answer in frames that end anywhere."""
    pieces = [body[start : start + 97] for start in range(0, len(body), 97)]
    request = read_request(CASE / "request.json")
    exchange = make_exchange(request=request, answer=make_answer(*pieces, headers=()))
    channels = find_dialect(request).channels
    return Redactor(Rules.build(), Vault()).redact_exchange(exchange, channels)


def list_texts(body: bytes) -> list[str]:
    """Return the texts of the deltas of each block, joined."""
    texts: dict[int, str] = {}
    for _, payload in decode_messages(body):
        event = json.loads(payload)
        delta = event.get("delta", {})
        text = delta.get("text", "") + delta.get("reasoningContent", {}).get("text", "")
        text += delta.get("toolUse", {}).get("input", "")
        index = event.get("contentBlockIndex", -1)
        texts[index] = texts.get(index, "") + text
    return [text for text in texts.values() if text]


def test_a_secret_in_several_messages_is_replaced_and_the_messages_are_mended() -> None:
    answer = redact().answer
    assert list_texts(answer.body) == [
        "Ann is REDACTED-email-1@redacted.invalid.",
        "I wrote to REDACTED-email-2@redacted.invalid.",
        '{"to": "REDACTED-email-3@redacted.invalid"}',
    ]
    assert sum(frame.length for frame in answer.frames) == len(answer.body)


def test_values_are_put_back_into_valid_messages() -> None:
    answer = redact().answer
    values = {b"REDACTED-email-2@redacted.invalid": b"zoe@example.com"}
    restored = restore_answer(answer, values)
    assert list_texts(restored.body)[1] == "I wrote to zoe@example.com."
    assert list_texts(restored.body)[0] == list_texts(answer.body)[0]


def pack(text: str) -> bytes:
    event = json.dumps({"generation": text}).encode()
    return encode_event("chunk", {"bytes": b64encode(event).decode(), "p": "abc"})


def unpack(body: bytes) -> str:
    """Return the texts of events in base64, joined."""
    events = [json.loads(payload)["bytes"] for _, payload in decode_messages(body)]
    return "".join(json.loads(b64decode(event))["generation"] for event in events)


def test_values_are_put_back_into_events_in_base64() -> None:
    request = make_request("POST", b"/model/m/invoke-with-response-stream")
    pieces = [pack(text) for text in ("Write to bo", "b@exam", "ple.com ", "today.")]
    recorded = make_exchange(request=request, answer=make_answer(*pieces, headers=()))
    unwrapped = unwrap_events(recorded.answer)
    redactor = Redactor(Rules.build(), Vault())
    exchange = replace(recorded, answer=unwrapped.answer)
    stored = unwrapped.wrap(redactor.redact_exchange(exchange, BEDROCK.channels).answer)
    assert unpack(stored.body) == "Write to REDACTED-email-1@redacted.invalid today."
    values = {b"REDACTED-email-1@redacted.invalid": b"zoe@example.com"}
    restored = restore_stored_answer(stored, values)
    assert unpack(restored.body) == "Write to zoe@example.com today."
    assert sum(frame.length for frame in restored.frames) == len(restored.body)


def test_a_message_that_is_cut_off_is_redacted() -> None:
    event = encode_event("contentBlockDelta", {"delta": {"text": "mail ann@example.org now"}})
    assert b"ann@example.org" not in redact(BODY + event[:-9]).answer.body


USAGE = [
    ("a body without counts", b"{}", (3, 40)),
    ("a body that counts itself", b'{"usage": {"inputTokens": 7, "outputTokens": 8}}', (7, 8)),
]


@pytest.mark.parametrize(("why", "body", "tokens"), USAGE, ids=[row[0] for row in USAGE])
def test_headers_report_tokens_where_the_body_does_not(
    why: str, body: bytes, tokens: tuple[int, int]
) -> None:
    headers = (
        (b"Content-Type", b"application/json"),
        (b"X-Amzn-Bedrock-Input-Token-Count", b"3"),
        (b"X-Amzn-Bedrock-Output-Token-Count", b"40"),
        (b"X-Amzn-Bedrock-Cache-Read-Input-Token-Count", b"none"),
    )
    request = make_request("POST", b"/model/vendor.m/invoke", body=b"{}")
    exchange = make_exchange(request=request, answer=make_answer(body, headers=headers))
    stored = Redactor(Rules.build(), Vault()).redact_exchange(exchange, BEDROCK.channels)
    usage = build_trace(stored, BEDROCK).usage
    assert (usage.input_tokens, usage.output_tokens, usage.cached_tokens) == (*tokens, None)


def test_an_error_has_the_format_of_aws() -> None:
    assert json.loads(BEDROCK.build_error("no", "miss")) == {"message": "no", "code": "miss"}
