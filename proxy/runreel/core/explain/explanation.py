"""Explain which exchange of a cassette answers a request, or why none does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from runreel.config.schema import OrderName
from runreel.core.explain.miss import Miss, explain_miss, format_request_line
from runreel.core.match.difference import Differences
from runreel.core.match.matching import Matching
from runreel.core.match.wildcard_index import WildcardIndex
from runreel.core.replay.candidate import RefusalReason, build_candidate
from runreel.core.replay.match import ReplayQuery, match_exactly, match_wildcard, no_match
from runreel.core.replay.selector import Selector
from runreel.model import ExchangeHead, Request


@dataclass(frozen=True, slots=True)
class ReplayHit:
    """The exchange that answers a request, with what led to the choice."""

    request: Request
    head: ExchangeHead
    prerequisites: tuple[ExchangeHead, ...]
    """The state-changing exchanges that have to be played first."""
    same_call: tuple[int, ...]
    """The numbers of all exchanges of the same call, including this one."""
    next_number: int | None
    """The exchange that answers if the request is repeated, which can be the same one; None if
    nothing does."""
    wildcards: Differences
    """The values sent in place of recorded placeholders; none if the request matches exactly."""
    ignored: Differences
    """The differences from the recorded request that the rules ignore."""
    nearest_other: Miss | None
    """The nearest exchange of a different call; None if the cassette has no other call."""
    passed_over: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The kinds of volatile texts in which the requests differ, by place."""

    def format_lines(self) -> list[str]:
        """Return the explanation, one sentence per line."""
        lines = [
            f"{format_request_line(self.request)}: exchange {self.head.number} answers this "
            "request.",
            self._describe_same_call(),
        ]
        lines += [
            f"First, {_format_exchange(change)} has to be played." for change in self.prerequisites
        ]
        lines += [
            f"A placeholder stands for the value sent: {each.description}."
            for each in self.wildcards.listed
        ]
        lines += [f"Ignored: {each.description}." for each in self.ignored.listed]
        lines += [
            f"Passed over in {place}: {', '.join(kinds)}."
            for place, kinds in self.passed_over.items()
        ]
        if self.nearest_other is not None and self.nearest_other.nearest is not None:
            nearest = _format_exchange(self.nearest_other.nearest)
            lines.append(
                f"Nearest other call: {nearest}, which differs in "
                f"{self.nearest_other.differences_text}."
            )
        return lines

    def _describe_same_call(self) -> str:
        if len(self.same_call) == 1:
            return "It is the only exchange of this call."
        numbers = ", ".join(map(str, self.same_call))
        next_answer = "none" if self.next_number is None else f"exchange {self.next_number}"
        return (
            f"Exchanges {numbers} are the same call; this is the first that may answer. If the "
            f"client repeats the request, {next_answer} answers."
        )

    def to_document(self) -> Mapping[str, object]:
        """Return the explanation as a JSON document."""
        document: dict[str, object] = {
            "outcome": "hit",
            "exchange": self.head.number,
            "after": [head.number for head in self.prerequisites],
            "same": list(self.same_call),
            "second": self.next_number,
            "wildcards": [each.to_document() for each in self.wildcards.listed],
            "ignored": [each.to_document() for each in self.ignored.listed],
            "passed_over": {place: list(kinds) for place, kinds in self.passed_over.items()},
        }
        if self.nearest_other is None or self.nearest_other.nearest is None:
            return {**document, "nearest_other": None, "differences": []}
        differences = [each.to_document() for each in self.nearest_other.differences.listed]
        return {
            **document,
            "nearest_other": self.nearest_other.nearest.number,
            "differences": differences,
        }


def explain_request(
    query: ReplayQuery,
    heads: Sequence[ExchangeHead],
    matching: Matching,
    *,
    order: OrderName,
    redact: Callable[[Request], Request] | None = None,
) -> ReplayHit | Miss:
    """Explain the answer to the first such request of a session.

    State-changing exchanges that have to be played before it are assumed to have been played.
    ``redact`` redacts a request by today's rules.
    """
    by_number = {head.number: head for head in heads}
    fingerprints = {head.number: matching.fingerprint(head.request) for head in heads}
    selector = _build_selector(heads, fingerprints, matching, order)
    index = WildcardIndex((head.request for head in heads), matching)
    match = (
        match_exactly(query, selector, matching)
        or match_wildcard(query, index, matching)
        or no_match(query)
    )
    key, scope = match.fingerprint, match.scope
    prerequisites = _play_prerequisites(selector, key, scope, fingerprints)
    choice = selector.choose(key, scope)
    if choice is None:
        refusal = selector.explain_refusal(key, scope)
        return explain_miss(query.request, heads, matching, refusal=refusal, redact=redact)
    selector.take(key, scope)
    next_choice = selector.choose(key, scope)
    head = by_number[choice.candidate.number]
    others = [each for each in heads if fingerprints[each.number] != key]
    return ReplayHit(
        query.request,
        head,
        tuple(by_number[number] for number in prerequisites),
        tuple(number for number, fingerprint in fingerprints.items() if fingerprint == key),
        next_choice and next_choice.candidate.number,
        matching.find_differences(head.request, match.variant),
        _find_ignored(head.request, match.variant, matching),
        explain_miss(query.request, others, matching) if others else None,
        matching.find_passed_over(head.request, match.variant),
    )


def _find_ignored(recorded: Request, sent: Request, matching: Matching) -> Differences:
    """Return the differences that only the rules in force ignore."""
    counting = {each.path for each in matching.find_differences(recorded, sent).listed}
    listed, more = Matching(matching.find_dialect).find_differences(recorded, sent)
    return Differences(tuple(each for each in listed if each.path not in counting), more)


def _build_selector(
    heads: Sequence[ExchangeHead],
    fingerprints: Mapping[int, bytes],
    matching: Matching,
    order: OrderName,
) -> Selector:
    selector = Selector(order)
    for head in heads:
        candidate = build_candidate(head, matching.find_scope(head.request))
        selector.add(fingerprints[head.number], candidate)
    return selector


def _play_prerequisites(
    selector: Selector, fingerprint: bytes, scope: str, fingerprints: Mapping[int, bytes]
) -> list[int]:
    """Play the changes without which no exchange of ``fingerprint`` may answer; return them."""
    played: list[int] = []
    for _ in fingerprints:
        if selector.choose(fingerprint, scope):
            break
        refusal = selector.explain_refusal(fingerprint, scope)
        if refusal is None or refusal.reason is not RefusalReason.FUTURE:
            break
        selector.take(fingerprints[refusal.change], scope)
        played.append(refusal.change)
    return played


def _format_exchange(head: ExchangeHead) -> str:
    return f"exchange {head.number} ({format_request_line(head.request)})"
