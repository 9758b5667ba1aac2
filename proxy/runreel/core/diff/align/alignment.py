"""Pair the exchanges of two recordings.

Equal requests (but for ids and moments) are the same call. Where several are equal, those belong
together whose ids do: the ids of the pairs found so far decide. What remains is paired by the order
of the calls, and then by similarity. The order in which concurrent calls arrive decides nothing
that anything else decides.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple, TypeAlias

from runreel.core.dialect import Dialect
from runreel.core.diff.align.call_key import CallKey, build_call_key
from runreel.core.jsonpath import JsonPath
from runreel.model import ExchangeHead

_MAX_CANDIDATES = 200
"""Series that are tried for one: nearly always, the first one is right."""

_MAX_CREATING = 2000
"""Pairs whose answers are read for the ids that they create: each takes up to a millisecond."""

Ids: TypeAlias = tuple[str, ...]


class RecordedCall(NamedTuple):
    """A call of a recording, with what it is paired by."""

    head: ExchangeHead
    key: CallKey
    is_polled: bool
    """True if SDKs repeat the call by themselves until some work has ended."""
    scope: str = ""
    """Id of the thread that it belongs to; empty if the API has none."""

    @property
    def number(self) -> int:
        """Its number in the cassette."""
        return self.head.number

    @property
    def start_ns(self) -> int:
        """Arrival of the request, in nanoseconds since 1970."""
        return self.head.timings.started_ns

    @property
    def end_ns(self) -> int:
        """End of the answer, in nanoseconds since 1970."""
        return self.start_ns + self.head.timings.end_us * 1000


def build_call(
    head: ExchangeHead, dialect: Dialect, ignore: Sequence[JsonPath] = ()
) -> RecordedCall:
    """Build the call of an exchange; ``ignore`` selects places of its body that do not count."""
    meaning = dialect.interpret(head.request)
    operation = head.operation or meaning.operation
    path_ids = [
        value
        for name, value in meaning.summary.items()
        if name.endswith("_id") and isinstance(value, str)
    ]
    key = build_call_key(head.request, operation, path_ids, ignore)
    scope = dialect.find_scope(head.request)
    return RecordedCall(head, key, operation in dialect.polled, scope)


class CallSeries(NamedTuple):
    """Equal calls with equal ids on both sides, each side in its order."""

    left: tuple[RecordedCall, ...]
    right: tuple[RecordedCall, ...]


class _CallGroup:
    """The calls with one digest that are not paired yet, by their ids."""

    def __init__(self) -> None:
        self.left: dict[Ids, list[RecordedCall]] = {}
        self.right: dict[Ids, list[RecordedCall]] = {}

    def pop(self, left: Ids, right: Ids) -> CallSeries:
        return CallSeries(tuple(self.left.pop(left)), tuple(self.right.pop(right)))


class IdLinks:
    """The ids of the pairs found so far, in both directions."""

    def __init__(self) -> None:
        self._forward: dict[str, str] = {}
        self._backward: dict[str, str] = {}

    def learn(self, left: Ids, right: Ids) -> list[str]:
        """Note the ids of a pair; return the left ones that are new."""
        new = []
        for one, other in zip(left, right, strict=False):
            if one not in self._forward and other not in self._backward:
                self._forward[one] = other
                self._backward[other] = one
                new.append(one)
        return new

    def translate(self, left: Ids) -> Ids | None:
        """Return the right ids of these; None if any is not known."""
        known = tuple(self._forward.get(each, "") for each in left)
        return None if "" in known else known

    def allows(self, left: Ids, right: Ids) -> bool:
        """Return whether nothing speaks against the pair."""
        return len(left) == len(right) and all(
            self._forward.get(one, other) == other and self._backward.get(other, one) == one
            for one, other in zip(left, right, strict=True)
        )

    def count_known(self, left: Ids) -> int:
        """Return the number of these ids that are known."""
        return sum(each in self._forward for each in left)


class CallAlignment:
    """Pairs calls in series; ``left`` and ``right`` are what remains."""

    def __init__(
        self,
        left: Sequence[RecordedCall],
        right: Sequence[RecordedCall],
        find_created: Callable[[int, RecordedCall], str] = lambda side, call: "",
    ) -> None:
        """``find_created`` returns the id that a call of the left (0) or right (1) side creates."""
        self.links = IdLinks()
        self._find_created = find_created
        self.series: list[CallSeries] = []
        self._groups: dict[bytes, _CallGroup] = _group(left, right)
        self._users = _index_users(self._groups)
        self._queue: deque[bytes] = deque(self._groups)
        self._pair_all()
        self.left = self._list_rest(left, 0)
        self.right = self._list_rest(right, 1)

    def _list_rest(self, calls: Sequence[RecordedCall], side: int) -> list[RecordedCall]:
        numbers = {call.number for series in self.series for call in series[side]}
        return [call for call in calls if call.number not in numbers]

    def _pair_all(self) -> None:
        self._settle_all()
        self._learn_created()
        for digest in [*self._groups]:
            for left, right in self._iter_in_order(self._groups[digest]):
                self._pair(self._groups[digest], left, right)
            self._settle_all()

    def _learn_created(self) -> None:
        """Learn what paired calls have created, if that may decide about others."""
        for series in [*self.series][:_MAX_CREATING]:
            if not any(group.left and group.right for group in self._groups.values()):
                return
            if len(series.left) == len(series.right) == 1:
                created = (self._find_created(0, series.left[0]),)
                other = (self._find_created(1, series.right[0]),) if created[0] else ("",)
                if other[0]:
                    self._learn(created, other)
                    self._settle_all()

    def _learn(self, left: Ids, right: Ids) -> None:
        for each in self.links.learn(left, right):
            self._queue.extend(self._users.pop(each, ()))

    def _settle_all(self) -> None:
        """Pair everything that is decided by now."""
        while self._queue:
            group = self._groups[self._queue.popleft()]
            for left, right in self._iter_decided(group):
                self._pair(group, left, right)

    def _pair(self, group: _CallGroup, left: Ids, right: Ids) -> None:
        self.series.append(group.pop(left, right))
        self._learn(left, right)

    def _iter_decided(self, group: _CallGroup) -> Iterator[tuple[Ids, Ids]]:
        """Yield the series that are paired by their ids, or are alone on both sides."""
        for left in [*group.left]:
            right = self.links.translate(left)
            if left and right is not None and right in group.right:
                yield left, right
        if len(group.left) == len(group.right) == 1:
            [left], [only] = group.left, group.right
            if self.links.allows(left, only):
                yield left, only

    def _iter_in_order(self, group: _CallGroup) -> Iterator[tuple[Ids, Ids]]:
        """Yield the remaining series, those with the most known ids first, else in order."""
        lefts = sorted(group.left, key=self.links.count_known, reverse=True)
        for left in lefts:
            first = islice(group.right, _MAX_CANDIDATES)
            right = next((each for each in first if self.links.allows(left, each)), None)
            if right is not None:
                yield left, right


def _group(left: Iterable[RecordedCall], right: Iterable[RecordedCall]) -> dict[bytes, _CallGroup]:
    """Group the calls by digest and ids, in the order of the left side; only those of both."""
    groups: dict[bytes, _CallGroup] = defaultdict(_CallGroup)
    for call in left:
        groups[call.key.digest].left.setdefault(tuple(call.key.ids), []).append(call)
    for call in right:
        groups[call.key.digest].right.setdefault(tuple(call.key.ids), []).append(call)
    return {digest: group for digest, group in groups.items() if group.left and group.right}


def _index_users(groups: Mapping[bytes, _CallGroup]) -> dict[str, list[bytes]]:
    """Map each left id to the groups that have it."""
    users: dict[str, list[bytes]] = defaultdict(list)
    for digest, group in groups.items():
        for each in dict.fromkeys(each for ids in group.left for each in ids):
            users[each].append(digest)
    return users
