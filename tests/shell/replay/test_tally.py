"""The counts of a replay session."""

from __future__ import annotations

from runreel.core.explain.miss import explain_miss
from runreel.core.match.matching import Matching
from runreel.dialects import find_dialect
from runreel.shell.replay.tally import Tally
from support.build import make_request


def test_the_first_miss_and_the_documents_of_the_first_hundred_are_kept() -> None:
    first, second = (
        explain_miss(make_request(target=target), [], Matching(find_dialect))
        for target in (b"/1", b"/2")
    )
    tally = Tally()
    tally.add_missed({"number": 0})
    tally.add_missed({"number": 1}, first)
    for number in range(2, 102):
        tally.add_missed({"number": number}, second)
    assert tally.miss_count == 102
    assert tally.first_misses == [first, *[second] * 15]
    assert tally.misses.first_documents == [{"number": number} for number in range(100)]
    requests = [miss.request for miss in tally.misses.list_kept()]
    assert requests[:3] == [None, make_request(target=b"/1"), make_request(target=b"/2")]


def test_an_exchange_that_is_played_twice_counts_as_two_requests() -> None:
    tally = Tally()
    for number in (2, 1, 2):
        tally.add_replayed(number)
    assert (tally.replayed, tally.played) == (3, {1, 2})
