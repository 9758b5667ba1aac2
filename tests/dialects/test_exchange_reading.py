"""The reading of an exchange."""

from __future__ import annotations

import json

from runreel.dialects import find_dialect
from runreel.dialects.exchange_reading import read_exchange
from runreel.model import Answer, Problem
from support.build import STARTED_NS, make_answer, make_exchange, make_head, make_request
from support.requests import JSON


def make_json_answer(**values: object) -> Answer:
    return make_answer(json.dumps(values).encode(), headers=JSON)


def test_stored_and_new_problems_are_listed_once_each() -> None:
    repeated = Problem("temperature", "is more than 2, the documented maximum")
    stored = (Problem("headers.x", "was not forwarded"), repeated)
    request = make_request(body=b'{"assistant_id": "a", "temperature": 3, "x": 1}')
    exchange = make_exchange(head=make_head(request=request, problems=stored))
    unknown = Problem("x", "is not a documented field")
    assert read_exchange(exchange, find_dialect).trace.problems == (*stored, unknown)


def test_a_call_of_another_api_has_no_run() -> None:
    request = make_request("GET", b"/other", body=b"")
    reading = read_exchange(
        make_exchange(request=request, answer=make_json_answer(a=1)), find_dialect
    )
    assert (reading.run, reading.trace.problems, reading.events) == (None, (), ())
    assert reading.build_document(first_ns=STARTED_NS)["run"] is None


def test_the_document_contains_the_request_and_its_time() -> None:
    document = read_exchange(make_exchange(), find_dialect).build_document(
        first_ns=STARTED_NS - 5_000
    )
    run = document["run"]
    assert isinstance(run, dict)
    assert run["fields"] == {"assistant_id": "asst_1", "stream": True}
    assert "problems" not in run
    assert document["after_us"] == 5
