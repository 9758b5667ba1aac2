"""Which id stands for which."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runreel.core.diff.ids.id_map import IdMap, IdVotes
from runreel.core.diff.ids.tokens import TokenPair, TokenRole

IDS = st.sampled_from(["id_1", "id_2", "id_3", "id_4", "REDACTED-email-1"])
PAIRS = st.lists(st.builds(TokenPair, IDS, IDS, st.sampled_from(TokenRole)), max_size=30)


def define(left: str, right: str) -> TokenPair:
    return TokenPair(left, right, TokenRole.DEFINITION)


def elect(*pairs: TokenPair) -> IdMap:
    votes = IdVotes()
    votes.add(pairs)
    return votes.elect()


def test_the_pair_with_the_most_votes_wins() -> None:
    ids = elect(define("a_1", "x_2"), define("a_1", "x_1"), define("a_1", "x_1"))
    assert ids.by_left == {"a_1": "x_1"}
    assert ids.has("a_1", "x_1")
    assert not ids.has("a_1", "x_2")


def test_of_equal_ones_the_first_wins() -> None:
    assert elect(define("a_1", "x_1"), define("a_1", "x_2")).by_left == {"a_1": "x_1"}


def test_a_value_that_a_model_was_the_first_to_write_is_no_id() -> None:
    use, look = (TokenPair("a_1", "x_1", role) for role in (TokenRole.USE, TokenRole.LOOK))
    assert elect(use, look).by_left == {}
    assert elect(look, use).by_left == {"a_1": "x_1"}
    assert elect(use, define("a_1", "x_1")).by_left == {"a_1": "x_1"}


@given(PAIRS)
def test_the_result_is_a_bijection(pairs: list[TokenPair]) -> None:
    ids = elect(*pairs)
    assert {right: left for left, right in ids.by_left.items()} == ids.by_right
    assert all(ids.has(left, right) for left, right in ids.by_left.items())


def test_texts_get_the_ids_of_the_left_side() -> None:
    ids = elect(define("run_1", "run_2"), define("thread_a", "thread_b"))
    assert ids.translate("see run_2 of thread_b") == "see run_1 of thread_a"
    assert ids.translate("run_1") == "another run_1"
    assert ids.translate("run_20") == "run_20"
    assert ids.translate_json(r'{"a": "\nrun_2", "b": "A\\trun_2"}') == (
        r'{"a": "\nrun_1", "b": "A\\trun_1"}'
    )


def test_ids_are_learned_unless_they_have_a_counterpart() -> None:
    ids = elect(define("run_1", "run_2"))
    assert ids.learn("msg_1", "msg_9")
    assert ids.learn("msg_1", "msg_9")
    assert not ids.learn("msg_1", "msg_8")
    assert not ids.learn("msg_7", "msg_9")
    assert not ids.learn("run_1", "run_3")
