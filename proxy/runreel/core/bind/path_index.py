"""The recorded requests whose paths have ids that clients make, for clients that make other ones.

A client of LangGraph chooses the id of a thread, and sends it in the path. At replay its id is a
new one. It stands for a recorded id if the request then equals a recorded one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from runreel.core.bind.bound_values import ClientValues, list_ids
from runreel.core.bound_places import BoundRule, iter_path_segments
from runreel.core.match.matching import Matching
from runreel.model import Request


class PathTranslation(Struct, frozen=True):
    """A request with recorded ids in its path."""

    request: Request
    ids: tuple[bytes, ...]
    """The recorded ids that the client's own stand for from now on."""
    is_rebound: bool
    """True if other ids of the client stood for them, so that it begins anew."""


class PathIndex:
    """Finds the recorded ids that the ids in the path of a request may stand for."""

    def __init__(self, requests: Iterable[Request], matching: Matching) -> None:
        self._matching = matching
        self._ids_by_path: dict[bytes, dict[tuple[bytes, ...], None]] = {}
        self._recorded_ids: set[bytes] = set()
        for request in requests:
            ids, path = self._split(request)
            if ids:
                self._ids_by_path.setdefault(path, {})[ids] = None
                self._recorded_ids.update(ids)

    def __bool__(self) -> bool:
        """Return whether any recorded path has such an id."""
        return bool(self._ids_by_path)

    def has_new_ids(self, sent: Request) -> bool:
        """Return whether the path has ids of a client that were not recorded."""
        return bool(self) and not self._recorded_ids.issuperset(self._split(sent)[0])

    def list_translations(
        self, sent: Request, values: ClientValues, original: Request | None = None
    ) -> list[PathTranslation]:
        """Return the request with each set of recorded ids; first those that nothing stands for.

        An id that was recorded stands for itself, and none stands for one that the client has
        learnt from an answer.

        ``original``: the request before recorded ids took the place of the client's own. These may
        stand for others than they have since they were first named: for any until a call of the
        thread has settled which, and after that for those that nothing stands for.
        """
        is_translated = original is not None and self._has_own_ids(original, sent)
        if not (is_translated or self.has_new_ids(sent)):
            return []
        ids, path = self._split(sent)
        is_settled = is_translated and any(map(values.is_settled, ids))
        translations = (
            PathTranslation(_replace_ids(sent, ids, recorded), recorded, is_rebound)
            for recorded in self._ids_by_path.get(path, ())
            if not any(map(values.is_learnt, recorded))
            for is_rebound in (any(map(values.is_bound, recorded)),)
            if not (is_rebound and is_settled)
        )
        return sorted(translations, key=lambda translation: translation.is_rebound)

    def is_current(self, translation: PathTranslation, values: ClientValues) -> bool:
        """Return whether nothing was bound since that speaks against a translation."""
        is_bound, is_learnt = (
            any(map(test, translation.ids)) for test in (values.is_bound, values.is_learnt)
        )
        return is_bound == translation.is_rebound and not is_learnt

    def list_ids(self, request: Request, rules: Sequence[BoundRule]) -> frozenset[bytes]:
        """Return the ids of a recorded request that any recorded path has."""
        return frozenset(list_ids(request, rules) if self else ()) & self._recorded_ids

    def _has_own_ids(self, original: Request, translated: Request) -> bool:
        """Return whether all ids in a path are the client's own, which were translated."""
        return self._recorded_ids.isdisjoint(self._split(original)[0]) and bool(
            self._split(translated)[0]
        )

    def _split(self, request: Request) -> tuple[tuple[bytes, ...], bytes]:
        """Return the ids in the path that the client makes, and the path without them."""
        path = request.target.partition(b"?")[0]
        rules = [rule for rule in self._matching.get_rules(request).bound if rule.segments]
        if not rules:
            return (), request.method.encode() + path
        parts = path.split(b"/")
        indices = sorted({index for rule in rules for index, _ in iter_path_segments(path, rule)})
        ids = tuple(parts[index] for index in indices)
        for index in indices:
            parts[index] = b""
        return ids, request.method.encode() + b"/".join(parts)


def _replace_ids(request: Request, ids: Sequence[bytes], recorded: Sequence[bytes]) -> Request:
    target, body = request.target, request.body
    for own, other in zip(ids, recorded, strict=True):
        target, body = target.replace(own, other), body.replace(own, other)
    return replace(request, target=target, body=body)
