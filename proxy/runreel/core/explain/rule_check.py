"""Trying the rules in force on a cassette: what collides, what is out of reach, what is ignored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from runreel.core.explain.miss import called
from runreel.core.match import Matching, MatchRules, fingerprint
from runreel.core.match.normalize import reading
from runreel.core.match.request_diff import places
from runreel.core.match.wildcards import blank_of
from runreel.core.report.omitted_reasons import ADVICE, WHY
from runreel.model import Head, Omitted, Request

_COMPARED = 50
"""Exchanges of a group that are compared with its first one."""


class Group(NamedTuple):
    """Exchanges that are the same call: which of them answers is a matter of their order."""

    numbers: tuple[int, ...]
    call: str
    """``GET /v1/threads/thread_1/runs/run_1``, of the first."""
    ignored: tuple[str, ...]
    """The places in which they differ, which do not count; none where they are the same in all."""


class Unreachable(NamedTuple):
    """An exchange that no request can get."""

    number: int
    call: str
    why: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What the rules in force make of a cassette."""

    exchanges: int
    calls: int
    """How many different ones."""
    groups: tuple[Group, ...]
    alike: tuple[Group, ...]
    """Calls that differ in what their placeholders stand for only, by their first exchanges: a
    dummy that no rule knows gets the first."""
    unreachable: tuple[Unreachable, ...]
    ignores: Mapping[str, int]
    """In how many exchanges each place is ignored."""

    def document(self) -> Mapping[str, object]:
        """It as JSON."""
        return {
            "exchanges": self.exchanges,
            "calls": self.calls,
            "groups": [each._asdict() for each in self.groups],
            "alike": [each._asdict() for each in self.alike],
            "unreachable": [each._asdict() for each in self.unreachable],
            "ignores": dict(self.ignores),
        }


def tried(
    heads: Sequence[Head],
    matching: Matching,
    *,
    redacted: Callable[[Request], Request],
    omitted: Callable[[int], Omitted | None],
) -> Trial:
    """Try the rules on these exchanges.

    ``redacted`` is what becomes of a request at replay; ``omitted`` says why an answer's body was
    not kept.
    """
    by_call: dict[bytes, list[Head]] = defaultdict(list)
    unreachable: list[Unreachable] = []
    for head in heads:
        key = matching.fingerprint(head.request)
        by_call[key].append(head)
        why = _why_not_kept(head, omitted) or _why_redacted(head, key, matching, redacted)
        if why:
            unreachable.append(Unreachable(head.number, called(head.request), why))
    return Trial(
        len(heads),
        len(by_call),
        tuple(_group(same) for same in by_call.values() if len(same) > 1),
        tuple(_alike([same[0] for same in by_call.values()], matching)),
        tuple(unreachable),
        _ignores(heads, matching),
    )


def _why_not_kept(head: Head, omitted: Callable[[int], Omitted | None]) -> str:
    why = omitted(head.number) if head.size == 0 else None
    return f"its answer's body was not kept: {WHY[why]}; {ADVICE[why]}" if why else ""


def _why_redacted(
    head: Head, key: bytes, matching: Matching, redacted: Callable[[Request], Request]
) -> str:
    if matching.fingerprint(redacted(head.request)) == key:
        return ""
    return (
        "the redaction rules in force would change its request, and a client's is changed before "
        "it is looked for; record it again, or redact the cassette by these rules"
    )


def _group(heads: Sequence[Head]) -> Group:
    first = reading(heads[0].request)
    differing = {fingerprint(head.request): head for head in heads}
    compared = list(differing.values())[:_COMPARED]
    paths = (each.path for head in compared for each in places(first, reading(head.request)))
    numbers = tuple(head.number for head in heads)
    return Group(numbers, called(heads[0].request), tuple(dict.fromkeys(paths)))


def _alike(firsts: Sequence[Head], matching: Matching) -> Iterator[Group]:
    by_text: dict[bytes, list[Head]] = defaultdict(list)
    for head in firsts:
        by_text[blank_of(matching.read(head.request))].append(head)
    for heads in (heads for heads in by_text.values() if len(heads) > 1):
        one, other = (matching.read(head.request) for head in heads[:2])
        paths = tuple(each.path for each in places(one, other))
        yield Group(tuple(head.number for head in heads), called(heads[0].request), paths)


def _ignores(heads: Sequence[Head], matching: Matching) -> Mapping[str, int]:
    counts: dict[str, int] = dict.fromkeys(matching.rules.ignore, 0)
    alone = cache(lambda place: MatchRules.parse([place]))
    for request in (head.request for head in heads):
        whole = fingerprint(request)
        for place in matching.rules_for(request).ignore:
            if fingerprint(request, alone(place)) != whole:
                counts[place] = counts.get(place, 0) + 1
    return counts
