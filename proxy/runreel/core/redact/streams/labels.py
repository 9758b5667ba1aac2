"""Labels: the members of an event that may tell texts apart, such as its kind and its ids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from functools import lru_cache
from itertools import chain
from typing import Generic, TypeAlias, TypeVar

from runreel.core.redact.texts.leaf import Leaf, LeafPath
from runreel.core.regex.lazy_pattern import compile_later

LabelPath: TypeAlias = tuple[str, ...]
"""A path without positions in arrays."""

Label: TypeAlias = tuple[LabelPath, bytes]
"""The path and the value of a member that may tell texts apart."""

LabelCounts: TypeAlias = Mapping[LabelPath, Mapping[bytes, int]]
"""The number of events with each label, by its path and its value."""

PieceLabels: TypeAlias = tuple[Sequence[Label], Sequence[Label], tuple[object, ...]]
"""The kind of a piece's event, the ids around the piece, and its path: its strand is told by
these."""

KIND_MEMBERS = frozenset({"type", "object", "event", "event_type", "method"})
"""Members at the top of an event that give its kind."""

INDEX = "index"
"""The member that identifies an object of an array, whatever its position in the array."""

EVENT_NAME = ("",)
"""The path of the label for the name of a server-sent event."""

_ID_NAME = compile_later(
    r"(?:.*[_.-])?(?:id|index|idx|uuid|guid)|.*[a-z0-9](?:I[dD]|Index|Idx|U[uU][iI][dD])"
)
_OTHER_LABELS = frozenset(
    {"author", "channel", "namespace", "node", "langgraph_node", "langgraph_checkpoint_ns"}
)

_T = TypeVar("_T")


@lru_cache(4096)
def is_label(name: str) -> bool:
    """Return whether a member of this name may tell texts apart, as ids and indexes do."""
    return name in _OTHER_LABELS or _ID_NAME.fullmatch(name) is not None


def is_kind(path: LeafPath) -> bool:
    """Return whether a scalar at this path gives the kind of its event."""
    return len(path) == 1 and path[0] in KIND_MEMBERS


def find_recurring_paths(counts: LabelCounts) -> frozenset[LabelPath]:
    """Return the paths of labels that recur: a member that often has the same value again."""
    return frozenset(path for path, values in counts.items() if _is_recurring([*values.values()]))


def _is_recurring(counts: Sequence[int]) -> bool:
    """Return whether at least half of the events have a value that another one has as well."""
    return 2 * counts.count(1) <= sum(counts)


class EventLabels(Generic[_T]):
    """The labels of one event: its kind, and the ids at any depth.

    Their values are of any type that stands for bytes.
    """

    def __init__(
        self,
        leaves: Iterable[Leaf],
        name: bytes,
        read: Callable[[Leaf], _T],
        noise: Set[str] = frozenset(),
    ) -> None:
        """``name`` is the event's name, and ``leaves`` are all of its scalars, which ``read``
        returns.

        ``noise`` are names of members that tell no texts apart, as they are new in each event.
        """
        self.kinds: list[tuple[LabelPath, bytes | _T]] = [(EVENT_NAME, name)]
        self._ids: defaultdict[LeafPath, list[tuple[LabelPath, _T]]] = defaultdict(list)
        """By the innermost element of an array that the id is in."""
        self._indexes: dict[LeafPath, _T] = {}
        for leaf in leaves:
            member = leaf.path[-1] if leaf.path else None
            if not isinstance(member, str):
                continue
            if is_kind(leaf.path):
                self.kinds.append(((member,), read(leaf)))
            elif is_label(member) and member not in noise:
                element = _find_element(leaf.path)
                self._ids[element].append((drop_positions(leaf.path), read(leaf)))
            if member == INDEX:
                self._indexes[leaf.path[:-1]] = read(leaf)

    def list_all(self) -> list[tuple[LabelPath, bytes | _T]]:
        """Return the kinds and all ids."""
        return [*self.kinds, *chain.from_iterable(self._ids.values())]

    def collect_ids(self, path: LeafPath) -> list[tuple[LabelPath, _T]]:
        """Return the ids for a string at this path: all but those in other elements of arrays."""
        ids = [*self._ids.get((), ())]
        for depth, step in enumerate(path, start=1):
            if isinstance(step, int):
                ids += self._ids.get(path[:depth], ())
        return ids

    def normalize_path(self, path: LeafPath) -> tuple[object, ...]:
        """Return the path with an object's ``index`` in place of its position in an array.

        The strings of an array have no positions: they are pieces of one text, one after another.
        """
        if path and isinstance(path[-1], int):
            path = path[:-1]
        return tuple(
            self._indexes.get(path[:depth], step) if isinstance(step, int) else step
            for depth, step in enumerate(path, start=1)
        )


def _find_element(path: LeafPath) -> LeafPath:
    """Return the path of the innermost element of an array that this path leads through."""
    depths = range(len(path), 0, -1)
    return next((path[:depth] for depth in depths if isinstance(path[depth - 1], int)), ())


def drop_positions(path: LeafPath) -> LabelPath:
    """Return the path without positions in arrays."""
    return tuple(step for step in path if isinstance(step, str))
