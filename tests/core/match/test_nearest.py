from __future__ import annotations

import json
from dataclasses import replace

import pytest

from runreel.core.match import Matching, MatchRules
from runreel.core.match.normalize import NormalizedRequest, normalize
from runreel.dialects import find_dialect
from runreel.model import Request
from support.build import make_request
from support.requests import make_body_request

nearest = Matching(find_dialect).find_nearest


class TestNearest:
    def test_there_is_none_among_none(self) -> None:
        assert nearest(make_request(), []) is None

    def test_the_same_path_comes_first(self) -> None:
        sent = make_request(target=b"/a", body=b'{"a": 1, "b": 2}')
        other_path = make_request(target=b"/b", body=b'{"a": 1, "b": 2}')
        same_path = make_request(target=b"/a", body=b'{"a": 3, "b": 4}')
        assert nearest(sent, [other_path, same_path]) == 1

    def test_then_the_fewest_differences(self) -> None:
        sent = make_body_request(b'{"a": 1, "b": 2}')
        candidates = [make_body_request(body) for body in (b"{}", b'{"a": 1}', b'{"b": 2}')]
        assert nearest(sent, candidates) == 1

    def test_without_the_path_the_fewest_differences_of_all(self) -> None:
        sent = make_request(target=b"/a", body=b"[1]")
        candidates = [make_request(target=b"/b", body=body) for body in (b"[1, 2, 3]", b"[1]")]
        assert nearest(sent, candidates) == 1

    def test_the_same_method_comes_before_fewer_differences(self) -> None:
        sent = make_request("POST", body=b'{"a": 1, "b": 2}')
        candidates = [make_request("GET", body=sent.body), make_request(body=b"{}")]
        assert nearest(sent, candidates) == 1

    def test_without_the_path_the_one_with_the_fewest_other_segments(self) -> None:
        sent = make_request(target=b"/v1/threads/thread_9/runs", body=b"[1]")
        others = (b"/v1/threads", b"/v1/files/file_1/content", b"/v1/threads/thread_1/runs?a=1")
        candidates = [make_request(target=target, body=b"[1]") for target in others]
        assert nearest(sent, candidates) == 2

    @pytest.mark.parametrize(
        ("why", "other"),
        [
            ("a call without the list", b'{"a": 1}'),
            ("an empty object", b"{}"),
            ("no object", b"[]"),
            ("no body", b""),
            ("no JSON", b"{"),
            ("a repeated name", b'{"a": 1, "a": 1}'),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_what_lacks_most_is_not_the_nearest(self, why: str, other: bytes) -> None:
        def saying(*texts: str) -> Request:
            messages = [{"role": "user", "content": text} for text in texts]
            return make_body_request(json.dumps({"a": 1, "messages": messages}).encode())

        recorded = [make_body_request(other), saying("Hi", "Where is it?")]
        assert nearest(saying("Hello", "Where was it?"), recorded) == 1

    def test_of_equals_the_first(self) -> None:
        assert (
            nearest(
                make_body_request(b"[1]"), [make_body_request(b"[2]"), make_body_request(b"[3]")]
            )
            == 0
        )


def call(number: int) -> Request:
    """One of many calls that differ in a few places each."""
    settings = {str(place): f"value {place}" for place in range(20)}
    members = {"n": number, "user": f"u{number % 7}", "metadata": settings, "last": f"m{number}"}
    return make_body_request(json.dumps({"text": "lorem ipsum " * 80, **members}).encode())


MANY = [call(number) for number in range(1_000)]
ONE_OFF = [
    ("the first member", b'"text": "lorem', b'"text": "Lorem'),
    ("a number", b'"n": 777', b'"n": 0.5'),
    ("a member in between", b'"11": "value 11"', b'"11": "another"'),
    ("the last member", b'"last": "m777"', b'"last": "and something longer"'),
    ("one member less", b'"user": "u0", ', b""),
    ("one member more", b'"n": 777', b'"n": 777, "more": {"a": [1, 2, 3]}'),
]


@pytest.mark.parametrize(("reason", "old", "new"), ONE_OFF, ids=[c[0] for c in ONE_OFF])
def test_among_many_the_one_that_differs_in_one_place_is_found(
    reason: str, old: bytes, new: bytes
) -> None:
    assert old in MANY[777].body
    sent = replace(MANY[777], body=MANY[777].body.replace(old, new))
    assert nearest(sent, MANY) == 777


def test_among_many_the_query_counts_too() -> None:
    polls = [make_request("GET", b"/x?a=%d&b=%d&c=%d" % (n, n, n), body=b"") for n in range(500)]
    assert nearest(make_request("GET", b"/x?a=400&b=1&c=400", body=b""), polls) == 400


def test_among_many_few_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Request] = []

    def counted(request: Request, rules: MatchRules) -> NormalizedRequest:
        read.append(request)
        return normalize(request, rules)

    monkeypatch.setattr("runreel.core.match.matching.normalize", counted)
    assert nearest(make_body_request(b'{"n": 5}'), MANY) == 5
    assert len(read) == 33


def test_of_large_bodies_a_bounded_share_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runreel.core.match.nearest._MAX_COMPARED_BYTES", 1)
    assert (
        nearest(
            make_body_request(b"[2]"), [make_body_request(b"[1, 1]"), make_body_request(b"[2, 2]")]
        )
        == 0
    )
