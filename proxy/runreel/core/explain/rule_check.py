"""Check the matching rules on a cassette: equal calls, unreachable exchanges, ignored places."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from msgspec.structs import replace

from runreel.core.explain.miss import format_request_line
from runreel.core.match.matching import Matching
from runreel.core.match.normalize import fingerprint, normalize
from runreel.core.match.request_diff import diff_requests
from runreel.core.match.rules import MatchRules
from runreel.core.match.wildcards import build_masked_text
from runreel.core.placeholder import PREFIX
from runreel.core.report.omitted_reasons import ADVICE_TEXTS, REASON_TEXTS
from runreel.model import ExchangeHead, OmittedReason, Request

_MAX_COMPARED = 50
"""Exchanges of a group that are compared with its first one."""


class CallGroup(NamedTuple):
    """Exchanges of the same call, of which only their order decides which one answers."""

    numbers: tuple[int, ...]
    call: str
    """Method and target of the first: ``GET /v1/threads/thread_1/runs/run_1``."""
    ignored: tuple[str, ...]
    """The places in which they differ, which the rules ignore; none if they are equal."""
    credentials: tuple[str, ...] = ()
    """The headers with a credential in which they differ; credentials never count."""
    statuses: tuple[int, ...] = ()
    """The different statuses of their answers; none if all have the same."""


class Unreachable(NamedTuple):
    """An exchange that can answer no request."""

    number: int
    call: str
    why: str


@dataclass(frozen=True, slots=True)
class RuleCheck:
    """Effects of the matching rules in force on one cassette."""

    exchanges: int
    """Number of exchanges."""
    calls: int
    """Number of different calls."""
    groups: tuple[CallGroup, ...]
    alike: tuple[CallGroup, ...]
    """Groups of different calls, each by its first exchange, that differ only in the kinds of their
    placeholders: a dummy in place of the placeholder matches the first of them."""
    unreachable: tuple[Unreachable, ...]
    ignores: Mapping[str, int]
    """Number of exchanges in which each place is ignored."""
    passed_over: Mapping[str, int]
    """Number of exchanges in which texts of each kind, or of each pattern, do not count."""

    def to_document(self) -> Mapping[str, object]:
        """Return the result as a JSON document."""
        return {
            "exchanges": self.exchanges,
            "calls": self.calls,
            "groups": [each._asdict() for each in self.groups],
            "alike": [each._asdict() for each in self.alike],
            "unreachable": [each._asdict() for each in self.unreachable],
            "ignores": dict(self.ignores),
            "passed_over": dict(self.passed_over),
        }


def check_rules(
    heads: Sequence[ExchangeHead],
    matching: Matching,
    *,
    redact: Callable[[ExchangeHead], Request],
    find_omitted_reason: Callable[[int], OmittedReason | None],
) -> RuleCheck:
    """Check the rules on these exchanges.

    ``redact`` returns the request of an exchange redacted as a replay does, or as it is if the
    rules in force have redacted it before; ``find_omitted_reason`` returns the reason why the
    answer of an exchange, given by its number, has no body.
    """
    by_call: dict[bytes, list[ExchangeHead]] = defaultdict(list)
    unreachable: list[Unreachable] = []
    for head in heads:
        key = matching.fingerprint(head.request)
        by_call[key].append(head)
        problem = _explain_omitted(head, find_omitted_reason) or _explain_redacted(
            head, key, matching, redact
        )
        if problem:
            call = format_request_line(head.request)
            unreachable.append(Unreachable(head.number, call, problem))
    return RuleCheck(
        len(heads),
        len(by_call),
        tuple(_build_group(group, matching) for group in by_call.values() if len(group) > 1),
        tuple(_find_alike([group[0] for group in by_call.values()], matching)),
        tuple(unreachable),
        _count_ignored(heads, matching),
        _count_masked(heads, matching),
    )


def _explain_omitted(
    head: ExchangeHead, find_omitted_reason: Callable[[int], OmittedReason | None]
) -> str:
    """Return why the exchange has no answer to play; an empty string if it has one."""
    reason = find_omitted_reason(head.number) if head.size == 0 else None
    if reason is None:
        return ""
    return f"its answer's body was not kept: {REASON_TEXTS[reason]}; {ADVICE_TEXTS[reason]}"


def _explain_redacted(
    head: ExchangeHead,
    fingerprint: bytes,
    matching: Matching,
    redact: Callable[[ExchangeHead], Request],
) -> str:
    """Return why no redacted request can equal the recorded one; an empty string if one can."""
    redacted = redact(head)
    if redacted == head.request or matching.fingerprint(redacted) == fingerprint:
        return ""
    return (
        "the redaction rules in force would change its request, so no request that they redact can "
        "match it; record it again, or redact the cassette again with these rules"
    )


def _build_group(heads: Sequence[ExchangeHead], matching: Matching) -> CallGroup:
    rules = _select_headers(heads[0].request, matching)
    first = normalize(heads[0].request, rules)
    distinct = {fingerprint(head.request, rules): head for head in heads}
    compared = list(distinct.values())[:_MAX_COMPARED]
    paths = (
        each.path
        for head in compared
        for each in diff_requests(first, normalize(head.request, rules))
    )
    statuses = tuple(dict.fromkeys(head.status for head in heads))
    return CallGroup(
        tuple(head.number for head in heads),
        format_request_line(heads[0].request),
        tuple(dict.fromkeys(paths)),
        tuple(_list_credentials(heads)),
        statuses if len(statuses) > 1 else (),
    )


def _list_credentials(heads: Sequence[ExchangeHead]) -> Iterator[str]:
    """Yield the names of the headers whose placeholders differ between these exchanges."""
    credentials = [
        {name.lower(): value for name, value in head.request.headers if PREFIX in value}
        for head in heads
    ]
    names = dict.fromkeys(name for each in credentials for name in each)
    for name in names:
        if len({each.get(name) for each in credentials}) > 1:
            yield name.decode("latin-1")


def _find_alike(firsts: Sequence[ExchangeHead], matching: Matching) -> Iterator[CallGroup]:
    """Group different calls that are equal if the kinds of their placeholders do not count."""
    by_text: dict[bytes, list[ExchangeHead]] = defaultdict(list)
    masked = [head for head in firsts if _may_have_placeholder(head.request)]
    for head in masked if len(masked) > 1 else ():
        by_text[build_masked_text(matching.normalize(head.request))].append(head)
    for heads in (heads for heads in by_text.values() if len(heads) > 1):
        one, other = (matching.normalize(head.request) for head in heads[:2])
        paths = tuple(each.path for each in diff_requests(one, other))
        yield CallGroup(
            tuple(head.number for head in heads), format_request_line(heads[0].request), paths
        )


def _may_have_placeholder(request: Request) -> bool:
    """Return False if no normal form of the request has a placeholder."""
    values = (request.target, request.body, *(value for _, value in request.headers))
    return any(PREFIX in value or b"\\u" in value or b"%" in value for value in values)


def _count_ignored(heads: Sequence[ExchangeHead], matching: Matching) -> Mapping[str, int]:
    """Count the requests whose fingerprint changes if one place alone is ignored."""
    counts: dict[str, int] = dict.fromkeys(matching.rules.ignore, 0)
    parse_alone = cache(lambda place: MatchRules.parse([place]))
    for request in (head.request for head in heads):
        alone = {place: parse_alone(place) for place in matching.get_rules(request).ignore}
        places = [place for place, rules in alone.items() if _may_have_place(request, rules)]
        unpruned = fingerprint(request) if places else b""
        for place in places:
            if fingerprint(request, alone[place]) != unpruned:
                counts[place] = counts.get(place, 0) + 1
    return counts


def _may_have_place(request: Request, rules: MatchRules) -> bool:
    """Return whether a request may have the only place of these rules: a body has all its names."""
    names = (segment.key for path in rules.paths for segment in path.segments)
    in_body = (name.encode() in request.body for name in names if isinstance(name, str))
    return all(in_body) or b"\\" in request.body


def _count_masked(heads: Sequence[ExchangeHead], matching: Matching) -> Mapping[str, int]:
    """Count the requests whose fingerprint changes if texts of one kind or pattern are masked."""
    rules = matching.rules
    masks = {kind: MatchRules().with_masked([kind]).mask for kind in rules.volatile}
    masks |= {each: MatchRules().with_masked([], [each]).mask for each in rules.patterns}
    counts = dict.fromkeys(masks, 0)
    for request in (head.request for head in heads if masks):
        counting = _select_headers(request, matching)
        unmasked = fingerprint(request, counting)
        for name, mask in masks.items():
            counts[name] += fingerprint(request, replace(counting, mask=mask)) != unmasked
    return counts


def _select_headers(request: Request, matching: Matching) -> MatchRules:
    """Return rules that ignore nothing, with the headers that count in such a request."""
    return MatchRules(headers=matching.get_rules(request).headers)
