from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from runreel.core.replay import (
    Candidate,
    ChoiceReason,
    Refusal,
    RefusalReason,
    Selector,
    build_candidate,
    may_change_state,
)
from runreel.model import Timings
from support.build import make_head, make_request

READS = "pl"
"""Polling a run, listing messages; all else changes something."""


def test_reading_changes_nothing() -> None:
    assert [
        may_change_state(method) for method in ("GET", "HEAD", "OPTIONS", "POST", "DELETE")
    ] == [
        False,
        False,
        False,
        True,
        True,
    ]


def test_a_candidate_knows_when_it_was_under_way() -> None:
    head = make_head(number=3, request=make_request("GET"), timings=Timings(1_000_000, 5, 20))
    assert build_candidate(head, "t") == Candidate(3, "t", False, 1_000_000, 1_020_000)


def dealt(calls: str, *, scope: str = "t", strict: bool = False) -> Selector:
    """A deck of these calls, one letter each; the same letter is the same call."""
    deck = Selector(strict=strict)
    for number, call in enumerate(calls, start=1):
        deck.add(call.encode(), Candidate(number, scope, call not in READS))
    return deck


def drawn(deck: Selector, asked: str, scope: str = "t") -> list[int | None]:
    cards = [deck.take(call.encode(), scope) for call in asked]
    return [card and card.number for card in cards]


IN_A_THREAD = [
    ("in order, and the last one again", "ppp", "pppp", [1, 2, 3, 3]),
    ("polling less often does not show the past", "ppsp", "psp", [1, 3, 4]),
    ("polling more often does not show the future", "psp", "ppsp", [1, 1, 2, 3]),
    ("nothing from before a change, if nothing is known from after it", "pps", "psp", [1, 3, None]),
    ("nothing from after a change that was not made", "sp", "psp", [None, 1, 2]),
    ("what was skipped is over", "ppsps", "psps", [1, 3, 4, 5]),
    ("having seen the run's end, the messages of the end", "plpl", "ppl", [1, 3, 4]),
    ("the newest known, though something newer of another kind was seen", "plp", "ppl", [1, 3, 2]),
    ("two calls in the other order", "pl", "lp", [2, 1]),
    ("changes play in order, and the last one again", "ss", "sss", [1, 2, 2]),
    ("changes in another order", "abp", "bap", [2, 1, 3]),
    ("a change that is not made any more", "abp", "bp", [2, 3]),
    ("a change out of order does not turn time back", "apbp", "bapp", [3, 1, 4, 4]),
    ("the same change twice, after something else", "abap", "bap", [2, 3, 4]),
    ("a call that was never recorded", "p", "s", [None]),
]


@pytest.mark.parametrize(
    ("why", "recorded", "asked", "expected"), IN_A_THREAD, ids=[row[0] for row in IN_A_THREAD]
)
def test_in_a_thread(why: str, recorded: str, asked: str, expected: list[int | None]) -> None:
    assert drawn(dealt(recorded), asked) == expected


IN_NO_THREAD = [
    ("in order, and the last one again", "ppp", "pppp", [1, 2, 3, 3]),
    ("what was recorded after the change, after it", "pspsp", "psp", [1, 2, 3]),
    ("before the next change, what was recorded before it", "pspsp", "pppspp", [1, 1, 1, 2, 3, 3]),
    ("what happened to be recorded before a change", "pps", "spp", [3, 1, 2]),
    ("what happened to be recorded after a change", "spp", "ppp", [2, 3, 3]),
    ("once more, it only moves on", "pspsp", "spspp", [2, 3, 4, 5, 5]),
    ("never back to what was passed over", "ppsps", "pspsp", [1, 3, 4, 5, 4]),
]


@pytest.mark.parametrize(
    ("why", "recorded", "asked", "expected"), IN_NO_THREAD, ids=[row[0] for row in IN_NO_THREAD]
)
def test_in_no_thread(why: str, recorded: str, asked: str, expected: list[int | None]) -> None:
    assert drawn(dealt(recorded, scope=""), asked, scope="") == expected


