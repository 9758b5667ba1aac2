from __future__ import annotations

from runreel.model import End
from runreel.shell.reports import about
from support.build import make_head, make_request


def test_an_exchange_is_told_without_its_query_its_headers_and_its_bodies() -> None:
    request = make_request(target=b"/v1/runs?key=canary", body=b"canary")
    assert about(make_head(number=7, request=request, end=End.RESET)) == {
        "exchange": 7,
        "method": "POST",
        "path": "/v1/runs",
        "operation": "runs.create",
        "status": 200,
        "end": "reset",
    }
