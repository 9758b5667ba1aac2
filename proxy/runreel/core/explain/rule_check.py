"""Trying the rules in force on a cassette: what collides, what is out of reach, what is ignored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from runreel.core.explain.miss import format_request_line
from runreel.core.match import Matching, MatchRules, fingerprint
from runreel.core.match.normalize import normalize
from runreel.core.match.request_diff import diff_requests
from runreel.core.match.wildcards import build_masked_text
from runreel.core.report.omitted_reasons import ADVICE_TEXTS, REASON_TEXTS
from runreel.model import ExchangeHead, OmittedReason, Request

_MAX_COMPARED = 50
"""Exchanges of a group that are compared with its first one."""


class CallGroup(NamedTuple):
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
class RuleCheck:
    """What the rules in force make of a cassette."""

    exchanges: int
    calls: int
    """How many different ones."""
    groups: tuple[CallGroup, ...]
    alike: tuple[CallGroup, ...]
    """Calls that differ in what their placeholders stand for only, by their first exchanges: a
    dummy that no rule knows gets the first."""
    unreachable: tuple[Unreachable, ...]
    ignores: Mapping[str, int]
    """In how many exchanges each place is ignored."""

    def to_document(self) -> Mapping[str, object]:
        """It as JSON."""
        return {
            "exchanges": self.exchanges,
            "calls": self.calls,
            "groups": [each._asdict() for each in self.groups],
            "alike": [each._asdict() for each in self.alike],
            "unreachable": [each._asdict() for each in self.unreachable],
            "ignores": dict(self.ignores),
        }


def check_rules(
    heads: Sequence[ExchangeHead],
    matching: Matching,
    *,
    redact: Callable[[Request], Request],
    find_omitted_reason: Callable[[int], OmittedReason | None],
) -> RuleCheck:
    """Try the rules on these exchanges.

    ``redacted`` is what becomes of a request at replay; ``omitted`` says why an answer's body was
    not kept.
    """
    by_call: dict[bytes, list[ExchangeHead]] = defaultdict(list)
    unreachable: list[Unreachable] = []
    for head in heads:
        key = matching.fingerprint(head.request)
        by_call[key].append(head)
        why = _explain_omitted(head, find_omitted_reason) or _explain_redacted(
            head, key, matching, redact
        )
        if why:
            unreachable.append(Unreachable(head.number, format_request_line(head.request), why))
    return RuleCheck(
        len(heads),
        len(by_call),
        tuple(_build_group(same) for same in by_call.values() if len(same) > 1),
        tuple(_find_alike([same[0] for same in by_call.values()], matching)),
        tuple(unreachable),
        _count_ignored(heads, matching),
    )


def _explain_omitted(
    head: ExchangeHead, find_omitted_reason: Callable[[int], OmittedReason | None]
) -> str:
    why = find_omitted_reason(head.number) if head.size == 0 else None
    return (
        f"its answer's body was not kept: {REASON_TEXTS[why]}; {ADVICE_TEXTS[why]}" if why else ""
    )


def _explain_redacted(
    head: ExchangeHead, fingerprint: bytes, matching: Matching, redact: Callable[[Request], Request]
) -> str:
    if matching.fingerprint(redact(head.request)) == fingerprint:
        return ""
    return (
        "the redaction rules in force would change its request, and a client's is changed before "
        "it is looked for; record it again, or redact the cassette by these rules"
    )


def _build_group(heads: Sequence[ExchangeHead]) -> CallGroup:
    first = normalize(heads[0].request)
    differing = {fingerprint(head.request): head for head in heads}
    compared = list(differing.values())[:_MAX_COMPARED]
    paths = (
        each.path for head in compared for each in diff_requests(first, normalize(head.request))
    )
    numbers = tuple(head.number for head in heads)
    return CallGroup(numbers, format_request_line(heads[0].request), tuple(dict.fromkeys(paths)))


def _find_alike(firsts: Sequence[ExchangeHead], matching: Matching) -> Iterator[CallGroup]:
    by_text: dict[bytes, list[ExchangeHead]] = defaultdict(list)
    for head in firsts:
        by_text[build_masked_text(matching.normalize(head.request))].append(head)
    for heads in (heads for heads in by_text.values() if len(heads) > 1):
        one, other = (matching.normalize(head.request) for head in heads[:2])
        paths = tuple(each.path for each in diff_requests(one, other))
        yield CallGroup(
            tuple(head.number for head in heads), format_request_line(heads[0].request), paths
        )


def _count_ignored(heads: Sequence[ExchangeHead], matching: Matching) -> Mapping[str, int]:
    counts: dict[str, int] = dict.fromkeys(matching.rules.ignore, 0)
    alone = cache(lambda place: MatchRules.parse([place]))
    for request in (head.request for head in heads):
        whole = fingerprint(request)
        for place in matching.get_rules(request).ignore:
            if fingerprint(request, alone(place)) != whole:
                counts[place] = counts.get(place, 0) + 1
    return counts
