"""Each session has one worker, whichever worker is asked, and workers have equally many."""

from __future__ import annotations

import copy
import os
from collections import Counter
from collections.abc import Iterable
from contextlib import closing

from hypothesis import given
from hypothesis import strategies as st

from runreel.shell.workers.places import SessionPlaces


def copy_view(places: SessionPlaces) -> SessionPlaces:
    """Return the places as another process sees them, which has the same file."""
    view = copy.copy(places)
    view._loads, view._workers = places._loads[:], dict(places._workers)
    return view


def fork_and_find(places: SessionPlaces, names: Iterable[str]) -> int:
    pid = os.fork()
    if pid == 0:
        for name in names:
            places.find(name)
        os._exit(0)
    return pid


NAMES = st.lists(st.sampled_from([f"session-{number}" for number in range(30)]), max_size=60)


@given(NAMES, st.integers(1, 5), st.data())
def test_all_workers_agree_and_have_equally_many(
    names: list[str], count: int, data: st.DataObject
) -> None:
    with closing(SessionPlaces(count)) as first:
        views = [first, *(copy_view(first) for _ in range(count - 1))]
        workers = {name: data.draw(st.sampled_from(views)).find(name) for name in names}
        for view in views:
            assert {name: view.get(name) for name in names} == workers
            assert view.get("never asked for") is None
    loads = Counter(workers.values())
    assert not loads or max(loads.values()) - min(loads[each] for each in range(count)) <= 1


def test_a_claim_holds_for_all_workers() -> None:
    with closing(SessionPlaces(2)) as one:
        other = copy_view(one)
        assert one.claim("a", 1)
        assert not other.claim("a", 0)
        assert other.claim("b", 1)
        assert [other.find(name) for name in ("a", "b", "c", "d")] == [1, 1, 0, 0]
        assert one.get("d") == 0


def test_forked_processes_share_the_places() -> None:
    places = SessionPlaces(3)
    places.find("before")
    pids = [
        fork_and_find(places, [f"name-{each % 50}" for each in range(start, start + 100)])
        for start in range(4)
    ]
    assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids] == [0] * 4
    loads = Counter(places.find(f"name-{number}") for number in range(50))
    loads[places.find("before")] += 1
    places.close()
    assert sorted(loads.values()) == [17, 17, 17]