STRICT = [
    ("each once", "pp", "ppp", [1, 2, None]),
    ("no change twice", "s", "ss", [1, None]),
    ("no change out of order", "ab", "ba", [2, None]),
    ("nothing from before a change", "ps", "sp", [2, None]),
    ("nothing from after a change", "sp", "p", [None]),
    ("reads between two changes in any order", "plp", "lpp", [2, 1, 3]),
]


@pytest.mark.parametrize(
    ("why", "recorded", "asked", "expected"), STRICT, ids=[row[0] for row in STRICT]
)
@pytest.mark.parametrize("scope", ["t", ""], ids=["thread", "session"])
def test_strict(
    why: str, recorded: str, asked: str, expected: list[int | None], scope: str
) -> None:
    assert drawn(dealt(recorded, scope=scope, strict=True), asked, scope) == expected


def test_scopes_do_not_disturb_each_other() -> None:
    deck = Selector()
    deck.add(b"poll a", Candidate(1, "a", False))
    deck.add(b"submit b", Candidate(2, "b", True))
    deck.add(b"poll a", Candidate(3, "a", False))
    assert drawn(deck, "") == []
    assert deck.take(b"submit b", "b") == Candidate(2, "b", True)
    assert deck.take(b"poll a", "a") == Candidate(1, "a", False)


def test_what_is_foreseen_bounds_what_is_there() -> None:
    deck = Selector()
    changes = [Candidate(number, "t", True) for number in (4, 2)]
    for card in (*changes, *changes):
        deck.register_change(card)
    for number in (1, 3, 5):
        deck.add(b"p", Candidate(number, "t", False))
    assert drawn(deck, "pp") == [1, 1]


UNDER_WAY = [
    ("a read that was answered after the change had been sent", (0, 50), (40, 90), "sp", [2, 1]),
    ("a read that was answered before", (0, 30), (40, 90), "sp", [2, None]),
    ("a read sent before the change was answered", (60, 80), (0, 70), "p", [2]),
    ("a read sent after it was answered", (80, 90), (0, 70), "p", [None]),
]


@pytest.mark.parametrize(
    ("why", "read", "change", "asked", "expected"), UNDER_WAY, ids=[row[0] for row in UNDER_WAY]
)
def test_what_was_under_way_at_the_same_time_may_come_in_either_order(
    why: str,
    read: tuple[int, int],
    change: tuple[int, int],
    asked: str,
    expected: list[int | None],
) -> None:
    deck = Selector()
    calls = sorted([(*read, b"p"), (*change, b"s")])
    for number, (started, ended, call) in enumerate(calls, start=1):
        deck.add(call, Candidate(number, "t", call == b"s", started, ended))
    assert drawn(deck, asked) == expected


def test_not_all_changes_between_were_under_way_with_it() -> None:
    deck = Selector()
    for number, call, started, ended in (
        (1, b"a", 0, 50),
        (2, b"b", 10, 20),
        (3, b"p", 40, 60),
        (4, b"p", 55, 60),
    ):
        deck.add(call, Candidate(number, "t", call != b"p", started, ended))
    assert drawn(deck, "p") == [None]


def test_a_scope_that_begins_anew_is_played_as_it_was_at_first() -> None:
    deck = dealt("psppsp")
    deck.add(b"o", Candidate(7, "other", True))
    first = drawn(deck, "pspsp")
    assert drawn(deck, "o", "other") == [7]
    deck.reset("t")
    assert drawn(deck, "pspsp") == first == [1, 2, 3, 5, 6]
    assert deck.choose(b"o", "other") == (Candidate(7, "other", True), ChoiceReason.AGAIN)


