"""Give a client back the values that it makes anew: ids of calls, threads, correlation ids.

A recorded request and the one that it answers differ in them, and the answer repeats them. They are
*bound* when the request matches, as secrets are (``restore``), and replaced in the answer:

- a value that is found nowhere by accident (a UUID, a long name with digits) wherever it is, in all
  later answers of the session, and in later requests, which so name the recorded thing;
- any other (the 7 of ``"id": 7``) where the answer to this request repeats it: at the same JSON
  path, or in the header of the same name. A number stays a number.

A header of the request with a random value is bound without a rule.

Example: the thread A was recorded, and a client creates B. Its ``GET /threads/B/state`` is looked
up as ``GET /threads/A/state``, and where the answer says A, the client gets B.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import NamedTuple, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from runreel.core.bind.request_values import BoundValue, ValueLocation, find_bound_values
from runreel.core.bound_places import UUID, BoundRule
from runreel.core.http.headers import find_header
from runreel.core.http.negotiation import CHOOSING_HEADERS
from runreel.core.placeholder import PREFIX
from runreel.core.regex.lazy_pattern import compile_later
from runreel.model import Headers, Request

_MAX_BOUND = 256
"""Values that a session remembers: each is looked for in each answer."""

_DISTINCTIVE = compile_later(rb"(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[0-9A-Za-z_.:-]{8,256}")
"""Values that are replaced wherever they are found."""
_RUN = compile_later(rb"[0-9A-Za-z_.:-]{8,}")
_RANDOM = compile_later(
    UUID.pattern + rb"|(?=[0-9A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[0-9A-Za-z]{16,256}"
)
"""Parts of a header that no two calls share by accident."""


class PlaceSwap(Struct, frozen=True):
    """A value to replace at one place of an answer."""

    rule: BoundRule
    recorded: str
    """The recorded value as JSON."""
    sent: str


TextSwaps: TypeAlias = tuple[tuple[bytes, bytes], ...]
"""Pairs of a recorded value, and the client's own in its place."""


class AnswerSwaps(NamedTuple):
    """The values to replace in the answer to one request."""

    places: tuple[PlaceSwap, ...] = ()
    texts: TextSwaps = ()

    def __bool__(self) -> bool:
        """Return whether there is any value to replace."""
        return bool(self.places or self.texts)


NO_SWAPS = AnswerSwaps()


class ClientValues:
    """The values that one client's session has bound."""

    def __init__(self) -> None:
        self._sent: OrderedDict[bytes, bytes] = OrderedDict()
        """The client's value for each recorded one; the same one, if the client learnt it."""
        self._recorded: dict[bytes, bytes] = {}
        self._recorded_ids: set[bytes] = set()
        self._used_in_paths: set[bytes] = set()
        """The client's values that have chosen a recorded one by a whole call of its thread."""

    @property
    def has_recorded_ids(self) -> bool:
        """True if any recorded request has a distinctive value at a bound place."""
        return bool(self._recorded_ids)

    def is_bound(self, recorded: bytes) -> bool:
        """Return whether a value of this session stands for the recorded one."""
        return recorded in self._sent

    def is_settled(self, recorded: bytes) -> bool:
        """Return whether a call of its thread has shown that a value stands for this one.

        A call that creates a thread may equal those of several recorded ones.
        """
        return self._sent.get(recorded, recorded) in self._used_in_paths

    def find_oldest(self, recorded: Container[bytes]) -> bytes | None:
        """Return the one of these values that was bound or used before the others."""
        return next((value for value in self._sent if value in recorded), None)

    def is_learnt(self, recorded: bytes) -> bool:
        """Return whether the client uses the recorded value itself, as from a recorded answer."""
        return self._sent.get(recorded) == recorded

    def find_known_ids(self, request: Request, rules: Iterable[BoundRule]) -> frozenset[bytes]:
        """Return the values at bound places of a request that recorded requests have."""
        values = find_bound_values(request, rules).values()
        return frozenset(value.text for value in values if value.text in self._recorded_ids)

    def learn_recorded(self, ids: Iterable[bytes]) -> None:
        """Note the ids of a recorded request: a request that has them means no other ones."""
        self._recorded_ids.update(ids)

    def translate(self, sent: Request) -> Request:
        """Return the request with recorded values in place of the client's own."""
        return _translate(self._recorded, sent)

    def copy_translation(self) -> Callable[[Request], Request]:
        """Return what ``translate`` does at this moment, for another thread."""
        return partial(_translate, self._recorded.copy())

    def bind(
        self,
        recorded: Request,
        sent: Request,
        rules: Iterable[BoundRule],
        is_echoed: Callable[[bytes], bool],
    ) -> AnswerSwaps:
        """Bind the values of a request to those of the recorded one that it matches.

        ``is_echoed`` tells whether the recorded answer repeats the value of a header. Return the
        values to replace at their places in the answer to this request, and all others so far.
        """
        for old, new in pair_header_values(recorded.headers, sent.headers):
            if is_echoed(old):
                self._add(old, new)
        rules = tuple(rules)
        if not rules and not self._recorded:
            return NO_SWAPS
        places: list[PlaceSwap] = []
        for rule, old_value, new_value in _pair_bound_values(recorded, sent, rules):
            if rule.segments:
                self._settle(old_value.text, new_value.text)
            if is_distinctive_value(old_value.text):
                self._add(old_value.text, new_value.text)
            if old_value.literal != new_value.literal:
                places.append(PlaceSwap(rule, old_value.literal, new_value.literal))
        return AnswerSwaps(tuple(places), self.list_changed())

    def list_changed(self) -> TextSwaps:
        """Return the values that are replaced wherever they are, as they are bound now."""
        return tuple(pair for pair in self._sent.items() if pair[0] != pair[1])

    def _settle(self, recorded: bytes, sent: bytes) -> None:
        """Note that a client's value in a path stands for this recorded one, and no other one."""
        former = self._recorded.get(sent, recorded)
        if former != recorded:
            self._sent.pop(former, None)
        self._used_in_paths.add(sent)

    def _add(self, recorded: bytes, sent: bytes) -> None:
        former = self._sent.pop(recorded, None)
        if former is not None and self._recorded.get(former) == recorded and former != sent:
            del self._recorded[former]
        self._sent[recorded] = sent
        if sent != recorded and is_distinctive_value(sent):
            self._recorded[sent] = recorded
        if len(self._sent) > _MAX_BOUND:
            _, oldest = self._sent.popitem(last=False)
            self._recorded.pop(oldest, None)
            self._used_in_paths.discard(oldest)


