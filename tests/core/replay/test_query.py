from __future__ import annotations

import gzip

from runreel.core.match import Matching, build_request_key
from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.replay.query import build_query
from runreel.dialects import find_dialect
from support.build import make_request

MATCHING = Matching(find_dialect)


def redactor() -> Redactor:
    return Redactor(Rules.build(), Vault())


def test_a_request_is_what_a_recording_would_hold() -> None:
    sent = make_request(
        headers=((b"Content-Encoding", b"gzip"), (b"api-key", b"canary-0123456789")),
        body=gzip.compress(b'{"assistant_id": "asst_1"}'),
    )
    asked = build_query(sent, redactor=redactor(), matching=MATCHING, max_body=1000)
    assert asked.request.body == b'{"assistant_id": "asst_1"}'
    assert b"canary" not in b"".join(value for _, value in asked.request.headers)
    assert asked.scope == "thread_1"
    assert asked.request_keys == (build_request_key(sent),)
    assert asked.fingerprints == (
        MATCHING.fingerprint(make_request(body=b'{"assistant_id":"asst_1"}')),
    )


def test_a_dummy_key_may_be_an_ordinary_word() -> None:
    headers = ((b"api-key", b"assistants"),)
    sent = make_request(headers=headers, body=b'{"instructions": "be assistants"}')
    asked = build_query(sent, redactor=redactor(), matching=MATCHING, max_body=1000)
    assert len(asked.fingerprints) == 2
    assert asked.fingerprints[1] == MATCHING.fingerprint(make_request(body=sent.body))
    assert b"be assistants" not in asked.request.body
