"""Which exchange of a cassette answers a request, and why; or why none does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runreel.core.explain.miss import Miss, called, missed
from runreel.core.match import Differences, Matching, SecondChoice
from runreel.core.replay import Deck, Why, candidate
from runreel.core.replay.match import found_exactly, found_second, not_found
from runreel.core.replay.query import Recognised
from runreel.model import Head, Request


@dataclass(frozen=True, slots=True)
class Hit:
    """The exchange that answers."""

    wanted: Request
    head: Head
    after: tuple[Head, ...]
    """The state-changing exchanges that have to be played before."""
    same: tuple[int, ...]
    """All exchanges that are the same call, itself too."""
    following: int | None
    """The one that answers the same request the next time; itself if there is none."""
    wildcards: Differences
    """Where its placeholders were taken for what the request says, as it fits no exchange else."""
    ignored: Differences
    """Where the request differs from the recorded one, which does not count."""
    other: Miss | None
    """The nearest exchange that is another call."""

    def lines(self) -> list[str]:
        """What there is to say, in sentences."""
        said = [f"{called(self.wanted)}: exchange {self.head.number} answers this.", self._same()]
        said += [f"It has to be played after {_named(change)}." for change in self.after]
        said += [
            f"Its placeholder stands for what was sent: {each.told}."
            for each in self.wildcards.listed
        ]
        said += [f"Ignored: {each.told}." for each in self.ignored.listed]
        if self.other is not None and self.other.nearest is not None:
            nearest = _named(self.other.nearest)
            said.append(f"Nearest other call: {nearest}, which differs in {self.other.differing}.")
        return said

    def _same(self) -> str:
        if len(self.same) == 1:
            return "It is the only one that is the same call."
        listed = ", ".join(map(str, self.same))
        return (
            f"The same call are {listed}: it is the first that may answer. Exchange "
            f"{self.following} comes second, when the client asks again."
        )

    def document(self) -> Mapping[str, object]:
        """It as JSON."""
        document: dict[str, object] = {
            "outcome": "hit",
            "exchange": self.head.number,
            "after": [head.number for head in self.after],
            "same": list(self.same),
            "second": self.following,
            "wildcards": [each._asdict() for each in self.wildcards.listed],
            "ignored": [each._asdict() for each in self.ignored.listed],
        }
        if self.other is None or self.other.nearest is None:
            return {**document, "nearest_other": None, "differences": []}
        differences = [each._asdict() for each in self.other.differences.listed]
        return {
            **document,
            "nearest_other": self.other.nearest.number,
            "differences": differences,
        }


def explained(
    asked: Recognised, heads: Sequence[Head], matching: Matching, *, strict: bool
) -> Hit | Miss:
    """What the first such request of a session gets, once it has made the changes it must."""
    by_number = {head.number: head for head in heads}
    keys = {head.number: matching.fingerprint(head.request) for head in heads}
    deck = _dealt(heads, keys, matching, strict=strict)
    second = SecondChoice((head.request for head in heads), matching)
    found = found_exactly(asked, deck) or found_second(asked, second, matching) or not_found(asked)
    key, scope = found.key, found.scope
    after = _changes_before(deck, key, scope, keys)
    choice = deck.choose(key, scope)
    if choice is None:
        return missed(asked.wanted, heads, matching, refusal=deck.refusal(key, scope))
    deck.draw(key, scope)
    following = deck.choose(key, scope)
    head = by_number[choice.card.number]
    others = [each for each in heads if keys[each.number] != key]
    return Hit(
        asked.wanted,
        head,
        tuple(by_number[number] for number in after),
        tuple(number for number, each in keys.items() if each == key),
        following and following.card.number,
        matching.differences(head.request, found.spelling),
        _ignored(head.request, found.spelling, matching),
        missed(asked.wanted, others, matching) if others else None,
    )


def _ignored(recorded: Request, sent: Request, matching: Matching) -> Differences:
    """Where two requests differ, but for where they differ by the rules in force as well."""
    counts = {each.path for each in matching.differences(recorded, sent).listed}
    listed, more = Matching(matching.dialect_of).differences(recorded, sent)
    return Differences(tuple(each for each in listed if each.path not in counts), more)


def _dealt(
    heads: Sequence[Head], keys: Mapping[int, bytes], matching: Matching, *, strict: bool
) -> Deck:
    deck = Deck(strict=strict)
    for head in heads:
        deck.add(keys[head.number], candidate(head, matching.scope(head.request)))
    return deck


def _changes_before(deck: Deck, key: bytes, scope: str, keys: Mapping[int, bytes]) -> list[int]:
    """Plays the changes without which no exchange of this fingerprint may answer."""
    played: list[int] = []
    for _ in keys:
        refusal = None if deck.choose(key, scope) else deck.refusal(key, scope)
        if refusal is None or refusal.why is not Why.FUTURE:
            break
        deck.draw(keys[refusal.change], scope)
        played.append(refusal.change)
    return played


def _named(head: Head) -> str:
    return f"exchange {head.number} ({called(head.request)})"
