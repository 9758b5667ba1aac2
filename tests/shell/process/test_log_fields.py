from __future__ import annotations

from runreel.model import End
from runreel.shell.process.log_fields import describe_exchange
from support.build import make_head, make_request


def test_an_exchange_is_described_without_query_headers_and_bodies() -> None:
    request = make_request(target=b"/v1/runs?key=canary", body=b"canary")
    assert describe_exchange(make_head(number=7, request=request, end=End.RESET)) == {
        "exchange": 7,
        "method": "POST",
        "path": "/v1/runs",
        "operation": "runs.create",
        "status": 200,
        "end": "reset",
    }
