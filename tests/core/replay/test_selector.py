from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from runreel.config.schema import OrderName
from runreel.core.replay.candidate import (
    Candidate,
    ChoiceReason,
    Refusal,
    RefusalReason,
    build_candidate,
    may_change_state,
)
from runreel.core.replay.selector import Selector
from runreel.model import Timings
from support.build import make_head, make_request

READS = "pl"
"""Polling a run and listing messages; all other calls change the state."""


def test_safe_methods_change_nothing() -> None:
    assert [
        may_change_state(method) for method in ("GET", "HEAD", "OPTIONS", "POST", "DELETE")
    ] == [
        False,
        False,
        False,
        True,
        True,
    ]


def test_build_candidate() -> None:
    head = make_head(number=3, request=make_request("GET"), timings=Timings(1_000_000, 5, 20))
    assert build_candidate(head, "t") == Candidate(3, "t", False, 1_000_000, 1_020_000)


def make_selector(
    calls: str, *, scope: str = "t", strict: bool = False, order: OrderName = "causal"
) -> Selector:
    """Build a selector of these calls, one letter each; equal letters are the same call."""
    selector = Selector("strict" if strict else order)
    for number, call in enumerate(calls, start=1):
        selector.add(call.encode(), Candidate(number, scope, call not in READS))
    return selector


IN_ANY_ORDER = [
    ("as recorded", "rpsp", "rpsp", [1, 2, 3, 4]),
    ("a read before all changes", "rpsp", "p", [2]),
    ("a read after all changes", "prs", "rsp", [2, 3, 1]),
    ("each recording of a call once, then the last one", "rpspp", "sppppr", [3, 2, 4, 5, 5, 1]),
    ("a change again", "rr", "rrr", [1, 2, 2]),
]


@pytest.mark.parametrize(
    ("reason", "recorded", "calls", "numbers"), IN_ANY_ORDER, ids=[c[0] for c in IN_ANY_ORDER]
)
@pytest.mark.parametrize("scope", ["t", ""])
def test_any_order(reason: str, recorded: str, calls: str, numbers: list[int], scope: str) -> None:
    selector = make_selector(recorded, scope=scope, order="any")
    assert take_all(selector, calls, scope) == numbers


@given(st.permutations("rprsppqq"))
def test_in_any_order_each_exchange_answers_once(calls: list[str]) -> None:
    selector = make_selector("rprsppqq", order="any")
    assert sorted(take_all(selector, "".join(calls)), key=str) == [*range(1, 9)]


def take_all(selector: Selector, calls: str, scope: str = "t") -> list[int | None]:
    candidates = [selector.take(call.encode(), scope) for call in calls]
    return [candidate and candidate.number for candidate in candidates]


IN_A_THREAD = [
    ("in order, then the last one again", "ppp", "pppp", [1, 2, 3, 3]),
    ("polling less often does not show the past", "ppsp", "psp", [1, 3, 4]),
    ("polling more often does not show the future", "psp", "ppsp", [1, 1, 2, 3]),
    (
        "nothing from before a change, even if nothing was recorded after it",
        "pps",
        "psp",
        [1, 3, None],
    ),
    ("nothing from after a change that the client has not made", "sp", "psp", [None, 1, 2]),
    ("skipped exchanges are not played later", "ppsps", "psps", [1, 3, 4, 5]),
    ("messages are not older than the last poll", "plpl", "ppl", [1, 3, 4]),
    (
        "the newest of the call, although a newer exchange of another call was played",
        "plp",
        "ppl",
        [1, 3, 2],
    ),
    ("two reads in the other order", "pl", "lp", [2, 1]),
    ("changes play in order, and the last one again", "ss", "sss", [1, 2, 2]),
    ("changes in another order", "abp", "bap", [2, 1, 3]),
    ("a change that is skipped", "abp", "bp", [2, 3]),
    ("a change out of order does not turn time back", "apbp", "bapp", [3, 1, 4, 4]),
    ("the same change twice, after something else", "abap", "bap", [2, 3, 4]),
    ("a call that was never recorded", "p", "s", [None]),
]


@pytest.mark.parametrize(
    ("reason", "recorded", "calls", "expected"), IN_A_THREAD, ids=[row[0] for row in IN_A_THREAD]
)
def test_in_a_thread(reason: str, recorded: str, calls: str, expected: list[int | None]) -> None:
    assert take_all(make_selector(recorded), calls) == expected


IN_NO_THREAD = [
    ("in order, then the last one again", "ppp", "pppp", [1, 2, 3, 3]),
    ("after a change, what was recorded after it", "pspsp", "psp", [1, 2, 3]),
    ("before the next change, what was recorded before it", "pspsp", "pppspp", [1, 1, 1, 2, 3, 3]),
    ("a read recorded before an unrelated change", "pps", "spp", [3, 1, 2]),
    ("a read recorded after an unrelated change", "spp", "ppp", [2, 3, 3]),
    ("the second time, only forward", "pspsp", "spspp", [2, 3, 4, 5, 5]),
    ("never back to a skipped exchange", "ppsps", "pspsp", [1, 3, 4, 5, 4]),
]


