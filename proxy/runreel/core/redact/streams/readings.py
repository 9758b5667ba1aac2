"""Readings: the ways in which a reader may join the pieces of a stream.

Nobody tells which pieces are one text. So the strings of all events are sorted into *strands*: the
same member of the same kind of event, with the same ids around it. That is the finest reading. But
servers also give each event another id, begin a text in one kind of event and continue it in
another, or send several pieces in one array. Therefore strands are joined further, in the order of
arrival, in each of these readings:

=============  ======================================================================
reading        joins strands of
=============  ======================================================================
by recurrence  the same member, kind and ids, where only those count that recur
by message     the same ids, where only those count that recur, whatever the member is
by member      the same member
in order       the whole stream
=============  ======================================================================

A reading that joins much may join two texts. So only what crosses from one strand to another is
sought in it, and ``body.borders`` decides which of that is a secret.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence, Set
from itertools import chain, count, pairwise
from typing import NamedTuple, TypeAlias

from runreel.core.redact.streams.labels import Label, LabelPath
from runreel.core.redact.streams.strands import AnyStrand, Strands
from runreel.core.redact.texts.joined_text import JoinedPieces, JoinedText, Owner
from runreel.core.redact.texts.text import Pieces, TextKind


class _Recurrence:
    """The labels that recur: a member tells texts apart if it often has the same value again."""

    def __init__(self, paths: Set[LabelPath]) -> None:
        """``paths`` are those of labels that recur."""
        self._selected: dict[int, frozenset[Label]] = {}
        self._paths = paths

    def select(self, labels: Iterable[Label]) -> frozenset[Label]:
        """Return the labels that recur."""
        key = id(labels)  # of a list that a strand holds, and that many strands may share
        if key not in self._selected:
            self._selected[key] = frozenset([each for each in labels if each[0] in self._paths])
        return self._selected[key]


class _Bundle(NamedTuple):
    """The properties that strands share, by which readings choose them."""

    name: str
    kinds: frozenset[Label]
    ids: frozenset[Label]
    is_main: bool
    is_json: bool


_Bundled: TypeAlias = tuple[_Bundle, Sequence[AnyStrand]]


class _Reading(NamedTuple):
    """One way to join strands."""

    choose_group: Callable[[_Bundle], Hashable]
    """Strands of the same group are joined."""
    is_coarse: bool
    """True if strands of different members are joined. Then only the main strands take part, and
    little personal data is sought, since digits are easily joined to a number."""


_READINGS = (
    _Reading(lambda bundle: (bundle.name, bundle.kinds, bundle.ids), is_coarse=False),
    _Reading(
        lambda bundle: frozenset((path[-1], value) for path, value in bundle.ids), is_coarse=True
    ),
    _Reading(lambda bundle: bundle.name, is_coarse=False),
    _Reading(lambda bundle: None, is_coarse=True),
)


def build_readings(
    strands: Strands, *, is_document: bool = False, is_conversation: bool = False
) -> list[JoinedText]:
    """Return the texts of all readings, except those that are searched anyway.

    ``is_document``: all strands are of one JSON text. It may list pieces, but different members of
    it are different texts: random ids and names after one another are not one key.
    ``is_conversation``: as for ``JoinedText``.
    """
    varying = strands.list_varying()
    if all(strand.is_searched for strand in varying[:1]) and len(varying) < 2:
        return []
    varying.sort(key=lambda strand: strand.origin)
    recurrence = _Recurrence(strands.recurring_paths)
    related, all_bundles = _bundle(varying, recurrence)
    groups: dict[tuple[int, ...], tuple[Sequence[AnyStrand], bool]] = {}
    for reading in _READINGS:
        for members in _group(all_bundles if reading.is_coarse else related, reading):
            key = (*map(id, members),)
            if key not in groups and _has_seams(members):
                groups[key] = _sort(members), reading.is_coarse
    return [
        JoinedText(
            _Rows(group, recurrence),
            has_personal=not is_coarse,
            has_general=not (is_conversation or (is_coarse and is_document)),
            is_conversation=is_conversation,
        )
        for group, is_coarse in groups.values()
    ]


def _bundle(
    strands: Sequence[AnyStrand], recurrence: _Recurrence
) -> tuple[Sequence[_Bundled], Sequence[_Bundled]]:
    """Return the bundles of strands that share their names, and these with all the others.

    A document may have a million members, each of a name of its own. No bundle tells these apart.
    """
    counts = Counter(strand.name for strand in strands)
    related: dict[_Bundle, list[AnyStrand]] = {}
    alone: dict[_Bundle, list[AnyStrand]] = {}
    for strand in strands:
        is_alone = counts[strand.name] == strand.piece_count == 1
        bundle = _Bundle(
            "" if is_alone else strand.name,
            recurrence.select(strand.kinds),
            recurrence.select(strand.ids),
            strand.is_main,
            strand.notation is TextKind.JSON_STRING,
        )
        (alone if is_alone else related).setdefault(bundle, []).append(strand)
    return [*related.items()], [*related.items(), *alone.items()]


def _group(
    bundles: Iterable[_Bundled], reading: _Reading
) -> Iterable[Sequence[Sequence[AnyStrand]]]:
    """Return the strands that are joined, those of each bundle together."""
    groups: dict[Hashable, list[Sequence[AnyStrand]]] = defaultdict(list)
    for bundle, strands in bundles:
        if bundle.is_main or not reading.is_coarse:
            groups[bundle.is_json, reading.choose_group(bundle)].append(strands)
    return groups.values()


def _has_seams(members: Sequence[Sequence[AnyStrand]]) -> bool:
    """Return whether there are several strands, or one whose pieces nothing joins so far."""
    first = members[0][0]
    is_alone = len(members) == len(members[0]) == 1
    return not is_alone or (first.piece_count > 1 and not first.is_searched)


def _sort(members: Sequence[Sequence[AnyStrand]]) -> Sequence[AnyStrand]:
    """Return the strands in the order of their first pieces."""
    if len(members) == 1:
        return members[0]
    return sorted(chain.from_iterable(members), key=lambda strand: strand.origin)


class _Row(NamedTuple):
    """One piece of a reading."""

    origin: int
    data: bytes
    owner: Owner


class _Rows(JoinedPieces):
    """The pieces of some strands, in the order of the body."""

    def __init__(self, strands: Sequence[AnyStrand], recurrence: _Recurrence) -> None:
        """``strands`` are in the order of their first pieces."""
        self.kind = strands[0].notation
        self._strands = strands
        self._recurrence = recurrence

    def join(self) -> bytes:
        """Return all pieces, joined."""
        if self._is_in_order():
            return b"".join(strand.data for strand in self._strands)
        return b"".join(row.data for row in self._sort())

    def locate(self) -> tuple[Pieces, Sequence[Owner]]:
        """Return the pieces, and the owner of each."""
        origins, lengths, owners = array("q"), array("q"), []
        in_order = (row for _, row in self._iter_rows()) if self._is_in_order() else self._sort()
        for origin, data, owner in in_order:
            origins.append(origin)
            lengths.append(len(data))
            owners.append(owner)
        return Pieces(origins, lengths), owners

    def _is_in_order(self) -> bool:
        """Return whether each strand ends before the next one begins."""
        neighbours = pairwise(self._strands)
        return all(one.last_origin < other.origin for one, other in neighbours)

    def _sort(self) -> list[_Row]:
        return [row for _, row in sorted(self._iter_rows(), key=lambda row: row[0])]

    def _iter_rows(self) -> Iterator[tuple[int, _Row]]:
        """Yield the pieces of one strand after the other, each with the offset that sorts it."""
        numbers = count()
        for strand in self._strands:
            ids = self._recurrence.select(strand.ids)
            owner = Owner(next(numbers), ids)
            at = strand.origin
            for origin, data in strand.iter_pieces():
                at = max(at, origin)  # a piece that is not in the body follows the one before it
                is_shared = strand.is_searched
                own = owner if is_shared else Owner(next(numbers), ids)
                yield at, _Row(origin, data, own)
