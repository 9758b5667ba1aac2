from __future__ import annotations

import json

from runreel.core.explain.miss import explain_miss
from runreel.core.match.matching import Matching
from runreel.core.replay.candidate import Refusal, RefusalReason
from runreel.dialects import find_dialect
from runreel.shell.replay.miss_fields import describe_miss
from support.build import make_head, make_request


def test_a_miss_is_described_by_paths_without_values() -> None:
    path = b"/v1/threads/t/runs"
    target = path + b"?t=17640000%d"
    recorded = make_request(target=target % 10, body=b'{"a": "canary", "b": "canary"}')
    request = make_request(target=target % 20, body=b'{"a": "sunbird", "b": "canary"}')
    heads = [make_head(number=4, request=recorded)]
    first = explain_miss(request, heads, Matching(find_dialect))
    fields = describe_miss(first)
    assert fields == {
        "method": "POST",
        "path": "/v1/threads/t/runs",
        "nearest": 4,
        "differs": ["query.t", "$.a"],
        "volatile": {"query.t": "a Unix timestamp"},
        "to_ignore": ["query.t"],
    }
    later = explain_miss(make_request("GET", path), heads, Matching(find_dialect), earlier=[first])
    fields = describe_miss(later)
    assert fields["consequence_of"] == "POST /v1/threads/t/runs"
    assert not any(value in json.dumps(fields) for value in ("canary", "sunbird", "17640000"))


def test_a_refusal_is_described_with_the_change_that_caused_it() -> None:
    heads = [make_head(number=number) for number in (1, 2)]
    refusal = Refusal(1, RefusalReason.PAST, 2)
    fields = describe_miss(
        explain_miss(make_request(), heads, Matching(find_dialect), refusal=refusal)
    )
    assert (fields["nearest"], fields["refused"], fields["change"]) == (1, "past", 2)