@pytest.mark.parametrize(
    ("reason", "recorded", "calls", "expected"), IN_NO_THREAD, ids=[row[0] for row in IN_NO_THREAD]
)
def test_in_no_thread(reason: str, recorded: str, calls: str, expected: list[int | None]) -> None:
    assert take_all(make_selector(recorded, scope=""), calls, scope="") == expected


STRICT = [
    ("each exchange once", "pp", "ppp", [1, 2, None]),
    ("no change twice", "s", "ss", [1, None]),
    ("no change out of order", "ab", "ba", [2, None]),
    ("nothing from before a change", "ps", "sp", [2, None]),
    ("nothing from after a change", "sp", "p", [None]),
    ("reads between two changes in any order", "plp", "lpp", [2, 1, 3]),
]


@pytest.mark.parametrize(
    ("reason", "recorded", "calls", "expected"), STRICT, ids=[row[0] for row in STRICT]
)
@pytest.mark.parametrize("scope", ["t", ""], ids=["thread", "session"])
def test_strict(
    reason: str, recorded: str, calls: str, expected: list[int | None], scope: str
) -> None:
    assert take_all(make_selector(recorded, scope=scope, strict=True), calls, scope) == expected


def test_scopes_do_not_disturb_each_other() -> None:
    selector = Selector()
    selector.add(b"poll a", Candidate(1, "a", False))
    selector.add(b"submit b", Candidate(2, "b", True))
    selector.add(b"poll a", Candidate(3, "a", False))
    assert take_all(selector, "") == []
    assert selector.take(b"submit b", "b") == Candidate(2, "b", True)
    assert selector.take(b"poll a", "a") == Candidate(1, "a", False)


def test_a_registered_change_bounds_the_choice() -> None:
    selector = Selector()
    changes = [Candidate(number, "t", True) for number in (4, 2)]
    for candidate in (*changes, *changes):
        selector.register_change(candidate)
    for number in (1, 3, 5):
        selector.add(b"p", Candidate(number, "t", False))
    assert take_all(selector, "pp") == [1, 1]


UNDER_WAY = [
    ("a read answered after the change was sent", (0, 50), (40, 90), "sp", [2, 1]),
    ("a read answered before the change was sent", (0, 30), (40, 90), "sp", [2, None]),
    ("a read sent before the change was answered", (60, 80), (0, 70), "p", [2]),
    ("a read sent after the change was answered", (80, 90), (0, 70), "p", [None]),
]


@pytest.mark.parametrize(
    ("reason", "read", "change", "calls", "expected"), UNDER_WAY, ids=[row[0] for row in UNDER_WAY]
)
def test_overlapping_calls_may_be_played_in_either_order(
    reason: str,
    read: tuple[int, int],
    change: tuple[int, int],
    calls: str,
    expected: list[int | None],
) -> None:
    selector = Selector()
    exchanges = sorted([(*read, b"p"), (*change, b"s")])
    for number, (started, ended, call) in enumerate(exchanges, start=1):
        selector.add(call, Candidate(number, "t", call == b"s", started, ended))
    assert take_all(selector, calls) == expected


def test_a_candidate_must_overlap_with_all_changes_in_between() -> None:
    selector = Selector()
    for number, call, started, ended in (
        (1, b"a", 0, 50),
        (2, b"b", 10, 20),
        (3, b"p", 40, 60),
        (4, b"p", 55, 60),
    ):
        selector.add(call, Candidate(number, "t", call != b"p", started, ended))
    assert take_all(selector, "p") == [None]


@pytest.mark.parametrize("order", ["causal", "any"])
def test_what_creates_something_is_played_in_rounds(order: OrderName) -> None:
    selector = make_selector("crcrc", scope="", order=order)
    first, *_, other = selector.list_candidates(b"c")
    assert (first.number, other.number) == (1, 5)
    assert selector.may_be_creating(1)
    selector.mark_creating(1)
    assert not selector.may_be_creating(5)
    taken = [selector.take(b"c", "") for _ in range(7)]
    assert [each and each.number for each in taken] == [1, 3, 5, 1, 3, 5, 1]
    again = selector.take(b"c", "", prefer=lambda candidate: candidate.number != 3)
    assert again == other


def test_only_the_first_of_several_recordings_may_tell_that_a_call_creates_something() -> None:
    selector = make_selector("ccccccr", scope="")
    assert [selector.may_be_creating(each) for each in range(1, 7)] == [True] * 4 + [False] * 2
    assert not selector.may_be_creating(7)
    assert selector.list_candidates(b"x") == []


