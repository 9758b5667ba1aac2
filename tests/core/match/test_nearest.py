from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from runreel.core.match import nearest
from runreel.core.match.matching import Matching
from runreel.core.match.normalize import NormalizedRequest, normalize
from runreel.core.match.rules import MatchRules
from runreel.dialects import find_dialect
from runreel.model import Request
from support.build import make_request
from support.requests import make_body_request


def find_nearest(sent: Request, candidates: Sequence[Request]) -> int | None:
    return nearest.find_nearest(sent, candidates, Matching(find_dialect).normalize)


class TestNearest:
    def test_without_candidates_there_is_none(self) -> None:
        assert find_nearest(make_request(), []) is None

    def test_the_same_path_is_preferred(self) -> None:
        sent = make_request(target=b"/a", body=b'{"a": 1, "b": 2}')
        other_path = make_request(target=b"/b", body=b'{"a": 1, "b": 2}')
        same_path = make_request(target=b"/a", body=b'{"a": 3, "b": 4}')
        assert find_nearest(sent, [other_path, same_path]) == 1

    def test_of_equal_paths_the_one_with_the_fewest_differences(self) -> None:
        sent = make_body_request(b'{"a": 1, "b": 2}')
        candidates = [make_body_request(body) for body in (b"{}", b'{"a": 1}', b'{"b": 2}')]
        assert find_nearest(sent, candidates) == 1

    def test_without_an_equal_path_the_one_with_the_fewest_differences(self) -> None:
        sent = make_request(target=b"/a", body=b"[1]")
        candidates = [make_request(target=b"/b", body=body) for body in (b"[1, 2, 3]", b"[1]")]
        assert find_nearest(sent, candidates) == 1

    def test_the_same_method_is_preferred_to_fewer_differences(self) -> None:
        sent = make_request("POST", body=b'{"a": 1, "b": 2}')
        candidates = [make_request("GET", body=sent.body), make_request(body=b"{}")]
        assert find_nearest(sent, candidates) == 1

    def test_without_an_equal_path_the_one_with_the_fewest_different_segments(self) -> None:
        sent = make_request(target=b"/v1/threads/thread_9/runs", body=b"[1]")
        others = (b"/v1/threads", b"/v1/files/file_1/content", b"/v1/threads/thread_1/runs?a=1")
        candidates = [make_request(target=target, body=b"[1]") for target in others]
        assert find_nearest(sent, candidates) == 2

    @pytest.mark.parametrize(
        ("why", "other"),
        [
            ("a call without the list", b'{"a": 1}'),
            ("an empty object", b"{}"),
            ("not an object", b"[]"),
            ("no body", b""),
            ("not JSON", b"{"),
            ("a repeated name", b'{"a": 1, "a": 1}'),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_a_request_that_lacks_most_values_is_not_the_nearest(
        self, why: str, other: bytes
    ) -> None:
        def make_messages(*texts: str) -> Request:
            messages = [{"role": "user", "content": text} for text in texts]
            return make_body_request(json.dumps({"a": 1, "messages": messages}).encode())

        recorded = [make_body_request(other), make_messages("Hi", "Where is it?")]
        assert find_nearest(make_messages("Hello", "Where was it?"), recorded) == 1

    def test_of_equal_candidates_the_first(self) -> None:
        assert (
            find_nearest(
                make_body_request(b"[1]"), [make_body_request(b"[2]"), make_body_request(b"[3]")]
            )
            == 0
        )


def make_call(number: int) -> Request:
    """Return one of many calls, which differ in a few places each."""
    settings = {str(place): f"value {place}" for place in range(20)}
    members = {"n": number, "user": f"u{number % 7}", "metadata": settings, "last": f"m{number}"}
    return make_body_request(json.dumps({"text": "lorem ipsum " * 80, **members}).encode())


MANY = [make_call(number) for number in range(1_000)]
ONE_OFF = [
    ("the first member", b'"text": "lorem', b'"text": "Lorem'),
    ("a number", b'"n": 777', b'"n": 0.5'),
    ("a member in between", b'"11": "value 11"', b'"11": "another"'),
    ("the last member", b'"last": "m777"', b'"last": "and something longer"'),
    ("a missing member", b'"user": "u0", ', b""),
    ("an additional member", b'"n": 777', b'"n": 777, "more": {"a": [1, 2, 3]}'),
]


@pytest.mark.parametrize(("reason", "old", "new"), ONE_OFF, ids=[c[0] for c in ONE_OFF])
def test_among_many_candidates_the_one_with_one_difference_is_found(
    reason: str, old: bytes, new: bytes
) -> None:
    assert old in MANY[777].body
    sent = replace(MANY[777], body=MANY[777].body.replace(old, new))
    assert find_nearest(sent, MANY) == 777


def test_among_many_candidates_the_query_counts() -> None:
    polls = [make_request("GET", b"/x?a=%d&b=%d&c=%d" % (n, n, n), body=b"") for n in range(500)]
    assert find_nearest(make_request("GET", b"/x?a=400&b=1&c=400", body=b""), polls) == 400


def test_among_many_candidates_only_a_few_are_normalised(monkeypatch: pytest.MonkeyPatch) -> None:
    normalized: list[Request] = []

    def counting_normalize(request: Request, rules: MatchRules) -> NormalizedRequest:
        normalized.append(request)
        return normalize(request, rules)

    monkeypatch.setattr("runreel.core.match.matching.normalize", counting_normalize)
    assert find_nearest(make_body_request(b'{"n": 5}'), MANY) == 5
    assert len(normalized) == 33


def test_only_a_bounded_size_of_large_bodies_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runreel.core.match.nearest._MAX_COMPARED_BYTES", 1)
    assert (
        find_nearest(
            make_body_request(b"[2]"), [make_body_request(b"[1, 1]"), make_body_request(b"[2, 2]")]
        )
        == 0
    )
