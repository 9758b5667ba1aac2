"""Equal things that two recordings spell differently: ids, moments, echoes of changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from runreel.core.diff.ids.id_map import IdMap
from runreel.core.diff.ids.members import NOISE, is_id_in_answer, is_id_in_request, is_moment
from runreel.core.diff.ids.tokens import TOKEN, Clocks, pair_tokens

_LONG = 12
"""Characters of a text that is recognised as an echo whatever its member is called."""


class Echoes:
    """The changes that were reported, so that their repetitions are not.

    A changed setting returns in the objects of answers, a changed text in the history that later
    requests send. Only the first place is a difference; the others follow from it.
    """

    def __init__(self) -> None:
        self._origins: dict[tuple[str, str, str], int] = {}

    def add(self, name: str, left: str, right: str, origin: int) -> None:
        """Note a change of the member ``name`` in the exchange with the number ``origin``."""
        self._origins.setdefault((name, left, right), origin)
        if min(len(left), len(right)) >= _LONG:
            self._origins.setdefault(("", left, right), origin)

    def find_origin(self, name: str, left: str, right: str) -> int:
        """Return the number of the exchange that had the same change; 0 if none had it."""
        origin = self._origins.get((name, left, right), 0)
        return origin or self._origins.get(("", left, right), 0)


class Folding:
    """Decides which texts are the same, for one pair of exchanges."""

    def __init__(self, ids: IdMap, clocks: Clocks, noise: Iterable[str] = ()) -> None:
        """``noise`` names members that mean nothing."""
        self._is_id: Callable[[str], bool] = is_id_in_request
        self.ids = ids
        self.clocks = clocks
        self.noise = frozenset(noise)

    def are_same(self, name: str, left: str, right: str) -> bool:
        """Return whether two texts mean the same; the right one has the ids of the left one."""
        if left == right or self.ids.has(left, right):
            return True
        if is_moment(name) and _is_one_moment(left) and _is_one_moment(right):
            return True
        if self._is_id(name) and self.ids.learn(left, right):
            return True
        pairs = pair_tokens(left, right, self.clocks)
        return pairs is not None and all(self.ids.has(pair.left, pair.right) for pair in pairs)

    def is_noise(self, name: str) -> bool:
        """Return whether a member with this name means nothing."""
        return name in self.noise

    def for_answers(self, noise: Iterable[str]) -> Folding:
        """Return the same for the answer, whose padding and running numbers mean nothing."""
        folding = Folding(self.ids, self.clocks, (*NOISE, *noise))
        folding._is_id = is_id_in_answer
        return folding


def _is_one_moment(text: str) -> bool:
    return text[:4].isdigit() and TOKEN.fullmatch(text) is not None