class TestPreference:
    """Two people ask for the same, but for their names, which placeholders hide."""

    @staticmethod
    def deck(owners: str, scope: str = "t") -> Selector:
        deck = Selector()
        for number in range(1, len(owners) + 1):
            deck.add(b"p", Candidate(number, scope, False))
        return deck

    @pytest.mark.parametrize("scope", ["t", ""], ids=["thread", "session"])
    def test_each_gets_their_own(self, scope: str) -> None:
        owners = "abab"
        deck = self.deck(owners, scope)

        def ask(who: str) -> int | None:
            card = deck.take(b"p", scope, prefer=lambda card: owners[card.number - 1] == who)
            return card and card.number

        assert [ask(who) for who in "bbabaac"] == [2, 4, 3, 4, 3, 3, 4]

    def test_a_placeholder_for_a_thread_may_have_another_number(self) -> None:
        deck = Selector()
        deck.add(b"p", Candidate(1, "REDACTED-thread-1", False))
        deck.add(b"p", Candidate(2, "REDACTED-thread-2", False))
        assert deck.take(b"p", "REDACTED-thread-9") == Candidate(1, "REDACTED-thread-1", False)
        assert deck.take(b"p", "REDACTED-thread-2") == Candidate(2, "REDACTED-thread-2", False)


REFUSALS = [
    ("no such call", "p", "", "x", False, None),
    ("from before a change", "ps", "s", "p", False, Refusal(1, RefusalReason.PAST, 2)),
    ("one that may answer", "psp", "", "p", False, None),
    ("from after a change", "asp", "a", "p", False, Refusal(3, RefusalReason.FUTURE, 2)),
    ("from before and after", "asbp", "as", "p", False, Refusal(4, RefusalReason.FUTURE, 3)),
    ("played already", "pp", "pp", "p", True, Refusal(2, RefusalReason.PLAYED)),
    ("a change that was played", "s", "s", "s", True, Refusal(1, RefusalReason.PLAYED)),
    ("a change that was passed over", "ab", "b", "a", True, Refusal(1, RefusalReason.PAST, 2)),
]


@pytest.mark.parametrize(
    ("why", "recorded", "played", "asked", "strict", "expected"),
    REFUSALS,
    ids=[row[0] for row in REFUSALS],
)
def test_a_refusal_names_the_exchange_and_the_change(
    why: str, recorded: str, played: str, asked: str, strict: bool, expected: Refusal | None
) -> None:
    deck = dealt(recorded, strict=strict)
    drawn(deck, played)
    refused = deck.choose(asked.encode(), "t") is None
    assert (deck.explain_refusal(asked.encode(), "t") if refused else None) == expected


def test_a_choice_says_how_it_came_about_and_plays_nothing() -> None:
    deck = dealt("ps", scope="")
    assert deck.choose(b"p", "") == (Candidate(1, "", False), ChoiceReason.NEXT)
    assert deck.choose(b"p", "") == (Candidate(1, "", False), ChoiceReason.NEXT)
    drawn(deck, "s", "")
    assert deck.choose(b"p", "") == (Candidate(1, "", False), ChoiceReason.ASIDE)
    assert deck.choose(b"s", "") == (Candidate(2, "", True), ChoiceReason.AGAIN)


class Seen(NamedTuple):
    """One exchange of the model upstream: what was asked, and of which state the answer tells."""

    thread: str
    call: str
    changes_before: int
    state: int


@dataclass
class Upstream:
    """A little upstream: threads that change when asked to, and whose runs go on by themselves."""

    exchanges: list[Seen] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    changes: Counter[str] = field(default_factory=Counter)

    def act(self, thread: str, act: str) -> None:
        """``.`` is time that passes; ``p`` and ``l`` read; all else changes the thread."""
        if act == "." or act not in READS:
            self.states[thread] += 1
        if act == ".":
            return
        before = self.changes[thread]
        self.changes[thread] += act not in READS
        self.exchanges.append(Seen(thread, act, before, self.states[thread]))

    def deck(self, *, strict: bool) -> Selector:
        deck = Selector(strict=strict)
        for number, seen in enumerate(self.exchanges, start=1):
            scope = "" if seen.call == "n" else seen.thread
            key = b"new" if seen.call == "n" else f"{seen.thread}{seen.call}".encode()
            deck.add(key, Candidate(number, scope, seen.call not in READS))
        return deck


THREADS = "xyz"
ACTS = st.lists(st.tuples(st.sampled_from(THREADS), st.sampled_from("pl.prs")), max_size=40)
"""Reads, time, and two kinds of changes: a run (``r``) and tool outputs (``s``)."""