def test_a_reset_scope_is_played_from_the_start() -> None:
    selector = make_selector("psppsp")
    selector.add(b"o", Candidate(7, "other", True))
    first = take_all(selector, "pspsp")
    assert take_all(selector, "o", "other") == [7]
    selector.reset("t")
    assert take_all(selector, "pspsp") == first == [1, 2, 3, 5, 6]
    assert selector.choose(b"o", "other") == (Candidate(7, "other", True), ChoiceReason.AGAIN)


class TestPreference:
    """Two users send requests that differ only in values hidden by placeholders."""

    @staticmethod
    def make_selector(owners: str, scope: str = "t") -> Selector:
        selector = Selector()
        for number in range(1, len(owners) + 1):
            selector.add(b"p", Candidate(number, scope, False))
        return selector

    @pytest.mark.parametrize("scope", ["t", ""], ids=["thread", "session"])
    def test_each_user_gets_their_own_answers(self, scope: str) -> None:
        owners = "abab"
        selector = self.make_selector(owners, scope)

        def take(user: str) -> int | None:
            candidate = selector.take(
                b"p", scope, prefer=lambda candidate: owners[candidate.number - 1] == user
            )
            return candidate and candidate.number

        assert [take(user) for user in "bbabaac"] == [2, 4, 3, 4, 3, 3, 4]

    def test_the_number_of_a_scopes_placeholder_does_not_count(self) -> None:
        selector = Selector()
        selector.add(b"p", Candidate(1, "REDACTED-thread-1", False))
        selector.add(b"p", Candidate(2, "REDACTED-thread-2", False))
        assert selector.take(b"p", "REDACTED-thread-9") == Candidate(1, "REDACTED-thread-1", False)
        assert selector.take(b"p", "REDACTED-thread-2") == Candidate(2, "REDACTED-thread-2", False)


REFUSALS = [
    ("no such call", "p", "", "x", False, None),
    ("from before a change", "ps", "s", "p", False, Refusal(1, RefusalReason.PAST, 2)),
    ("an exchange that may answer", "psp", "", "p", False, None),
    ("from after a change", "asp", "a", "p", False, Refusal(3, RefusalReason.FUTURE, 2)),
    ("from before and after", "asbp", "as", "p", False, Refusal(4, RefusalReason.FUTURE, 3)),
    ("played already", "pp", "pp", "p", True, Refusal(2, RefusalReason.PLAYED)),
    ("a change that was played", "s", "s", "s", True, Refusal(1, RefusalReason.PLAYED)),
    ("a change that was passed over", "ab", "b", "a", True, Refusal(1, RefusalReason.PAST, 2)),
]


@pytest.mark.parametrize(
    ("reason", "recorded", "played", "call", "strict", "expected"),
    REFUSALS,
    ids=[row[0] for row in REFUSALS],
)
def test_a_refusal_names_the_exchange_and_the_change(
    reason: str, recorded: str, played: str, call: str, strict: bool, expected: Refusal | None
) -> None:
    selector = make_selector(recorded, strict=strict)
    take_all(selector, played)
    is_refused = selector.choose(call.encode(), "t") is None
    assert (selector.explain_refusal(call.encode(), "t") if is_refused else None) == expected


def test_choose_gives_the_reason_and_plays_nothing() -> None:
    selector = make_selector("ps", scope="")
    assert selector.choose(b"p", "") == (Candidate(1, "", False), ChoiceReason.NEXT)
    assert selector.choose(b"p", "") == (Candidate(1, "", False), ChoiceReason.NEXT)
    take_all(selector, "s", "")
    assert selector.choose(b"p", "") == (Candidate(1, "", False), ChoiceReason.ASIDE)
    assert selector.choose(b"s", "") == (Candidate(2, "", True), ChoiceReason.AGAIN)


class ModelExchange(NamedTuple):
    """One exchange of the model upstream: the call, and the state that its answer shows."""

    thread: str
    call: str
    changes_before: int
    state: int


@dataclass
class Upstream:
    """A model upstream: threads that calls change, and whose runs progress by themselves."""

    exchanges: list[ModelExchange] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    changes: Counter[str] = field(default_factory=Counter)

    def act(self, thread: str, action: str) -> None:
        """Perform one action: ``.`` lets time pass, ``p`` and ``l`` read, others are changes."""
        if action == "." or action not in READS:
            self.states[thread] += 1
        if action == ".":
            return
        before = self.changes[thread]
        self.changes[thread] += action not in READS
        self.exchanges.append(ModelExchange(thread, action, before, self.states[thread]))

    def make_selector(self, *, strict: bool) -> Selector:
        selector = Selector("strict" if strict else "causal")
        for number, exchange in enumerate(self.exchanges, start=1):
            scope = "" if exchange.call == "n" else exchange.thread
            key = b"new" if exchange.call == "n" else f"{exchange.thread}{exchange.call}".encode()
            selector.add(key, Candidate(number, scope, exchange.call not in READS))
        return selector


