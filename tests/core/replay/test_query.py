from __future__ import annotations

import gzip

from runreel.core.match.matching import Matching
from runreel.core.match.normalize import build_request_key
from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.replay.query import build_query
from runreel.dialects import find_dialect
from support.build import make_request

MATCHING = Matching(find_dialect)


def make_redactor() -> Redactor:
    return Redactor(Rules.build(), Vault())


def test_a_query_is_redacted_as_a_recording_is() -> None:
    sent = make_request(
        headers=((b"Content-Encoding", b"gzip"), (b"api-key", b"canary-0123456789")),
        body=gzip.compress(b'{"assistant_id": "asst_1"}'),
    )
    query = build_query(sent, redactor=make_redactor(), matching=MATCHING, max_body=1000)
    assert query.request.body == b'{"assistant_id": "asst_1"}'
    assert b"canary" not in b"".join(value for _, value in query.request.headers)
    assert query.scope == "thread_1"
    assert query.request_keys == (build_request_key(sent),)
    assert query.fingerprints == (
        MATCHING.fingerprint(make_request(body=b'{"assistant_id":"asst_1"}')),
    )


def test_a_repeated_secret_gives_a_second_variant() -> None:
    headers = ((b"api-key", b"assistants"),)
    sent = make_request(headers=headers, body=b'{"instructions": "be assistants"}')
    query = build_query(sent, redactor=make_redactor(), matching=MATCHING, max_body=1000)
    assert len(query.fingerprints) == 2
    assert query.fingerprints[1] == MATCHING.fingerprint(make_request(body=sent.body))
    assert b"be assistants" not in query.request.body