@dataclass
class Client:
    """Makes the recorded changes of each thread in their order, and reads whenever it likes."""

    upstream: Upstream
    deck: Selector
    known: dict[str, str] = field(default_factory=dict)
    """Its own threads, by the letter it calls them, and the upstream's."""
    made: Counter[str] = field(default_factory=Counter)
    newest: Counter[str] = field(default_factory=Counter)
    by_call: Counter[tuple[str, str]] = field(default_factory=Counter)

    def create(self) -> None:
        card = self.deck.take(b"new", "")
        assert card is not None
        thread = self.upstream.exchanges[card.number - 1].thread
        assert thread not in self.known, "no two creations give the same thread"
        self.known[thread] = thread
        self.made[thread] = 1
        self.newest[thread] = card.number

    def change(self, thread: str) -> None:
        changes = [
            (number, seen)
            for number, seen in enumerate(self.upstream.exchanges, start=1)
            if seen.thread == thread and seen.call not in READS
        ]
        if self.made[thread] < len(changes):
            number, seen = changes[self.made[thread]]
            card = self.deck.take(f"{thread}{seen.call}".encode(), thread)
            assert card is not None
            assert card.number == number
            self.made[thread] += 1
            self.newest[thread] = max(self.newest[thread], number)

    def read(self, thread: str, call: str) -> None:
        card = self.deck.take(f"{thread}{call}".encode(), thread)
        here = [
            number
            for number, seen in enumerate(self.upstream.exchanges, start=1)
            if (seen.thread, seen.call) == (thread, call)
            and seen.changes_before == self.made[thread]
        ]
        if card is None:
            event("nothing could have been read here")
            assert not here, "what could have been read is read"
            return
        number = card.number
        assert number in here, "neither older nor newer than what the client has caused"
        assert number >= self.by_call[thread, call], "no call goes back"
        newer = [each for each in here if each > self.newest[thread]]
        assert number in newer or (number == here[-1] and not newer), (
            "no older than what the client has seen, if anything newer is known"
        )
        self.by_call[thread, call] = number
        self.newest[thread] = max(self.newest[thread], number)


@given(ACTS, st.randoms(use_true_random=False))
def test_no_answer_is_older_than_what_was_caused_or_seen_and_none_is_newer_than_what_was_caused(
    acts: list[tuple[str, str]], chance: Random
) -> None:
    upstream = Upstream()
    created: set[str] = set()
    for thread, act in acts:
        if thread not in created:
            upstream.act(thread, "n")
            created.add(thread)
        upstream.act(thread, act)
    client = Client(upstream, upstream.deck(strict=False))
    to_create = len(created)
    for _ in range(3 * len(acts)):
        what = chance.choice("npplls")
        if what == "n" and to_create:
            client.create()
            to_create -= 1
        elif client.known:
            thread = chance.choice(sorted(client.known))
            if what in READS:
                client.read(thread, what)
            else:
                client.change(thread)


@given(ACTS)
def test_a_client_that_does_what_it_did_sees_what_it_saw(acts: list[tuple[str, str]]) -> None:
    for strict in (False, True):
        upstream = Upstream()
        for thread, act in acts:
            upstream.act(thread, act)
        deck = upstream.deck(strict=strict)
        for number, seen in enumerate(upstream.exchanges, start=1):
            card = deck.take(f"{seen.thread}{seen.call}".encode(), seen.thread)
            assert card is not None
            assert card.number == number


@pytest.mark.parametrize("strict", [False, True], ids=["lenient", "strict"])
@pytest.mark.parametrize("call", ["p", "s"], ids=["polls", "changes"])
def test_ten_thousand_equal_calls_are_drawn_without_searching_through_them(
    call: str, strict: bool
) -> None:
    cards = 10_000
    deck = dealt(call * cards, strict=strict)
    compared = 0

    def count(card: Candidate) -> bool:
        nonlocal compared
        compared += 1
        return True

    for number in range(1, cards + 1):
        card = deck.take(call.encode(), "t", prefer=count)
        assert card is not None
        assert card.number == number
    assert compared == cards