def _translate(recorded: Mapping[bytes, bytes], sent: Request) -> Request:
    """Return the request with values replaced by those that ``recorded`` names for them."""
    if not recorded or find_header(sent.headers, b"content-encoding"):
        return sent

    def find_recorded(match: re.Match[bytes]) -> bytes:
        return recorded.get(match[0], match[0])

    target, body = (
        _RUN.sub(find_recorded, UUID.sub(find_recorded, data)) for data in (sent.target, sent.body)
    )
    is_same = target == sent.target and body == sent.body
    return sent if is_same else replace(sent, target=target, body=body)


def list_ids(request: Request, rules: Sequence[BoundRule]) -> list[bytes]:
    """Return the distinctive values at the bound places of a request."""
    values = find_bound_values(request, rules).values() if rules else ()
    return [value.text for value in values if is_distinctive_value(value.text)]


def is_distinctive_value(value: bytes) -> bool:
    """Return whether a value is found nowhere by accident."""
    return _DISTINCTIVE.fullmatch(value) is not None


@lru_cache(256)
def pair_header_values(recorded: Headers, sent: Headers) -> TextSwaps:
    """Return the random parts in which two requests' headers differ, recorded and sent.

    The rest of a header's value has to be the same.
    """
    return tuple(_iter_header_pairs(recorded, sent))


def _iter_header_pairs(recorded: Headers, sent: Headers) -> Iterator[tuple[bytes, bytes]]:
    sent_values = {name.lower(): value for name, value in sent}
    for name, old in recorded:
        new = sent_values.get(name.lower(), old)
        if new == old or PREFIX in old or PREFIX in new or name.lower() in CHOOSING_HEADERS:
            continue
        if _RANDOM.sub(b"", old) == _RANDOM.sub(b"", new):
            yield from zip(_RANDOM.findall(old), _RANDOM.findall(new), strict=False)


def _pair_bound_values(
    recorded: Request, sent: Request, rules: tuple[BoundRule, ...]
) -> Iterator[tuple[BoundRule, BoundValue, BoundValue]]:
    """Yield the values at the same bound places of both requests."""
    by_place = {rule.place.place: rule for rule in rules}
    sent_values: dict[ValueLocation, BoundValue] = find_bound_values(sent, rules)
    for location, old in find_bound_values(recorded, rules).items():
        new = sent_values.get(location)
        if new is not None and PREFIX not in old.text and PREFIX not in new.text:
            yield by_place[location[0]], old, new
