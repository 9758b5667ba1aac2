"""Which exchange of a cassette answers a request, and why; or why none does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runreel.core.explain.miss import Miss, explain_miss, format_request_line
from runreel.core.match import Differences, Matching, WildcardIndex
from runreel.core.replay import RefusalReason, Selector, build_candidate
from runreel.core.replay.match import match_exactly, match_wildcard, no_match
from runreel.core.replay.query import ReplayQuery
from runreel.model import ExchangeHead, Request


@dataclass(frozen=True, slots=True)
class ReplayHit:
    """The exchange that answers."""

    request: Request
    head: ExchangeHead
    prerequisites: tuple[ExchangeHead, ...]
    """The state-changing exchanges that have to be played before."""
    same_call: tuple[int, ...]
    """All exchanges that are the same call, itself too."""
    next_number: int | None
    """The one that answers the same request the next time; itself if there is none."""
    wildcards: Differences
    """Where its placeholders were taken for what the request says, as it fits no exchange else."""
    ignored: Differences
    """Where the request differs from the recorded one, which does not count."""
    nearest_other: Miss | None
    """The nearest exchange that is another call."""

    def format_lines(self) -> list[str]:
        """What there is to say, in sentences."""
        said = [
            f"{format_request_line(self.request)}: exchange {self.head.number} answers this.",
            self._describe_same_call(),
        ]
        said += [
            f"It has to be played after {_format_exchange(change)}."
            for change in self.prerequisites
        ]
        said += [
            f"Its placeholder stands for what was sent: {each.description}."
            for each in self.wildcards.listed
        ]
        said += [f"Ignored: {each.description}." for each in self.ignored.listed]
        if self.nearest_other is not None and self.nearest_other.nearest is not None:
            nearest = _format_exchange(self.nearest_other.nearest)
            said.append(
                f"Nearest other call: {nearest}, which differs in "
                f"{self.nearest_other.differences_text}."
            )
        return said

    def _describe_same_call(self) -> str:
        if len(self.same_call) == 1:
            return "It is the only one that is the same call."
        listed = ", ".join(map(str, self.same_call))
        return (
            f"The same call are {listed}: it is the first that may answer. Exchange "
            f"{self.next_number} comes second, when the client asks again."
        )

    def to_document(self) -> Mapping[str, object]:
        """It as JSON."""
        document: dict[str, object] = {
            "outcome": "hit",
            "exchange": self.head.number,
            "after": [head.number for head in self.prerequisites],
            "same": list(self.same_call),
            "second": self.next_number,
            "wildcards": [each._asdict() for each in self.wildcards.listed],
            "ignored": [each._asdict() for each in self.ignored.listed],
        }
        if self.nearest_other is None or self.nearest_other.nearest is None:
            return {**document, "nearest_other": None, "differences": []}
        differences = [each._asdict() for each in self.nearest_other.differences.listed]
        return {
            **document,
            "nearest_other": self.nearest_other.nearest.number,
            "differences": differences,
        }


def explain_request(
    query: ReplayQuery, heads: Sequence[ExchangeHead], matching: Matching, *, strict: bool
) -> ReplayHit | Miss:
    """What the first such request of a session gets, once it has made the changes it must."""
    by_number = {head.number: head for head in heads}
    keys = {head.number: matching.fingerprint(head.request) for head in heads}
    deck = _build_selector(heads, keys, matching, strict=strict)
    second = WildcardIndex((head.request for head in heads), matching)
    found = match_exactly(query, deck) or match_wildcard(query, second, matching) or no_match(query)
    key, scope = found.fingerprint, found.scope
    after = _play_prerequisites(deck, key, scope, keys)
    choice = deck.choose(key, scope)
    if choice is None:
        return explain_miss(
            query.request, heads, matching, refusal=deck.explain_refusal(key, scope)
        )
    deck.take(key, scope)
    following = deck.choose(key, scope)
    head = by_number[choice.candidate.number]
    others = [each for each in heads if keys[each.number] != key]
    return ReplayHit(
        query.request,
        head,
        tuple(by_number[number] for number in after),
        tuple(number for number, each in keys.items() if each == key),
        following and following.candidate.number,
        matching.find_differences(head.request, found.variant),
        _find_ignored(head.request, found.variant, matching),
        explain_miss(query.request, others, matching) if others else None,
    )


def _find_ignored(recorded: Request, sent: Request, matching: Matching) -> Differences:
    """Where two requests differ, but for where they differ by the rules in force as well."""
    counts = {each.path for each in matching.find_differences(recorded, sent).listed}
    listed, more = Matching(matching.find_dialect).find_differences(recorded, sent)
    return Differences(tuple(each for each in listed if each.path not in counts), more)


def _build_selector(
    heads: Sequence[ExchangeHead],
    fingerprints: Mapping[int, bytes],
    matching: Matching,
    *,
    strict: bool,
) -> Selector:
    deck = Selector(strict=strict)
    for head in heads:
        deck.add(
            fingerprints[head.number], build_candidate(head, matching.find_scope(head.request))
        )
    return deck


def _play_prerequisites(
    selector: Selector, fingerprint: bytes, scope: str, fingerprints: Mapping[int, bytes]
) -> list[int]:
    """Plays the changes without which no exchange of this fingerprint may answer."""
    played: list[int] = []
    for _ in fingerprints:
        refusal = (
            None
            if selector.choose(fingerprint, scope)
            else selector.explain_refusal(fingerprint, scope)
        )
        if refusal is None or refusal.reason is not RefusalReason.FUTURE:
            break
        selector.take(fingerprints[refusal.change], scope)
        played.append(refusal.change)
    return played


def _format_exchange(head: ExchangeHead) -> str:
    return f"exchange {head.number} ({format_request_line(head.request)})"