THREADS = "xyz"
ACTIONS = st.lists(st.tuples(st.sampled_from(THREADS), st.sampled_from("pl.prs")), max_size=40)
"""Reads, time, and two kinds of changes: a run (``r``) and tool outputs (``s``)."""


@dataclass
class Client:
    """A client that makes the recorded changes of each thread in order, and reads at any time."""

    upstream: Upstream
    selector: Selector
    threads: set[str] = field(default_factory=set)
    """The threads it has created."""
    changes_made: Counter[str] = field(default_factory=Counter)
    last_played: Counter[str] = field(default_factory=Counter)
    by_call: Counter[tuple[str, str]] = field(default_factory=Counter)

    def create(self) -> None:
        candidate = self.selector.take(b"new", "")
        assert candidate is not None
        thread = self.upstream.exchanges[candidate.number - 1].thread
        assert thread not in self.threads, "each creation gives another thread"
        self.threads.add(thread)
        self.changes_made[thread] = 1
        self.last_played[thread] = candidate.number

    def change(self, thread: str) -> None:
        changes = [
            (number, exchange)
            for number, exchange in enumerate(self.upstream.exchanges, start=1)
            if exchange.thread == thread and exchange.call not in READS
        ]
        if self.changes_made[thread] < len(changes):
            number, exchange = changes[self.changes_made[thread]]
            candidate = self.selector.take(f"{thread}{exchange.call}".encode(), thread)
            assert candidate is not None
            assert candidate.number == number
            self.changes_made[thread] += 1
            self.last_played[thread] = max(self.last_played[thread], number)

    def read(self, thread: str, call: str) -> None:
        candidate = self.selector.take(f"{thread}{call}".encode(), thread)
        here = [
            number
            for number, exchange in enumerate(self.upstream.exchanges, start=1)
            if (exchange.thread, exchange.call) == (thread, call)
            and exchange.changes_before == self.changes_made[thread]
        ]
        if candidate is None:
            event("nothing was recorded here")
            assert not here, "an exchange of this stretch would have answered"
            return
        number = candidate.number
        assert number in here, "of the stretch that the client has reached"
        assert number >= self.by_call[thread, call], "no call goes back"
        newer = [each for each in here if each > self.last_played[thread]]
        assert number in newer or (number == here[-1] and not newer), (
            "newer than the last exchange played, if there is one"
        )
        self.by_call[thread, call] = number
        self.last_played[thread] = max(self.last_played[thread], number)


@pytest.mark.slow
@given(ACTIONS, st.randoms(use_true_random=False))
def test_answers_are_consistent_with_the_changes_and_reads_of_the_client(
    actions: list[tuple[str, str]], chance: Random
) -> None:
    upstream = Upstream()
    created: set[str] = set()
    for thread, action in actions:
        if thread not in created:
            upstream.act(thread, "n")
            created.add(thread)
        upstream.act(thread, action)
    client = Client(upstream, upstream.make_selector(strict=False))
    to_create = len(created)
    for _ in range(3 * len(actions)):
        action = chance.choice("npplls")
        if action == "n" and to_create:
            client.create()
            to_create -= 1
        elif client.threads:
            thread = chance.choice(sorted(client.threads))
            if action in READS:
                client.read(thread, action)
            else:
                client.change(thread)


@given(ACTIONS)
def test_the_recorded_order_gives_the_recorded_answers(actions: list[tuple[str, str]]) -> None:
    for strict in (False, True):
        upstream = Upstream()
        for thread, action in actions:
            upstream.act(thread, action)
        selector = upstream.make_selector(strict=strict)
        for number, exchange in enumerate(upstream.exchanges, start=1):
            candidate = selector.take(f"{exchange.thread}{exchange.call}".encode(), exchange.thread)
            assert candidate is not None
            assert candidate.number == number


@pytest.mark.parametrize("strict", [False, True], ids=["lenient", "strict"])
@pytest.mark.parametrize("call", ["p", "s"], ids=["polls", "changes"])
def test_taking_ten_thousand_equal_calls_takes_linear_time(call: str, strict: bool) -> None:
    count = 10_000
    selector = make_selector(call * count, strict=strict)
    compared = 0

    def accept(candidate: Candidate) -> bool:
        nonlocal compared
        compared += 1
        return True

    for number in range(1, count + 1):
        candidate = selector.take(call.encode(), "t", prefer=accept)
        assert candidate is not None
        assert candidate.number == number
    assert compared == count
