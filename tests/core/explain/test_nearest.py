from __future__ import annotations

import json
from collections.abc import Sequence
from random import Random

import pytest
from msgspec.structs import replace

from runreel.core.explain.nearest import NearestIndex
from runreel.core.match.matching import Matching
from runreel.core.match.normalize import NormalizedRequest, normalize
from runreel.core.match.rules import MatchRules
from runreel.dialects import find_dialect
from runreel.model import Request
from support.build import make_request
from support.requests import make_body_request


def find_nearest(sent: Request, candidates: Sequence[Request]) -> int | None:
    return NearestIndex(candidates, Matching(find_dialect).normalize).find(sent)


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
    normalized = count_normalized(monkeypatch)
    assert find_nearest(make_body_request(b'{"n": 5}'), MANY) == 5
    assert len(normalized) == 33


def count_normalized(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """Return a list to which each request is added that is normalised from now on."""
    normalized: list[Request] = []

    def counting_normalize(request: Request, rules: MatchRules) -> NormalizedRequest:
        normalized.append(request)
        return normalize(request, rules)

    monkeypatch.setattr("runreel.core.match.matching.normalize", counting_normalize)
    return normalized


def test_only_a_bounded_size_of_large_bodies_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runreel.core.explain.nearest._MAX_COMPARED_BYTES", 1)
    normalized = count_normalized(monkeypatch)
    candidates = [make_body_request(body) for body in (b"[1, 1]", b"[2, 2]")]
    assert find_nearest(make_body_request(b"[2]"), candidates) == 1
    assert not normalized, "the only one that is compared is the nearest"


WORDS = [f"word{number}" for number in range(3_000)]
SHARED = " ".join(WORDS[:200])


def make_prompt(number: int, *, size: int = 10, edit: str = "") -> Request:
    """Return a request whose prompt has ``size`` words of its own among many that all share."""
    own = " ".join(Random(number).sample(WORDS, size))  # noqa: S311 - no secret
    messages = [
        {"role": "system", "content": f"{SHARED} {edit} {SHARED}"},
        {"role": "user", "content": f"Question {number}: {own}"},
    ]
    return make_body_request(json.dumps({"model": "m", "messages": messages}).encode())


@pytest.mark.slow
@pytest.mark.parametrize("size", [3, 30, 3_000], ids=["short", "long", "25 kB"])
@pytest.mark.parametrize("count", [12, 40])
def test_an_edited_prompt_is_shown_against_itself(size: int, count: int) -> None:
    recorded = [make_prompt(number, size=size) for number in range(count)]
    for number in (0, 6, 11):
        sent = make_prompt(number, size=size, edit="edited")
        assert find_nearest(sent, recorded) == number
        body = recorded[number].body.replace(b"Question", b"Please tell me, question")
        assert find_nearest(replace(sent, body=body), recorded) == number


def test_an_edit_in_the_middle_of_a_long_text_is_shown_against_itself() -> None:
    filling = "lorem ipsum dolor sit amet " * 6_000
    texts = [f"{filling} subject {number}a {filling}" for number in range(12)]
    recorded = [make_body_request(json.dumps({"prompt": text}).encode()) for text in texts]
    sent = make_body_request(json.dumps({"prompt": texts[6].replace("subject", "topic")}).encode())
    assert find_nearest(sent, recorded) == 6


def test_of_equally_similar_ones_an_unplayed_one_is_the_nearest() -> None:
    recorded = [make_body_request(b'{"prompt": "say %d"}' % number) for number in range(4)]
    index = NearestIndex(recorded, Matching(find_dialect).normalize)
    sent = make_body_request(b'{"prompt": "say 7"}')
    assert [index.find(sent, played) for played in ((), {0}, {0, 1, 3}, {0, 1, 2, 3})] == [
        0,
        1,
        2,
        0,
    ]


@pytest.mark.slow
def test_among_ten_thousand_the_work_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = [make_prompt(number, size=3) for number in range(10_000)]
    index = NearestIndex(recorded, Matching(find_dialect).normalize)
    sent = make_prompt(7_777, size=3, edit="edited")
    steps = sum(1 for _ in index.prepare(sent))
    assert steps == len(recorded) + 64, "one for each sketch, and some for the common words"
    assert not [*index.prepare(sent)], "no sketch is taken twice"
    normalized = count_normalized(monkeypatch)
    assert index.find(sent) == 7_777
    assert len(normalized) == 33


def test_a_short_prompt_is_found_behind_a_long_one_that_all_share() -> None:
    """Of 40 kB that all requests share, less is read than would be left for what differs."""
    rules = " ".join(f"rule{number}" for number in range(4_000))

    def make(text: str) -> Request:
        messages = [{"role": "system", "content": rules}, {"role": "user", "content": text}]
        tools = [{"type": "function", "function": {"name": rules[:5_000]}}]
        return make_body_request(json.dumps({"messages": messages, "tools": tools}).encode())

    texts = [f"Row {number}: compute {number * 17 % 997} plus {number}" for number in range(9_999)]
    index = NearestIndex([*map(make, texts)], Matching(find_dialect).normalize)
    for number in (0, 663, 4_321, 9_998):
        assert index.find(make(texts[number].replace("compute", "calculate"))) == number


@pytest.mark.parametrize(
    "bodies", [[b'{"a": "b"}'] * 40, [b""] * 40, [b"x" * 9_999] * 40, [b"x" * n for n in range(40)]]
)
def test_requests_with_nothing_of_their_own_are_found_too(bodies: list[bytes]) -> None:
    recorded = [*map(make_body_request, bodies)]
    assert find_nearest(make_body_request(b"x" * 20_000), recorded) is not None


def test_only_candidates_of_the_nearest_path_are_sketched() -> None:
    recorded = [make_request("GET", b"/a?n=%d" % number, body=b"") for number in range(50)]
    recorded += [make_request("GET", b"/b?n=%d" % number, body=b"") for number in range(3)]
    index = NearestIndex(recorded, Matching(find_dialect).normalize)
    assert len([*index.prepare(make_request("GET", b"/b?n=9", body=b""))]) == 3 + 3
