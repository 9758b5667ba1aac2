from __future__ import annotations

import pytest

from runreel.core.replay import senders
from runreel.core.replay.senders import Sender, find_ids, index_named_ids, is_creation
from support.build import make_answer, make_head, make_request

TARGETS = [
    ("an id in the path", b"/v1/threads/thread_a1b2", {b"thread_a1b2"}),
    ("a value of the query", b"/state?after=run_77&x=1", {b"run_77"}),
    ("names of operations and versions", b"/v1/fine_tuning/jobs/cancel", set()),
    ("a placeholder", b"/v1/x?key=REDACTED-key-1", {b"REDACTED-key-1"}),
]


@pytest.mark.parametrize(("target", "ids"), [c[1:] for c in TARGETS], ids=[c[0] for c in TARGETS])
def test_ids_in_a_target(target: bytes, ids: set[bytes]) -> None:
    assert Sender.from_request(make_request("GET", target, body=b"")).ids == ids


MEMBERS = [
    ("id", b'{"id": "run_1"}', {b"run_1"}),
    ("names that end with it", b'{"thread_id":"t-17","messageId":"m-18"}', {b"t-17", b"m-18"}),
    ("in an event", b'data: {"a":[{"run_id":"run_1"}]}\n\n', {b"run_1"}),
    ("a number", b'{"id": 17}', set()),
    ("another name", b'{"name": "run_1"}', set()),
    ("a long text", b'{"id": "%b"}' % (b"x" * 999), set()),
]


@pytest.mark.parametrize(("body", "ids"), [c[1:] for c in MEMBERS], ids=[c[0] for c in MEMBERS])
def test_ids_in_members(body: bytes, ids: set[bytes]) -> None:
    assert find_ids(make_answer(body)) == ids
    assert Sender.from_request(make_request(target=b"/x", body=body)).ids == ids


def test_credentials_are_placeholders_in_headers_and_in_the_target() -> None:
    headers = ((b"Authorization", b"Bearer REDACTED-authorization-2"), (b"Accept", b"*/*"))
    sender = Sender.from_request(make_request("GET", b"/x?key=REDACTED-key-1", headers=headers))
    assert sender.credentials == {b"REDACTED-authorization-2", b"REDACTED-key-1"}


def test_a_credential_weighs_more_than_ids() -> None:
    sender = Sender(frozenset({b"a"}), frozenset({b"1", b"2"}))
    others = [
        Sender(frozenset({b"b"}), frozenset({b"1", b"2"})),
        Sender(frozenset({b"a"}), frozenset()),
        Sender(frozenset({b"a"}), frozenset({b"1"})),
    ]
    assert sorted(others, key=sender.measure_likeness) == others


CREATIONS = [
    ("a later path names it", b'{"id": "thread_1"}', [b"/threads/thread_1/runs"], True),
    ("the end of a path", b'{"id": "thread_1"}', [b"/threads/thread_1"], True),
    ("a parameter names it", b'{"id": "thread_1"}', [b"/runs?thread=thread_1&limit=2"], True),
    ("a later body names it", b'{"id": "conv_77"}', [b"/x"], True),
    ("nothing names it", b'{"id": "thread_2"}', [b"/threads/thread_1/runs"], False),
    ("the request has named it", b'{"assistant_id": "asst_1"}', [b"/assistants/asst_1"], False),
    ("no id, since it has no digit", b'{"id": "threads"}', [b"/threads/thread_1/runs"], False),
    ("a part of a longer one", b'{"id": "thread_1"}', [b"/threads/thread_12/runs"], False),
    ("no id", b'{"text": "thread_1"}', [b"/threads/thread_1/runs"], False),
    ("no later request", b'{"id": "thread_1"}', [], False),
]


@pytest.mark.parametrize(
    ("reason", "answer", "later", "expected"), CREATIONS, ids=[c[0] for c in CREATIONS]
)
def test_what_creates_something(
    reason: str, answer: bytes, later: list[bytes], expected: bool
) -> None:
    request = make_request(target=b"/threads", body=b'{"assistant_id": "asst_1"}')
    heads = [
        make_head(number=at, request=make_request(target=target, body=b'{"c": "conv_77"}'))
        for at, target in enumerate(later, start=6)
    ]
    earlier = make_head(number=4, request=make_request(target=b"/threads/thread_2/runs"))
    created = make_head(number=5, request=request)
    named = index_named_ids([earlier, created, *heads])
    assert is_creation(created, make_answer(answer), named) is expected


def test_only_the_first_megabytes_of_requests_are_indexed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(senders, "_MAX_INDEXED_BYTES", 20)
    bodies = (b'{"c": "conv_1"}', b'{"c": "conv_2"}')
    heads = [
        make_head(number=at, request=make_request(target=b"/x/run_000%d" % at, body=body))
        for at, body in enumerate(bodies, start=1)
    ]
    assert index_named_ids(heads) == {b"run_0001": 1, b"conv_1": 1, b"run_0002": 2}
